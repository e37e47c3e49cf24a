"""Rows that the user gives to be evaluated after each epoch."""

from __future__ import annotations

import warnings
from typing import Any

from sklearn import get_config

from skhpt._compat.sklearn import VALIDATION_ADVICE, is_behind_pipeline
from skhpt.estimators._dataset import is_dataset


def validation_of(
    X_val: Any = None, y_val: Any = None, sample_weight_val: Any = None, validation_data: Any = None
) -> Any:
    """What is to be evaluated after each epoch, from the two ways to say it: a tuple, a dataset or None."""
    if X_val is None and y_val is None and sample_weight_val is None:
        if validation_data is None or is_dataset(validation_data):
            return validation_data
        if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
            raise ValueError("validation_data must be (X, y), (X, y, sample_weight) or a dataset.")
        return tuple(validation_data)
    if is_dataset(X_val):
        raise ValueError("Give a dataset to be evaluated as validation_data.")
    if validation_data is not None:
        raise ValueError("Give either X_val and y_val or validation_data, not both.")
    if X_val is None:
        raise ValueError("y_val and sample_weight_val can't be used without X_val.")
    return (X_val, y_val) if sample_weight_val is None else (X_val, y_val, sample_weight_val)


def warn_if_untransformed(estimator: Any, *, X_val: Any, validation_data: Any) -> None:
    """Warn if a pipeline that transforms the rows to train on has not transformed those to evaluate.

    Parameters
    ----------
    estimator : BaseWrapper
        In its `fit`.
    X_val, validation_data
        What it was given. Where metadata are routed, a pipeline can transform `X_val`.
    """
    is_routed = get_config()["enable_metadata_routing"]
    if is_behind_pipeline(estimator) and (validation_data is not None or (X_val is not None and not is_routed)):
        name = "X_val" if validation_data is None else "validation_data"
        warnings.warn(
            f"The steps of the pipeline before {type(estimator).__name__} do not transform its {name}, as they do the "
            f"rows that it is trained on: its validation loss is of other rows. {VALIDATION_ADVICE}",
            UserWarning,
            stacklevel=3,
        )
