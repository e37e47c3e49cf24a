"""JSON that every reader takes."""

from __future__ import annotations

import json
import math
from typing import Any

import pandas as pd

from skhpt.store._reading import as_text


def strict_json(value: Any) -> str:
    """A value in JSON: a DataFrame as a list of its rows; null for what is missing, and for infinite numbers.

    Parameters
    ----------
    value : object
        Dicts and lists of plain values and of tables.

    Examples
    --------
    >>> print(strict_json(pd.DataFrame({"fold": [0, 1], "score": [0.5, float("nan")]})))
    [
     {
      "fold": 0,
      "score": 0.5
     },
     {
      "fold": 1,
      "score": null
     }
    ]
    """
    return json.dumps(_plain(value), indent=1, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, pd.DataFrame):
        return [_plain(row) for row in value.to_dict("records")]
    if isinstance(value, dict):
        return {as_text(str(name)): _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if hasattr(value, "item"):  # NumPy's
        value = value.item()
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, (bool, int, float)):
        return value
    return value.isoformat() if isinstance(value, pd.Timestamp) else as_text(str(value))
