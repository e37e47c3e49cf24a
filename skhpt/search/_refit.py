"""The fit of the best candidate on all rows."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from skhpt.evaluation import (
    AllRows,
    FitTask,
    TrialSetup,
    fit,
    network_step,
    own_rows,
    prepare,
    rows_seen,
    same_rows,
    store_model,
    take_up_model,
)
from skhpt.exceptions import CannotFuseError, RunStorageError
from skhpt.store import NoRun, Run, describe_names, same_description
from skhpt.trials import as_rows, naming_trial, own_form

if TYPE_CHECKING:
    from skhpt.fused import FusedEngine


@dataclass(frozen=True)
class Refit:
    """Fits the best candidate on all rows, in the engine that ran its trials.

    Parameters
    ----------
    setup : TrialSetup
        Of the search.
    candidate : int
        The index of the best one.
    params : mapping of str to object
        Its parameters.
    seed : int
        Of the refit.
    task : FitTask
        Of which scikit-learn's callbacks are told.
    engine : FusedEngine or None
        If it ran the candidate's trials.
    must_fuse : bool
        Whether nothing else may train.
    run : Run or NoRun
        Where the model is stored, and found again by a search that goes on.
    """

    setup: TrialSetup
    candidate: int
    params: Mapping[str, Any]
    seed: int
    task: FitTask
    engine: FusedEngine | None
    must_fuse: bool
    run: Run | NoRun

    def fitted(self) -> tuple[Any, float]:
        """The fitted estimator, and the seconds that it took."""
        with naming_trial(self.setup.shared_paths, self.setup.within, candidate=self.candidate, fold="refit", repeat=0):
            best, seconds = self._stored() or self._trained()
        if (network := network_step(best)) is not None:
            network._warn_if_diverged()
        self.task.end(*self._everything)
        return best, seconds

    def _trained(self) -> tuple[Any, float]:
        self._unchanged  # noqa: B018 - makes it, before there are steps that change the rows
        start = time.time()
        best = self._trained_together()
        if best is None:
            best = self._trained_alone()
        return best, time.time() - start

    @cached_property
    def _unchanged(self) -> tuple[Any, Any]:
        """The rows and targets as the search was given them.

        As in scikit-learn, steps before a network that work in place change the user's own rows in the refit. A second
        try, and what is stored with the model, need a copy then.
        """
        X, y = own_form(self.setup.X), self.setup.y
        if self.engine is None and self.run.path is None:
            return X, y
        best = self._prepared()
        return own_rows(best, X), own_rows(best, y)

    @property
    def _everything(self) -> tuple[Any, Any, Mapping[str, Any]]:
        return own_form(self.setup.X), self.setup.y, self.setup.fit_params

    @property
    def _facts(self) -> dict[str, Any]:
        """What a stored model must have been fitted with to be this one."""
        return {"candidate": self.candidate, "params": describe_names(self.params), "seed": self.seed}

    def _prepared(self) -> Any:
        best = prepare(self.setup.estimator, self.params, seed=self.seed)
        if self.setup.one_hot:
            network_step(best)._known_one_hot = self.setup.one_hot
        return best

    def _stored(self) -> tuple[Any, float] | None:
        """The same, as an earlier process has left it; None if there is nothing, or it can't be read."""
        stored = self.run.best_facts
        if not same_description({name: stored.get(name) for name in self._facts}, self._facts):
            return None
        best = self._prepared()
        try:
            X, y, fit_params = self._everything
            taken_up = take_up_model(best, own_rows(best, X), own_rows(best, y), fit_params, self.run.best)
            if taken_up and same_rows(stored["rows"], rows_seen(best, X)):
                return best, float(stored["seconds"])
            self.run.note("the stored model is not used: the steps before it are others now")
            return None
        except Exception as error:  # noqa: BLE001 - whatever it is, it can be fitted again
            self.run.note(f"the stored model is not used: {error!r}")
            return None

    def _trained_together(self) -> Any:
        if self.engine is None:
            return None
        best = self._prepared()
        try:
            self.engine.refit(best, self.setup, self.params, self.task)
        except CannotFuseError:
            if self.must_fuse:
                raise
            return None
        return best

    def _trained_alone(self) -> Any:
        best, setup = self._prepared(), self.setup
        if self.engine is not None:  # which has tried, and may have changed the rows
            X, y = self._unchanged
            setup = replace(setup, X=as_rows(own_rows(best, X), y), y=own_rows(best, y))
        X, y = AllRows(setup).train
        with self.task.fitting(best, *self._everything):
            fit(best, X, y, self.setup.fit_params)
        return best

    def store(self, best: Any, seconds: float) -> None:
        """Store the model with the run, if it was not found there. Where Keras can't, the search is none the worse.

        Parameters
        ----------
        best : estimator
            Fitted.
        seconds : float
            That it took.
        """
        facts = self._facts | {"seconds": seconds, "rows": rows_seen(best, self._unchanged[0])}
        if self.run.path is None or same_description(self.run.best_facts, facts):
            return
        try:
            self.run.keep_best(lambda directory: store_model(best, directory), facts)
        except RunStorageError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever Keras or h5py raise
            self.run.note(f"the best model is not stored: {error}")
            warnings.warn(f"The best model is not stored in {self.run.path}: {error}", UserWarning, stacklevel=6)
