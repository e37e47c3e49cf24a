"""Which rows a splitter leaves for training, and which it holds out."""

import numpy as np
import pytest

from skhpt.estimators._validation_split import split_validation

X = np.zeros((6, 1))


class NamesRows:
    """Trains on the second half of the rows, and says so in a way of its own."""

    def __init__(self, name):
        self.name = name

    def split(self, X, y=None, groups=None):
        first, second = np.split(np.arange(len(X)), 2)
        yield self.name(second), self.name(first)


def by_mask(rows):
    return np.isin(np.arange(len(X)), rows)


def from_the_end(rows):
    return rows - len(X)


@pytest.mark.parametrize("name", [np.asarray, by_mask, from_the_end, list])
def test_rows_are_numbered_from_0_however_a_splitter_names_them(name):
    training, held_out = split_validation(NamesRows(name), X, None, labels=False)
    np.testing.assert_array_equal(training, [3, 4, 5])
    np.testing.assert_array_equal(held_out, [0, 1, 2])
    assert {training.dtype.kind, held_out.dtype.kind} == {"i"}  # what a `RowView` takes
