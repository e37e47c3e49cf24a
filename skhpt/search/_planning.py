"""From a search to the plan of it, without a fit."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import indexable

from skhpt._compat.sklearn import check_method_params, routed_params, search_scorers, validate_params
from skhpt.evaluation import can_pause, network_step
from skhpt.search._check import check_parameter_names, rows_of_search
from skhpt.search._conflicts import check_before_search
from skhpt.search._limits import check_limits
from skhpt.search._plan import SearchPlan
from skhpt.search._resource import Resource, epochs_of
from skhpt.search._selection import check_cost, check_rule
from skhpt.search._target import read_target
from skhpt.trials import Round, SearchSeeds


class Plannable:
    """A search that can say what it would run."""

    def plan(self, X: Any = None, y: Any = None, **params: Any) -> SearchPlan:
        """Count what `fit` would run, before it does: candidates, fits, rungs, epochs.

        It fits nothing and uses up no random numbers.

        Parameters
        ----------
        X, y : array-like, default=None
            The data, of which halving on samples must know how many there are, and some splitters as well.
        **params : dict of str to object
            As for `fit`; a splitter may need `groups`.

        Returns
        -------
        SearchPlan
            A new search; `resume` and `max_time` are left out of account. A notebook or `print` shows it as text.

        Raises
        ------
        ValueError
            As `fit` does before anything runs, or if data are needed.
        """
        return _plan_of(self, X, y, params)

    @property
    def _plan_needs_data(self) -> bool:
        """Whether budgets depend on how many samples there are."""
        return False


def _plan_of(search: Any, X: Any, y: Any, params: Mapping[str, Any]) -> SearchPlan:
    """The plan. The search is left as it is, its random state included."""
    validate_params(search)
    name = type(search).__name__
    if hasattr(search.cv, "__next__"):
        raise ValueError(
            f"The 'cv' parameter of {name} must not be an iterator for a plan, which would use it up. Give a list."
        )
    scorer, refit_metric = search_scorers(search)
    check_rule(search.refit, scorer, search.scoring)
    check_limits(search, refit_metric)
    twin = copy.copy(search)
    if X is None and twin._plan_needs_data:
        raise ValueError(f"{name}.plan needs X and y where budgets are samples: how many there are decides the rungs.")
    twin._sampling_state = _copied(search.random_state)
    twin._seeds = SearchSeeds.from_random_state(search.random_state)
    X, y = indexable(rows_of_search(X, y, name, params), y)
    y, _ = read_target(search.estimator, y)
    params = dict(params) if X is None else check_method_params(X, params=params)
    routed = routed_params(twin, params)
    split_params = routed.splitter.split
    cv = check_cv(search.cv, y, classifier=is_classifier(search.estimator))
    twin._check_data(cv, X, y, split_params)
    twin._check_recording()
    check_before_search(twin, routed.estimator.fit)
    twin.n_splits_ = cv.get_n_splits(X, y, **split_params)
    return _planned(twin)


def _planned(search: Any) -> SearchPlan:
    strategy, resource = search._make_strategy(), search._budgets_count
    rounds = tuple(strategy.plan())
    candidates = [] if strategy.is_done else [resource.candidate(request) for request in strategy.ask()]
    # Numbers have no say in which names there are, and of candidates there may be thousands.
    alike = {_but_for_numbers(candidate.params): candidate.params for candidate in candidates}
    for params in alike.values():
        check_parameter_names(search.estimator, params)
    if search._rule is not None:
        has_budgets = any(round_.budget for round_ in rounds)
        check_cost(search._rule, search.estimator, candidates, has_budgets=has_budgets)
    epochs = None
    fusible = search.engine != "per-trial"
    if network_step(search.estimator) is None:
        fusible = False
    else:
        epochs = _epochs(search.estimator, resource, rounds, [candidate.params for candidate in candidates])
    return SearchPlan(
        type(search).__name__,
        rounds,
        search.n_splits_,
        search.repeats,
        refit=bool(search.refit),
        resource=resource.name if any(round_.budget for round_ in rounds) else None,
        epochs=None if epochs is None else epochs * search._n_trials_a_candidate,
        n_programs=None if fusible else 0,
    )


def _epochs(
    estimator: Any, resource: Resource, rounds: Sequence[Round], settings: Sequence[Mapping[str, Any]]
) -> int | None:
    """The most epochs on one fold; None if unknown."""
    if resource.continues:
        return _epochs_of_rungs(rounds, goes_on=can_pause(estimator))
    told = epochs_of(estimator, settings)
    known = [epochs for epochs in told if epochs is not None]
    if not known or len(known) < len(told):
        return None
    n_fits = sum(round_.n_candidates for round_ in rounds)
    if n_fits == len(known):
        return sum(known)
    alike = len(set(known)) == 1  # or else it matters who is fitted again
    return known[0] * n_fits if alike else None


def _epochs_of_rungs(rounds: Sequence[Round], *, goes_on: bool) -> int:
    """Where budgets are epochs: those that a rung adds, or all over again where a survivor starts over."""
    total = 0
    before: dict[int | None, int] = {}  # by bracket, as the rungs of several may come by turns
    for round_ in rounds:
        if round_.budget is None:
            continue
        bracket, amount = round_.budget.bracket, round_.budget.amount
        begins = round_.budget.rung == 0 or not goes_on
        total += round_.n_candidates * (amount - (0 if begins else before[bracket]))
        before[bracket] = amount
    return total


def _but_for_numbers(params: Mapping[str, Any]) -> frozenset[tuple[str, int | None]]:
    return frozenset((name, None if isinstance(value, Real) else id(value)) for name, value in params.items())


def _copied(random_state: Any) -> Any:
    """Random numbers that begin where a fit's would, without taking any from it."""
    if random_state is not None:
        return copy.deepcopy(random_state)
    generator = np.random.RandomState()
    generator.set_state(np.random.get_state())
    return generator
