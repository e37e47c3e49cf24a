import numpy as np
import pytest
from sklearn.linear_model import Ridge

from skhpt import GridSearchCV, HalvingGridSearchCV, plots
from tests.fakes import result
from tests.reporting.drawn import FOLDS, Tunable, X, searched, y


class Stub:
    """As much of a search as there is before a candidate is complete."""

    def __init__(self, histories):
        self.histories_ = histories


def histories(trials):
    from skhpt.results import history_table

    return history_table(trials)


def epochs(*losses, first=1, metric="loss"):
    from skhpt.trials import EpochLog

    return tuple(EpochLog(first + place, {metric: loss}, 0.1) for place, loss in enumerate(losses))


def test_the_best_candidates_are_coloured_and_named_and_the_others_grey(ax):
    search = searched({"rate": [0.1, 0.2, 0.3], "units": [10, 30]})
    plots.learning_curves(search, ax, n_best=2)
    coloured = {line.get_label(): line for line in ax.get_lines() if not line.get_label().startswith("_")}
    assert list(coloured) == ["3: rate=0.2, units=30", "1: rate=0.1, units=30"]
    np.testing.assert_allclose(coloured["1: rate=0.1, units=30"].get_ydata(), [2.0, 1.9, 1.8])
    np.testing.assert_array_equal(coloured["1: rate=0.1, units=30"].get_xdata(), [1, 2, 3])
    assert [line.get_color() for line in ax.get_lines()].count("0.8") == 4
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(coloured)[::-1]


def test_the_band_is_one_deviation_over_the_folds_wide(ax):
    trials = [result(0, fold, epochs=epochs(loss, loss / 2)) for fold, loss in enumerate((2.0, 4.0))]
    plots.learning_curves(Stub(histories(trials)), ax)
    (line,) = ax.get_lines()
    np.testing.assert_allclose(line.get_ydata(), [3.0, 1.5])
    (band,) = ax.collections
    at_first_epoch = sorted({height for epoch, height in band.get_paths()[0].vertices if epoch == 1})
    assert at_first_epoch == [2.0, 4.0]  # 3 plus and minus 1


def test_repeats_are_averaged_before_folds_are_compared():
    trials = [
        result(0, fold, repeat=repeat, epochs=epochs(loss))
        for fold, repeat, loss in [(0, 0, 1.0), (0, 1, 3.0), (1, 0, 2.0), (1, 1, 4.0)]
    ]
    data = plots.learning_curves_data(Stub(histories(trials)))
    assert data[["mean", "std", "n_trials"]].iloc[0].tolist() == [2.5, 0.5, 4]


def test_after_early_stopping_the_mean_is_that_of_the_trials_that_go_on():
    trials = [result(0, 0, epochs=epochs(2.0, 1.0)), result(0, 1, epochs=epochs(4.0))]
    data = plots.learning_curves_data(Stub(histories(trials)))
    assert data["mean"].tolist() == [3.0, 1.0]
    assert data["n_trials"].tolist() == [2, 1]


def test_what_the_held_out_rows_say_is_drawn_where_it_was_recorded(ax):
    recorded = histories([result(epochs=epochs(2.0)), result(1, epochs=epochs(3.0, metric="test_loss"))])
    assert plots.learning_curves_data(Stub(recorded))["metric"].unique().tolist() == ["test_loss"]
    assert plots.learning_curves(Stub(recorded), ax, metric="loss").get_ylabel() == "loss"
    with pytest.raises(ValueError, match=r"'metric' parameter .* \['loss', 'test_loss'\]. Got 'los' .* mean 'loss'"):
        plots.learning_curves(Stub(recorded), metric="los")


def test_survivors_of_a_halving_have_one_curve_over_all_rungs():
    from skhpt.trials import Budget

    goes_on = [
        result(0, budget=Budget(2, 0, last=False), epochs=epochs(4.0, 3.0)),
        result(0, budget=Budget(4, 1), epochs=epochs(2.0, 1.0, first=3)),
    ]
    assert plots.learning_curves_data(Stub(histories(goes_on)))["mean"].tolist() == [4, 3, 2, 1]
    starts_over = [goes_on[0], result(0, budget=Budget(4, 1), epochs=epochs(9.0))]
    assert plots.learning_curves_data(Stub(histories(starts_over)))["mean"].tolist() == [9]


def test_those_of_the_last_rung_are_the_best_and_their_budget_is_no_name(ax):
    search = HalvingGridSearchCV(Tunable(), {"units": [10, 20, 30]}, resource="epochs", max_resources=3, cv=FOLDS)
    plots.learning_curves(search.fit(X, y), ax, n_best=1)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["2: units=30"]


def test_a_diverged_candidate_does_not_flatten_the_others(ax):
    trials = [result(0, epochs=epochs(2.0, 1.0)), result(1, epochs=epochs(2.0, 1.5)),
              result(2, epochs=epochs(1e9, float("nan")))]  # fmt: skip
    plots.learning_curves(Stub(histories(trials)), ax)
    assert ax.get_ylim()[1] < 4


def test_no_candidate_may_be_coloured(ax):
    plots.learning_curves(searched({"units": [10, 20]}), ax, n_best=0)
    assert ax.get_legend() is None
    with pytest.raises(ValueError, match=r"'n_best' parameter of learning_curves must be 0 or more. Got -1"):
        plots.learning_curves(searched({"units": [10]}), n_best=-1)


def test_a_search_without_epochs_has_no_learning_curves():
    search = GridSearchCV(Ridge(), {"alpha": [1.0]}, cv=FOLDS).fit(X, y)
    with pytest.raises(ValueError, match="no trial of this GridSearchCV has left a history"):
        plots.learning_curves(search)
