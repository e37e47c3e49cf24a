import numpy as np
import pytest

from skhpt.estimators import Fingerprint, Rows

X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
OURS = Fingerprint.of(Rows(X, np.arange(40)), 7)


@pytest.mark.parametrize(
    ("rows", "seed"),
    [(Rows(X, np.arange(40)), 8), (Rows(X[:39], np.arange(39)), 7), (Rows(X[::-1], np.arange(40)), 7),
     (Rows(X, np.arange(40)[::-1]), 7), (Rows([X, X], np.arange(40)), 7), (Rows(X[:, :0], np.arange(40)), 7)],
    ids=["seed", "fewer rows", "another order", "other targets", "more inputs", "no inputs"],
)  # fmt: skip
def test_another_training_is_told_from_this_one(rows, seed):
    assert not Fingerprint.of(rows, seed).is_of(OURS.facts)


def test_what_another_machine_computes_otherwise_makes_no_difference():
    assert Fingerprint.of(Rows(X * (1 + 1e-6), np.arange(40.0)), 7).is_of(OURS.facts)


def test_what_is_no_number_is_left_out():
    text = Fingerprint.of(Rows(np.array([["a"], ["b"]]), None), 0)
    assert text.rows == (2.0,)
    assert text.is_of(text.facts)
