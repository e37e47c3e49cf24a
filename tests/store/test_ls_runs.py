"""`ls_runs`: a row a run."""

import json

import pandas as pd
import pytest

import skhpt
from skhpt.exceptions import UnknownColumnError
from skhpt.store import Run
from skhpt.trials import Candidate, TrialSpec
from tests.fakes import result
from tests.store.runs import dated, failed, make_halving, make_run


def test_a_row_says_what_was_searched_and_what_came_of_it(tmp_path):
    path = dated(make_run(tmp_path, scoring="accuracy"), "2026-01-02T03:04:05+00:00")
    (row,) = skhpt.ls_runs(tmp_path).to_dict("records")
    assert row.pop("seconds") >= 0
    assert row.pop("mean_test_score") == pytest.approx(0.85)
    assert row.pop("std_test_score") == pytest.approx(0.05)
    assert row == {
        "run": path.name, "created": pd.Timestamp("2026-01-02 03:04:05", tz="UTC"), "status": "finished",
        "searcher": "GridSearchCV", "estimator": "KerasClassifier", "n_candidates": 3, "n_trials": 6, "n_failed": 0,
        "param_units": 2, "cv": 2, "scoring": "accuracy", "engine": "auto",
    }  # fmt: skip


def test_the_best_run_comes_first_and_one_without_a_score_last(tmp_path):
    poor = make_run(tmp_path, {1: (0.1, 0.1)})
    without = make_run(tmp_path, {1: (0, 0)}, results=[failed(0, 0, "no"), failed(0, 1, "no")])
    good = make_run(tmp_path, {1: (0.9, 0.9)})
    assert skhpt.ls_runs(tmp_path)["run"].tolist() == [good.name, poor.name, without.name]
    assert skhpt.ls_runs(tmp_path, decreasing=False)["run"].tolist() == [poor.name, good.name, without.name]


def test_runs_can_be_ordered_by_any_column_even_one_of_numbers_and_text(tmp_path):
    runs = {units: make_run(tmp_path, {units: (0.5,)}).name for units in ("many", 8, 16)}
    assert skhpt.ls_runs(tmp_path, "param_units", False)["run"].tolist() == [runs[8], runs[16], runs["many"]]
    assert skhpt.ls_runs(tmp_path, "created", False)["run"].tolist() == list(runs.values())


def test_an_unknown_column_is_refused_with_the_nearest_one(tmp_path):
    make_run(tmp_path)
    with pytest.raises(UnknownColumnError, match="Did you mean 'mean_test_score'"):
        skhpt.ls_runs(tmp_path, order="mean_test_scores")


@pytest.mark.parametrize("runs_dir", ["empty", "missing"])
def test_where_there_are_no_runs_the_table_has_columns_and_no_rows(tmp_path, runs_dir):
    (tmp_path / "empty").mkdir()
    table = skhpt.ls_runs(tmp_path / runs_dir, order="param_units")
    assert len(table) == 0
    assert {"run", "created", "status", "mean_test_score", "engine"} <= set(table.columns)


def test_a_file_in_the_place_of_the_directory_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        skhpt.ls_runs(tmp_path / "file")


def test_what_is_no_run_is_left_out(tmp_path):
    path = make_run(tmp_path)
    (tmp_path / "notes.txt").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(path, target_is_directory=True)
    assert skhpt.ls_runs(tmp_path)["run"].tolist() == [path.name]


def test_the_score_of_several_metrics_is_that_of_the_one_that_decides(tmp_path):
    candidates = [Candidate(0, {"units": 1}), Candidate(1, {"units": 2})]
    results = [
        result(index, 0, test_scores={"accuracy": accuracy, "f1": f1}, multimetric=True)
        for index, (accuracy, f1) in enumerate([(0.9, 0.1), (0.2, 0.8)])
    ]
    path = make_run(tmp_path, {1: (0,), 2: (0,)}, results=results)
    file = path / "run.json"
    description = json.loads(file.read_text())
    description["other_settings"]["refit"] = "f1"
    file.write_text(json.dumps(description))
    (path / "summary.json").unlink()
    (row,) = skhpt.ls_runs(tmp_path, order="mean_test_f1").to_dict("records")
    assert (row["mean_test_accuracy"], row["mean_test_f1"], row["param_units"]) == (0.2, 0.8, 2)
    assert pd.isna(row["mean_test_score"])
    assert len(candidates) == row["n_candidates"]


