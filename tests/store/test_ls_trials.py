"""`ls_trials`: a row a trial."""

import pandas as pd
import pytest

import skhpt
from skhpt.exceptions import RunNotFoundError, UnknownColumnError
from skhpt.store import StoredRun
from tests.store.runs import failed, make_halving, make_run, trial


def test_a_row_is_a_trial_with_its_parameters_scores_and_last_epoch(tmp_path):
    path = make_run(tmp_path, {16: (0.25, 0.5)})
    table = skhpt.ls_trials(path)
    assert table.drop(columns=["reason", "error"]).to_dict("records") == [
        {
            "candidate": 0, "fold": fold, "repeat": 0, "param_units": 16, "status": "completed", "test_score": score,
            "epochs": 2, "last_loss": 0.5, "fit_seconds": 1.0, "score_seconds": 0.5, "engine": "per-trial",
        }
        for fold, score in enumerate([0.25, 0.5])
    ]  # fmt: skip
    assert table[["reason", "error"]].isna().all(axis=None)


def test_a_run_may_be_a_path_an_id_or_an_opened_run(tmp_path):
    path = make_run(tmp_path)
    by_path = skhpt.ls_trials(path)
    pd.testing.assert_frame_equal(skhpt.ls_trials(path.name, tmp_path), by_path)
    pd.testing.assert_frame_equal(skhpt.ls_trials(StoredRun(path)), by_path)
    with pytest.raises(RunNotFoundError):
        skhpt.ls_trials(path.name, tmp_path / "elsewhere")


def test_trials_can_be_ordered_and_those_without_a_value_come_last(tmp_path):
    results = [failed(0, 0, "no"), trial(0, 1, 0.2), trial(1, 0, 0.7), trial(1, 1, 0.4)]
    path = make_run(tmp_path, {1: (0, 0), 2: (0, 0)}, results=results)
    assert skhpt.ls_trials(path)["test_score"].fillna(-1).tolist() == [-1, 0.2, 0.7, 0.4]
    assert skhpt.ls_trials(path, order="test_score")["test_score"].fillna(-1).tolist() == [0.7, 0.4, 0.2, -1]
    with pytest.raises(UnknownColumnError, match="Did you mean 'test_score'"):
        skhpt.ls_trials(path, order="test_scores")


def test_a_failed_trial_shows_the_line_that_says_why(tmp_path):
    path = make_run(tmp_path, {1: (0, 0)}, results=[failed(0, 0, "no luck\nat all"), trial(0, 1, 0.5)])
    table = skhpt.ls_trials(path)
    assert table["status"].tolist() == ["failed", "completed"]
    assert table["error"][0] == "ValueError: no luck"
    assert table["epochs"].tolist() == [0, 2]


def test_train_scores_and_the_engines_reason_are_shown_where_there_are_any(tmp_path):
    results = [trial(0, 0, 0.5, train_scores={"score": 0.75}, reason="it has a fit of its own")]
    (row,) = skhpt.ls_trials(make_run(tmp_path, {1: (0,)}, results=results)).to_dict("records")
    assert (row["test_score"], row["train_score"], row["reason"]) == (0.5, 0.75, "it has a fit of its own")


def test_a_halvings_trials_have_their_round_and_its_resources(tmp_path):
    table = skhpt.ls_trials(make_halving(tmp_path, [{1: 0.5, 2: 0.5}, {2: 0.5}]))
    assert table[["candidate", "iter", "n_resources", "param_units"]].to_numpy().tolist() == [
        [0, 0, 3, 1],
        [1, 0, 3, 2],
        [1, 1, 9, 2],
    ]


def test_a_run_without_trials_has_columns_and_no_rows(tmp_path):
    table = skhpt.ls_trials(make_run(tmp_path, results=[]))
    assert len(table) == 0
    assert {"candidate", "fold", "repeat", "status", "error"} <= set(table.columns)
