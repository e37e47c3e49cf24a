"""What a search prints where `verbose` asks for it: scikit-learn's lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from skhpt.search._loop import RoundOfTrials
from skhpt.trials import TrialResult, TrialSpec

_WIDTH = 80


@dataclass(frozen=True)
class Narrator:
    """Prints, the more the higher `verbose` is.

    Parameters
    ----------
    verbose : int
        From 1 on, how many fits are coming; above 1 also how each ended, above 2 with its scores, above 9 when it
        began.
    n_folds : int
        Trials a candidate: folds, times repeats.
    metrics : sequence of str or None
        The names of several metrics; None where there is one, or where they are not known before the first trial.
    error_score : float
        What stands for the score of a failed fit.
    """

    verbose: int
    n_folds: int
    metrics: Sequence[str] | None
    error_score: float

    def search_begins(self, resumed: str | None) -> None:
        """Tell what `resume` came to."""
        if self.verbose > 0 and resumed is not None:
            print(resumed)

    def round_begins(self, round_: RoundOfTrials) -> None:
        """Tell how many fits are coming."""
        if self.verbose > 0:
            n = len(round_.candidates)
            print(f"Fitting {self.n_folds} folds for each of {n} candidates, totalling {len(round_.specs)} fits")

    def round_goes_on(self, round_: RoundOfTrials, n_ended: int) -> None:
        """Tell how many of the fits have ended in an earlier process."""
        if self.verbose > 0:
            print(f"{n_ended} of {len(round_.specs)} fits have ended before, and are not run again")

    def announcer(self, n_candidates: int) -> Callable[[TrialSpec], None] | None:
        """What tells that a trial starts, where it runs; None where `verbose` does not ask for it."""
        return partial(self._trial_begins, n_candidates=n_candidates) if self.verbose > 9 else None

    def _trial_begins(self, spec: TrialSpec, n_candidates: int) -> None:
        line = f"[CV{self._progress(spec, n_candidates)}] START {_settings(spec)}"
        print(line.ljust(_WIDTH, "."))

    def trial_ended(self, spec: TrialSpec, result: TrialResult, n_candidates: int) -> None:
        """Tell how a trial ended."""
        if self.verbose <= 1:
            return
        begin = f"[CV{self._progress(spec, n_candidates)}] END "
        settings = _settings(spec)
        end = f"{settings};" if settings else ""
        if self.verbose > 2:
            end += self._scores(result)
        end += f" total time={_duration(result.fit_seconds + result.score_seconds)}"
        print(begin + end.rjust(_WIDTH - len(begin), "."))

    def _progress(self, spec: TrialSpec, n_candidates: int) -> str:
        fold = f" {spec.place % self.n_folds + 1}/{self.n_folds}" if self.verbose > 2 else ""
        return f"{fold}; {spec.place // self.n_folds + 1}/{n_candidates}" if self.verbose > 9 else fold

    def _scores(self, result: TrialResult) -> str:
        several = result.test_scores if result.multimetric else self.metrics
        if several is None:
            return f", score={self._score(result, 'score')}"
        return "".join(f" {name}: {self._score(result, name, always_in_brackets=True)}" for name in sorted(several))

    def _score(self, result: TrialResult, name: str, *, always_in_brackets: bool = False) -> str:
        test = f"{result.test_scores.get(name, self.error_score):.3f}"
        if result.train_scores is not None:
            return f"(train={result.train_scores.get(name, self.error_score):.3f}, test={test})"
        return f"(test={test})" if always_in_brackets else test


def _settings(spec: TrialSpec) -> str:
    return ", ".join(
        f"{name}={value}" for name, value in sorted(spec.candidate.params.items(), key=lambda item: item[0])
    )


def _duration(seconds: float) -> str:
    return f"{seconds / 60:4.1f}min" if seconds > 60 else f" {seconds:5.1f}s"
