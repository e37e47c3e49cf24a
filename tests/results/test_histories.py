import math

from skhpt.results import history_table
from skhpt.trials import Budget, EpochLog
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


def test_the_rungs_of_a_halving_stand_before_the_epochs():
    epochs = (EpochLog(1, {"loss": 0.9}, 0.1),)
    table = history_table([result(2, budget=Budget(1, rung), epochs=epochs) for rung in range(2)])
    assert list(table)[:5] == ["candidate", "fold", "repeat", "iter", "epoch"]
    assert table["iter"].tolist() == [0, 1]


def test_without_histories_the_columns_are_there_and_no_row():
    table = history_table([result()])
    assert list(table) == ["candidate", "fold", "repeat", "epoch", "epoch_seconds"]
    assert table.empty
