"""Showing how far a search is while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Protocol

from skhpt.reporting._standing import Standing
from skhpt.trials import (
    Phase,
    RoundBeginning,
    SearchBeginning,
    SearchEnding,
    SearchListener,
    TrialResult,
    TrialSpec,
)

_SECONDS_BETWEEN, _MOST_SECONDS_BETWEEN = 0.2, 2.0
_MOST_OF_THE_TIME = 0.005
"""How much of a search the display may cost."""


class Display(Protocol):
    """Where it is shown."""

    def show(self, standing: Standing) -> None:
        """Show how a search stands, in the place of what was shown before."""

    def close(self, standing: Standing) -> None:
        """Show the last of it, which stays, and let go of the terminal."""


class SearchProgress(SearchListener):
    """Shows trials, the best score and the time left, a few times a second at most.

    Parameters
    ----------
    open_display : callable
        Makes the display as a search begins.
    clock : callable, default=time.monotonic
        Returns seconds.
    """

    def __init__(self, open_display: Callable[[], Display], clock: Callable[[], float] = time.monotonic) -> None:
        self._open_display, self._clock = open_display, clock
        self._due = 0.0

    def search_begins(self, search: SearchBeginning) -> None:
        self._standing = Standing(search, self._clock)
        self._display = self._open_display()
        self._show()  # not timed: the first time takes longer
        self._due = self._clock() + _SECONDS_BETWEEN

    def round_begins(self, round_: RoundBeginning) -> None:
        self._standing.round_begins(round_)
        self._show_if_due()

    def phase_begins(self, phase: Phase) -> None:
        self._standing.phase_begins(phase)
        self._show()  # whether it is due or not, as nothing may be told for seconds

    def epochs_ended(self, epochs: Mapping[tuple[int, int, int], int]) -> None:
        self._standing.epochs_ended(epochs)
        self._show_if_due()

    def trial_ended(self, spec: TrialSpec, result: TrialResult, *, resumed: bool) -> None:
        self._standing.trial_ended(spec, result, resumed=resumed)
        self._show_if_due()

    def search_ended(self, ending: SearchEnding) -> None:
        self._standing.search_ended(ending)
        self._display.close(self._standing)

    def _show(self) -> None:
        try:
            self._display.show(self._standing)
        except BaseException:  # it may hear of nothing more, and a terminal is not to be left without its cursor
            self._display.close(self._standing)
            raise

    def _show_if_due(self) -> None:
        start = self._clock()
        if start < self._due:
            return
        self._show()
        end = self._clock()
        self._due = end + min(max(_SECONDS_BETWEEN, (end - start) / _MOST_OF_THE_TIME), _MOST_SECONDS_BETWEEN)
