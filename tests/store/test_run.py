import json

import numpy as np
import pytest

from skhpt.exceptions import DamagedRunError, DifferentSearchError, RunInUseError
from skhpt.store import Run, StoredRun, best_row
from skhpt.store._journal import read_journal
from skhpt.store._records import trial_of, trial_record
from skhpt.trials import Budget, Candidate, Checkpoint, TrialSpec
from tests.fakes import result

DESCRIPTION = {
    "searcher": "GridSearchCV",
    "versions": {},
    "search": {"settings": {}},
    "other_settings": {"refit": True},
    "seeds": {"entropy": 1},
}
CANDIDATES = [Candidate(0, {"units": 8}), Candidate(1, {"units": 16})]
SPECS = [TrialSpec(candidate, fold) for candidate in CANDIDATES for fold in range(2)]


def create(tmp_path, **options):
    return Run.create(tmp_path / "runs", "GridSearchCV", DESCRIPTION, [], **options)


def test_a_round_that_goes_on_knows_what_has_ended(tmp_path):
    with create(tmp_path) as run:
        assert run.begin_round(CANDIDATES, SPECS) == ({}, {})
        run.keep(result(1, 0, score=0.25))
        run.keep(result(0, 1, score=0.5))
    with Run(run.path) as again:
        results, checkpoints = again.begin_round(CANDIDATES, SPECS)
    assert results == {(1, 0, 0): result(1, 0, score=0.25), (0, 1, 0): result(0, 1, score=0.5)}
    assert checkpoints == {}


def test_rounds_are_told_apart(tmp_path):
    with create(tmp_path) as run:
        run.begin_round(CANDIDATES, SPECS)
        run.keep(result(0, 0, score=0.25))
        run.end_round()
        run.begin_round(CANDIDATES, SPECS)
        run.keep(result(0, 0, score=0.75))
    with Run(run.path) as again:
        scores = [again.begin_round(CANDIDATES, SPECS)[0][0, 0, 0].test_scores["score"] for _ in range(2)]
    assert scores == [0.25, 0.75]


@pytest.mark.parametrize("budget", [None, Budget(9, 2, last=False), Budget(9, 2, last=True, bracket=3)])
def test_a_budget_comes_back_as_it_was(tmp_path, budget):
    with create(tmp_path) as run:
        run.begin_round(CANDIDATES, SPECS)
        run.keep(result(0, 0, budget=budget))
    assert StoredRun(run.path).trials[0].budget == budget


def test_other_candidates_than_those_of_a_round_are_refused(tmp_path):
    with create(tmp_path) as run:
        run.begin_round(CANDIDATES, SPECS)
    others = [CANDIDATES[0], Candidate(1, {"units": 99})]
    with Run(run.path) as again, pytest.raises(DifferentSearchError, match="candidates"):
        again.begin_round(others, [TrialSpec(candidate, fold) for candidate in others for fold in range(2)])


def test_the_folds_of_a_round_stay_what_they_were(tmp_path):
    drawn = [(np.array([0, 1]), np.array([2])), (np.array([1, 2]), np.array([0]))]
    others = [(np.array([2, 1]), np.array([0])), (np.array([0, 2]), np.array([1]))]
    with create(tmp_path) as run:
        assert run.splits(0, drawn) == drawn
    with Run(run.path) as again:
        for (train, test), (train_before, test_before) in zip(again.splits(0, others), drawn, strict=True):
            assert (train.tolist(), test.tolist()) == (train_before.tolist(), test_before.tolist())
        (file,) = (run.path / "splits").iterdir()
        file.write_bytes(file.read_bytes()[:-30])
        with pytest.raises(DamagedRunError, match="row numbers"):
            again.splits(0, others)


def test_the_training_of_a_rung_is_there_once_its_result_is(tmp_path):
    checkpoint = Checkpoint(3, 3, {}, {"a": np.ones(2)})
    with create(tmp_path) as run:
        run.begin_round(CANDIDATES, SPECS)
        run.keep(result(0, 0, checkpoint=checkpoint))
        run.end_round()
    with Run(run.path) as again:
        again.begin_round(CANDIDATES, SPECS)
        again.end_round()
        _, checkpoints = again.begin_round(CANDIDATES, SPECS)
        assert checkpoints[0, 0, 0].arrays["a"].tolist() == [1, 1]
        again.end("finished")
    assert list((run.path / "checkpoints").iterdir()) == []


@pytest.mark.parametrize(
    ("leave", "status"),
    [
        (lambda run: run.end("finished"), "finished"),
        (lambda run: run.end("interrupted", "max_time=3"), "interrupted"),
        (lambda run: None, "interrupted"),
    ],
)
def test_a_run_says_how_it_stands(tmp_path, leave, status):
    with create(tmp_path) as run:
        assert StoredRun(run.path).status == "running"
        leave(run)
    assert StoredRun(run.path).status == status


def test_an_error_is_the_reason_why_a_run_is_interrupted(tmp_path):
    def fail(run):
        run.begin_round(CANDIDATES, SPECS)
        raise KeyError("x")

    with pytest.raises(KeyError), create(tmp_path) as run:
        fail(run)
    assert read_journal(run.path / "journal").records[-1]["reason"] == "KeyError"


def test_a_run_that_can_not_be_opened_is_not_held(tmp_path, monkeypatch):
    with create(tmp_path) as run:
        pass
    (run.path / "journal").rename(run.path / "elsewhere")
    (run.path / "journal").mkdir()
    with pytest.raises(DamagedRunError, match="is no file"):
        Run(run.path)
    (run.path / "journal").rmdir()
    with Run(run.path), pytest.raises(RunInUseError):
        Run(run.path)


