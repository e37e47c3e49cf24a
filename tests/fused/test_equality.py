"""The same search under both engines gives the same, as far as floats go."""

import pickle
import random

import keras
import numpy as np
import pandas as pd
import pytest
import sklearn.experimental.enable_halving_search_cv  # noqa: F401 - scikit-learn hides its halving classes without it
from keras import layers, optimizers
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.model_selection import KFold, StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler

from skhpt import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    KerasClassifier,
    KerasRegressor,
    RandomizedSearchCV,
)
from skhpt.estimators import sample_order, seeded
from tests.fused import architectures as nets
from tests.fused.architectures import BINARY, BODIES, DIGIT, DIGITS, IRIS, KIND, PROGRESS
from tests.fused.comparison import assert_engines_agree, assert_same_histories, searched

slow = pytest.mark.slow


ADAM = {"optimizer": "adam", "optimizer__learning_rate": 0.02, "epochs": 3}
TWO_TARGETS = np.column_stack([PROGRESS, PROGRESS**2])
SEQUENCES = DIGITS[:60]
INPUTS = {"by name": nets.by_name, "by place": nets.by_place}


def classifier(build=nets.mlp, **params):
    return KerasClassifier(build, **ADAM | params)


def regressor(build=nets.regressor, **params):
    return KerasRegressor(build, **ADAM | params)


def agree_on_iris(grid, *, build=nets.mlp, options=None, **params):
    return assert_engines_agree(classifier(build, **params), grid, IRIS, KIND, **options or {})


# Architectures


@pytest.mark.parametrize(
    ("build", "X", "y", "grid"),
    [
        pytest.param(nets.mlp, IRIS, KIND, {"units": [4, 8]}, id="dropout"),
        pytest.param(nets.convolutional, DIGITS, DIGIT, {"filters": [2, 4]}, id="convolution"),
        pytest.param(nets.normalized_batches, IRIS, KIND, {"units": [8]}, id="batch normalization", marks=slow),
        pytest.param(nets.normalized_layers, IRIS, KIND, {"units": [8]}, id="layer normalization", marks=slow),
        pytest.param(nets.regularized, IRIS, KIND, {"units": [8]}, id="regularizers", marks=slow),
        pytest.param(nets.noisy, IRIS, KIND, {"units": [8]}, id="noise", marks=slow),
        pytest.param(nets.embedded, nets.words(), KIND[:120], {"batch_size": [16]}, id="embedding", marks=slow),
        pytest.param(nets.augmented, DIGITS, DIGIT, {"batch_size": [16]}, id="augmentation", marks=slow),
        pytest.param(nets.attentive, DIGITS, DIGIT, {"batch_size": [16]}, id="attention", marks=slow),
        pytest.param(nets.recurrent, SEQUENCES, DIGIT[:60], {"kind": ["GRU"]}, id="GRU", marks=slow),
        pytest.param(nets.recurrent, SEQUENCES, DIGIT[:60], {"kind": ["LSTM"]}, id="LSTM", marks=slow),
        pytest.param(nets.mlp, IRIS, np.array(["a", "b", "c"])[KIND], {"units": [8]}, id="string labels", marks=slow),
        pytest.param(nets.mlp, IRIS.astype("float64"), KIND, {"units": [8]}, id="doubles", marks=slow),
        pytest.param(
            nets.convolutional,
            (16 * DIGITS).astype("uint8"),
            DIGIT,
            {"filters": [2]},
            id="bytes",
            marks=slow,
        ),
        pytest.param(nets.sigmoid, IRIS, BINARY, {"units": [4]}, id="sigmoid", marks=slow),
        pytest.param(nets.softmax, IRIS, KIND, {"units": [4]}, id="softmax", marks=slow),
    ],
)
def test_a_classifier_learns_the_same(build, X, y, grid):
    assert_engines_agree(classifier(build), grid, X, y)


