"""Tables that a search makes of its results, which are worth less than these."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd


def make_table(search: Any, name: str, make: Callable[[], pd.DataFrame]) -> None:
    """Give a search a table, or warn and leave it without one: what was trained must not be lost by it.

    Parameters
    ----------
    search : BaseSearch
        At the end of its fit.
    name : str
        Of the attribute.
    make : callable
        Returns the table.
    """
    vars(search).pop(name, None)  # of the fit before
    try:
        setattr(search, name, make())
    except Exception as error:  # noqa: BLE001 - whatever a value of the user's leads to
        warnings.warn(
            f"{type(search).__name__} has no {name}, as making it has raised {type(error).__name__}: {error}. What "
            "was found is in cv_results_.",
            UserWarning,
            stacklevel=2,
        )
