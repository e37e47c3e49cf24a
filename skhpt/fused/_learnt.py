"""What is known of a fold's rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Learnt:
    """What a network has learnt from the rows of a fold.

    Parameters
    ----------
    network : BaseWrapper
        The one that has learnt it.
    X, y : ndarray, or list or dict of them
        Validated.
    split : tuple of ndarray or None
        The rows to train on and those held out.
    """

    network: Any
    X: Any
    y: Any
    split: Any
