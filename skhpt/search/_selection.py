"""What a search's `refit` says of how the best candidate is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from skhpt.results import OneStandardError, missing_cost
from skhpt.trials import Candidate

BY_COST = "one-standard-error"
"""Short for `OneStandardError()`."""

_OF_EVERY_TABLE = ("mean_fit_time", "mean_score_time", "std_fit_time", "std_score_time")


def rule_of(refit: Any) -> OneStandardError | None:
    """The rule that `refit` names, if it names one."""
    if isinstance(refit, OneStandardError):
        return refit
    return OneStandardError() if isinstance(refit, str) and refit == BY_COST else None


def check_cost(rule: OneStandardError, estimator: Any, candidates: Sequence[Candidate]) -> None:
    """Raise if nobody will know what candidates cost, before any of them is fitted.

    Raises
    ------
    ValueError
        If the cost is the number of parameters of a Keras wrapper and there is none, or a column that there won't be.
    """
    if callable(rule.cost):
        return
    names = dict.fromkeys(name for candidate in candidates for name in candidate.params)
    columns = [f"param_{name}" for name in names]
    if rule.cost in (None, "n_parameters"):
        values = [estimator, *(value for candidate in candidates for value in candidate.params.values())]
        if any(_holds_wrapper(value) for value in values):
            return
    elif rule.cost in columns or rule.cost in ("n_resources", *_OF_EVERY_TABLE) or rule.cost.startswith("mean_t"):
        return
    raise missing_cost(rule, [*columns, *_OF_EVERY_TABLE])


def _holds_wrapper(value: Any) -> bool:
    """Whether this is an estimator with a Keras wrapper of skhpt's in it."""
    if not hasattr(value, "get_params") or isinstance(value, type):
        return False
    parts = [value, *value.get_params(deep=True).values()]
    return any(hasattr(part, "_trial_parameters") and not isinstance(part, type) for part in parts)
