"""Telling all who listen to a search what it does."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from threading import RLock
from typing import Any

from skhpt.evaluation import EpochsAfar, EpochsFromAfar
from skhpt.reporting import progress_of
from skhpt.search._limits import SearchLimits
from skhpt.search._loop import SearchOutcome
from skhpt.search._narrator import Narrator
from skhpt.search._open_run import SPACES
from skhpt.search._resumed import resumed
from skhpt.search._spaces import names_of
from skhpt.store import NoRun, Run
from skhpt.trials import (
    Phase,
    Round,
    RoundBeginning,
    SearchBeginning,
    SearchEnding,
    SearchListener,
    TrialResult,
    TrialSpec,
)

Key = tuple[int, int, int]

_SECONDS_BETWEEN_EPOCHS = 0.25


class Listeners(SearchListener):
    """Several listeners as one that never raises, for use from any thread.

    A copy in another process of this machine passes on epochs, and nothing else.

    Parameters
    ----------
    listeners : iterable of SearchListener, default=()
        Who is told, in this order. One that raises is told nothing more.

    Examples
    --------
    >>> class Broken(SearchListener):
    ...     def search_ended(self, ending):
    ...         raise OSError("disk full")
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     Listeners([Broken()]).search_ended(SearchEnding("finished"))
    >>> print(caught[0].message)
    Broken hears no more of this search, as its search_ended has raised OSError: disk full
    """

    def __init__(self, listeners: Iterable[SearchListener] = ()) -> None:
        self._listeners = list(listeners)
        self._lock = RLock()
        self._epochs_due = 0.0
        self._afar: EpochsFromAfar | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        with self._lock:
            if self._listeners and self._afar is None:
                with suppress(OSError):  # no room for a file: trials that run elsewhere are heard of once they end
                    self._afar = EpochsFromAfar(self.hear)
            return EpochsAfar, (None if self._afar is None else self._afar.path,)

    def search_begins(self, search: SearchBeginning) -> None:
        everyone, self._listeners = self._listeners, []
        for listener in everyone:
            self._listeners.append(listener)
            try:
                self._tell_one(listener, "search_begins", search)
            except BaseException:  # Ctrl-C: only who was told before is to be told of the end
                self._drop(listener)
                raise

    def round_begins(self, round_: RoundBeginning) -> None:
        self._tell("round_begins", round_)

    def phase_begins(self, phase: Phase) -> None:
        self._tell("phase_begins", phase)

    def epochs_ended(self, epochs: Mapping[Key, int]) -> None:
        self._tell("epochs_ended", epochs)

    def trial_ended(self, spec: TrialSpec, result: TrialResult, *, resumed: bool) -> None:
        self._tell("trial_ended", spec, result, resumed=resumed)

    def round_ended(self, number: int, scores: Mapping[int, float]) -> None:
        self._tell("round_ended", number, scores)

    def search_ended(self, ending: SearchEnding) -> None:
        if self._afar is not None:  # before they are told: nothing follows the end
            self._afar.close()
            self._afar = None
        self._tell("search_ended", ending)

    @property
    def are_there(self) -> bool:
        """Whether there is anybody to be told."""
        return bool(self._listeners)

    def hear(self, epochs: Iterable[tuple[Key, int]]) -> None:
        """Take in how many epochs trials were trained for, after each of them: few are passed on.

        Parameters
        ----------
        epochs : iterable of (key, int)
            Not looked at where nobody is told.
        """
        if not self._listeners or time.monotonic() < self._epochs_due:
            return
        with self._lock:
            self._epochs_due = time.monotonic() + _SECONDS_BETWEEN_EPOCHS
            self.epochs_ended(dict(epochs))

    def hearing(self, spec: TrialSpec) -> Callable[[int], None] | None:
        """Who is to hear of the epochs of a trial that runs by itself; None if nobody listens."""
        return (lambda n_epochs: self.hear([(spec.key, n_epochs)])) if self._listeners else None

    def _tell(self, event: str, *facts: object, **further: object) -> None:
        with self._lock:
            for listener in tuple(self._listeners):
                self._tell_one(listener, event, *facts, **further)

    def _tell_one(self, listener: SearchListener, event: str, *facts: object, **further: object) -> None:
        try:
            getattr(listener, event)(*facts, **further)
        except Exception as error:  # noqa: BLE001 - whatever it does, the search is worth more
            self._drop(listener)
            warnings.warn(
                f"{type(listener).__name__} hears no more of this search, as its {event} has raised "
                f"{type(error).__name__}: {error}",
                UserWarning,
                stacklevel=2,
            )

    def _drop(self, listener: SearchListener) -> None:
        self._listeners = [other for other in self._listeners if other is not listener]


def listeners_of(search: Any) -> Listeners:
    """All who are to be told of a search.

    Parameters
    ----------
    search : BaseSearch
        With `loggers`, `progress` and `verbose`.

    Raises
    ------
    TypeError
        If one of these is none.
    """
    loggers: Sequence[object] = search.loggers or ()
    for logger in loggers:
        if not isinstance(logger, SearchListener):
            raise TypeError(
                f"The 'loggers' parameter of {type(search).__name__} must be a list of instances of SearchListener. "
                f"Got {logger!r} in it."
            )
    own = progress_of(search.progress, search.verbose)
    heard = [logger for logger in loggers if isinstance(logger, SearchListener)]
    return Listeners(heard if own is None else [own, *heard])


def run_heard(
    search: Any,
    rounds: Sequence[Round],
    metric: object,
    run: Run | NoRun,
    limits: SearchLimits,
    follow: Callable[[], SearchOutcome],
    narrator: Narrator,
) -> SearchOutcome:
    """Tell those who listen that a search begins, and how it ends, around what follows its strategy.

    Parameters
    ----------
    search : BaseSearch
        Whose listeners are told.
    rounds : sequence of Round
        The strategy's plan.
    metric : object
        What decides: the name of a metric, or something else.
    run : Run or NoRun
        Where results are stored.
    limits : SearchLimits
        What may end it early.
    follow : callable
        Returns the outcome.
    narrator : Narrator
        Prints.
    """
    listeners: Listeners = search._listeners
    beginning = SearchBeginning(
        type(search).__name__,
        tuple(rounds),
        search.n_splits_,
        search.repeats,
        parameters=_searched(search),
        metric=metric if isinstance(metric, str) else None,
        error_score=search._missing_score,
        run=run.path,
        resource=search._budgets_count.name if any(round_.budget for round_ in rounds) else None,
    )
    search._n_planned = beginning.n_trials
    search.resumed_ = resumed(search, run, beginning)
    narrator.search_begins(search.resumed_)
    try:
        listeners.search_begins(replace(beginning, resumed=search.resumed_))
        outcome = follow()
    except BaseException as error:
        listeners.search_ended(SearchEnding("interrupted", type(error).__name__))
        raise
    if outcome.stopped_by is not None:
        ending = SearchEnding("interrupted", type(outcome.stopped_by).__name__)
    else:
        ending = SearchEnding(*limits.ending(is_whole=outcome.is_whole))
    try:
        listeners.search_ended(ending)
    except KeyboardInterrupt as error:  # of a listener that takes long: what was found is there
        return replace(outcome, stopped_by=outcome.stopped_by or error)
    return outcome


def _searched(search: Any) -> tuple[str, ...]:
    """The names of the parameters in a search's space."""
    space = next(getattr(search, name) for name in SPACES if hasattr(search, name))
    return tuple(sorted(names_of(getattr(space, "parts", space))))
