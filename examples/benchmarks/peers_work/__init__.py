"""The rows of the table of `peers.py`, a file each.

Each file has a piece of work as the users of each library would write it: one function an arm, which gets training rows
and returns what can predict. Its lines are counted as they stand. Data and the builder of the model are shared.
"""

from peers_work import (
    bayesian,
    grid,
    halving,
    hyperband,
    images,
    large,
    logistic,
    regression,
    sequences,
    wide_images,
    widths,
)

# The last ones are those that skhpt has nothing to win on.
_MODULES = (
    grid,
    widths,
    images,
    regression,
    large,
    halving,
    hyperband,
    bayesian,
    wide_images,
    sequences,
    logistic,
)
ROWS = {module.__name__.rpartition(".")[2]: module.ROW for module in _MODULES}
