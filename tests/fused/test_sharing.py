"""What lanes share must be the same for all of them: each of these once was not."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from skhpt import KerasClassifier
from tests.fused import architectures as nets
from tests.fused.architectures import IRIS, KIND
from tests.fused.comparison import assert_engines_agree

slow = pytest.mark.slow
ADAM = {"optimizer": "adam", "optimizer__learning_rate": 0.02, "epochs": 3}


class Decaying(KerasClassifier):
    """Its builder is a method, and reads the estimator's own parameters."""

    def _keras_build_fn(self):
        model = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="relu"), layers.Dense(3)])
        schedule = keras.optimizers.schedules.CosineDecay(0.05, self.epochs * 3)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(schedule), loss)
        return model


@pytest.mark.slow
def test_a_builder_that_is_a_method_sees_all_of_its_estimator():
    assert_engines_agree(Decaying(), {"epochs": [1, 4]}, IRIS, KIND)


@pytest.mark.slow
def test_what_a_builder_draws_for_itself_is_drawn_for_each_fold():
    def build(width=8):
        features = np.random.normal(size=(4, width)).astype("float32")
        projected = layers.Lambda(lambda rows: ops.cos(rows @ features))
        return keras.Sequential([keras.Input((4,)), projected, layers.Dense(3)])

    assert_engines_agree(KerasClassifier(build, **ADAM), {"batch_size": [8, 16]}, IRIS, KIND)


def doubled(X):
    X *= 2
    return X


def shifted(X, by):
    return X + by


@slow
def test_transformers_that_change_their_rows_have_rows_of_their_own():
    steps = [("double", FunctionTransformer(doubled)), ("shift", FunctionTransformer(shifted, kw_args={"by": 1.0}))]
    pipeline = Pipeline([*steps, ("net", KerasClassifier(nets.mlp, **ADAM))])
    grid = {"shift__kw_args": [{"by": 1.0}, {"by": 2.0}]}
    options = {"repeats": 2, "return_train_score": True, "refit": False}  # a refit would change IRIS itself
    assert_engines_agree(pipeline, grid, IRIS, KIND, **options)


class Binning(KerasClassifier):
    """Two inputs, of which the second depends on a parameter."""

    def __init__(self, model=None, bins=2, **params):
        super().__init__(model, **params)
        self.bins = bins

    @property
    def feature_encoder(self):
        return FunctionTransformer(lambda X: [X, np.floor(X * self.bins).astype("float32")])


@slow
def test_inputs_that_an_encoder_makes_are_those_of_the_candidate():
    def build():
        inputs = [keras.Input((4,)), keras.Input((4,))]
        return keras.Model(inputs, layers.Dense(3)(layers.Concatenate()(inputs)))

    assert_engines_agree(Binning(build, **ADAM), {"bins": [1, 7]}, IRIS.astype("float32"), KIND)


class Named(KerasClassifier):
    @property
    def feature_encoder(self):
        return FunctionTransformer(lambda X: {"l": X, "r": X[:, ::-1]})


@slow
def test_inputs_are_told_apart_by_their_names():
    def build(swap=False):
        left, right = (keras.Input((4,), name=name) for name in ("rl" if swap else "lr"))
        return keras.Model([left, right], layers.Dense(3)(left + 0.1 * ops.square(right)))

    assert_engines_agree(Named(build, **ADAM), {"swap": [False, True]}, IRIS, KIND)


class Freezing(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.model.layers[0].trainable = False


class Counting(keras.callbacks.ModelCheckpoint):
    def __init__(self, filepath="{candidate}-{fold}.keras"):
        super().__init__(filepath, save_freq="epoch")

    def on_train_batch_end(self, batch, logs=None):
        self.model.stop_training = batch == 2


@slow
@pytest.mark.parametrize(
    ("callback", "reason"),
    [(Freezing, "changes how the model is trained"), (Counting, "acts on batches")],
    ids=["freezing", "counting"],
)
def test_callbacks_that_only_keras_can_serve_are_left_to_it(callback, reason, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    estimator = KerasClassifier(nets.mlp, callbacks=[callback()], **ADAM)
    grid = {"optimizer__learning_rate": [0.01, 0.05]}
    ours, _ = assert_engines_agree(estimator, grid, IRIS, KIND, fused=False)
    assert ours.engine_report_["reason"].str.contains(reason).all()


class Evaluating(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        logs["seen"] = self.model.evaluate(IRIS, np.unique(KIND, return_inverse=True)[1], verbose=0)


@slow
def test_a_callback_that_evaluates_sees_the_penalty_of_its_own_candidate():
    def build(factor=0.1):
        hidden = layers.Dense(8, kernel_regularizer=keras.regularizers.L2(factor))
        return keras.Sequential([keras.Input((4,)), hidden, layers.Dense(3)])

    estimator = KerasClassifier(build, callbacks=[Evaluating()], **ADAM)
    assert_engines_agree(estimator, {"factor": [0.01, 1.0]}, IRIS, KIND)


def importance(estimator, X, y):
    whole = estimator.predict_proba(X)[:, 0].mean()
    X[:, 2] = 0
    return float(whole - estimator.predict_proba(X)[:, 0].mean())


@pytest.mark.slow
def test_a_scorer_may_change_its_rows():
    estimator = KerasClassifier(nets.mlp, **ADAM)
    ours, _ = assert_engines_agree(estimator, {"epochs": [2, 3]}, IRIS, KIND, scoring=importance)
    assert (ours.cv_results_["mean_test_score"] != 0).all()
