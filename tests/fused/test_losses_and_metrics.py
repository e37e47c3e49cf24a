"""A loss and a metric of any kind are the same under both engines."""

import keras
import numpy as np
import pytest

from skhpt import KerasRegressor
from tests.fused import architectures as nets
from tests.fused.architectures import BINARY, BODIES, IRIS, KIND, PROGRESS
from tests.fused.comparison import agree_on_iris, assert_engines_agree, classifier, regressor

slow = pytest.mark.slow


LOGITS = [
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    keras.losses.CategoricalCrossentropy(from_logits=True),
]
SEVERAL = [{"model": [nets.small], "loss": LOGITS}, {"model": [nets.softmax], "loss": [None, "categorical_hinge"]}]
PROBABILITIES = [None, keras.losses.BinaryCrossentropy(label_smoothing=0.1), keras.losses.BinaryFocalCrossentropy()]


@pytest.mark.parametrize(
    ("y", "grid"),
    [
        (KIND, SEVERAL),
        (BINARY, {"model": [nets.sigmoid], "loss": PROBABILITIES}),
    ],
    ids=["several classes", "two classes"],
)
@slow
def test_any_loss_of_keras_is_the_same(y, grid):
    assert_engines_agree(classifier(), grid, IRIS, y)


@slow
def test_losses_and_metrics_of_numbers_are_the_same():
    def weighed(scale):
        def loss(y_true, y_pred):
            return scale * keras.losses.mean_squared_error(y_true, y_pred)

        return loss

    metrics = [keras.metrics.R2Score(), keras.metrics.RootMeanSquaredError(), keras.metrics.CosineSimilarity()]
    estimator = regressor(metrics=["mse", "mae", *metrics])
    assert_engines_agree(estimator, {"loss": ["mse", weighed(1.0), weighed(3.0)]}, BODIES, PROGRESS)


@slow
def test_losses_of_several_columns_and_of_several_outputs_are_the_same():
    own = {"loss": [["mse", "huber"]], "metrics": [[["mae"], ["mse"]]], "compile__loss_weights": [[0.3, 2.0]]}
    grid = [{"loss": ["mae"]}, {"model": [nets.two_outputs], "loss": ["mse"]}, {"model": [nets.two_outputs], **own}]
    assert_engines_agree(regressor(), grid, BODIES, np.column_stack([PROGRESS, PROGRESS**2]))


@slow
def test_metrics_of_keras_around_functions_of_ones_own_are_kept_apart():
    def build(meta, scale=1.0):
        def weighed(y_true, y_pred):
            return scale * keras.ops.mean((y_true - y_pred) ** 2, axis=-1)

        model = nets.regressor(meta)
        model.compile("sgd", "mse", metrics=[keras.metrics.MeanMetricWrapper(weighed, name="weighed")])
        return model

    assert_engines_agree(KerasRegressor(build, epochs=2), {"scale": [1.0, 3.0]}, BODIES, PROGRESS)


@slow
def test_metrics_of_classes_are_the_same():
    metrics = ["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(2)]
    agree_on_iris({"units": [8]}, metrics=metrics, options={"record_validation": True})


@slow
def test_metrics_with_a_state_are_the_same():
    metrics = [
        keras.metrics.AUC(),
        keras.metrics.Precision(),
        keras.metrics.Recall(thresholds=0.3),
        keras.metrics.F1Score(threshold=0.5),
        keras.metrics.BinaryAccuracy(),
        keras.metrics.BinaryIoU(),
        keras.metrics.SensitivityAtSpecificity(0.5),
    ]
    estimator = classifier(nets.sigmoid, metrics=metrics, compile__weighted_metrics=["binary_accuracy"])
    assert_engines_agree(estimator, {"units": [8]}, IRIS, BINARY, record_validation=True)
