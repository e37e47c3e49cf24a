"""Validation rows that come to a network behind a pipeline's transformers.

A pipeline hands the arguments of `fit` to its steps as they are. Only what its `transform_input` names goes through the
steps before. So validation rows would be evaluated unscaled by a network that is trained on scaled ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklearn import get_config
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import process_routing

from skhpt._compat.sklearn import VALIDATION_ADVICE

_ROWS = ("X_val", "validation_data")  # `transform_input` can't serve the second, which holds targets too
VALIDATION_ARGUMENTS = (*_ROWS, "y_val", "sample_weight_val")
"""The arguments of a wrapper's `fit` that are not for the rows to train on."""


def check_validation_rows(estimator: Any, fit_params: Mapping[str, Any]) -> None:
    """Raise if a pipeline would hand a network validation rows that its steps have not transformed.

    Parameters
    ----------
    estimator : estimator
        Prepared for its fit.
    fit_params : mapping of str to object
        Of that fit.

    Raises
    ------
    ValueError
        With the way to have them transformed.
    """
    if fit_params:
        _check(estimator, fit_params, {})


def _check(estimator: Any, given: Mapping[str, Any], raw: Mapping[str, str]) -> None:
    """Check a step, given what the pipelines around it leave untransformed: the class of the first transformer."""
    if not isinstance(estimator, Pipeline):
        if hasattr(estimator, "_continue_fit"):
            for name in sorted(name for name, value in given.items() if name in raw and value is not None):
                raise ValueError(
                    f"{name} does not go through {raw[name]}, as the rows do that {type(estimator).__name__} is "
                    f"trained on. {VALIDATION_ADVICE}"
                )
        return
    served = set(getattr(estimator, "transform_input", None) or ()) - {"validation_data"}
    routed = _routed(estimator, given)
    for name, step in estimator.steps:
        _check(step, routed.get(name, {}), raw)
        if hasattr(step, "transform"):
            raw = {**{rows: type(step).__name__ for rows in _ROWS if rows not in served}, **raw}


def _routed(pipeline: Pipeline, given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What a pipeline's `fit` hands to each step."""
    routed: dict[str, dict[str, Any]] = {name: {} for name, _ in pipeline.steps}
    if get_config()["enable_metadata_routing"]:
        by_step = process_routing(pipeline, "fit", **given) if given else {}
        for name, methods in by_step.items():
            routed[name] = {argument: value for method in methods.values() for argument, value in method.items()}
    else:
        for full_name, value in given.items():
            name, _, argument = full_name.partition("__")
            routed.setdefault(name, {})[argument] = value
    return routed
