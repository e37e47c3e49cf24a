"""Searches that are logged for TensorBoard."""

import sys

import pytest
from sklearn.base import clone

from skhpt import GridSearchCV, HalvingGridSearchCV, TensorBoardLogger, export_tensorboard, load_run
from skhpt.exceptions import MissingExtraError
from skhpt.trials import TrialStatus
from tests.fakes import FakeEstimator
from tests.reporting.boards import experiment, hparams, points, read, runs_in, status, texts
from tests.search.runs import SLOPES, Interrupted
from tests.store.runs import failed, make_halving, make_run, trial

SUCCESS, FAILURE = 1, 2
NAMES = [f"c{candidate:04}-f{fold:02}-r00" for candidate in range(4) for fold in range(3)]


@pytest.fixture
def logdir(tmp_path):
    return tmp_path / "logs"


def search(logdir, estimator=None, grid=None, **settings):
    grid = {"slope": SLOPES} if grid is None else grid
    return GridSearchCV(estimator or FakeEstimator(), grid, cv=3, loggers=[TensorBoardLogger(logdir)], **settings)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_each_trial_is_a_run_with_its_parameters_scores_and_epochs(rows, logdir, n_jobs):
    found = search(logdir, n_jobs=n_jobs).fit(*rows)
    assert runs_in(logdir) == NAMES
    run = logdir / "c0002-f01-r00"
    assert hparams(run) == {"slope": SLOPES[2]}
    assert points(run, "test_score") == [(2, round(found.cv_results_["split1_test_score"][2], 6))]
    assert points(run, "epoch/loss") == [(1, 1.0), (2, 0.5)]
    assert status(run) == SUCCESS
    assert texts(run) == ["completed"]


def test_parameters_are_numbers_bools_and_text(rows, logdir):
    grid = [{"slope": [3.0], "epochs": [2], "verbose": ["auto"], "random_state": [None]}]
    search(logdir, grid=grid).fit(*rows)
    assert hparams(logdir / NAMES[0]) == {"slope": 3.0, "epochs": 2.0, "verbose": "auto", "random_state": "None"}


def test_the_experiment_names_the_columns_those_that_matter_most_first(rows, logdir):
    search(logdir, return_train_score=True).fit(*rows)
    found = experiment(logdir)
    assert [info.name for info in found.hparam_infos] == ["slope"]
    interval = found.hparam_infos[0].domain_interval
    assert (interval.min_value, interval.max_value) == (min(SLOPES), max(SLOPES))
    tags = [info.name.tag for info in found.metric_infos]
    assert tags == ["test_score", "epoch/loss", "train_score", "n_epochs", "fit_seconds", "score_seconds"]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning", "ignore:One or more of the test scores")
def test_a_trial_that_fails_and_one_that_diverges_are_failures(rows, logdir):
    grid = [{"fail_if": ["first_row_held_out"]}, {"loss": [float("nan")]}, {"loss": [0.25]}]
    search(logdir, grid=grid).fit(*rows)
    assert [status(logdir / f"c000{candidate}-f00-r00") for candidate in range(3)] == [FAILURE, FAILURE, SUCCESS]
    assert "no luck on this fold" in texts(logdir / "c0000-f00-r00")[0]
    assert texts(logdir / "c0001-f00-r00") == ["diverged"]
    assert [epoch for epoch, _ in points(logdir / "c0001-f00-r00", "epoch/loss")] == [1, 2]


def test_a_resumed_search_has_every_point_once(rows, logdir, tmp_path):
    switch = tmp_path / "switch"
    switch.touch()
    settings = {"runs_dir": tmp_path / "runs", "resume": True}
    logged = search(logdir, Interrupted(at=3.0, while_there=str(switch)), **settings)
    with pytest.raises(KeyboardInterrupt):
        logged.fit(*rows)
    assert runs_in(logdir) == NAMES[:6]
    switch.unlink()
    clone(logged).fit(*rows)
    assert runs_in(logdir) == NAMES
    assert points(logdir / NAMES[0], "epoch/loss") == [(1, 1.0), (2, 0.5)]
    assert len(texts(logdir / NAMES[0])) == 1


