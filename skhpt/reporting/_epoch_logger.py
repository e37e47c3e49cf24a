"""Every epoch of a search in a file, while the search runs."""

from __future__ import annotations

import math
import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from skhpt.reporting._row_file import KINDS, RowFile
from skhpt.store import describe, readable
from skhpt.trials import SearchBeginning, SearchEnding, SearchListener, TrialResult, TrialSpec

_KEY = ("search", "candidate", "fold", "repeat", "rung", "epoch")


class EpochLogger(SearchListener):
    """Writes a row for each epoch of each trial as soon as the trial has ended.

    Columns are ``search`` (the id of the run on disk, or else one that is made up), ``candidate``, ``fold``,
    ``repeat``, of halvings ``rung``, ``epoch`` (from 1), what the training reported (``loss``, metrics, ``val_…``),
    ``epoch_seconds``, ``trial_seconds`` (since the training began, those of earlier rungs included), ``engine``,
    ``status`` of the trial, and the parameters as ``param_…``.

    Several searches may write to one file, one after the other. One that goes on, with `resume`, adds what is not there
    yet. A search whose estimator keeps no history writes nothing.

    Parameters
    ----------
    file : str or path
        Whose name ends in ``.csv`` or ``.jsonl`` (a JSON object a line; what is missing or not finite is null). Its
        directory is made if it is not there.

    Raises
    ------
    ValueError
        If it ends in something else.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import pandas as pd
    >>> from skhpt import EpochLogger
    >>> from skhpt.trials import Candidate, EpochLog, TrialStatus
    >>> search = SearchBeginning("GridSearchCV", (), 1, 1, ("units",), "score", 0.0, None)
    >>> epochs = EpochLog(1, {"loss": 0.5}, 0.02), EpochLog(2, {"loss": 0.4}, 0.01)
    >>> result = TrialResult(0, 0, 0, TrialStatus.COMPLETED, {"score": 0.9}, None, False, 1.0, 0.1, epochs)
    >>> with TemporaryDirectory() as directory:
    ...     logger = EpochLogger(f"{directory}/epochs.csv")
    ...     logger.search_begins(search)
    ...     logger.trial_ended(TrialSpec(Candidate(0, {"units": 8}), 0), result, resumed=False)
    ...     logger.search_ended(SearchEnding("finished"))
    ...     pd.read_csv(logger.file)[["candidate", "epoch", "loss", "trial_seconds", "param_units"]]
       candidate  epoch  loss  trial_seconds  param_units
    0          0      1   0.5           0.02            8
    1          0      2   0.4           0.03            8
    """

    def __init__(self, file: str | os.PathLike[str]) -> None:
        self.file = file
        if Path(file).suffix not in KINDS:
            raise ValueError(
                f"The 'file' parameter of EpochLogger must end in one of {', '.join(KINDS)}. Got {str(file)!r} instead."
            )

    def search_begins(self, search: SearchBeginning) -> None:
        path = Path(self.file)
        self._rows: RowFile = KINDS[path.suffix](path, _KEY)
        self._search = _made_up_id(search.searcher) if search.run is None else search.run.name
        self._seconds: dict[tuple[int, int, int], float] = {}

    def trial_ended(self, spec: TrialSpec, result: TrialResult, *, resumed: bool) -> None:
        if result.epochs:
            self._rows.add(self._rows_of(spec, result))

    def search_ended(self, ending: SearchEnding) -> None:
        del self._rows, self._seconds

    def _rows_of(self, spec: TrialSpec, result: TrialResult) -> Iterator[dict[str, Any]]:
        goes_on = result.epochs[0].epoch > 1
        seconds = self._seconds.get(spec.key, 0.0) if goes_on else 0.0
        params = {f"param_{name}": readable(describe(value)) for name, value in spec.candidate.params.items()}
        for log in result.epochs:
            seconds += 0.0 if math.isnan(log.seconds) else log.seconds
            yield {
                "search": self._search,
                **dict(zip(("candidate", "fold", "repeat"), spec.key, strict=True)),
                **({} if spec.budget is None else {"rung": spec.budget.rung}),
                "epoch": log.epoch,
                **log.metrics,
                "epoch_seconds": log.seconds,
                "trial_seconds": seconds,
                "engine": result.engine,
                "status": result.status.value,
                **params,
            }
        self._seconds[spec.key] = seconds


def _made_up_id(searcher: str) -> str:
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{searcher.lower()}-{secrets.token_hex(2)}"
