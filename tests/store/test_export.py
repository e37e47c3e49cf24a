"""Trials and epochs for other programs."""

import io
import json

import pandas as pd
import pytest

import skhpt
from skhpt.exceptions import RunNotFoundError
from skhpt.trials import EpochLog
from tests.store.runs import failed, make_run, trial


def refuse(token):
    raise AssertionError(f"{token} is no JSON")


def strictly(text):
    return json.loads(text, parse_constant=refuse)


@pytest.fixture
def run(tmp_path):
    """A trial that diverged, one that failed, and parameters with commas and quotes in them."""
    diverging = trial(0, 0, float("nan"), epochs=(EpochLog(1, {"loss": float("inf")}, 0.1),))
    return make_run(tmp_path, {'a,"b"': (0, 0)}, results=[diverging, failed(0, 1, "no, no\n")])


def test_csv_comes_back_as_the_table_that_it_was(tmp_path):
    path = make_run(tmp_path, results=[trial(0, 0, 0.1), trial(0, 1, 1 / 3)])
    table = skhpt.ls_trials(path)
    back = pd.read_csv(io.StringIO(skhpt.export_trials(path)))
    pd.testing.assert_frame_equal(
        back.drop(columns=["reason", "error"]), table.drop(columns=["reason", "error"]), check_dtype=False
    )


def test_commas_quotes_and_infinities_survive_csv(run):
    trials = pd.read_csv(io.StringIO(skhpt.export_trials(run)))
    assert trials["param_units"].tolist() == ['a,"b"', 'a,"b"']
    assert trials["error"][1] == "ValueError: no, no"
    assert pd.read_csv(io.StringIO(skhpt.export_epochs(run)))["loss"].tolist() == [float("inf")]


def test_json_is_such_that_strict_readers_take_it(run):
    first, second = strictly(skhpt.export_trials(run, format="json"))
    assert (first["test_score"], first["last_loss"], first["param_units"]) == (None, None, 'a,"b"')
    assert (second["status"], second["fold"]) == ("failed", 1)
    assert strictly(skhpt.export_epochs(run, format="json"))[0] == {
        "candidate": 0, "fold": 0, "repeat": 0, "epoch": 1, "loss": None, "epoch_seconds": 0.1,
    }  # fmt: skip


@pytest.mark.parametrize("export", [skhpt.export_trials, skhpt.export_epochs])
def test_a_file_holds_what_would_have_been_returned(run, tmp_path, export):
    for kind in ("csv", "json"):
        assert export(run.name, tmp_path / "file", tmp_path, format=kind) is None
        assert (tmp_path / "file").read_bytes() == export(run, format=kind).encode()


def test_an_unknown_format_is_refused(run):
    with pytest.raises(ValueError, match=r"'format' parameter of export_trials must be 'csv' or 'json'\. Got 'xlsx'"):
        skhpt.export_trials(run, format="xlsx")


def test_a_run_that_is_not_there_is_an_error_before_a_file_is_made(tmp_path):
    with pytest.raises(RunNotFoundError):
        skhpt.export_epochs("nothing", tmp_path / "file", tmp_path)
    assert not (tmp_path / "file").exists()
