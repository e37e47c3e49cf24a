"""Results of trials as records of a journal, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skhpt.store._describe import Description, describe_names
from skhpt.store._journal import Record
from skhpt.store._readable import readable
from skhpt.store._reading import as_text, reading, shallow
from skhpt.trials import Budget, Candidate, EpochLog, TrialResult, TrialStatus

SESSION, ROUND, TRIAL, CHOICE, CORRECTION, END = "session", "round", "trial", "choice", "correction", "end"
"""What a record may be about: a process that works on the run, a round of trials, one trial, which
candidate is the best, its score corrected for having been chosen, the end of a session."""

_MOST = 2**53  # what every reader of JSON takes for an integer


@dataclass(frozen=True)
class StoredRound:
    """The candidates of a round, as far as they can be stored.

    Parameters
    ----------
    number : int
        From 0.
    indices : list of int
        Each candidate's position in the search.
    settings : list of description
        Their parameters.
    n_trials : int
        How many trials each candidate has in the round.
    """

    number: int
    indices: list[int]
    settings: list[Description]
    n_trials: int

    @property
    def candidates(self) -> list[Candidate]:
        """With what of their parameters can be shown."""
        shown = [{as_text(name): readable(value) for name, value in setting.items()} for setting in self.settings]
        return [Candidate(index, params) for index, params in zip(self.indices, shown, strict=True)]


@dataclass(frozen=True)
class Choice:
    """What a search takes for the best.

    Parameters
    ----------
    candidate : int or None
        Its index; None where none was chosen.
    score : str or None
        The column of `cv_results_` that decided; None where it was a function.
    row: int | None
        Its row in `cv_results_`, where a candidate stands once for each rung; None where it was not stored.
    """

    candidate: int | None
    score: str | None
    row: int | None = None


def choice_of(record: Record) -> Choice:
    """The choice that a record tells."""
    with reading(f"A record of a {CHOICE}"):
        candidate, score, row = record["candidate"], record["score"], record.get("row")
        return Choice(
            None if candidate is None else int(candidate),
            None if score is None else as_text(score),
            None if row is None else _count(row),
        )


def correction_of(record: Record) -> tuple[float, float, float]:
    """The corrected score that a record tells, and the ends of its interval."""
    with reading(f"A record of a {CORRECTION}"):
        return float(record["score"]), float(record["low"]), float(record["high"])


def round_record(number: int, candidates: Sequence[Candidate], n_trials: int) -> Record:
    """The record of a round that begins."""
    listed = [[candidate.index, describe_names(candidate.params)] for candidate in candidates]
    return {"kind": ROUND, "round": number, "candidates": listed, "n_trials": n_trials}


def round_of(record: Record) -> StoredRound:
    """Back from `round_record`."""
    with reading("A record of a round"):
        indices = [_count(index) for index, _ in record["candidates"]]
        settings = [shallow(setting) for _, setting in record["candidates"]]
        if len(set(indices)) < len(indices) or not all(isinstance(setting, dict) for setting in settings):
            raise ValueError("candidates")
        return StoredRound(_count(record["round"]), indices, settings, _count(record["n_trials"]))


def trial_record(number: int, result: TrialResult) -> Record:
    """The record of a trial that has ended in a round."""
    budget = result.budget
    return {
        "kind": TRIAL,
        "round": number,
        "candidate": result.candidate,
        "fold": result.fold,
        "repeat": result.repeat,
        "status": result.status.value,
        "test_scores": _numbers(result.test_scores),
        "train_scores": None if result.train_scores is None else _numbers(result.train_scores),
        "multimetric": result.multimetric,
        "fit_seconds": result.fit_seconds,
        "score_seconds": result.score_seconds,
        "epochs": _columns(result.epochs),
        "error": result.error,
        "budget": None if budget is None else _listed(budget),
        "engine": result.engine,
        "program": result.program,
        "reason": result.reason,
        "packing": result.packing,
        "n_parameters": result.n_parameters,
        "predictions": result.predictions is not None,
    }


def trial_of(record: Record) -> TrialResult:
    """Back from `trial_record`.

    Raises
    ------
    DamagedRunError
        If it is none.
    """
    with reading("A record of a trial"):
        budget, train_scores, program = record["budget"], record["train_scores"], record["program"]
        n_parameters = record.get("n_parameters")  # earlier versions did not say
        return TrialResult(
            candidate=_count(record["candidate"]),
            fold=_count(record["fold"]),
            repeat=_count(record["repeat"]),
            status=TrialStatus(as_text(record["status"])),
            test_scores=_numbers(record["test_scores"]),
            train_scores=None if train_scores is None else _numbers(train_scores),
            multimetric=bool(record["multimetric"]),
            fit_seconds=float(record["fit_seconds"]),
            score_seconds=float(record["score_seconds"]),
            epochs=_epochs(record["epochs"]),
            error=_text(record["error"]),
            budget=None if budget is None else _budget(*budget),
            engine=as_text(record["engine"]),
            program=None if program is None else _count(program),
            reason=_text(record["reason"]),
            packing=_text(record.get("packing")),  # nor this
            n_parameters=None if n_parameters is None else _count(n_parameters),
        )


def _listed(budget: Budget) -> list[Any]:
    """The budget as a list, which has the bracket at its end only where there are several."""
    return [int(budget.amount), budget.rung, budget.last, *([] if budget.bracket is None else [budget.bracket])]


def _budget(amount: Any, rung: Any, last: Any, bracket: Any = None) -> Budget:
    return Budget(_count(amount), _count(rung), bool(last), None if bracket is None else _count(bracket))


def _count(value: Any) -> int:
    """A number of something, or its position."""
    if not isinstance(value, int) or not 0 <= value < _MOST:
        raise ValueError("no number of anything")
    return int(value)


def _numbers(scores: Mapping[str, float]) -> dict[str, float]:
    return {as_text(name): float(value) for name, value in scores.items()}


def _text(value: Any) -> str | None:
    return None if value is None else as_text(value)


def _columns(epochs: Sequence[EpochLog]) -> dict[str, Any]:
    """A list a metric; None where an epoch has none of it."""
    names = dict.fromkeys(name for log in epochs for name in log.metrics)
    return {
        "first": epochs[0].epoch if epochs else 1,
        "seconds": [log.seconds for log in epochs],
        "metrics": {name: [_float(log.metrics.get(name)) for log in epochs] for name in names},
    }


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _epochs(columns: Mapping[str, Any]) -> tuple[EpochLog, ...]:
    seconds, metrics, first = columns["seconds"], columns["metrics"], _count(columns["first"])
    if any(len(values) != len(seconds) for values in metrics.values()):
        raise ValueError("metrics of different lengths")
    return tuple(
        EpochLog(
            first + place,
            {as_text(name): float(values[place]) for name, values in metrics.items() if values[place] is not None},
            float(second),
        )
        for place, second in enumerate(seconds)
    )