@pytest.mark.parametrize("inputs", [pytest.param("by name"), pytest.param("by place", marks=slow)])
def test_a_model_of_several_inputs_learns_the_same(inputs):
    build = INPUTS[inputs]

    def split(X):
        parts = {"sepal": X[:, :2], "petal": X[:, 2:]}
        return parts if inputs == "by name" else list(parts.values())

    pipeline = make_pipeline(FunctionTransformer(split), classifier(build))
    assert_engines_agree(pipeline, {"kerasclassifier__batch_size": [16]}, IRIS, KIND)


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


@slow
def test_mixed_precision_is_nearly_the_same():
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    try:
        ours, theirs = (searched(classifier(), {"units": [8]}, IRIS, KIND, engine=e) for e in ("auto", "per-trial"))
    finally:
        keras.mixed_precision.set_dtype_policy("float32")
    assert set(ours.engine_report_["engine"]) == {"fused"}, ours.engine_report_["reason"].unique()
    assert_same_histories(ours.histories_, theirs.histories_, rtol=2e-2)


@slow
def test_what_is_not_vectorised_trains_by_itself():
    nadam = {"optimizer": ["nadam"]}
    ours, _ = assert_engines_agree(classifier(), nadam, IRIS, KIND, fused=False)
    assert set(ours.engine_report_["reason"]) == {"the optimizer Nadam updates variables in a way of its own"}
    spectral = KerasClassifier(nets.spectral, **ADAM)
    ours, _ = assert_engines_agree(spectral, {"batch_size": [16]}, DIGITS, DIGIT, fused=False)
    assert ours.engine_report_["reason"].str.startswith("TensorFlow can't vectorise its training").all()


# Optimizers


@pytest.mark.parametrize(
    "optimizer",
    [
        pytest.param(optimizers.SGD(0.05, momentum=0.9, nesterov=True), id="SGD"),
        pytest.param(optimizers.AdamW(0.02, weight_decay=0.1), id="AdamW", marks=slow),
        *(
            pytest.param(
                getattr(optimizers, name)(0.02),
                id=name,
                marks=slow,
            )
            for name in (
                "RMSprop",
                "Adagrad",
                "Adadelta",
                "Adamax",
                "Ftrl",
                "Lion",
                "Lamb",
                "Adafactor",
                "Muon",
            )
        ),
        pytest.param(optimizers.Adam(0.02, amsgrad=True), id="AMSGrad", marks=slow),
        pytest.param(optimizers.RMSprop(0.02, momentum=0.5, centered=True), id="centered RMSprop", marks=slow),
        pytest.param(optimizers.SGD(0.5, clipnorm=0.1), id="clipnorm", marks=slow),
        pytest.param(optimizers.SGD(0.5, global_clipnorm=0.1), id="global_clipnorm", marks=slow),
        pytest.param(optimizers.SGD(0.5, clipvalue=0.01), id="clipvalue", marks=slow),
        pytest.param(
            optimizers.SGD(optimizers.schedules.ExponentialDecay(0.5, 2, 0.7)), id="ExponentialDecay", marks=slow
        ),
        pytest.param(
            optimizers.Adam(optimizers.schedules.PolynomialDecay(0.1, 5, 0.001, power=2, cycle=True)),
            id="PolynomialDecay",
            marks=slow,
        ),
        pytest.param(
            optimizers.Adam(optimizers.schedules.PiecewiseConstantDecay([2, 5], [0.1, 0.01, 0.001])),
            id="PiecewiseConstantDecay",
            marks=slow,
        ),
        pytest.param(
            optimizers.Adam(optimizers.schedules.CosineDecayRestarts(0.1, 3)), id="CosineDecayRestarts", marks=slow
        ),
    ],
)
def test_an_optimizer_takes_the_same_steps(optimizer):
    estimator = KerasClassifier(nets.mlp, optimizer=optimizer, epochs=3)
    assert_engines_agree(estimator, {"units": [8]}, IRIS, KIND)


@slow
def test_clipping_and_decay_work_with_embeddings():
    optimizer = optimizers.AdamW(0.02, weight_decay=0.1, clipnorm=0.01)
    estimator = KerasClassifier(nets.embedded, optimizer=optimizer, epochs=3)
    assert_engines_agree(estimator, {"batch_size": [16]}, nets.words(), KIND[:120])


