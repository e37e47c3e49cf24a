"""A run of an earlier process, with its best model."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

import pandas as pd

from skhpt.evaluation import read_history
from skhpt.results import results_table
from skhpt.store import StoredRun, best_row, deciding_score, find_run, reading


class LoadedRun(StoredRun):
    """What a search has left on disk, under the names that it has in the search itself.

    Parameters
    ----------
    path : str or path
        The run's directory.

    Raises
    ------
    RunNotFoundError
        If there is no run.
    DamagedRunError
        If it is of a later version of skhpt, or not what was written. Attributes raise it too, as files are read once
        they are asked for.
    """

    @property
    def best_index_(self) -> int:
        """The row of the best candidate in `cv_results_`: by the score that decides, in the last complete round.

        Raises
        ------
        AttributeError
            If no candidate has a score on all folds.
        """
        row = best_row(self)
        if row is None:
            raise AttributeError(f"The run {self.id} has no best candidate: none has a score on all folds.")
        return row

    @property
    def results_(self) -> pd.DataFrame:
        """A row a candidate, as of the search, of those whose trials have all ended: for reading.

        Raises
        ------
        AttributeError
            If there is no such candidate.
        """
        if not self.cv_results_:
            raise AttributeError(f"The run {self.id} has no results: of no candidate have all trials ended.")
        with reading("The journal"):
            return results_table(*self.complete, self.cv_results_, deciding_score(self))

    @property
    def best_params_(self) -> dict[str, Any]:
        """Its parameters. Functions, estimators and the like are not stored: there is what they were called."""
        return dict(self.cv_results_["params"][self.best_index_])

    @property
    def best_score_(self) -> float:
        """Its mean score over the folds."""
        return float(self.cv_results_[deciding_score(self)][self.best_index_])

    @property
    def corrected_score_(self) -> float:
        """What to expect of the best candidate on new data.

        Raises
        ------
        AttributeError
            If the search was not asked for it by `store_predictions`, or has not come to that.
        """
        return self._corrected[0]

    @property
    def corrected_interval_(self) -> tuple[float, float]:
        """The ends of its 95 % interval. Raises as `corrected_score_` does."""
        return self._corrected[1:]

    @property
    def _corrected(self) -> tuple[float, float, float]:
        if self.correction is None:
            raise AttributeError(
                f"The run {self.id} has no corrected score: it takes a search with store_predictions=True that has "
                "come to its end."
            )
        return self.correction

    @property
    def best_model_(self) -> Any:
        """The `keras.Model` refitted on all data, read anew each time. Nothing that is in the file is run.

        Raises
        ------
        AttributeError
            If none was stored.
        DamagedRunError
            If it can't be read. Layers of your own need `load_best_model`.
        """
        return self.load_best_model()

    def load_best_model(self, custom_objects: Mapping[str, Any] | None = None) -> Any:
        """The same, with classes and functions of your own in it.

        Parameters
        ----------
        custom_objects : mapping of str to object, default=None
            As for `keras.saving.load_model`.
        """
        from skhpt.estimators import read_model  # loads TensorFlow, which whoever reads scores does not need

        if self.best is None:
            raise AttributeError(f"The run {self.id} has no best model: none was stored.")
        return read_model(self.best, custom_objects)

    @property
    def best_history_(self) -> dict[str, list[float]]:
        """The training history of that model: a list a metric, an entry an epoch."""
        return {} if self.best is None else read_history(self.best)


def load_run(run: str | PathLike[str], runs_dir: str | PathLike[str] = "runs") -> LoadedRun:
    """Read a run, finished or not, also while it is written.

    Parameters
    ----------
    run : str or path
        The run's directory, or its id in `runs_dir`.
    runs_dir : str or path, default="runs"
        The directory of all runs.

    Returns
    -------
    LoadedRun
        With `results_`, `cv_results_`, `histories_`, `engine_report_`, `best_params_`, `best_score_`,
        `corrected_score_`, `corrected_interval_`, `best_model_`, `best_history_`, `settings`, `source`, `failures`,
        `status`.

    Raises
    ------
    RunNotFoundError
        If there is no such run.
    DamagedRunError
        If it is not what was written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skhpt import GridSearchCV, load_run
    >>> X, y = load_iris(return_X_y=True)
    >>> with TemporaryDirectory() as runs_dir:
    ...     search = GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.01, 1.0]}, cv=3, runs_dir=runs_dir)
    ...     run_id = search.fit(X, y).run_.id
    ...     run = load_run(run_id, runs_dir)
    ...     run.status, run.best_params_
    ('finished', {'C': 1.0})
    """
    return LoadedRun(find_run(run, runs_dir))
