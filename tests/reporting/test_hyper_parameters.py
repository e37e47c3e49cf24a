"""Hyper-parameters as columns."""

from fractions import Fraction

import numpy as np
import pytest
from tensorboard.plugins.hparams.summary_v2 import hparams_pb

from skhpt.reporting._hyper_parameters import hyper_parameters


def column(*values):
    return hyper_parameters([{"x": value} for value in values])["x"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ((8, 16), "number"),
        ((8, 0.5), "number"),
        ((np.float32(0.5), np.int64(2)), "number"),
        ((True, False), "bool"),
        ((np.True_,), "bool"),
        (("adam", "sgd"), "text"),
        (((8, 16), (32,)), "text"),
        ((8, "auto"), "text"),
        ((True, 1), "text"),
        ((1.0, float("inf")), "text"),
        ((Fraction(1, 2), 1), "number"),
        ((np.longdouble(0.5), 1), "number"),
        ((10**400, 1), "text"),
        ((np.timedelta64(1, "D"), np.timedelta64(2, "ns")), "text"),
        (("\udc80",), "text"),
        ((None, 3), "number"),
        ((None, None), "text"),
    ],
)
def test_a_column_is_of_what_all_of_its_values_are(values, kind):
    found = column(*values)
    assert found.kind == kind
    known = [found.of(value) for value in values]
    assert {type(value) for value in known} <= {bool, int, float, str, type(None)}
    hparams_pb({str(place): value for place, value in enumerate(known) if value is not None})


def test_none_is_left_out_among_numbers_and_a_word_among_words():
    assert [column(None, 3).of(value) for value in (None, 3)] == [None, 3]
    assert [column(None, "l2").of(value) for value in (None, "l2")] == ["None", "l2"]


def test_values_of_numpy_become_those_of_python():
    value = column(np.int64(8), 16).of(np.int64(8))
    assert (type(value), value) == (int, 8)


def test_anything_else_is_a_word():
    def build():
        return None

    assert column(build).of(build) == "<function build>"
    assert column((16, 32)).of((16, 32)) == "(16, 32)"


def test_a_parameter_that_only_some_candidates_have_is_a_column():
    found = hyper_parameters([{"optimizer": "adam"}, {"optimizer": "sgd", "momentum": 0.9}])
    assert found["momentum"].values == (0.9,)
    assert found["optimizer"].values == ("adam", "sgd")