@slow
def test_constraints_hold_the_same():
    def build(meta):
        return nets.stacked(meta, layers.Dense(8, kernel_constraint=keras.constraints.MaxNorm(0.3)))

    agree_on_iris({"batch_size": [16]}, build=build)


# Candidates


@pytest.mark.slow
@pytest.mark.parametrize(
    "grid",
    [
        pytest.param({"optimizer__learning_rate": [0.001, 0.01, 0.1]}, id="learning rate"),
        pytest.param({"activation": ["relu", "tanh"]}, id="activation", marks=slow),
        pytest.param({"dropout": [0.0, 0.5]}, id="dropout", marks=slow),
        pytest.param({"batch_size": [7, 32, -1]}, id="batch size", marks=slow),
        pytest.param({"epochs": [1, 3, 2, 3]}, id="epochs"),
        pytest.param({"shuffle": [True, False]}, id="shuffle"),
        pytest.param({"shuffle": [False, True], "batch_size": [16, 32]}, id="shuffle and size", marks=slow),
        pytest.param({"class_weight": [None, "balanced", {0: 5.0, 2: 0.1}]}, id="class weight", marks=slow),
        pytest.param({"optimizer": ["sgd", "rmsprop"]}, id="optimizer", marks=slow),
        pytest.param({"loss__reduction": ["sum", "mean"], "loss": [keras.losses.SparseCategoricalCrossentropy],
                      "loss__from_logits": [True]}, id="loss", marks=slow),
        pytest.param({"validation_split": [0.0, 0.2, 0.4]}, id="validation split", marks=slow),
        pytest.param({"validation_split": [0.2], "validation_batch_size": [3, 32]}, id="validation batch", marks=slow),
        pytest.param({"model": [nets.mlp, nets.normalized_layers]}, id="builder", marks=slow),
        pytest.param({"model__units": [4], "compile__jit_compile": [False]}, id="routed", marks=slow),
        pytest.param([{"optimizer__learning_rate": [0.1]}, {"batch_size": [16]}], id="a rate for some"),
    ],
)  # fmt: skip
def test_candidates_that_differ_in_anything_learn_the_same(grid):
    assert_engines_agree(classifier(metrics=["accuracy"]), grid, IRIS, KIND)


