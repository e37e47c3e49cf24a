"""A loss and a metric of any kind are the same under both engines."""

import keras
import numpy as np
import pytest

from skhpt import KerasRegressor
from tests.fused import architectures as nets
from tests.fused.architectures import BINARY, BODIES, IRIS, KIND, PROGRESS
from tests.fused.comparison import agree_on_iris, assert_engines_agree, classifier, regressor

slow = pytest.mark.slow


TWO_TARGETS = np.column_stack([PROGRESS, PROGRESS**2])


@pytest.mark.parametrize(
    ("build", "y", "params"),
    [
        pytest.param(nets.regressor, PROGRESS, {"metrics": ["mse", "mae"]}, id="mse and mae", marks=slow),
        pytest.param(nets.regressor, TWO_TARGETS, {"loss": "mae"}, id="two columns", marks=slow),
        pytest.param(nets.two_outputs, TWO_TARGETS, {"loss": "mse"}, id="two outputs", marks=slow),
        pytest.param(nets.two_outputs, TWO_TARGETS, {"loss": ["mse", "huber"], "metrics": [["mae"], ["mse"]],
                     "compile__loss_weights": [0.3, 2.0]}, id="losses by output", marks=slow),
    ],
)  # fmt: skip
def test_a_regressor_learns_the_same(build, y, params):
    assert_engines_agree(regressor(build, **params), {"units": [8]}, BODIES, y)


@pytest.mark.parametrize(
    ("build", "loss"),
    [
        (nets.sigmoid, keras.losses.BinaryCrossentropy(label_smoothing=0.1)),
        (nets.sigmoid, keras.losses.BinaryFocalCrossentropy()),
        (nets.small, keras.losses.SparseCategoricalCrossentropy(from_logits=True)),
        (nets.small, keras.losses.CategoricalCrossentropy(from_logits=True)),
        (nets.softmax, "categorical_hinge"),
    ],
    ids=["smoothed", "focal", "sparse from logits", "columns from logits", "hinge"],
)
@slow
def test_any_loss_of_keras_is_the_same(build, loss):
    assert_engines_agree(classifier(build, loss=loss), {"units": [8]}, IRIS, BINARY if build is nets.sigmoid else KIND)


@slow
def test_a_loss_of_ones_own_is_the_same():
    def weighed(scale):
        def loss(y_true, y_pred):
            return scale * keras.losses.mean_squared_error(y_true, y_pred)

        return loss

    assert_engines_agree(regressor(), {"loss": [weighed(1.0), weighed(3.0)]}, BODIES, PROGRESS)


@slow
def test_metrics_of_keras_around_functions_of_ones_own_are_kept_apart():
    def build(meta, scale=1.0):
        def weighed(y_true, y_pred):
            return scale * keras.ops.mean((y_true - y_pred) ** 2, axis=-1)

        model = nets.regressor(meta)
        model.compile("sgd", "mse", metrics=[keras.metrics.MeanMetricWrapper(weighed, name="weighed")])
        return model

    assert_engines_agree(KerasRegressor(build, epochs=2), {"scale": [1.0, 3.0]}, BODIES, PROGRESS)


METRICS = {
    "AUC": lambda: keras.metrics.AUC(),
    "Precision": lambda: keras.metrics.Precision(),
    "Recall": lambda: keras.metrics.Recall(thresholds=0.3),
    "F1Score": lambda: keras.metrics.F1Score(threshold=0.5),
    "BinaryAccuracy": lambda: keras.metrics.BinaryAccuracy(),
    "MeanIoU": lambda: keras.metrics.BinaryIoU(),
    "Matthews": lambda: keras.metrics.SensitivityAtSpecificity(0.5),
}


@slow
def test_metrics_with_a_state_are_the_same():
    metrics = [METRICS[name]() for name in ("AUC", "Precision", "F1Score")]
    assert_engines_agree(classifier(nets.sigmoid, metrics=metrics), {"units": [8]}, IRIS, BINARY, refit=False)


@pytest.mark.parametrize("name", ["Recall", "BinaryAccuracy", "MeanIoU", "Matthews"])
@slow
def test_a_metric_is_the_same(name):
    estimator = classifier(nets.sigmoid, metrics=[METRICS[name]()], compile__weighted_metrics=["binary_accuracy"])
    assert_engines_agree(estimator, {"units": [8]}, IRIS, BINARY, refit=False, record_validation=True)


@slow
def test_metrics_of_classes_and_of_numbers_are_the_same():
    agree_on_iris({"units": [8]}, metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(2)])
    metrics = [keras.metrics.R2Score(), keras.metrics.RootMeanSquaredError(), keras.metrics.CosineSimilarity()]
    assert_engines_agree(regressor(metrics=metrics), {"units": [8]}, BODIES, PROGRESS)
