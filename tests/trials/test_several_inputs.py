"""Several inputs as one set of rows."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array, dok_array
from sklearn.model_selection import KFold

from skhpt.trials import SeveralInputs, as_rows, is_several, own_form

LEFT, RIGHT = np.arange(10).reshape(5, 2), np.arange(5)


@pytest.mark.parametrize(
    "rows", [[0, 2], np.array([0, 2]), np.array([True, False, True, False, False]), slice(0, 3, 2), ([0, 2], ...)]
)
@pytest.mark.parametrize("form", [dict, list, tuple])
def test_rows_are_taken_from_each_input_in_the_form_that_was_given(rows, form):
    table = pd.DataFrame(LEFT, index=list("abcde"))
    inputs = {"left": table, "right": RIGHT} if form is dict else form([table, RIGHT])
    some = as_rows(inputs, RIGHT)[rows]
    assert type(some) is form
    left, right = some.values() if form is dict else some
    assert list(left.index) == ["a", "c"]
    assert list(right) == [0, 2]


def test_splitters_count_the_rows():
    several = SeveralInputs((LEFT, RIGHT))
    assert [len(test) for _, test in KFold(5).split(several)] == [1] * 5
    assert own_form(several) == (LEFT, RIGHT)
    assert [right.tolist() for _, right in several] == [[0], [1], [2], [3], [4]]


@pytest.mark.parametrize(
    ("X", "n_rows", "several"),
    [
        ([LEFT, RIGHT], 5, True),
        ([LEFT, csr_array(LEFT)], 5, True),
        ([LEFT, RIGHT], 2, False),  # two rows
        ([LEFT, RIGHT], None, False),
        ([[1, 2], [3, 4]], 5, False),
        (list(np.ones(3)), 5, False),
        ([], 5, False),
        ({}, 5, True),
        (dok_array(LEFT), 5, False),  # is a dict in some versions of SciPy
        (LEFT, 5, False),
    ],
)
def test_several_inputs_are_told_from_rows(X, n_rows, several):
    assert is_several(X, n_rows) == several
