"""How much each parameter matters for the score."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from skhpt._matplotlib import axes_for
from skhpt._optuna import new_study
from skhpt.exceptions import MissingExtraError
from skhpt.reporting._axis import ParameterAxis, parameter_axes
from skhpt.reporting._labels import fitting, literal
from skhpt.reporting._scale import scales_in
from skhpt.reporting._scores import Scores, read_scores

_EVALUATORS = ("fanova", "ped-anova", "mean-decrease-impurity")
_UNSET = -0.5  # below all units, which go from 0 to 1


def parameter_importance(
    search: Any, ax: Any = None, *, metric: str | None = None, evaluator: Any = "fanova", random_state: int = 0
) -> Any:
    """Draw how much each parameter matters for the score, as optuna tells it.

    Parameters
    ----------
    search : searcher or LoadedRun
        Fitted.
    ax : matplotlib.axes.Axes or None, default=None
        Where to; None is a new figure.
    metric : str or None, default=None
        The score, of several; None is the one that decides.
    evaluator : {"fanova", "ped-anova", "mean-decrease-impurity"} or evaluator of optuna's, default="fanova"
        ``"fanova"`` is the part of the variance of scores that a parameter explains by itself; ``"ped-anova"`` how
        much it takes to be among the best tenth, which asks for some fifty candidates.
    random_state : int, default=0
        Of the forests that evaluators grow.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    NotFittedError
        If there is no score yet.
    ValueError
        If fewer than two candidates have a score, or there is no such evaluator.
    MissingExtraError
        If matplotlib (extra `plot`) or optuna (extra `bayes`) is not installed.

    See Also
    --------
    parameter_importance_data : What is drawn.

    References
    ----------
    F. Hutter, H. Hoos and K. Leyton-Brown, An Efficient Approach for Assessing Hyperparameter Importance, ICML 2014.
    http://proceedings.mlr.press/v32/hutter14.html

    S. Watanabe, A. Bansal and F. Hutter, PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in Arbitrary
    Subspaces, IJCAI 2023. https://arxiv.org/abs/2304.10255
    """
    data = parameter_importance_data(search, metric=metric, evaluator=evaluator, random_state=random_state)
    scores = read_scores(search, metric, "parameter_importance")
    ax = axes_for(ax, "parameter_importance")
    places = np.arange(len(data))[::-1]  # the first on top
    bars = ax.barh(places, data["importance"], color="C0", height=0.7)
    ax.bar_label(bars, [f"{value:.2f}" for value in data["importance"]], padding=3, fontsize="small")
    ax.set_yticks(places, [literal(fitting(name, 24)) for name in data["parameter"]])
    ax.set_xlim(0, 1.15 * max(data["importance"].max(), 1e-9))
    ax.set_xlabel(f"importance for {literal(scores.metric)}")
    return ax


def parameter_importance_data(
    search: Any, *, metric: str | None = None, evaluator: Any = "fanova", random_state: int = 0
) -> pd.DataFrame:
    """What `parameter_importance` draws.

    Parameters
    ----------
    search, metric, evaluator, random_state
        As of `parameter_importance`.

    Returns
    -------
    pandas.DataFrame of shape (n_params, 2)
        ``parameter``, by its short name, and ``importance``, the most important first. They add up to 1, unless
        nothing matters: then all are 0. That a parameter is not set counts as a value of it. Of a halving the scores on
        one budget are compared: the one on which most candidates have one, which is its least.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skhpt import GridSearchCV, plots
    >>> grid = {"n_neighbors": [1, 5, 9, 20], "leaf_size": [10, 30]}
    >>> search = GridSearchCV(KNeighborsClassifier(), grid, cv=3).fit(*load_wine(return_X_y=True))
    >>> plots.parameter_importance_data(search).round(2)
         parameter  importance
    0  n_neighbors        0.98
    1    leaf_size        0.02
    """
    owner = "parameter_importance"
    found = read_scores(search, metric, owner)
    scores = found.on_equal_terms()
    n_scored = int(np.isfinite(scores.table["score"]).sum())
    if n_scored < 2:
        raise ValueError(f"{owner} needs the scores of two candidates at least. Got {n_scored}.")
    params = [name for name in scores.names if name != found.budget_name]
    axes = parameter_axes(scores, scales_in(search), params, owner)
    importances = _importances(scores, axes, evaluator, random_state)
    table = pd.DataFrame({"parameter": list(importances), "importance": list(importances.values())})
    return table.sort_values("importance", ascending=False, kind="stable", ignore_index=True)


def _importances(scores: Scores, axes: list[ParameterAxis], evaluator: Any, random_state: int) -> dict[str, float]:
    try:
        import optuna
    except ImportError as error:
        raise MissingExtraError("parameter_importance", "bayes") from error
    found = scores.table["score"].to_numpy()
    evaluator = _evaluator(optuna, evaluator, random_state)
    varying = [axis for axis in axes if not axis.is_constant]
    importances = {axis.name: 0.0 for axis in axes}
    if not varying or np.ptp(found[np.isfinite(found)]) == 0:
        return importances  # an evaluator would call all equally important
    settings = [_setting(axis) for axis in varying]
    distributions = {axis.name: _distribution(optuna, axis) for axis in varying}
    study = new_study()
    for row in np.flatnonzero(np.isfinite(found)):
        params = {axis.name: setting[row] for axis, setting in zip(varying, settings, strict=True)}
        study.add_trial(optuna.create_trial(params=params, distributions=distributions, value=float(found[row])))
    importances |= optuna.importance.get_param_importances(study, evaluator=evaluator)
    return importances


def _evaluator(optuna: Any, evaluator: Any, random_state: int) -> Any:
    importance = optuna.importance
    if isinstance(evaluator, importance.BaseImportanceEvaluator):
        return evaluator
    if evaluator == "fanova":
        return importance.FanovaImportanceEvaluator(seed=random_state)
    if evaluator == "ped-anova":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # optuna 4 gives one for it
            return importance.PedAnovaImportanceEvaluator()
    if evaluator == "mean-decrease-impurity":
        return importance.MeanDecreaseImpurityImportanceEvaluator(seed=random_state)
    raise ValueError(
        f"The 'evaluator' parameter of parameter_importance must be one of {list(_EVALUATORS)} or an evaluator of "
        f"optuna's. Got {evaluator!r} instead."
    )


def _distribution(optuna: Any, axis: ParameterAxis) -> Any:
    if axis.options is None:
        return optuna.distributions.FloatDistribution(_UNSET if np.isnan(axis.places).any() else 0.0, 1.0)
    return optuna.distributions.CategoricalDistribution(range(-1, len(axis.options)))


def _setting(axis: ParameterAxis) -> Any:
    """Each candidate's value, where "not set" is one as well."""
    if axis.options is None:
        return np.where(np.isnan(axis.units), _UNSET, np.clip(axis.units, 0, 1)).tolist()
    return np.where(np.isnan(axis.places), -1, axis.places).astype(int).tolist()
