import sys

import numpy as np
import pytest

from skhpt import HalvingGridSearchCV, plots
from skhpt.exceptions import MissingExtraError
from tests.reporting.drawn import FOLDS, Tunable, X, searched, y


@pytest.fixture(scope="module")
def search():
    return searched({"units": [10, 20, 30, 40], "rate": [0.1, 0.2], "kind": ["a", "b"]}, refit=False)


@pytest.mark.parametrize("evaluator", ["fanova", "mean-decrease-impurity"])
def test_what_the_score_depends_on_is_all_that_matters(search, evaluator, ax):
    data = plots.parameter_importance_data(search, evaluator=evaluator)
    assert data["parameter"].iloc[0] == "units"
    assert data["importance"].iloc[0] > 0.95
    assert data["importance"].sum() == pytest.approx(1)
    plots.parameter_importance(search, ax, evaluator=evaluator)
    assert [bar.get_width() for bar in ax.patches] == data["importance"].tolist()
    tops = [bar.get_y() for bar in ax.patches]
    assert tops == sorted(tops, reverse=True)  # the most important on top
    assert [label.get_text() for label in ax.get_yticklabels()] == data["parameter"].tolist()


def test_parzen_estimators_of_the_best_tenth_agree():
    search = searched({"units": [*range(1, 31)], "kind": ["a", "b"]}, refit=False)
    data = plots.parameter_importance_data(search, evaluator="ped-anova")
    assert data["parameter"].iloc[0] == "units"


def test_an_evaluator_of_optunas_is_used_as_it_is(search):
    from optuna.importance import FanovaImportanceEvaluator

    ours = plots.parameter_importance_data(search, random_state=3)
    assert plots.parameter_importance_data(search, evaluator=FanovaImportanceEvaluator(seed=3)).equals(ours)


def test_that_a_parameter_is_not_set_counts_as_a_value():
    # The score depends on whether there are units of one's own, and on nothing else: without them they are 10.
    search = searched([{"rate": [0.1, 0.2, 0.3]}, {"units": [40], "rate": [0.1, 0.2, 0.3]}], refit=False)
    data = plots.parameter_importance_data(search).set_index("parameter")["importance"]
    assert data["units"] > 0.95


def test_a_constant_parameter_does_not_matter_nor_does_any_where_scores_are_equal():
    data = plots.parameter_importance_data(searched({"units": [10, 20], "rate": [0.1]}, refit=False))
    assert dict(zip(data["parameter"], data["importance"], strict=True)) == {"units": 1.0, "rate": 0.0}
    equal = plots.parameter_importance_data(searched({"rate": [0.1, 0.2]}, refit=False))
    assert equal["importance"].tolist() == [0.0]


def test_of_a_halving_scores_on_one_budget_are_compared():
    grid = {"units": [10, 20, 30, 40], "rate": [0.1, 0.2]}
    search = HalvingGridSearchCV(Tunable(), grid, resource="epochs", max_resources=9, cv=FOLDS).fit(X, y)
    data = plots.parameter_importance_data(search)
    assert data["parameter"].tolist() == ["units", "rate"]  # and no epochs, which say nothing there
    assert data["importance"].iloc[0] > 0.95


def test_one_score_is_too_few(ax):
    with pytest.raises(ValueError, match=r"parameter_importance needs the scores of two candidates at least. Got 1"):
        plots.parameter_importance(searched({"units": [10]}), ax)


def test_another_evaluator_is_refused(search):
    with pytest.raises(ValueError, match=r"'evaluator' parameter of parameter_importance must be .* Got 'shap'"):
        plots.parameter_importance(search, evaluator="shap")


def test_without_optuna_the_error_names_the_extra(search, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'skhpt\[bayes\]'"):
        plots.parameter_importance_data(search)


def test_optuna_says_nothing(search, capfd):
    plots.parameter_importance_data(search)
    assert "".join(capfd.readouterr()) == ""
    assert np.isfinite(plots.parameter_importance_data(search)["importance"]).all()
