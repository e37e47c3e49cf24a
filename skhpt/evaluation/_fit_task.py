"""A fit as scikit-learn's callbacks see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from skhpt.trials import RowView, map_inputs, parts_of_rows


@dataclass(frozen=True)
class FitTask:
    """One fit of a search, of which the callbacks are told that were set on the search or on the estimator.

    Parameters
    ----------
    context : sklearn.callback.CallbackContext or None, default=None
        The place of the fit in the tree of tasks; None tells nobody.
    search : estimator or None, default=None
        Whose task it is. None will do where no callbacks were set on the search.

    References
    ----------
    https://scikit-learn.org/stable/modules/generated/sklearn.callback.CallbackContext.html
    """

    context: Any = None
    search: Any = None

    @contextmanager
    def fitting(self, estimator: Any, X: Any, y: Any, fit_params: Mapping[str, Any]) -> Iterator[None]:
        """Tell that the fit begins, and link the tasks of the estimator to this one while it is fitted."""
        if self.context is None:
            yield
            return
        with self.context.propagate_callback_context(estimator):
            self.context.call_on_fit_task_begin(
                estimator=self.search, X=_array_if_asked(X), y=y, metadata=fit_metadata(fit_params)
            )
            yield

    def end(self, X: Any, y: Any, fit_params: Mapping[str, Any]) -> None:
        """Tell that the task has ended, its scoring included."""
        if self.context is not None:
            self.context.call_on_fit_task_end(
                estimator=self.search, X=_array_if_asked(X), y=y, metadata=fit_metadata(fit_params)
            )


def _array_if_asked(X: Any) -> Any:
    """Rows for callbacks, which get arrays; scikit-learn calls a function only for those that look at X."""
    if isinstance(X, RowView):
        return partial(_in_memory, X)
    if any(isinstance(part, RowView) for part in parts_of_rows(X)):
        return partial(map_inputs, lambda _, part: _in_memory(part), X)
    return X


def _in_memory(rows: Any) -> Any:
    return rows.stored if isinstance(rows, RowView) else np.asarray(rows)


def fit_metadata(fit_params: Mapping[str, Any]) -> dict[str, Any] | None:
    """What callbacks are told of the arguments of a fit."""
    weights = fit_params.get("sample_weight")
    return None if weights is None else {"sample_weight": weights}