def test_a_later_search_replaces_what_an_earlier_one_has_logged_and_nothing_else(rows, logdir):
    search(logdir).fit(*rows)
    (logdir / NAMES[0] / "notes.txt").touch()
    search(logdir, grid={"slope": [3.0]}).fit(*rows)
    assert runs_in(logdir) == NAMES[:3]
    assert (logdir / NAMES[0] / "notes.txt").exists()
    assert hparams(logdir / NAMES[0]) == {"slope": 3.0}


def test_the_resource_of_a_halving_is_a_metric_and_no_parameter(rows, logdir):
    HalvingGridSearchCV(
        FakeEstimator(), {"slope": SLOPES}, resource="epochs", max_resources=4, factor=2, cv=3, min_resources=2,
        loggers=[TensorBoardLogger(logdir)],
    ).fit(*rows)  # fmt: skip
    assert all(set(hparams(logdir / name)) == {"slope"} for name in NAMES)
    reached = [[value for _, value in points(logdir / name, "n_resources")] for name in NAMES]
    assert sorted(map(len, reached)) == [1] * 6 + [2] * 6  # of 4 candidates 2 go on, on three folds
    assert {tuple(amounts) for amounts in reached} == {(2,), (2, 4)}
    assert all(status(logdir / name) == SUCCESS for name in NAMES)


def test_a_stored_run_is_written_as_it_would_have_been_logged(rows, logdir, tmp_path):
    run = search(logdir, runs_dir=tmp_path / "runs", n_jobs=2).fit(*rows).run_
    export_tensorboard(run, tmp_path / "exported")
    assert runs_in(tmp_path / "exported") == NAMES
    for name in NAMES:
        one, other = logdir / name, tmp_path / "exported" / name
        assert hparams(one) == hparams(other)
        assert status(one) == status(other)
        for tag in ("epoch/loss", "test_score", "fit_seconds"):
            assert points(one, tag) == points(other, tag)
    assert experiment(logdir).metric_infos == experiment(tmp_path / "exported").metric_infos


def test_a_stored_trial_is_dated_when_it_ended(tmp_path):
    path = make_run(tmp_path / "runs", {1: (0.5, 0.6)})
    export_tensorboard(path, tmp_path / "logs")
    (score,) = read(tmp_path / "logs" / "c0000-f01-r00").Scalars("test_score")
    assert score.wall_time == load_run(path).times[0, (0, 1, 0)]


def test_a_stored_halving_is_one_run_a_trial(tmp_path):
    path = make_halving(tmp_path / "runs", [{8: 0.5, 16: 0.6}, {16: 0.9}])
    export_tensorboard(path, tmp_path / "logs")
    assert runs_in(tmp_path / "logs") == ["c0000-f00-r00", "c0001-f00-r00"]
    run = tmp_path / "logs" / "c0001-f00-r00"
    assert points(run, "test_score")[-1][1] == 0.9
    assert points(run, "n_resources") == [(2, 3.0), (2, 9.0)]
    assert points(run, "epoch/loss") == [(1, 1.0), (2, 0.5)]  # the second rung has started over, and got no further
    assert status(run) == SUCCESS


def test_failures_of_a_stored_run_are_shown(tmp_path):
    results = [failed(0, 0, "no luck"), trial(0, 1, 0.5, status=TrialStatus.DIVERGED)]
    export_tensorboard(make_run(tmp_path / "runs", {1: (0, 0)}, results=results), tmp_path / "logs")
    assert [status(tmp_path / "logs" / name) for name in ("c0000-f00-r00", "c0000-f01-r00")] == [FAILURE, FAILURE]


def test_without_tensorboard_the_error_names_the_extra_before_anything_is_fitted(logdir, monkeypatch):
    monkeypatch.delitem(sys.modules, "skhpt.reporting._summaries")
    monkeypatch.delattr("skhpt.reporting._summaries")
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto.summary_pb2", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'skhpt\[tensorboard\]'"):
        TensorBoardLogger(logdir)
