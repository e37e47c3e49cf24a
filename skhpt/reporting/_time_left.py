"""How long a search will about take from here, from what listeners are told."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from skhpt.trials import Budget, Phase, RoundBeginning, SearchBeginning, TrialResult, TrialSpec

Key = tuple[int, int, int]

_N_STEPS = 50  # of an integral
_LEAST_PART = 0.02  # of the work, before which there is too little to go by


class TimeLeft:
    """The work that is left, at the pace of the work that was done, and the compiling that is left.

    The pace counts from the first progress of the search: until then workers start, models are built and programs are
    compiled, which takes as long for a long search as for a short one. The work of a trial is its budget. Once trials
    stop early, others are expected to: the probability to stop is taken to be the same in every epoch. An epoch of a
    program takes about as long when some of its trials have stopped, so that all of them are work until the last stops.

    Parameters
    ----------
    search : SearchBeginning
        With the rounds that are planned.
    clock : callable
        Returns seconds.
    """

    def __init__(self, search: SearchBeginning, clock: Callable[[], float]) -> None:
        self._clock = clock
        n = search.n_trials_a_candidate
        self._planned = [(round_.n_candidates * n, amount_of(round_.budget)) for round_ in search.rounds]
        self._most_trials = 1  # of a round so far
        self._is_fused = False
        self._begun: float | None = None  # when the first trial
        self._round: RoundBeginning | None = None
        self._start = self._last = clock()
        self._first: tuple[float, float] | None = None  # of the search: when, and the work that was done by then
        self._compiling = 0.0  # seconds since then in which nothing was trained
        self._before = 0.0  # work of rounds that are over
        self._resumed = 0.0
        self._n_stopped, self._trained = 0, 0.0  # in rounds that are over
        self._earlier: dict[Key, int] = {}  # epochs, as of a trial that goes on in a later rung
        self._reset()

    def _reset(self) -> None:
        self._amounts: dict[Key, int] = {}
        self._epochs: dict[Key, int] = {}
        self._ended: set[Key] = set()
        self._stalled: set[Key] = set()
        self._programs: tuple[int, float] = 0, 0.0  # how many, and since when they are compiled
        self._groups: dict[Key, set[Key]] = {}  # trials that a program trains together, by the first of them
        self._n_at_once, self._seconds_to_compile = 0, 0.0

    def round_begins(self, round_: RoundBeginning) -> None:
        """Take note of a new round."""
        self._before += self._done
        self._n_stopped += len(self._stalled - self._ended)
        self._trained += self._trained_now
        self._earlier |= self._epochs
        self._reset()
        self._round, self._planned = round_, self._planned[1:]
        self._most_trials = max(self._most_trials, len(round_.specs))
        self._amounts = {spec.key: amount_of(spec.budget) for spec in round_.specs}

    def phase_begins(self, phase: Phase) -> None:
        """Take note that programs are compiled."""
        if phase.n_programs:
            self._programs, self._is_fused = (phase.n_programs, self._clock()), True

    def epochs_ended(self, epochs: Mapping[Key, int]) -> None:
        """Take note of how far trials are; those of one program are told together."""
        self._begun = self._clock() if self._begun is None else self._begun
        advanced = {key for key, n in epochs.items() if n > self._epochs.get(key, self._earlier.get(key, 0))}
        if advanced and self._programs[0]:
            self._stalled |= {key for key in epochs.keys() - advanced if self._epochs.get(key)}
        self._stalled -= advanced
        self._epochs |= {key: epochs[key] for key in advanced}
        if advanced:
            self._note_group(set(epochs))
            self._note_progress()

    def trial_ended(self, spec: TrialSpec, result: TrialResult, *, resumed: bool) -> None:
        """Take note of a result."""
        if result.epochs:
            self._epochs[spec.key] = result.epochs[-1].epoch
        self._ended.add(spec.key)
        stopped = result.error is None and self._fraction(spec.key) < 1
        self._n_stopped += stopped
        if resumed:
            self._resumed += self._work(spec.key) * self._weight(len(self._amounts))
        else:
            self._note_progress()

    def _note_group(self, group: set[Key]) -> None:
        n_programs, since = self._programs
        if not n_programs or min(group) in self._groups:
            return
        if self._groups and self._n_at_once == 1 and self._ended:  # the others wait for this one
            self._compiling += self._clock() - self._last
        if not self._groups:
            self._seconds_to_compile = self._clock() - since
        self._groups[min(group)] = group
        if not self._ended:
            self._n_at_once = len(self._groups)

    def _note_progress(self) -> None:
        self._last = self._clock()
        if self._first is None and not self._is_fused and self._begun is not None:
            # Each trial has to get ready, the first one for longer.
            self._first = (self._begun + self._last) / 2, self._before
        elif self._first is None:
            self._first = self._last, self._before + self._done

    @property
    def seconds_left(self) -> float | None:
        """About; None as long as there is too little to go by."""
        done, left = self._before + self._done, self._left
        worked = done - self._resumed
        if self._first is None or worked <= _LEAST_PART * (worked + left):
            return None
        since, before = self._first
        if self._last > since and done > before:
            pace = (done - before) / (self._clock() - since - self._compiling)
        else:  # all that is known came at once
            pace = worked / max(self._clock() - self._start, 1e-9)
        n_to_compile = max(self._programs[0] - len(self._groups), 0) / max(self._n_at_once, 1) + len(self._planned)
        return left / pace + math.ceil(n_to_compile) * self._seconds_to_compile

    @property
    def _done(self) -> float:
        """The work of this round."""
        return sum(self._work(key) for key in {*self._epochs, *self._ended}) * self._weight(len(self._amounts))

    @property
    def _left(self) -> float:
        """The work that is expected to come."""
        left, alone = 0.0, self._amounts.keys() - self._ended
        for group in self._groups.values():
            lanes = group & alone
            running = lanes - self._stalled
            part = self._expected(max((1 - self._fraction(key) for key in running), default=0.0), len(running))
            left += part * sum(self._amounts[key] for key in lanes)
            alone -= lanes
        together = len(alone) / max(self._programs[0] - len(self._groups), 1) if self._programs[0] else 1.0
        left += sum(self._amounts[key] * self._expected(1 - self._fraction(key), round(together)) for key in alone)
        left *= self._weight(len(self._amounts))
        later = sum(n * amount * self._weight(n) for n, amount in self._planned)
        return left + later * self._expected(1)

    def _weight(self, n_trials: int) -> float:
        """Of a trial in a round of so many: trained together, a tenth of the trials takes about a third of the time."""
        return math.sqrt(self._most_trials / max(n_trials, 1)) if self._is_fused else 1.0

    def _work(self, key: Key) -> float:
        """What was done of a trial in this round."""
        done = self._fraction(key)
        if key in self._stalled and key not in self._ended:
            done = max(self._fraction(lane) for group in self._groups.values() if key in group for lane in group)
        return self._amounts.get(key, 1) * (done - self._fraction_before(key))

    def _fraction(self, key: Key) -> float:
        """How much of a trial is done, those before this round included."""
        planned = None if self._round is None else self._round.epochs.get(key)
        if not planned or (key in self._ended and key not in self._epochs):
            return float(key in self._ended)
        return min(self._epochs.get(key, self._earlier.get(key, 0)) / planned, 1.0)

    def _fraction_before(self, key: Key) -> float:
        planned = None if self._round is None else self._round.epochs.get(key)
        return min(self._earlier.get(key, 0) / planned, 1.0) if planned else 0.0

    @property
    def _trained_now(self) -> float:
        return sum(self._fraction(key) for key in {*self._epochs, *self._ended})

    def _expected(self, most: float, n: int = 1) -> float:
        """How much is to come until the last of some trials stops, if none is longer than `most`.

        With the rate r at which trials stop, the integral of 1 - (1 - exp(-r t))^n over t from 0 to `most`.
        """
        n_stopped = self._n_stopped + len(self._stalled - self._ended)
        if not n_stopped or not most:
            return most
        rate = n_stopped / (self._trained + self._trained_now)
        if n == 1:
            return -math.expm1(-rate * most) / rate
        middles = (most * (step + 0.5) / _N_STEPS for step in range(_N_STEPS))
        return most / _N_STEPS * sum(1 - (-math.expm1(-rate * middle)) ** n for middle in middles)


def amount_of(budget: Budget | None) -> int:
    """What a trial costs, next to others."""
    return 1 if budget is None else budget.amount
