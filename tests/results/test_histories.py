import math

from skhpt.results import history_table
from skhpt.trials import EpochLog
from tests.fakes import result


def test_a_row_an_epoch_in_the_order_of_the_trials():
    epochs = (EpochLog(1, {"loss": 0.9}, 0.1), EpochLog(2, {"loss": 0.8}, 0.1))
    table = history_table([result(0, 1, epochs=epochs), result(1, 0, epochs=epochs[:1])])
    assert table[["candidate", "fold", "repeat", "epoch"]].to_numpy().tolist() == [
        [0, 1, 0, 1],
        [0, 1, 0, 2],
        [1, 0, 0, 1],
    ]
    assert table["loss"].tolist() == [0.9, 0.8, 0.9]


def test_metrics_stand_between_the_keys_and_the_seconds():
    table = history_table([result(epochs=(EpochLog(1, {"loss": 0.9, "accuracy": 0.5}, 0.1),))])
    assert list(table) == ["candidate", "fold", "repeat", "epoch", "loss", "accuracy", "epoch_seconds"]


def test_a_metric_of_some_trials_is_nan_in_the_others():
    table = history_table(
        [
            result(0, epochs=(EpochLog(1, {"loss": 0.9}, 0.1),)),
            result(1, epochs=(EpochLog(1, {"loss": 0.9, "lr": 0.01}, 0.1),)),
        ]
    )
    assert math.isnan(table["lr"][0])
    assert table["lr"][1] == 0.01


def test_without_histories_the_columns_are_there_and_no_row():
    table = history_table([result()])
    assert list(table) == ["candidate", "fold", "repeat", "epoch", "epoch_seconds"]
    assert table.empty