@pytest.mark.parametrize("own", ["learning_rate", "momentum", "schedule"])
@slow
def test_a_builder_may_make_its_optimizer_by_itself(own):
    def build(meta, rate=0.1, momentum=0.0):
        model = nets.mlp(meta)
        rate = optimizers.schedules.ExponentialDecay(rate, 3, 0.5) if own == "schedule" else rate
        model.compile(optimizers.SGD(rate, momentum), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        return model

    grid = {"momentum": [0.0, 0.5]} if own == "momentum" else {"rate": [0.01, 0.1]}
    assert_engines_agree(KerasClassifier(build, epochs=3), grid, IRIS, KIND)


@pytest.mark.slow
@pytest.mark.parametrize("place", ["layer", pytest.param("activation", marks=slow)])
def test_a_layer_named_like_its_activation_does_not_hide_it(place):
    def build(meta, activation="relu"):
        if place == "layer":
            return nets.stacked(meta, layers.Dense(8), layers.Activation(activation, name=activation))
        return nets.stacked(meta, layers.Dense(8, activation=activation, name=activation))

    ours, _ = assert_engines_agree(classifier(build), {"activation": ["relu", "tanh"]}, IRIS, KIND)
    assert ours.engine_report_["program"].nunique() == 2


@slow
def test_what_is_left_out_of_weight_decay_is_not_mixed_up():
    def build(meta, left_out="bias"):
        model = nets.small(meta)
        optimizer = optimizers.AdamW(0.05, weight_decay=2.0)
        optimizer.exclude_from_weight_decay(var_names=[left_out])
        model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        return model

    assert_engines_agree(KerasClassifier(build, epochs=3), {"left_out": ["bias", "kernel"]}, IRIS, KIND)


@slow
def test_which_layer_is_frozen_is_not_mixed_up():
    def build(meta, frozen=0):
        inner = [layers.Dense(8, activation="relu") for _ in range(3)]
        inner[1 + frozen].trainable = False
        return nets.stacked(meta, *inner)

    assert_engines_agree(classifier(build), {"frozen": [0, 1]}, IRIS, KIND)


@pytest.mark.slow
def test_statistics_that_a_layer_has_adapted_to_are_those_of_its_own_fold():
    def build(meta, X, units=8):
        normalization = layers.Normalization()
        normalization.adapt(X)
        return nets.stacked(meta, normalization, layers.Dense(units, activation="relu"))

    X = np.sort(IRIS, axis=0) * 10 + 5  # so that the folds differ
    assert_engines_agree(classifier(build), {"units": [4, 8]}, X, KIND, cv=KFold(2), fused=False)


@slow
def test_constants_from_the_rows_are_those_of_their_own_fold():
    def build(meta, X, units=8):
        inputs = keras.Input(meta["X_shape_"][1:])
        hidden = layers.Dense(units, activation="relu")(inputs - X.mean(axis=0))
        return keras.Model(inputs, layers.Dense(3)(hidden))

    X = np.sort(IRIS, axis=0) * 10 + 5
    assert_engines_agree(classifier(build), {"units": [8]}, X, KIND, cv=KFold(2), fused=False)


def test_a_builder_that_takes_the_seed_gets_that_of_each_fold():
    def build(meta, random_state=None):
        first = keras.initializers.GlorotUniform(seed=random_state)
        return nets.stacked(meta, layers.Dense(8, kernel_initializer=first))

    assert_engines_agree(classifier(build), {"batch_size": [16]}, IRIS, KIND, fused=False)


@pytest.mark.parametrize("from_", ["numpy", "python", "orthogonal", "constant"])
@slow
def test_initial_weights_from_any_source_are_the_same(from_):
    def build(meta):
        values = np.random.normal(size=(4, 8)) if from_ == "numpy" else np.full((4, 8), random.random())  # noqa: S311 - what Keras and NumPy draw from

        def kernel(shape, dtype=None):
            return keras.ops.convert_to_tensor(values, dtype)

        kernel = {"orthogonal": "orthogonal", "constant": keras.initializers.Constant(0.3)}.get(from_, kernel)
        return nets.stacked(meta, layers.Dense(8, kernel_initializer=kernel), layers.PReLU(), layers.Dropout(0.1))

    agree_on_iris({"batch_size": [16]}, build=build, options={"repeats": 2})


@slow
def test_a_model_that_is_given_instead_of_a_builder_starts_from_its_weights():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, "relu"), layers.Dropout(0.2), layers.Dense(3)])
    assert_engines_agree(classifier(model), {"optimizer__learning_rate": [0.01, 0.1]}, IRIS, KIND, fused=False)


# Rows


@slow
def test_a_last_batch_may_be_partial():
    agree_on_iris({"batch_size": [40, 74, 75, 76, 1000]})


@pytest.mark.slow
@pytest.mark.parametrize("n_rows", [121, pytest.param(131, marks=slow), pytest.param(11, marks=slow)])
def test_folds_may_be_unequal(n_rows):
    estimator = classifier(batch_size=8, metrics=["accuracy"])
    options = {"cv": KFold(3), "return_train_score": True, "record_validation": True}
    assert_engines_agree(estimator, {"dropout": [0.1]}, IRIS[:n_rows], KIND[:n_rows], **options)


@slow
def test_folds_may_be_very_unequal():
    splits = [(np.arange(100), np.arange(100, 150)), (np.arange(30, 40), np.arange(140)), (np.arange(5), [7, 9, 11])]
    assert_engines_agree(regressor(batch_size=16), {"units": [4]}, BODIES, PROGRESS, cv=[
        (train % 120, np.asarray(test) % 120) for train, test in splits], record_validation=True)  # fmt: skip


