"""The order in which an epoch meets the rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Order = Callable[[int], npt.NDArray[np.int64]]
"""From the epoch, counted from 0, to all row numbers."""


def sample_order(seed: int, epoch: int, n_rows: int, shuffle: bool) -> npt.NDArray[np.int64]:
    """The order of the rows in one epoch: a pure function of the seed and the epoch.

    So an epoch is the same whether the training before it ran in one piece, in another process, or not at all. (Keras'
    own order, once a seed is set, is the same in every epoch.)

    Parameters
    ----------
    seed : int
        The estimator's.
    epoch : int
        From 0.
    n_rows : int
        How many rows there are.
    shuffle : bool
        False is the order that they came in.

    Returns
    -------
    ndarray of shape (n_rows,)
        Row numbers.

    Examples
    --------
    >>> sample_order(7, 3, 100, True).tolist() == sample_order(7, 3, 100, True).tolist()
    True
    >>> sample_order(7, 3, 4, False)
    array([0, 1, 2, 3])
    """
    return np.random.default_rng([seed, epoch]).permutation(n_rows) if shuffle else np.arange(n_rows)
