"""Searches in TensorBoard, while they run."""

from __future__ import annotations

import time
from os import PathLike, fspath
from typing import TYPE_CHECKING

from skhpt.trials import (
    Candidate,
    RoundBeginning,
    SearchBeginning,
    SearchEnding,
    SearchListener,
    TrialResult,
    TrialSpec,
)

if TYPE_CHECKING:
    from skhpt.reporting._search_events import SearchEvents


class TensorBoardLogger(SearchListener):
    """Writes each trial of a search for TensorBoard as soon as it has ended. Look at it with ``tensorboard --logdir``.

    Each trial is a run in a directory of its own, such as ``c0003-f01-r00`` for candidate 3, fold 1, repeat 0. It has
    the hyper-parameters (numbers, bools and text as what they are, anything else as text), the metrics of each epoch as
    ``epoch/loss`` and so on, the scores as ``test_score`` and so on, and as a text whether it was completed, has failed
    (with the traceback) or diverged, both of which are failures to TensorBoard. Under HPARAMS a trial is a row. The
    trials of a halving go on from rung to rung in the same run.

    The process of the search writes, whatever engine and however many workers run the trials, and needs no TensorFlow
    for it.

    Parameters
    ----------
    logdir : str or path
        The directory to write to, one for each search. What an earlier search has logged there is replaced; one that
        goes on with `resume` writes also what is known of its trials before.

    Raises
    ------
    MissingExtraError
        If TensorBoard is not installed.

    See Also
    --------
    export_tensorboard : The same for a run on disk.

    References
    ----------
    https://www.tensorflow.org/tensorboard/hyperparameter_tuning_with_hparams

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skhpt import GridSearchCV, TensorBoardLogger
    >>> logdir = tempfile.mkdtemp()
    >>> model = LogisticRegression(max_iter=500)
    >>> search = GridSearchCV(model, {"C": [0.1, 1.0]}, cv=2, loggers=[TensorBoardLogger(logdir)])
    >>> search = search.fit(*load_iris(return_X_y=True))
    >>> sorted(path.name for path in Path(logdir).iterdir() if path.is_dir())[-1]
    'c0001-f01-r00'
    """

    def __init__(self, logdir: str | PathLike[str]) -> None:
        from skhpt.reporting import _summaries  # noqa: F401 - if the extra is missing, the time to say so is now

        self.logdir = fspath(logdir)
        self._searched: tuple[str, ...] = ()
        self._events: SearchEvents | None = None

    def search_begins(self, search: SearchBeginning) -> None:
        from skhpt.reporting._search_events import SearchEvents

        self._searched = search.parameters
        self._events = SearchEvents(self.logdir)

    def round_begins(self, round_: RoundBeginning) -> None:
        if self._events is not None:
            self._events.expect(self._without_resource(spec.candidate) for spec in round_.specs)

    def trial_ended(self, spec: TrialSpec, result: TrialResult, *, resumed: bool) -> None:
        if self._events is not None:
            self._events.keep(result, ended=time.time())

    def search_ended(self, ending: SearchEnding) -> None:
        if self._events is not None:
            self._events.close()
        self._events = None

    def _without_resource(self, candidate: Candidate) -> Candidate:
        """The candidate without what a halving sets: each rung has another value of that."""
        searched = {name: value for name, value in candidate.params.items() if name in self._searched}
        return Candidate(candidate.index, searched)