@pytest.mark.parametrize("weighted", [pytest.param(w, marks=slow) for w in ("class_weight", "sample_weight", "both")])
def test_weights_of_rows_weigh_the_same(weighted):
    params = {} if weighted == "sample_weight" else {"class_weight": "balanced"}
    fit = {} if weighted == "class_weight" else {"sample_weight": np.linspace(0, 3, 131)}
    estimator = classifier(metrics=["accuracy"], compile__weighted_metrics=["accuracy"], validation_split=0.2, **params)
    options = {"record_validation": True, "return_train_score": True, "fit": fit}
    assert_engines_agree(estimator, {"dropout": [0.1]}, IRIS[:131], KIND[:131], **options)


@slow
def test_weights_for_some_candidates_alone_weigh_the_same():
    grid = {"class_weight": [None, "balanced"], "batch_size": [16, 32]}
    agree_on_iris(grid, options={"fit": {"sample_weight": np.linspace(0, 3, 150)}, "record_validation": True})


@slow
def test_rows_may_be_a_table():
    table = pd.DataFrame(IRIS, columns=list("abcd"))
    names = pd.Series(np.array(["x", "y", "z"])[KIND])
    ours, theirs = assert_engines_agree(classifier(), {"dropout": [0.1]}, table, names)
    assert list(ours.feature_names_in_) == list(theirs.feature_names_in_)
    np.testing.assert_array_equal(ours.predict(table), theirs.predict(table))


@slow
def test_validation_data_of_the_call_are_evaluated_the_same():
    validation = {"validation_data": (IRIS[:31], KIND[:31])}
    agree_on_iris({"dropout": [0.1]}, options={"fit": validation}, metrics=["accuracy"], validation_batch_size=7)


# Callbacks


class Shrinking(keras.callbacks.Callback):
    """Halves all weights after each epoch."""

    def on_epoch_end(self, epoch, logs=None):
        self.model.set_weights([weight / 2 for weight in self.model.get_weights()])


class Slowing(keras.callbacks.Callback):
    """Lets the learning rate depend on the loss."""

    def on_epoch_end(self, epoch, logs=None):
        self.model.optimizer.learning_rate = 0.01 / (1 + logs["loss"])
        logs["rate"] = float(self.model.optimizer.learning_rate)


class Stopping(keras.callbacks.Callback):
    """Stops as soon as one layer's weights are large."""

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = bool(np.abs(self.model.layers[0].kernel.numpy()).sum() > 12.5)


