import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from skhpt import EpochLogger, GridSearchCV, HalvingGridSearchCV
from skhpt.trials import EpochLog, SearchEnding
from tests.fakes import FakeEstimator
from tests.reporting.searches import beginning, ended, round_of
from tests.search.runs import SLOPES, Interrupted

LOGS = tuple(EpochLog(epoch, {"loss": 1 / epoch}, 0.25) for epoch in (1, 2))


@pytest.fixture(params=["csv", "jsonl"])
def file(request, tmp_path):
    return tmp_path / "logs" / f"epochs.{request.param}"


def read(file):
    return pd.read_csv(file) if file.suffix == ".csv" else pd.read_json(file, lines=True)


def logged(file, *trials, run=None):
    """Tells a logger of a search with these trials."""
    logger = EpochLogger(file)
    logger.search_begins(beginning(run=run))
    for spec, result in trials:
        logger.trial_ended(spec, result, resumed=False)
    return logger


def trial(place=0, logs=LOGS, **changes):
    return ended(round_of().specs[place], epochs=logs, **changes)


def test_rows_are_those_of_the_histories_with_parameters_and_durations(rows, file):
    search = GridSearchCV(FakeEstimator(epochs=3), {"slope": SLOPES}, cv=3, loggers=[EpochLogger(file)]).fit(*rows)
    table = read(file)
    same = list(search.histories_)
    pd.testing.assert_frame_equal(table[same], search.histories_, check_dtype=False)
    assert table["param_slope"].tolist() == np.repeat(SLOPES, 9).tolist()
    assert table["trial_seconds"].tolist() == [0.25, 0.5, 0.75] * 12
    assert table["search"].nunique() == 1


def test_rows_are_there_as_soon_as_the_trial_has_ended(file):
    logger = logged(file, trial(0))
    assert len(read(file)) == 2
    logger.trial_ended(*trial(1), resumed=False)
    assert len(read(file)) == 4


def test_a_search_that_goes_on_adds_what_is_not_there(rows, file, tmp_path):
    switch = tmp_path / "switch"
    switch.touch()
    estimator = Interrupted(at=3.0, while_there=str(switch))
    settings = {"cv": 3, "runs_dir": tmp_path / "runs", "resume": True}
    with pytest.raises(KeyboardInterrupt):
        GridSearchCV(estimator, {"slope": SLOPES}, **settings, loggers=[EpochLogger(file)]).fit(*rows)
    assert len(read(file)) == 6 * 2
    switch.unlink()
    for _ in range(2):  # and once more, when it is finished
        search = GridSearchCV(estimator, {"slope": SLOPES}, **settings, loggers=[EpochLogger(file)]).fit(*rows)
        table = read(file)
        assert len(table) == len(search.histories_) == 12 * 2
        assert not table.duplicated(["candidate", "fold", "repeat", "epoch"]).any()
        assert set(table["search"]) == {search.run_.id}


def test_a_logger_that_comes_late_gets_what_an_earlier_process_has_run(rows, file, tmp_path):
    settings = {"cv": 3, "runs_dir": tmp_path / "runs", "resume": True}
    GridSearchCV(FakeEstimator(), {"slope": SLOPES}, **settings).fit(*rows)
    GridSearchCV(FakeEstimator(), {"slope": SLOPES}, **settings, loggers=[EpochLogger(file)]).fit(*rows)
    assert len(read(file)) == 12 * 2


def test_another_search_writes_below(rows, file):
    search = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, cv=3, loggers=[EpochLogger(file)])
    search.fit(*rows).fit(*rows)
    table = read(file)
    assert table.groupby("search").size().tolist() == [24, 24]


def test_what_a_killed_process_has_left_of_a_row_is_cut_off(file, tmp_path):
    logged(file, trial(0), run=tmp_path / "run")
    whole = file.read_bytes()
    for n_bytes in range(len(whole)):
        file.write_bytes(whole[:n_bytes])
        logged(file, trial(0), run=tmp_path / "run")
        assert file.read_bytes() == whole


def test_a_metric_that_comes_late_has_a_column(file):
    late = (EpochLog(1, {"loss": 0.5, "val_loss": 0.6}, 0.1),)
    logged(file, trial(0), trial(1, late), trial(2))
    table = read(file)
    assert table["val_loss"].tolist() == pytest.approx([math.nan, math.nan, 0.6, math.nan, math.nan], nan_ok=True)
    assert table["loss"].tolist() == [1, 0.5, 0.5, 1, 0.5]


def test_rungs_are_told_apart_and_durations_go_on_with_the_training(rows, file):
    grid = {"slope": SLOPES}
    HalvingGridSearchCV(
        FakeEstimator(), grid, resource="epochs", max_resources=4, factor=2, cv=2, loggers=[EpochLogger(file)]
    ).fit(*rows)
    table = read(file)
    assert table.groupby("rung").size().tolist() == [4 * 2 * 1, 2 * 2 * 2, 1 * 2 * 4]
    # This estimator starts over in each rung.
    assert (table["trial_seconds"] == 0.25 * table["epoch"]).all()


def test_durations_of_a_training_that_goes_on_are_from_its_beginning(file):
    spec, first = trial(0)
    second = replace(first, epochs=(EpochLog(3, {"loss": 0.1}, 0.5),))
    logged(file, (spec, first), (spec, second))
    assert read(file)["trial_seconds"].tolist() == [0.25, 0.5, 1.0]


def test_values_of_any_kind_are_text_in_one_line(file):
    spec, result = trial(0)
    params = {"text": 'a "quoted"\nline, and', "function": math.tanh, "layers": [8, 8], "none": None}
    spec = replace(spec, candidate=replace(spec.candidate, params=params))
    logged(file, (spec, result))
    row = read(file).iloc[0]
    assert row["param_layers"] == "[8, 8]"
    assert "tanh" in row["param_function"]
    assert "quoted" in row["param_text"]
    assert pd.isna(row["param_none"])


def test_json_has_null_for_numbers_that_are_not_finite(tmp_path):
    file = tmp_path / "epochs.jsonl"
    logged(file, trial(0, (EpochLog(1, {"loss": math.inf}, math.nan),)))
    (row,) = map(json.loads, file.read_text().splitlines())
    assert (row["loss"], row["epoch_seconds"], row["trial_seconds"]) == (None, None, 0.0)


def test_a_file_of_something_else_is_left_as_it_is(tmp_path):
    file = tmp_path / "epochs.jsonl"
    file.write_text("[1]\n")
    with pytest.raises(ValueError, match=r"epochs\.jsonl holds something else than epochs\. Got the line '\[1\]'"):
        logged(file, trial(0))
    assert file.read_text() == "[1]\n"


def test_estimators_without_histories_leave_no_row(file):
    logger = logged(file, trial(0, ()))
    logger.search_ended(SearchEnding("finished"))
    assert not file.exists()


def test_another_ending_is_refused():
    with pytest.raises(ValueError, match=r"must end in one of \.csv, \.jsonl\. Got 'epochs\.xlsx' instead"):
        EpochLogger("epochs.xlsx")
