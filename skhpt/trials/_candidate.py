"""A setting of the hyper-parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Candidate:
    """One setting of the hyper-parameters.

    Two candidates may hold equal parameters, and parameters may be things that have no equality or hash
    (estimators, functions): the position in the search is what tells candidates apart.

    Parameters
    ----------
    index : int
        Position in the search, from 0.
    params : mapping of str to object
        Parameters of the estimator, as for `set_params`.
    """

    index: int
    params: Mapping[str, Any]
