"""A search as a tree of tasks, of which scikit-learn's callbacks are told.

::

    fit
    ├── search
    │   └── halving-iteration               (of a halving; bayesian-batch of a Bayesian search)
    │       └── candidate-split-evaluation  (what the estimator does in its fit comes below)
    └── refit-with-best-params

References
----------
https://scikit-learn.org/stable/modules/generated/sklearn.callback.CallbackContext.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skhpt._compat.sklearn import callback_context
from skhpt.evaluation import FitTask, RoundTasks, fit_metadata


class TaskTree:
    """The tasks of one fit of a search.

    Parameters
    ----------
    search : estimator
        A `CallbackSupportMixin`, at the beginning of its fit.
    X, y
        The data.
    fit_params : mapping of str to object
        The arguments of the fit.
    """

    def __init__(self, search: Any, X: Any, y: Any, fit_params: Mapping[str, Any]) -> None:
        self._search = search
        self._data = {"X": X, "y": y, "metadata": fit_metadata(fit_params)}
        self._root = callback_context(search, max_subtasks=1 + (search.refit is not False))
        self._root.call_on_fit_task_begin(estimator=search, **self._data)
        self._raised: Exception | None = None

    def begin_search(self, n_subtasks: int, *, round_name: str | None) -> None:
        """Tell that the search begins.

        Parameters
        ----------
        n_subtasks : int
            Rounds where they are tasks, or else trials.
        round_name : str or None
            What a round is called; None where there is only one, which then is no task of its own.
        """
        self._round_name = round_name
        self._tasks = self._root.subcontext(
            task_name="search", max_subtasks=n_subtasks, sequential_subtasks=round_name is not None
        )
        self._tasks.call_on_fit_task_begin(estimator=self._search)
        self._round = self._tasks

    def begin_round(self, n_trials: int) -> RoundTasks:
        """Tell that a round begins, and make the tasks of its trials.

        What a callback has raised at the end of the round before is raised here, and so ends the search.
        """
        self._raise()
        if self._round_name is not None:
            self._round = self._tasks.subcontext(
                task_name=self._round_name, max_subtasks=n_trials, sequential_subtasks=False
            )
            self._round.call_on_fit_task_begin(estimator=self._search)
        return RoundTasks(self._search, self._round, n_trials)

    def end_round(self) -> None:
        """Tell that a round has ended. What a callback raises waits: the results are to be taken in first."""
        if self._round_name is not None:
            self._end(self._round)

    def end_search(self) -> None:
        """Tell that the search has ended. What a callback raises waits until all is there, the refit as well."""
        self._end(self._tasks)

    def refit(self) -> FitTask:
        """The task of the refit."""
        return FitTask(self._root.subcontext(task_name="refit-with-best-params"), self._search)

    def end(self) -> None:
        """Tell that everything has ended, and raise what a callback has raised before."""
        self._root.call_on_fit_task_end(estimator=self._search, **self._data)
        self._raise()

    def _end(self, task: Any) -> None:
        try:
            task.call_on_fit_task_end(estimator=self._search)
        except Exception as error:  # noqa: BLE001 - whatever a callback of the user's raises
            self._raised = self._raised or error

    def _raise(self) -> None:
        if self._raised is not None:
            raised, self._raised = self._raised, None
            raise raised
