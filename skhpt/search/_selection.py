"""What a search's `refit` says of how the best candidate is chosen."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from skhpt._compat.sklearn import Scorer, scorers_of
from skhpt.evaluation import parts_of
from skhpt.results import OneStandardError, missing_cost, no_numbers, unknown_metric
from skhpt.trials import Candidate

BY_COST = "one-standard-error"
"""Short for `OneStandardError()`."""

_OF_EVERY_TABLE = ("mean_fit_time", "mean_score_time", "std_fit_time", "std_score_time")


def rule_of(refit: Any) -> OneStandardError | None:
    """The rule that `refit` names, if it names one."""
    if isinstance(refit, OneStandardError):
        return refit
    return OneStandardError() if isinstance(refit, str) and refit == BY_COST else None


def metric_named_by(refit: Any) -> str | None:
    """The metric that `refit` names, by itself or in a rule, where there are several."""
    rule = rule_of(refit)
    named = refit if rule is None else rule.metric
    return named if isinstance(named, str) else None


def check_rule(refit: Any, scorer: Any, scoring: Any) -> None:
    """Raise if `refit` means a rule that it does not spell, or if its rule goes by a metric that there won't be.

    Raises
    ------
    ValueError
        If so. What a function as `scoring` returns is known later.
    """
    rule = rule_of(refit)
    several = scorers_of(scorer)
    if rule is None:
        # With one metric scikit-learn takes any text for True, and some names of metrics are not far from this either.
        spelt = refit.lower().replace("_", "-") if isinstance(refit, str) else ""
        if not several and difflib.get_close_matches(spelt, [BY_COST], cutoff=0.8):
            raise ValueError(f"The 'refit' parameter got {refit!r}. Did you mean {BY_COST!r}?")
        return
    names = list(several) if several else ["score"]
    may_return_several = callable(scoring) and not isinstance(scoring, Scorer)
    if (several and rule.metric is None) or not (may_return_several or rule.metric in (None, *names)):
        raise unknown_metric(rule, names)


def check_cost(
    rule: OneStandardError, estimator: Any, candidates: Sequence[Candidate], *, has_budgets: bool = False
) -> None:
    """Raise if nobody will know what candidates cost, before any of them is fitted.

    Raises
    ------
    ValueError
        If the cost is the number of parameters of a Keras wrapper and there is none, or a column that there won't be or
        that is not of numbers.
    """
    if callable(rule.cost):
        return
    names = dict.fromkeys(name for candidate in candidates for name in candidate.params)
    columns = [f"param_{name}" for name in names]
    budgets = ["n_resources"] if has_budgets else []
    if rule.cost in (None, "n_parameters"):
        values = [estimator, *(value for candidate in candidates for value in candidate.params.values())]
        if any(holds_wrapper(value) for value in values):
            return
    elif rule.cost in columns:
        name = rule.cost.removeprefix("param_")
        values = [candidate.params[name] for candidate in candidates if name in candidate.params]
        if all(map(_is_number, values)):
            return
        raise no_numbers(rule, values)
    elif rule.cost in (*budgets, *_OF_EVERY_TABLE) or rule.cost.startswith(("mean_test_", "mean_train_")):
        return
    raise missing_cost(rule, [*columns, *budgets, *_OF_EVERY_TABLE])


def _is_number(value: Any) -> bool:
    """As the rule itself has it, once it chooses."""
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def holds_wrapper(value: Any) -> bool:
    """Whether this is an estimator with a Keras wrapper of skhpt's in it."""
    if not hasattr(value, "get_params") or isinstance(value, type):
        return False
    return any(hasattr(part, "_trial_parameters") for part in parts_of(value).values())
