"""`ls_runs`: a row a run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd

from skhpt.exceptions import RunError
from skhpt.results import column
from skhpt.store._describe import Description
from skhpt.store._find import runs_in
from skhpt.store._order import in_order
from skhpt.store._readable import readable
from skhpt.store._reading import as_text, reading
from skhpt.store._stored_run import StoredRun
from skhpt.store._summary import summary_of

_FIRST = ["run", "created", "status", "searcher", "estimator", "n_candidates", "n_trials", "n_failed", "seconds"]
_SCORE = ["mean_test_score", "std_test_score"]
_SETTINGS = ["cv", "scoring", "engine"]
_COUNTS = ["n_candidates", "n_trials", "n_failed"]


def ls_runs(
    runs_dir: str | os.PathLike[str] = "runs", order: str = "mean_test_score", decreasing: bool = True
) -> pd.DataFrame:
    """The runs in a directory, the best first.

    Parameters
    ----------
    runs_dir : str or path, default="runs"
        The directory of all runs. What is no run in it is left out.
    order : str, default="mean_test_score"
        The column to order by. Runs that have nothing in it come last.
    decreasing : bool, default=True
        Whether the greatest come first.

    Returns
    -------
    pandas.DataFrame of shape (n_runs, n_columns)
        ``run`` (its id), ``created`` (in UTC), ``status`` (``"finished"``, ``"running"``, ``"interrupted"``, or
        ``"damaged"`` if it can't be read), ``searcher``, ``estimator``, ``n_candidates``, ``n_trials``, ``n_failed``,
        ``seconds`` that processes worked on it; of its best candidate ``mean_test_*``, ``std_test_*`` and the
        parameters as ``param_*``; ``cv``, ``scoring``, ``engine``. Without rows if there is no run.

    Raises
    ------
    UnknownColumnError
        If there are runs, and no such column to order them by.

    Examples
    --------
    >>> ls_runs("nowhere")[["run", "status", "mean_test_score"]]
    Empty DataFrame
    Columns: [run, status, mean_test_score]
    Index: []
    """
    table = _typed([_row(path) for path in runs_in(runs_dir)])
    return in_order(table, order, decreasing, "ls_runs")


def estimator_name(description: Description) -> str | None:
    """What is searched, in short: a class, of a pipeline those of its steps.

    Examples
    --------
    >>> scaler, network = {"object": "sklearn.StandardScaler"}, {"object": "skhpt.KerasClassifier"}
    >>> steps = [{"tuple": ["scale", scaler]}, {"tuple": ["net", network]}]
    >>> estimator_name({"object": "sklearn.pipeline.Pipeline", "params": {"steps": steps}})
    'StandardScaler + KerasClassifier'
    """
    try:
        named = [step["tuple"][1] for step in description["params"]["steps"]]
        return as_text(" + ".join(_class(step) for step in named))
    except (KeyError, IndexError, TypeError):  # no pipeline
        return None if description is None else as_text(_class(description))


def splitter_name(description: Description) -> Any:
    """A splitter by its class and number of folds; other values of `cv` as they are.

    Examples
    --------
    >>> splitter_name({"object": "sklearn.model_selection.KFold", "attributes": {"n_splits": 3}}), splitter_name(5)
    ('KFold(3)', 5)
    """
    attributes = description.get("attributes") if isinstance(description, dict) else None
    n_splits = attributes.get("n_splits") if isinstance(attributes, dict) else None
    return readable(description) if n_splits is None else f"{_class(description)}({readable(n_splits)})"


def _row(path: Path) -> dict[str, Any]:
    try:
        with reading(str(path)):
            return _readable_row(StoredRun(path), summary_of(path))
    except RunError:
        return {"run": as_text(path.name), "status": "damaged"}


def _readable_row(run: StoredRun, summary: dict[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {"run": run.id, "created": run.created, "searcher": run.searcher}
    known["estimator"] = estimator_name(run.search.get("estimator"))
    counts = {name: summary[name] for name in ("status", *_COUNTS, "seconds")}
    best: dict[str, Any] = summary["best"]
    params = {f"param_{name}": value for name, value in summary["params"].items()}
    settings = {"cv": splitter_name(run.search.get("cv"))} | run.settings
    return known | counts | best | params | {name: settings.get(name) for name in _SETTINGS}


def _typed(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The table of the rows; its columns keep their types where some rows have nothing in them."""
    found = dict.fromkeys(name for row in rows for name in row)
    scores = [name for name in found if name.startswith(("mean_test_", "std_test_")) and name not in _SCORE]
    params = [name for name in found if name.startswith("param_")]
    names = [*_FIRST, *_SCORE, *scores, *params, *_SETTINGS]
    columns = {name: [row.get(name) for row in rows] for name in names}
    table = pd.DataFrame({name: _column(name, values) for name, values in columns.items()})
    table["created"] = pd.to_datetime(table["created"], utc=True, errors="coerce", format="ISO8601")
    return table


def _column(name: str, values: list[Any]) -> Any:
    if name == "seconds" or name.startswith(("mean_test_", "std_test_")):
        return pd.Series(values, dtype=float)
    return column(values)


def _class(description: Description) -> str:
    """Of an object; what else a pipeline may hold, as ``"passthrough"``, as it is."""
    name = description.get("object") if isinstance(description, dict) else None
    return name.rpartition(".")[2] if isinstance(name, str) else str(readable(description))
