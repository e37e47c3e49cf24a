"""The trials of a round as scikit-learn's callbacks see them."""

from __future__ import annotations

from typing import Any

from skhpt._compat.sklearn import context_path, has_callbacks, without_fit
from skhpt.evaluation._fit_task import FitTask


class RoundTasks:
    """The tasks of the trials of a round, each under the trial's place.

    They are made ahead, so that the tree in this process is complete. A worker is sent only the path to them.

    Parameters
    ----------
    search : estimator
        Whose tasks they are.
    parent : sklearn.callback.CallbackContext
        The task above.
    n_trials : int
        How many.
    """

    def __init__(self, search: Any, parent: Any, n_trials: int) -> None:
        self._search = search
        self._parent = parent
        self._contexts = {place: self._make(place) for place in range(n_trials)}

    def __getitem__(self, place: int) -> FitTask:
        if place not in self._contexts:  # in a worker
            self._contexts[place] = self._make(place)
        return FitTask(self._contexts[place], self._search)

    def __getstate__(self) -> dict[str, Any]:
        # Each trial is a pickle of its own: with the whole tree, or the results of an earlier fit, n trials would cost
        # n times as much. The search is there for the callbacks that were set on it. With none of them a worker need
        # not import what it is made of.
        search = _unfitted(self._search) if has_callbacks(self._search) else None
        return {"_search": search, "_parent": context_path(self._parent), "_contexts": {}}

    def _make(self, place: int) -> Any:
        return self._parent.subcontext(task_name="candidate-split-evaluation", task_id=place)


def _unfitted(search: Any) -> Any:
    """A copy of a search without what was learnt in a fit."""
    copied = without_fit(search)
    copied.loggers = None  # they may hold open files
    return copied
