"""What `fit` may be called with besides the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from skhpt.estimators._validation_data import validation_of


@dataclass(frozen=True)
class FitArguments:
    """The keyword arguments of one call of `fit`.

    Parameters
    ----------
    settings : mapping of str to object
        Parameters of the estimator for this call alone, as in ``fit(X, y, epochs=3)``.
    groups : array-like or None
        For a splitter that holds rows out.
    validation : tuple, dataset or None
        (X, y, sample_weight) to be evaluated after each epoch.
    """

    settings: Mapping[str, Any]
    groups: Any = None
    validation: Any = None

    @classmethod
    def of(
        cls,
        *,
        groups: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
        validation_data: Any = None,
        **settings: Any,
    ) -> FitArguments:
        """Read the arguments by the names that `fit` has for them."""
        return cls(settings, groups, validation_of(X_val, y_val, sample_weight_val, validation_data))
