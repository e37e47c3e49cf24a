"""Comparing a searcher with scikit-learn's."""

import warnings

import numpy as np
import sklearn.experimental.enable_halving_search_cv  # noqa: F401 - scikit-learn hides its halving classes without it
from sklearn import model_selection
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

import skhpt
from tests.versions import before

X, y = load_breast_cancer(return_X_y=True)
X, y = StandardScaler().fit_transform(X)[::3], y[::3]

MODULES = (skhpt, model_selection)
HALVING = ("n_resources_", "n_candidates_", "n_remaining_candidates_", "n_required_iterations_",
           "n_possible_iterations_", "n_iterations_", "min_resources_", "max_resources_")  # fmt: skip


def fit(module, name, *args, data=(X, y), fit_params=None, **options):
    """A fitted search of scikit-learn or of skhpt, and the warnings of it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search = getattr(module, name)(*args, **{"cv": 3} | options).fit(*data, **fit_params or {})
    return search, [(type(w.message), without_code_lines(str(w.message))) for w in caught]


def without_code_lines(message):
    """A message without the lines of a traceback that show where in whose code it was."""
    return [line for line in message.splitlines() if not line.startswith("  ")]


def assert_equal(ours, theirs, data=(X, y)):
    (our_search, our_warnings), (their_search, their_warnings) = ours, theirs
    assert_equal_tables(our_search.cv_results_, their_search.cv_results_)
    assert our_warnings == their_warnings
    for attribute in ("best_index_", "best_score_", "n_splits_", "multimetric_", *HALVING):
        our_value, their_value = (getattr(search, attribute, None) for search in (our_search, their_search))
        np.testing.assert_equal(our_value, their_value, err_msg=attribute)
        assert type(our_value) is type(their_value), attribute
    if our_search.refit:
        assert repr(our_search.best_params_) == repr(their_search.best_params_)
        np.testing.assert_array_equal(our_search.predict(data[0]), their_search.predict(data[0]))
        np.testing.assert_equal(score(our_search, data), score(their_search, data))


def score(search, data):
    """The score of a fitted search, or how its scorer fails."""
    try:
        return search.score(*data)
    except Exception as error:  # noqa: BLE001 - whatever it is
        return repr(error)


def assert_equal_tables(ours, theirs):
    """All columns in order, bit for bit but for the times."""
    assert list(ours) == list(theirs)
    for key, expected in theirs.items():
        if key.endswith("_time"):
            continue
        if key == "params" or expected.dtype.kind == "O":
            assert repr(ours[key]) == repr(expected)
        else:
            np.testing.assert_array_equal(ours[key], expected, strict=True)


def assert_equal_errors(ours, theirs):
    """The types are the same, and the texts where they are those of the scikit-learn that ours are taken from."""
    assert ours[0] == theirs[0]
    if not before("scikit-learn", 1, 9):
        assert ours == theirs


def assert_same(name, *args, data=(X, y), **options):
    """Both give the same, or raise an error of the same type and text."""
    ours, theirs = (outcome(module, name, *args, data=data, **options) for module in MODULES)
    if isinstance(theirs[0], type) or isinstance(ours[0], type):
        assert_equal_errors(ours, theirs)
    else:
        assert_equal(ours, theirs, data)


def assert_same_error(name, *args, **options):
    """Both raise an error of the same type and text."""
    ours, theirs = (outcome(module, name, *args, **options) for module in MODULES)
    assert isinstance(theirs[0], type)
    assert_equal_errors(ours, theirs)


def outcome(module, name, *args, **options):
    """What `fit` gives, or the type and text of the error that it raises."""
    try:
        return fit(module, name, *args, **options)
    except Exception as error:  # noqa: BLE001 - whatever it is
        return type(error), without_code_lines(str(error))