def test_a_run_is_running_while_somebody_writes_it_and_interrupted_once_they_are_gone(tmp_path):
    candidate = Candidate(0, {"units": 1})
    with Run.create(tmp_path, "search", {"searcher": "GridSearchCV"}, []) as run:
        run.begin_round([candidate], [TrialSpec(candidate, 0)])
        assert skhpt.ls_runs(tmp_path)["status"].tolist() == ["running"]
    assert skhpt.ls_runs(tmp_path)["status"].tolist() == ["interrupted"]


def test_the_best_of_an_interrupted_run_is_of_the_candidates_whose_trials_have_all_ended(tmp_path):
    # Of two folds each: the second candidate, which would be the better one, lacks a fold.
    results = [result(0, 0, 0.5), result(0, 1, 0.5), result(1, 0, 0.9)]
    make_run(tmp_path, {1: (0, 0), 2: (0, 0)}, results=results, end="interrupted")
    (row,) = skhpt.ls_runs(tmp_path).to_dict("records")
    assert (row["status"], row["mean_test_score"], row["param_units"]) == ("interrupted", 0.5, 1)
    assert (row["n_candidates"], row["n_trials"]) == (2, 3)


def test_the_best_of_a_halving_is_that_of_its_last_round(tmp_path):
    make_halving(tmp_path, [{1: 0.9, 2: 0.8, 3: 0.7}, {2: 0.5, 3: 0.6}])
    (row,) = skhpt.ls_runs(tmp_path).to_dict("records")
    assert (row["mean_test_score"], row["param_units"], row["n_candidates"], row["n_trials"]) == (0.6, 3, 3, 5)


def test_a_summary_of_a_journal_that_has_changed_since_is_not_believed(tmp_path):
    file = make_run(tmp_path) / "summary.json"
    summary = json.loads(file.read_text())
    file.write_text(json.dumps(summary | {"best": {"mean_test_score": 99}, "journal_bytes": 1}))
    assert skhpt.ls_runs(tmp_path)["mean_test_score"].tolist() == [pytest.approx(0.85)]


def test_a_damaged_run_is_a_row_that_says_so(tmp_path):
    good, bad = make_run(tmp_path), make_run(tmp_path)
    (bad / "run.json").write_bytes(b"\x00\xff{")
    table = skhpt.ls_runs(tmp_path)
    assert table["run"].tolist() == [good.name, bad.name]
    assert table["status"].tolist() == ["finished", "damaged"]


def test_a_pipeline_is_named_by_its_steps_and_a_splitter_by_its_folds(tmp_path):
    steps = [{"tuple": ["scale", {"object": "sklearn.StandardScaler"}]}, {"tuple": ["net", {"object": "skhpt.Keras"}]}]
    estimator = {"object": "sklearn.pipeline.Pipeline", "params": {"steps": steps}}
    path = make_run(tmp_path, estimator=estimator)
    file = path / "run.json"
    description = json.loads(file.read_text())
    description["search"]["cv"] = {"object": "sklearn.KFold", "attributes": {"n_splits": 7}}
    file.write_text(json.dumps(description))
    (row,) = skhpt.ls_runs(tmp_path).to_dict("records")
    assert (row["estimator"], row["cv"]) == ("StandardScaler + Keras", "KFold(7)")


def test_listing_changes_no_file(tmp_path):
    path = make_run(tmp_path)
    (path / "summary.json").unlink()
    before = {file: file.read_bytes() for file in path.rglob("*") if file.is_file()}
    skhpt.ls_runs(tmp_path)
    assert {file: file.read_bytes() for file in path.rglob("*") if file.is_file()} == before
