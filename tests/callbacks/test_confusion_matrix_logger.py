"""Confusion matrices during a training."""

import copy
import io
import pickle
import sys

import keras
import matplotlib.image
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.metrics import confusion_matrix
from sklearn.preprocessing import scale

from skhpt import ConfusionMatrixLogger, GridSearchCV, KerasClassifier
from skhpt.callbacks._confusion_matrix_logger import _classes, _counts
from skhpt.callbacks._matrix_picture import MatrixPicture
from skhpt.exceptions import MissingExtraError
from tests.reporting.boards import read, runs_in


def softmax(units=8):
    return keras.Sequential([keras.layers.Dense(units, activation="relu"), keras.layers.Dense(3, activation="softmax")])


def one_logit():
    return keras.Sequential([keras.layers.Dense(1)])


@pytest.fixture
def iris():
    X, y = load_iris(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    return scale(X[order]).astype("float32"), y[order]


@pytest.fixture
def drawn(monkeypatch):
    """All that is drawn, in its order."""
    found, draw = [], MatrixPicture.of
    monkeypatch.setattr(MatrixPicture, "of", lambda self, counts: found.append(counts) or draw(self, counts))
    return found


def images(directory):
    """By epoch: width, height and PNG."""
    return {
        event.step: (int(width), int(height), png)
        for event in read(directory).Tensors("confusion_matrix")
        for width, height, png in [event.tensor_proto.string_val]
    }


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        ([0, 2, 1], [0, 2, 1]),
        ([[0.0], [1.0]], [0, 1]),
        ([[0, 1, 0], [1, 0, 0]], [1, 0]),
    ],
)
def test_classes_are_numbers_or_columns(y, classes):
    assert _classes(y).tolist() == classes


@pytest.mark.parametrize(
    "y",
    [
        [0.5, 1.5],
        [0.0, np.nan],
        [-1, 1],
        ["no", "yes"],
        [],
        [[1, 1, 0], [0, 0, 1]],
        np.zeros((2, 2, 2)),
        (np.zeros(2), np.zeros(2)),
    ],
)
def test_a_target_that_is_not_one_class_a_row_is_refused(y):
    with pytest.raises(ValueError, match="needs one class a row"):
        _classes(y)


def test_rows_are_true_classes_and_columns_predicted_ones():
    outputs = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
    assert _counts(np.array([1, 0, 0]), outputs, 0.5).tolist() == [[1, 1], [0, 1]]


def test_one_output_is_that_of_the_second_class():
    assert _counts(np.array([0, 1, 1]), np.array([[-1.0], [0.2], [0.7]]), 0.0).tolist() == [[1, 0], [0, 2]]
    assert _counts(np.array([0, 1, 1]), np.array([[0.1], [0.2], [0.7]]), 0.5).tolist() == [[1, 0], [1, 1]]


def test_a_class_of_which_the_model_says_nothing_is_refused():
    with pytest.raises(ValueError, match=r"needs the numbers of the 3 classes .* from 0 to 2\. Got 3"):
        _counts(np.array([1, 2, 3]), np.eye(3), 0.5)


def test_rows_that_are_no_pair_are_refused(iris, tmp_path):
    with pytest.raises(ValueError, match="'validation_data' parameter of ConfusionMatrixLogger must be a pair"):
        ConfusionMatrixLogger(tmp_path, validation_data=(*iris, np.ones(150)))


def test_an_image_an_epoch_shows_what_the_estimator_predicts(iris, tmp_path, drawn):
    X, y = iris
    logger = ConfusionMatrixLogger(tmp_path / "{trial}", class_names=["setosa", "versicolor", "virginica"])
    model = KerasClassifier(softmax, epochs=3, callbacks=[logger], random_state=0, verbose=0)
    model.fit(X[:100], y[:100], X_val=X[100:], y_val=y[100:])
    assert drawn[-1].tolist() == confusion_matrix(y[100:], model.predict(X[100:])).tolist()
    found = images(tmp_path / "c0000-fit-r00")
    assert sorted(found) == [1, 2, 3]
    for width, height, png in found.values():
        assert matplotlib.image.imread(io.BytesIO(png)).shape[:2] == (height, width)


def test_logits_of_two_classes_are_told_apart_at_zero(tmp_path, drawn):
    X, y = load_breast_cancer(return_X_y=True)
    X, logger = scale(X), ConfusionMatrixLogger(tmp_path)
    model = KerasClassifier(one_logit, epochs=1, callbacks=[logger], random_state=0, verbose=0)
    model.fit(X[:400], y[:400], X_val=X[400:], y_val=y[400:])
    assert drawn[-1].tolist() == confusion_matrix(y[400:], model.predict(X[400:])).tolist()


@pytest.mark.slow
def test_both_engines_draw_the_same_for_each_trial_and_the_refit(iris, tmp_path, drawn):
    seen = {}
    for engine in ("per-trial", "fused"):
        drawn.clear()
        logger = ConfusionMatrixLogger(tmp_path / engine)  # which trials would share
        model = KerasClassifier(softmax, epochs=2, validation_split=0.2, callbacks=[logger], random_state=0)
        search = GridSearchCV(model, {"units": [4, 8]}, cv=2, engine=engine).fit(*iris)
        assert set(search.engine_report_["engine"]) == {engine}
        names = [f"c{candidate:04}-f{fold:02}-r00" for candidate in range(2) for fold in range(2)]
        refit = f"c{search.best_index_:04}-refit-r00"
        assert runs_in(tmp_path / engine) == sorted([*names, refit])
        assert sorted(images(tmp_path / engine / refit)) == [1, 2]
        seen[engine] = sorted(counts.tolist() for counts in drawn)
        assert {int(np.sum(counts)) for counts in seen[engine]} == {15, 30}  # a fifth of 75 rows, or of all 150
    assert seen["per-trial"] == seen["fused"]


def test_rows_may_be_given(iris, tmp_path, drawn):
    X, y = iris
    logger = ConfusionMatrixLogger(tmp_path, validation_data=(X[100:], y[100:]))
    KerasClassifier(softmax, epochs=1, callbacks=[logger], verbose=0).fit(X[:100], y[:100])
    assert drawn[-1].sum() == 50


def test_given_rows_are_not_copied_with_the_callback(iris, tmp_path):
    logger = ConfusionMatrixLogger(tmp_path, validation_data=iris)
    assert copy.deepcopy(logger)._given is logger._given
    assert np.array_equal(pickle.loads(pickle.dumps(logger))._given.X, iris[0])


def test_held_out_rows_are_no_part_of_a_pickle(iris, tmp_path):
    logger = ConfusionMatrixLogger(tmp_path)
    logger.see_validation(iris)
    assert pickle.loads(pickle.dumps(logger))._held_out is None


def test_without_rows_the_fit_is_refused(iris, tmp_path):
    model = KerasClassifier(softmax, callbacks=[ConfusionMatrixLogger(tmp_path)], verbose=0)
    with pytest.raises(ValueError, match="has no rows to predict: give it validation_data, or the estimator"):
        model.fit(*iris)


def test_without_matplotlib_the_error_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'skhpt\[plot\]'"):
        ConfusionMatrixLogger(tmp_path)
