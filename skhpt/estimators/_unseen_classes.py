"""A validation split that takes a class away."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from skhpt.exceptions import ValidationSplitWarning


def warn_of_unseen_classes(labels: npt.NDArray[Any], validation_split: float) -> None:
    """Warn if holding out the last rows takes a class away from the training or the validation.

    Parameters
    ----------
    labels : ndarray of shape (n_rows,)
        The classes, in the order of the rows.
    validation_split : float
        The fraction that is held out.
    """
    n_train = math.floor(len(labels) * (1 - validation_split))
    for part, kept in (("training", labels[:n_train]), ("validation", labels[n_train:])):
        if missing := sorted(set(np.unique(labels).tolist()) - set(np.unique(kept).tolist()), key=str):
            warnings.warn(
                f"validation_split={validation_split} holds out the last rows as they come, and the {part} part lacks "
                f"{'class' if len(missing) == 1 else 'classes'} {', '.join(map(repr, missing))}. "
                f"Shuffle the rows first.",
                ValidationSplitWarning,
                stacklevel=3,
            )
