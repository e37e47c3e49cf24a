"""What TensorBoard is told of one trial."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from skhpt.reporting._event_file import event
from skhpt.reporting._hyper_parameters import HyperParameter
from skhpt.reporting._summaries import scalars, session_end, session_start, text
from skhpt.trials import EpochLog, TrialResult, trial_name

_CLOSE = 1e-3  # two engines differ by less, two trainings by more


class TrialEvents:
    """Turns the results of a trial into events: one result, or of a halving one a rung.

    The steps of metrics are epochs. A rung that goes on adds its epochs; of one that had to start over those that are
    known already are left out; and what another training has reported, as on more rows, stands after what was before.

    Examples
    --------
    >>> from skhpt.trials import TrialStatus
    >>> trial = TrialResult(0, 0, 0, TrialStatus.COMPLETED, {"score": 0.9}, None, False, 1.0, 0.1,
    ...                     epochs=(EpochLog(1, {"loss": 0.5}, 0.02), EpochLog(2, {"loss": 0.4}, 0.01)))
    >>> events = TrialEvents().of(trial, {}, {}, time=10.0)
    >>> [(each.step, value.tag) for each in events for value in each.summary.value]
    [(0, '_hparams_/session_start_info'), (1, 'epoch/loss'), (2, 'epoch/loss'), (2, 'test_score'), (2, 'n_epochs'),
     (2, 'fit_seconds'), (2, 'score_seconds'), (2, 'status'), (2, '_hparams_/session_end_info')]
    """

    def __init__(self) -> None:
        self._first: EpochLog | None = None
        self._n_steps = 0  # that the epochs take which are written
        self._last: tuple[TrialResult, float] | None = None
        self._has_ended = False
        self.tags: dict[str, None] = {}

    def of(
        self, result: TrialResult, params: Mapping[str, Any], columns: Mapping[str, HyperParameter], *, time: float
    ) -> list[Any]:
        """The events of a result.

        Parameters
        ----------
        result : TrialResult
            Of this trial.
        params : mapping of str to object
            Its candidate's.
        columns : mapping of str to HyperParameter
            Those that are to be told.
        time : float
            When it ended, in seconds since 1970.
        """
        began = time - result.score_seconds - result.fit_seconds
        events = []
        if self._last is None:
            values = {name: column.of(params.get(name)) for name, column in columns.items() if name in params}
            known = {name: value for name, value in values.items() if value is not None}
            summary = session_start(known, group=trial_name(*result.key), time=began)
            events.append(event(summary, step=0, time=began))
        events += self._epochs(result, time - result.score_seconds)
        final = _final(result, self._n_steps)
        self.tags |= dict.fromkeys(final)
        events.append(event(scalars(final), step=self._n_steps, time=time))
        events.append(event(text("status", _in_words(result)), step=self._n_steps, time=time))
        self._last = result, time
        if result.budget is None or result.budget.last:
            events += self.end()
        return events

    def end(self) -> list[Any]:
        """What says that no other rung follows, unless that was said."""
        if self._has_ended or self._last is None:
            return []
        self._has_ended = True
        result, time = self._last
        return [event(session_end(result.status, time=time), step=self._n_steps, time=time)]

    def _epochs(self, result: TrialResult, ended: float) -> Iterator[Any]:
        logs = self._new(result.epochs)
        left = sum(_seconds(log) for log, _ in logs)
        for log, step in logs:
            left -= _seconds(log)
            values = {f"epoch/{name}": value for name, value in log.metrics.items()}
            self.tags |= dict.fromkeys(values)
            self._n_steps = step
            yield event(scalars(values), step=step, time=ended - left)

    def _new(self, logs: Sequence[EpochLog]) -> list[tuple[EpochLog, int]]:
        """The epochs that are not written yet, each with its step."""
        if not logs:
            return []
        self._first, first = self._first or logs[0], self._first
        is_another = first is not None and logs[0].epoch == first.epoch and not _are_close(logs[0], first)
        offset = self._n_steps if is_another else 0
        return [(log, step) for log in logs if (step := offset + log.epoch) > self._n_steps]


def _are_close(one: EpochLog, other: EpochLog) -> bool:
    if one.metrics.keys() != other.metrics.keys():
        return False
    pairs = [(one.metrics[name], other.metrics[name]) for name in one.metrics]
    return all(math.isclose(a, b, rel_tol=_CLOSE) or (math.isnan(a) and math.isnan(b)) for a, b in pairs)


def _seconds(log: EpochLog) -> float:
    return 0.0 if math.isnan(log.seconds) else log.seconds


def _final(result: TrialResult, n_epochs: int) -> dict[str, float]:
    """The numbers that stand at the end, by tag."""
    final = {f"test_{name}": score for name, score in result.test_scores.items()}
    final |= {f"train_{name}": score for name, score in (result.train_scores or {}).items()}
    final |= {"n_epochs": n_epochs} if n_epochs else {}
    final |= {} if result.budget is None else {"n_resources": result.budget.amount}
    return final | {"fit_seconds": result.fit_seconds, "score_seconds": result.score_seconds}


def _in_words(result: TrialResult) -> str:
    """How it ended, as Markdown; a traceback is in it as it is."""
    if result.error is None:
        return result.status.value
    lines = [f"    {line}" for line in result.error.splitlines()]
    return "\n".join([result.status.value, "", *lines])