class StoppingAtOnce(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.model.stop_training = True


class Scoring(keras.callbacks.Callback):
    """Asks the model under training for predictions."""

    def on_epoch_end(self, epoch, logs=None):
        logs["mine"] = float(self.model.predict(IRIS, verbose=0).mean())
        logs["theirs"] = self.model.evaluate(IRIS, KIND, verbose=0, return_dict=True)["loss"]


class Remembering(keras.callbacks.Callback):
    """Keeps what it was given when it was given a model."""

    def set_model(self, model):
        super().set_model(model)
        self.initial = model.get_weights()

    def on_epoch_end(self, epoch, logs=None):
        logs["moved"] = float(
            sum(np.abs(a - b).sum() for a, b in zip(self.initial, self.model.get_weights(), strict=True))
        )


class Telling(keras.callbacks.Callback):
    """Counts what it is told."""

    def __init__(self):
        super().__init__()
        self.told = []

    def on_train_begin(self, logs=None):
        self.told.append(("train begin", self.params["epochs"], self.params["steps"], self.params["verbose"]))

    def on_test_begin(self, logs=None):
        self.told.append("test begin")

    def on_test_end(self, logs=None):
        self.told.append(("test end", sorted(logs)))

    def on_epoch_begin(self, epoch, logs=None):
        self.told.append(("epoch begin", epoch, len(logs or {})))

    def on_epoch_end(self, epoch, logs=None):
        self.told.append(("epoch end", epoch, sorted(logs), {type(value) for value in logs.values()}))
        logs["told"] = float(len(self.told))
        logs["hash"] = float(sum(map(ord, repr([t for t in self.told if "epoch end" not in t]))))


class Freezing(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.model.layers[0].trainable = False


class Momentous(keras.callbacks.Callback):
    """Resets the optimizer's memory."""

    def on_epoch_end(self, epoch, logs=None):
        for variable in self.model.optimizer.variables:
            if "momentum" in variable.path or "velocity" in variable.path:
                variable.assign(keras.ops.zeros_like(variable))


CALLBACKS = {
    "early stopping": lambda: keras.callbacks.EarlyStopping(
        "val_loss", patience=0, min_delta=0.05, restore_best_weights=True
    ),
    "from an epoch": lambda: keras.callbacks.EarlyStopping("loss", patience=1, baseline=0.3, start_from_epoch=1),
    "plateau": lambda: keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.1, patience=1, min_delta=0.1),
    "scheduler": lambda: keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * (0.5 if epoch else 2.0)),
    "lambda": lambda: keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: logs.update(twice=2 * logs["loss"])
    ),
    "shrinking": Shrinking,
    "slowing": Slowing,
    "stopping": Stopping,
    "scoring": Scoring,
    "remembering": Remembering,
    "telling": Telling,
    "freezing": Freezing,
    "momentous": Momentous,
}
PLAIN = {"early stopping"}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in PLAIN else slow) for name in CALLBACKS],
)
def test_a_callback_sees_and_does_the_same(name):
    estimator = classifier(callbacks=CALLBACKS[name](), validation_split=0.2, epochs=4, metrics=["accuracy"])
    assert_engines_agree(estimator, {"optimizer__learning_rate": [0.01, 0.05]}, IRIS, KIND)


@pytest.mark.parametrize(
    "name",
    [pytest.param("shrinking"), "early stopping", "plateau"],
)
@slow
def test_epochs_are_recorded_as_callbacks_leave_the_model(name):
    estimator = classifier(callbacks=CALLBACKS[name](), validation_split=0.2, epochs=4)
    assert_engines_agree(estimator, {"optimizer__learning_rate": [0.01, 0.05]}, IRIS, KIND, record_validation=True)


@slow
def test_a_stop_before_an_epoch_is_left_to_keras():
    estimator = classifier(callbacks=StoppingAtOnce(), epochs=4, metrics=["accuracy"])
    ours, _ = assert_engines_agree(estimator, {"optimizer__learning_rate": [0.01, 0.05]}, IRIS, KIND, fused=False)
    assert ours.engine_report_["reason"].str.startswith("a callback stops it before an epoch").all()


@slow
def test_callbacks_may_be_searched_over():
    grid = {"callbacks": [None, *(CALLBACKS[name]() for name in ("plateau", "shrinking"))]}
    agree_on_iris(grid, validation_split=0.2)


@slow
def test_arguments_of_callbacks_may_be_searched_over():
    params = {"callbacks": {"stop": keras.callbacks.EarlyStopping}, "callbacks__stop__monitor": "loss"}
    agree_on_iris({"callbacks__stop__min_delta": [0.0, 0.2]}, epochs=6, **params)


@slow
def test_logs_are_written_for_each_trial(tmp_path):
    for engine in ("fused", "per-trial"):
        (tmp_path / engine).mkdir()
        log = keras.callbacks.CSVLogger(str(tmp_path / engine / "{candidate}-{fold}.csv"))
        searched(classifier(callbacks=log), {"dropout": [0.1, 0.2]}, IRIS, KIND, engine=engine)
    files = [{path.name: pd.read_csv(path) for path in (tmp_path / e).iterdir()} for e in ("fused", "per-trial")]
    assert files[0].keys() == files[1].keys()
    for name, table in files[0].items():
        pd.testing.assert_frame_equal(table, files[1][name], rtol=1e-4)


