"""A run on disk for TensorBoard."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from skhpt.store import StoredRun, opened
from skhpt.trials import Candidate, TrialResult


def export_tensorboard(
    run: str | os.PathLike[str] | StoredRun,
    logdir: str | os.PathLike[str],
    runs_dir: str | os.PathLike[str] = "runs",
) -> None:
    """Write a run for TensorBoard, finished or not, as a `TensorBoardLogger` would have written it.

    Look at it with ``tensorboard --logdir LOGDIR``. TensorFlow is neither needed nor loaded.

    Parameters
    ----------
    run : str, path or StoredRun
        The run's id or directory, or what `load_run` returned.
    logdir : str or path
        The directory to write to, one for each run. What was exported or logged there before is replaced.
    runs_dir : str or path, default="runs"
        Where to look for an id.

    Raises
    ------
    MissingExtraError
        If TensorBoard is not installed.
    RunNotFoundError
        If there is no such run.
    DamagedRunError
        If it can't be read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skhpt import GridSearchCV, export_tensorboard
    >>> runs_dir, logdir = tempfile.mkdtemp(), tempfile.mkdtemp()
    >>> search = GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.1, 1.0]}, cv=2, runs_dir=runs_dir)
    >>> search = search.fit(*load_iris(return_X_y=True))
    >>> export_tensorboard(search.run_, logdir)
    >>> for trial in sorted(path.name for path in Path(logdir).iterdir() if path.is_dir()):
    ...     print(trial)
    c0000-f00-r00
    c0000-f01-r00
    c0001-f00-r00
    c0001-f01-r00
    """
    from skhpt.reporting._search_events import SearchEvents  # needs the extra

    stored = opened(run, runs_dir)
    trials = list(_trials(stored))
    budgeted = _names_of_the_resource(trials)
    events = SearchEvents(logdir)
    events.expect(
        Candidate(candidate.index, {name: value for name, value in candidate.params.items() if name not in budgeted})
        for candidate, _ in trials
    )
    times = stored.times
    for number, results in stored.trials_by_round.items():
        for result in results:
            events.keep(result, ended=times[number, result.key])
    events.close()


def _trials(run: StoredRun) -> Iterator[tuple[Candidate, TrialResult]]:
    for stored in run.rounds:
        candidates = {candidate.index: candidate for candidate in stored.candidates}
        for result in run.trials_by_round[stored.number]:
            yield candidates[result.candidate], result


def _names_of_the_resource(trials: list[tuple[Candidate, TrialResult]]) -> set[str]:
    """The parameters that a halving sets to its budget: each rung has another value of them."""
    by_name: dict[str, set[bool]] = {}
    for candidate, result in trials:
        for name, value in candidate.params.items():
            by_name.setdefault(name, set()).add(_is_budget(result, value))
    return {name for name, answers in by_name.items() if answers == {True}}


def _is_budget(result: TrialResult, value: Any) -> bool:
    return result.budget is not None and value == result.budget.amount