def test_a_run_with_links_in_it_is_not_written_to(tmp_path):
    with create(tmp_path) as run:
        pass
    (tmp_path / "elsewhere").mkdir()
    (run.path / "best").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DamagedRunError, match=r"holds links.*: best"):
        Run(run.path)


def test_a_best_model_takes_the_place_of_the_last_one_only_when_all_of_it_is_there(tmp_path):
    def fails(directory):
        directory.mkdir()
        (directory / "half").touch()
        raise ZeroDivisionError

    with create(tmp_path) as run:
        assert run.best_facts == {}
        run.keep_best(lambda directory: directory.mkdir() is None, {"seed": 3})
        assert run.best_facts == {"seed": 3}
        with pytest.raises(ZeroDivisionError):
            run.keep_best(fails, {"seed": 4})
        assert run.best_facts == {"seed": 3}
        run.keep_best(lambda directory: directory.mkdir() is None, {"seed": 5})
        assert run.best_facts == {"seed": 5}
    assert [path.name for path in run.path.iterdir() if "best" in path.name] == ["best"]


def test_what_a_killed_process_has_written_in_part_is_removed(tmp_path):
    with create(tmp_path) as run:
        pass
    (run.path / ".best-1").mkdir()
    (run.path / ".best-1" / "model.keras").touch()
    (run.path / ".run.json.1").touch()
    (run.path / "checkpoints").mkdir()
    (run.path / "checkpoints" / ".group-0000-1.npz.2").touch()
    with Run(run.path):
        assert list(run.path.rglob(".*")) == []


def test_a_run_is_held_before_it_can_be_seen(tmp_path, monkeypatch):
    seen = []
    real = Run.__init__

    def look(self, path, **options):
        seen.append(StoredRun(path).status)
        real(self, path, **options)

    monkeypatch.setattr(Run, "__init__", look)
    with create(tmp_path):
        assert seen == ["running"]


def test_the_choice_of_a_search_is_what_a_run_shows(tmp_path):
    with create(tmp_path) as run:
        run.begin_round(CANDIDATES, SPECS)
        for candidate, score in [(0, 0.9), (1, 0.1)]:
            for fold in range(2):
                run.keep(result(candidate, fold, score=score))
        assert best_row(StoredRun(run.path)) == 0
        run.keep_choice(1, "mean_test_score")
        assert best_row(StoredRun(run.path)) == 1
        run.keep(result(0, 0, score=0.9))
        assert best_row(StoredRun(run.path)) == 0, "the search has gone on since"


def test_a_run_without_seeds_is_damaged(tmp_path):
    with create(tmp_path) as run:
        pass
    description = json.loads((run.path / "run.json").read_text())
    (run.path / "run.json").write_text(json.dumps(description | {"seeds": 3}))
    with Run(run.path) as again, pytest.raises(DamagedRunError, match="seed"):
        again.seed("entropy")


def test_nothing_is_left_of_a_run_that_could_not_be_begun(tmp_path, monkeypatch):
    def full(*ignored, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("skhpt.store._run.write_whole", full)
    with pytest.raises(OSError, match="No space left"):
        create(tmp_path)
    assert list((tmp_path / "runs").iterdir()) == []


def test_predictions_come_back_with_the_results_they_belong_to(tmp_path):
    predictions = np.array([[0.25, 0.75], [1.0, 0.0]], dtype=np.float32)
    with create(tmp_path) as run:
        run.begin_round(CANDIDATES, SPECS)
        run.keep(result(0, 0, predictions=predictions, n_parameters=35))
        run.keep(result(0, 1, predictions=np.array(["a", "bc"])))
        run.keep(result(1, 0))
        run.end_round()
        run.begin_round(CANDIDATES, SPECS)
        run.keep(result(0, 0, predictions=predictions + 1))
    with Run(run.path) as again:
        first, second = (again.begin_round(CANDIDATES, SPECS)[0] for _ in range(2))
    np.testing.assert_array_equal(first[0, 0, 0].predictions, predictions, strict=True)
    assert (first[0, 0, 0].n_parameters, first[1, 0, 0].n_parameters) == (35, None)
    assert first[0, 1, 0].predictions.tolist() == ["a", "bc"]
    assert first[1, 0, 0].predictions is None
    np.testing.assert_array_equal(second[0, 0, 0].predictions, predictions + 1)


def test_a_trial_whose_predictions_are_not_what_was_written_has_not_ended(tmp_path):
    with create(tmp_path) as run:
        run.begin_round(CANDIDATES, SPECS)
        for spec in SPECS:
            run.keep(result(*spec.key[:2], predictions=np.arange(3)))
    lost, torn, linked, whole = sorted((run.path / "predictions").iterdir())
    lost.unlink()
    torn.write_bytes(torn.read_bytes()[:-10])
    linked.unlink()
    linked.symlink_to(whole)
    with Run(run.path) as again:
        results, _ = again.begin_round(CANDIDATES, SPECS)
    assert list(results) == [SPECS[3].key]
    assert (run.path / "log").read_text().count("is run again: its predictions are gone") == 3


def test_a_run_of_an_earlier_version_says_nothing_of_predictions(tmp_path):
    record = trial_record(0, result())
    del record["predictions"], record["n_parameters"]
    assert trial_of(record) == result()