@slow
def test_checkpoints_are_written_for_each_trial(tmp_path):
    for engine in ("fused", "per-trial"):
        path = str(tmp_path / engine / "{candidate}-{fold}.keras")
        best = keras.callbacks.ModelCheckpoint(path, monitor="loss", save_best_only=True)
        searched(classifier(callbacks=best), {"dropout": [0.1]}, IRIS, KIND, engine=engine)
    names = {path.name for path in (tmp_path / "fused").iterdir()}
    assert names == {path.name for path in (tmp_path / "per-trial").iterdir()}
    for name in names:
        ours, theirs = (keras.models.load_model(tmp_path / engine / name) for engine in ("fused", "per-trial"))
        for weight, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_allclose(weight, expected, rtol=1e-4, atol=1e-5)


# Scores


def from_probabilities(estimator, X, y):
    return {"surest": estimator.predict_proba(X).max(), "mean": estimator.predict_proba(X[:7]).mean()}


def from_the_model(estimator, X, y):
    return -estimator.model_.evaluate(X, y, verbose=0, return_dict=True)["loss"]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"scoring": from_probabilities, "refit": "mean"}, id="probabilities", marks=slow),
        pytest.param({"scoring": from_the_model}, id="the model", marks=slow),
        pytest.param(
            {"scoring": ["accuracy", "neg_log_loss", "roc_auc_ovr"], "refit": "neg_log_loss"}, id="several", marks=slow
        ),
        pytest.param({"repeats": 2, "return_train_score": True, "record_validation": True}, id="repeats", marks=slow),
        pytest.param(
            {"record_validation": True, "refit_epochs": "best", "scoring": "accuracy"}, id="best epoch", marks=slow
        ),
        pytest.param({"cv": StratifiedShuffleSplit(3, test_size=0.3, random_state=1)}, id="splitter", marks=slow),
        pytest.param({"refit": lambda results: 1}, id="own refit", marks=slow),
        pytest.param({"random_state": 7, "cv": 5}, id="five folds", marks=slow),
    ],
)
def test_a_search_scores_the_same(options):
    assert_engines_agree(classifier(metrics=["accuracy"]), {"units": [4, 8]}, IRIS, KIND, **options)


@slow
def test_a_random_search_finds_the_same():
    options = {"search": RandomizedSearchCV, "n_iter": 3}
    agree_on_iris({"optimizer__learning_rate": [0.001, 0.01, 0.1], "units": [4, 8]}, options=options)


# Pipelines


@pytest.mark.parametrize(
    ("steps", "grid"),
    [
        pytest.param([StandardScaler()], {"kerasclassifier__units": [4, 8]}, id="scaler"),
        pytest.param([StandardScaler(), PCA()], {"pca__n_components": [2, 3]}, id="own components", marks=slow),
        pytest.param(
            [StandardScaler()],
            {"standardscaler": [StandardScaler(), MinMaxScaler(), "passthrough"]},
            id="own step",
            marks=slow,
        ),
        pytest.param(
            [ColumnTransformer([("a", StandardScaler(), [0, 1]), ("b", MinMaxScaler(), [2])])],
            {
                "columntransformer__a__with_mean": [True, False],
                "kerasclassifier__optimizer__learning_rate": [0.01, 0.1],
            },
            id="columns",
            marks=slow,
        ),
        pytest.param(
            [StandardScaler()],
            {"kerasclassifier": [classifier(), classifier(nets.small, epochs=2)]},
            id="own network",
            marks=slow,
        ),
    ],
)
def test_a_pipeline_learns_the_same(steps, grid):
    ours, theirs = assert_engines_agree(
        make_pipeline(*steps, classifier()), grid, IRIS.astype("float64"), KIND, return_train_score=True
    )
    np.testing.assert_allclose(ours.predict_proba(IRIS), theirs.predict_proba(IRIS), rtol=1e-3, atol=1e-5)


# Halving


@pytest.mark.parametrize("resource", [pytest.param("epochs", marks=slow), pytest.param("n_samples", marks=slow)])
def test_a_halving_leaves_the_same(resource):
    options = {"search": HalvingGridSearchCV, "resource": resource, "factor": 2, "record_validation": True}
    if resource == "epochs":
        options |= {"min_resources": 1, "max_resources": 4}
    grid = {"optimizer__learning_rate": [0.0001, 0.01, 0.03, 0.1]}
    ours, theirs = agree_on_iris(grid, options=options)
    assert ours.n_resources_ == theirs.n_resources_


