import pandas as pd
import pytest

from skhpt.results import best_epoch

HISTORY = pd.DataFrame(
    {
        "fold": [0, 0, 0, 1, 1, 1],
        "repeat": 0,
        "epoch": [1, 2, 3, 1, 2, 3],
        "test_loss": [0.5, 0.3, 0.4, 0.6, 0.5, 0.7],
        "test_acc": [0.7, 0.8, 0.9, 0.5, 0.6, 0.7],
        "test_mse": [0.5, 0.3, 0.4, 0.6, 0.5, 0.7],
    }
)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [("accuracy", 3), ("acc", 3), ("mse", 2), ("neg_log_loss", 2), ("loss", 2), ("roc_auc", 2)],
)
def test_more_is_better_only_where_that_is_known(metric, expected):
    assert best_epoch(HISTORY, metric) == expected


def test_an_epoch_that_was_trained_again_counts_as_it_was_last():
    again = pd.concat([HISTORY.assign(test_loss=[0.1, 0.9, 0.9, 0.1, 0.9, 0.9]), HISTORY])
    assert best_epoch(again, "loss") == 2


def test_without_a_record_there_is_no_best():
    with pytest.raises(ValueError, match="there is nothing"):
        best_epoch(HISTORY.assign(test_loss=float("nan")), "loss")