@pytest.mark.parametrize("name", ["early stopping", "plateau", "slowing", "telling", "stopping"])
@slow
def test_callbacks_last_through_all_rungs(name):
    options = {"search": HalvingGridSearchCV, "resource": "epochs", "factor": 2, "min_resources": 1, "max_resources": 4}
    grid = {"optimizer__learning_rate": [0.0001, 0.01, 0.03, 0.1]}
    agree_on_iris(grid, callbacks=CALLBACKS[name](), validation_split=0.2, options=options)


@slow
def test_a_halving_of_a_pipeline_with_random_candidates_leaves_the_same():
    options = {"search": HalvingRandomSearchCV, "resource": "kerasclassifier__epochs", "n_candidates": 4, "factor": 2}
    options |= {"min_resources": 1, "max_resources": 4, "repeats": 2}
    grid = {"kerasclassifier__optimizer__learning_rate": [0.001, 0.01, 0.1], "kerasclassifier__units": [4, 8]}
    assert_engines_agree(make_pipeline(StandardScaler(), classifier()), grid, IRIS, KIND, **options)


# What is left


def test_the_best_estimator_is_an_ordinary_one(tmp_path):
    ours, theirs = agree_on_iris({"units": [8]}, build=nets.small, options={"weights": 1e-4})
    best, other = ours.best_estimator_, theirs.best_estimator_
    unpickled = pickle.loads(pickle.dumps(best))
    np.testing.assert_array_equal(unpickled.predict_proba(IRIS), best.predict_proba(IRIS))
    assert clone(best).get_params().keys() == best.get_params().keys()
    best.model_.save(tmp_path / "best.keras")
    saved = keras.models.load_model(tmp_path / "best.keras")
    np.testing.assert_array_equal(saved.predict(IRIS, verbose=0), best.model_.predict(IRIS, verbose=0))
    assert best.current_epoch == other.current_epoch == 3
    for estimator in (best, other, unpickled):
        estimator.partial_fit(IRIS, KIND)
    for own, expected, third in zip(*(e.model_.get_weights() for e in (best, other, unpickled)), strict=True):
        np.testing.assert_allclose(own, expected, rtol=1e-3, atol=1e-4)
        np.testing.assert_array_equal(own, third)
    assert {n: len(v) for n, v in best.history_.items()} == {n: len(v) for n, v in other.history_.items()}
    assert vars(best).keys() == vars(other).keys()


@slow
def test_the_best_estimator_with_dropout_goes_on_the_same():
    ours, theirs = agree_on_iris({"class_weight": ["balanced"]})
    for search in (ours, theirs):
        search.best_estimator_.partial_fit(IRIS, KIND)
    first, second = (search.best_estimator_.model_.get_weights() for search in (ours, theirs))
    for own, expected in zip(first, second, strict=True):
        np.testing.assert_allclose(own, expected, rtol=1e-3, atol=1e-4)


def test_a_trial_is_what_keras_itself_does_with_the_rows_in_the_same_order():
    estimator = classifier(nets.small, batch_size=16)
    splits = [(np.arange(101), np.arange(101, 150))]
    search = GridSearchCV(estimator, {"epochs": [3]}, cv=splits, random_state=0, engine="fused").fit(IRIS, KIND)
    seed = search.best_estimator_._seed
    with seeded(seed):
        model = nets.small({"X_shape_": (150, 4), "n_classes_": 3})
    model.compile(optimizers.Adam(0.02), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    losses = []
    for epoch in range(3):
        order = sample_order(seed, epoch, 150, True)
        losses += model.fit(IRIS[order], KIND[order], batch_size=16, shuffle=False, verbose=0).history["loss"]
    np.testing.assert_allclose(search.best_history_["loss"], losses, rtol=1e-5)
    for weight, expected in zip(search.best_model_.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-4, atol=1e-5)
