"""Lanes train what they were asked to, as Keras' own `fit` does: each of these kinds once trained something else."""

import functools

import keras
import numpy as np
import pytest
from keras import layers, ops
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import scale

from skhpt import GridSearchCV, KerasRegressor
from skhpt.estimators import seeded
from skhpt.fused._made_program import kept_programs
from tests.backend import tensorflow_only

X, y = load_diabetes(return_X_y=True)
X, y = scale(X[:60]).astype("float32"), (y[:60] / 50).astype("float32")
TRAIN, TEST = np.arange(40), np.arange(40, 60)
EPOCHS = 2


@pytest.fixture(autouse=True)
def no_programs_of_other_tests():
    kept_programs.clear()


def compiled(*inner, loss="mse", optimizer=None, **options):
    model = keras.Sequential([keras.Input((10,)), *inner, layers.Dense(1)])
    model.compile(optimizer or keras.optimizers.SGD(0.01), loss, **options)
    return model


def fits_of_keras(build, grid, callbacks=list):
    """The losses of Keras' own `fit`, of models that are built one by one."""
    ((name, values),) = grid.items()
    losses = []
    for value in values:
        with seeded(0):
            model = build(**{name: value})
        options = {"epochs": EPOCHS, "batch_size": 8, "shuffle": False, "verbose": 0, "callbacks": callbacks()}
        losses.append(model.fit(X[TRAIN], y[TRAIN], **options).history["loss"])
    return np.array(losses)


def searched(build, grid, engine="auto", **params):
    options = {"epochs": EPOCHS, "batch_size": 8, "shuffle": False, "random_state": 0}
    estimator = KerasRegressor(build, **options | params)
    return GridSearchCV(estimator, grid, cv=[(TRAIN, TEST)], refit=False, engine=engine, error_score="raise").fit(X, y)


def losses_of(search):
    return search.histories_.sort_values(["candidate", "epoch"])["loss"].to_numpy().reshape(-1, EPOCHS)


def assert_trains_as_keras(build, grid, *, n_programs=None, fused=True, distinct=True, **params):
    """Every candidate has the losses of Keras' own `fit`, under both engines."""
    expected = fits_of_keras(build, grid, params.get("callbacks") or (list))
    if distinct:
        assert len(np.unique(expected[:, -1])) == len(expected), "the candidates are to differ"
    for engine in ("auto", "per-trial"):
        search = searched(build, grid, engine, **params)
        np.testing.assert_allclose(losses_of(search), expected, rtol=1e-4, atol=1e-6, err_msg=engine)
        if engine == "auto":
            report = search.engine_report_
            assert (set(report["engine"]) == {"fused"}) == fused, report["reason"].unique()
            if n_programs is not None:
                assert report["program"].nunique() == n_programs
    return report


def huber(delta=1.0):
    return compiled(layers.Dense(4, "tanh"), loss=keras.losses.Huber(delta=delta))


def cosine(axis=-1):
    return compiled(layers.Dense(4, "tanh"), loss=keras.losses.CosineSimilarity(axis=axis))


def regularizer_on_a_variable(factor=0.1):
    model = compiled(layers.Dense(4, "tanh"))
    model.layers[0].kernel.regularizer = keras.regularizers.L2(factor)
    return model


def constraint_on_a_variable(most=1.0):
    model = compiled(layers.Dense(4, "tanh"))
    model.layers[0].kernel.constraint = keras.constraints.MaxNorm(most)
    return model


def frozen_kernel(which=0):
    model = keras.Sequential([keras.Input((10,)), layers.Dense(10, "tanh"), layers.Dense(10, "tanh"), layers.Dense(1)])
    model.layers[which].kernel.trainable = False
    model.compile(keras.optimizers.SGD(0.05), "mse")
    return model


def scaled_kernel(factor=1.0):
    model = compiled(layers.Dense(4, "tanh"))
    model.layers[0].kernel.assign(factor * model.layers[0].kernel)
    return model


def binary_kernel(threshold=0.0):
    model = compiled(layers.Dense(4, "tanh"))
    model.layers[0].kernel.assign(model.layers[0].kernel.numpy() > threshold)
    return model


class Scaling(layers.Layer):
    def __init__(self, factor):
        super().__init__()
        self.hidden = factor  # in no configuration

    def call(self, inputs):
        return inputs * self.hidden


def own_layer(factor=1.0):
    return compiled(layers.Dense(4, "tanh"), Scaling(factor))


class RandomFeatures(layers.Layer):
    """Draws its features once, from a generator that it keeps."""

    def __init__(self, spread):
        super().__init__()
        self.draws = keras.random.SeedGenerator()
        self.features = spread * keras.random.normal((10, 6), seed=self.draws)

    def call(self, inputs):
        return ops.cos(inputs @ self.features)


def random_features(spread=1.0):
    return compiled(RandomFeatures(spread))


class Floored(keras.optimizers.SGD):
    """Derives something from its learning rate, and says nothing of it."""

    def __init__(self, learning_rate=0.01):
        super().__init__(learning_rate=learning_rate)
        self.shrink = 1 - 4 * learning_rate

    def update_step(self, gradient, variable, learning_rate):
        super().update_step(gradient, variable, learning_rate)
        self.assign(variable, variable * self.shrink)


def derived_from_the_learning_rate(rate=0.01):
    return compiled(layers.Dense(4, "tanh"), optimizer=Floored(rate))


class WithoutConfig(keras.optimizers.Optimizer):
    def __init__(self, factor):
        super().__init__(learning_rate=0.01)
        self.factor = factor

    def update_step(self, gradient, variable, learning_rate):
        self.assign_sub(variable, self.factor * learning_rate * ops.sign(gradient))

    def get_config(self):
        raise NotImplementedError


def optimizer_without_config(factor=1.0):
    return compiled(layers.Dense(4, "tanh"), optimizer=WithoutConfig(factor))


def own_loss(quantile=0.5):
    def pinball(y_true, y_pred):
        error = y_true - y_pred
        return ops.mean(ops.maximum(quantile * error, (quantile - 1) * error))

    return compiled(layers.Dense(4, "tanh"), loss=pinball)


def own_activation(slope=0.1):
    return compiled(layers.Dense(4, activation=lambda x: ops.maximum(slope * x, x)))


def adapted(power=1.0):
    normalization = layers.Normalization()
    normalization.adapt(np.sign(X) * np.abs(X) ** power)
    return compiled(normalization, layers.Dense(4, "tanh"))


slow = pytest.mark.slow
IN_A_PLAIN_RUN = {huber, own_layer, scaled_kernel, adapted}


def each(kinds):
    """A parameter for each builder; all but some take a while."""
    marks = {build: () if build in IN_A_PLAIN_RUN else slow for build in kinds}
    return [pytest.param(build, id=build.__name__, marks=marks[build]) for build in kinds]


SHARED = {
    huber: {"delta": [0.1, 1.0, 10.0]},
    regularizer_on_a_variable: {"factor": [0.01, 1.0]},
    constraint_on_a_variable: {"most": [0.5, 2.0]},
    scaled_kernel: {"factor": [0.1, 2.0]},
    binary_kernel: {"threshold": [0.0, 0.3]},
    own_layer: {"factor": [1.5, 3.0]},
    random_features: {"spread": [0.5, 2.0]},
    derived_from_the_learning_rate: {"rate": [0.01, 0.04]},
    optimizer_without_config: {"factor": [1.5, 4.0]},
    own_loss: {"quantile": [0.1, 0.7]},
    own_activation: {"slope": [0.1, 0.4]},
    adapted: {"power": [1.0, 2.0]},
}
APART = {cosine: {"axis": [0, -1]}, frozen_kernel: {"which": [0, 1]}}


@pytest.mark.parametrize("build", each(SHARED))
def test_candidates_that_differ_in_constants_share_a_program_and_train_as_keras_trains_them(build):
    assert_trains_as_keras(build, SHARED[build], n_programs=1)


@slow
@pytest.mark.parametrize("build", APART, ids=lambda build: build.__name__)
def test_candidates_that_differ_in_more_have_programs_of_their_own(build):
    assert_trains_as_keras(build, APART[build], n_programs=2)


def test_an_argument_of_a_loss_that_is_searched_is_each_candidates_own():
    def build():
        return keras.Sequential([keras.Input((10,)), layers.Dense(4, "tanh"), layers.Dense(1)])

    options = {"loss": keras.losses.Huber, "optimizer": "sgd"}
    search = searched(build, {"loss__delta": [0.1, 1.0, 10.0]}, "fused", **options)
    for delta, losses in zip([0.1, 1.0, 10.0], losses_of(search), strict=True):
        with seeded(0):
            model = build()
        model.compile("sgd", keras.losses.Huber(delta=delta))
        fit = model.fit(X[TRAIN], y[TRAIN], epochs=EPOCHS, batch_size=8, shuffle=False, verbose=0)
        np.testing.assert_allclose(losses, fit.history["loss"], rtol=1e-4)


@slow
def test_a_loss_of_packed_lanes_is_each_candidates_own():
    def build(units=4, delta=1.0):
        return compiled(layers.Dense(units, "tanh"), loss=keras.losses.Huber(delta=delta))

    search = searched(build, {"units": [3, 6], "delta": [0.1, 5.0]}, "fused")
    assert search.engine_report_["program"].nunique() == 1
    for params, losses in zip(search.cv_results_["params"], losses_of(search), strict=True):
        (expected,) = fits_of_keras(functools.partial(build, params["units"]), {"delta": [params["delta"]]})
        np.testing.assert_allclose(losses, expected, rtol=1e-4)


@slow
def test_a_later_search_does_not_take_the_program_of_another_constant():
    for delta in (0.1, 10.0):
        search = searched(huber, {"delta": [delta]}, "fused")
        np.testing.assert_allclose(losses_of(search), fits_of_keras(huber, {"delta": [delta]}), rtol=1e-4)


FACTOR = [1.0]


class ReadsGlobal(layers.Layer):
    def call(self, inputs):
        return inputs * FACTOR[0]


def reads_a_global(factor=1.0):
    FACTOR[0] = factor
    return compiled(layers.Dense(4, "tanh"), ReadsGlobal())


def test_a_layer_that_reads_a_global_is_trained_with_what_is_there_once_it_is_built():
    report = assert_trains_as_keras(reads_a_global, {"factor": [1.5, 3.0]}, fused=False)
    assert report["candidate"].nunique() == 2


@slow
def test_what_an_optimizer_derives_from_the_learning_rate_is_each_candidates_own():
    def build():
        return keras.Sequential([keras.Input((10,)), layers.Dense(4, "tanh"), layers.Dense(1)])

    options = {"loss": "mse", "optimizer": Floored}
    search = searched(build, {"optimizer__learning_rate": [0.01, 0.04]}, "fused", **options)
    expected = fits_of_keras(derived_from_the_learning_rate, {"rate": [0.01, 0.04]})
    np.testing.assert_allclose(losses_of(search), expected, rtol=1e-4)


class Rates(keras.callbacks.Callback):
    """Sets a number of a layer at each epoch: to Keras, the first one counts, which is there as it traces the step."""

    def __init__(self, hook="on_epoch_begin"):
        super().__init__()
        setattr(self, hook, self.change)

    def change(self, epoch=None, logs=None):
        self.model.layers[1].rate = 0.6 if epoch in (0, None, {}) else 0.1


def dropping(rate=0.2):
    return compiled(layers.Dense(30, "tanh"), layers.Dropout(rate, seed=3))


def first_rate():
    return [Rates()]


@slow
def test_a_number_that_a_callback_sets_is_what_keras_takes_it_for():
    report = assert_trains_as_keras(dropping, {"rate": [0.2, 0.3]}, fused=False, distinct=False, callbacks=first_rate)
    assert report is not None


class Running(layers.Layer):
    """Reads in a step what it has changed in that step."""

    def build(self, shape):
        self.mean = self.add_weight(shape=(shape[-1],), initializer="zeros", trainable=False)

    def call(self, inputs, training=False):
        if training:
            self.mean.assign(0.9 * self.mean + 0.1 * ops.mean(inputs, axis=0))
        return inputs - self.mean


class Normalised(layers.Layer):
    """Normalises its kernel in place, in each step of training."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 4))

    def call(self, inputs, training=False):
        if training:
            self.kernel.assign(self.kernel / ops.norm(self.kernel, axis=0, keepdims=True))
        return ops.tanh(inputs @ self.kernel)


def running_mean(rate=0.01):
    return compiled(layers.Dense(4, "tanh"), Running(), optimizer=keras.optimizers.SGD(rate))


def normalised_in_place(rate=0.01):
    return compiled(Normalised(), optimizer=keras.optimizers.SGD(rate))


@slow
@pytest.mark.parametrize("build", [running_mean, normalised_in_place], ids=lambda build: build.__name__)
def test_what_a_step_assigns_and_reads_again_is_what_keras_reads(build):
    assert_trains_as_keras(build, {"rate": [0.01, 0.05]}, n_programs=1)


class Counting(layers.Layer):
    """Computes something else each time that it is called by Python."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def call(self, inputs):
        self.calls += 1
        return inputs / self.calls


def counting(rate=0.01):
    return compiled(layers.Dense(4, "tanh"), Counting(), optimizer=keras.optimizers.SGD(rate))


def test_a_layer_that_counts_its_calls_in_python_is_left_to_keras():
    search = searched(counting, {"rate": [0.01, 0.05]})
    assert set(search.engine_report_["engine"]) == {"per-trial"}
    assert search.engine_report_["reason"].str.contains("something else each time").all()


class Sampling(layers.Layer):
    """Draws whenever it is called, in inference as well."""

    def __init__(self):
        super().__init__()
        self.draws = keras.random.SeedGenerator(1)

    def call(self, inputs):
        return inputs + 0.5 * keras.random.normal(ops.shape(inputs), seed=self.draws)


def sampling(rate=0.01):
    return compiled(layers.Dense(4, "tanh"), Sampling(), optimizer=keras.optimizers.SGD(rate))


@slow
def test_models_that_draw_in_predict_are_scored_on_what_keras_draws():
    grid = {"rate": [0.01, 0.05]}
    report = assert_trains_as_keras(sampling, grid, fused=False)
    assert report["reason"].dropna().str.contains("in inference").all()
    scores = [searched(sampling, grid, engine).cv_results_["mean_test_score"] for engine in ("auto", "per-trial")]
    np.testing.assert_allclose(*scores, rtol=1e-6)


def rates(n):
    return {"rate": np.geomspace(1e-3, 0.05, n).tolist()}


def with_own_loss(rate=0.01):
    def loss(y_true, y_pred):
        return ops.mean(ops.abs(y_true - y_pred) ** 1.5)

    return compiled(layers.Dense(4, "tanh"), loss=loss, optimizer=keras.optimizers.Adam(rate))


def with_own_metric(rate=0.01):
    def largest_error(y_true, y_pred):
        return ops.max(ops.abs(y_true - y_pred))

    return compiled(layers.Dense(4, "tanh"), metrics=[largest_error], optimizer=keras.optimizers.Adam(rate))


def with_own_activation(rate=0.01):
    return compiled(layers.Dense(4, lambda x: x * ops.sigmoid(1.5 * x)), optimizer=keras.optimizers.Adam(rate))


@pytest.mark.parametrize("build", [with_own_loss, with_own_metric, with_own_activation], ids=lambda b: b.__name__)
def test_parts_of_ones_own_do_not_make_a_program_of_each_candidate(build):
    estimator = KerasRegressor(build, epochs=1, random_state=0)
    search = GridSearchCV(estimator, rates(20), cv=5, refit=False, engine="fused").fit(X, y)
    assert search.engine_report_["program"].nunique() == 1


@slow
def test_statistics_that_a_layer_was_adapted_to_are_inputs_of_a_program():
    def build(X, rate=0.01):
        normalization = layers.Normalization()
        normalization.adapt(X)
        return compiled(normalization, layers.Dense(4, "tanh"), optimizer=keras.optimizers.SGD(rate))

    estimator = KerasRegressor(build, epochs=1, random_state=0)
    search = GridSearchCV(estimator, rates(4), cv=5, refit=False, engine="fused").fit(X, y)
    assert search.engine_report_["program"].nunique() == 1
    alone = GridSearchCV(estimator, rates(4), cv=5, refit=False, engine="per-trial").fit(X, y)
    np.testing.assert_allclose(search.histories_["loss"], alone.histories_["loss"], rtol=1e-4)


def reversal(factor=1.0):
    """A gradient of its own, in which a number stands that is nowhere else."""

    @ops.custom_gradient
    def reversed_gradient(x):
        def gradient(*args, upstream=None):
            upstream = args[0] if upstream is None else upstream
            return -factor * upstream

        return x, gradient

    return compiled(layers.Dense(4, "tanh"), layers.Lambda(lambda x: reversed_gradient(x)))


@slow
def test_a_number_that_is_in_a_gradient_alone_is_each_candidates_own():
    assert_trains_as_keras(reversal, {"factor": [0.5, 3.0]})


class ByClass(layers.Layer):
    def call(self, inputs):
        return type(self).function(inputs)


def by_class(name="relu"):
    ByClass.function = staticmethod(getattr(ops, name))
    return compiled(layers.Dense(4, "tanh"), ByClass())


class Rolling(layers.Layer):
    def call(self, inputs):
        return inputs * ops.roll(inputs, type(self).shift, -1)


def rolling(shift=1):
    Rolling.shift = shift
    return compiled(layers.Dense(4, "tanh"), Rolling())


@slow
@pytest.mark.parametrize(("build", "grid"), [(by_class, {"name": ["relu", "sigmoid"]}), (rolling, {"shift": [1, 2]})])
def test_what_a_layer_reads_from_its_class_is_what_was_there_once_it_was_built(build, grid):
    expected = fits_of_keras(build, grid)
    np.testing.assert_allclose(losses_of(searched(build, grid)), expected, rtol=1e-4, atol=1e-6)
    ((name, (first, _)),) = grid.items()
    again = searched(build, {name: [first]})  # a program that was kept must not be another's
    np.testing.assert_allclose(losses_of(again), expected[:1], rtol=1e-4, atol=1e-6)


def near_its_start(rate=0.01):
    """A penalty for leaving the initial weights, of which the loss has a copy."""
    model = compiled(layers.Dense(4, "tanh"))
    kernel = model.layers[0].kernel
    start = kernel.numpy()
    model.compile(keras.optimizers.SGD(rate), lambda y, q: ops.mean((y - q) ** 2) + 5 * ops.sum((kernel - start) ** 2))
    return model


def pruned(rate=0.01):
    """A mask of the initial weights that are large."""
    hidden = layers.Dense(4, "tanh")
    hidden.build((None, 10))
    mask = np.abs(hidden.kernel.numpy()) > 0.2
    hidden.kernel.constraint = lambda kernel: ops.where(mask, ops.convert_to_tensor(kernel), 0.0)
    return compiled(hidden, optimizer=keras.optimizers.SGD(rate))


class Gated(layers.Layer):
    def build(self, shape):
        self.gate = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, inputs):
        return inputs * (1 + self.gate)


def gated(rate=0.01):
    model = compiled(layers.Dense(4, "tanh"), Gated(), optimizer=keras.optimizers.SGD(rate))
    model.layers[1].gate.assign(float(model.layers[0].kernel.numpy()[0, 0] > 0))
    return model


@slow
@pytest.mark.parametrize("build", [near_its_start, pruned, gated], ids=lambda build: build.__name__)
def test_what_follows_from_the_seed_is_that_of_each_folds_own_seed(build):
    estimator = KerasRegressor(build, epochs=EPOCHS, batch_size=8, shuffle=False)
    options = {"cv": 3, "random_state": 0, "refit": False, "error_score": "raise"}
    grid = {"rate": [0.01, 0.03]}
    both = [GridSearchCV(estimator, grid, engine=engine, **options).fit(X, y) for engine in ("fused", "per-trial")]
    ours, theirs = (search.histories_["loss"] for search in both)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)


class Factor(layers.Layer):
    """A layer whose number a callback sets, in whatever way."""

    def __init__(self):
        super().__init__()
        self.factor = {"value": 1.0}

    def call(self, inputs):
        return inputs * self.factor["value"] * getattr(self, "extra", 1.0)


ANNEALED = {"value": 1.0}


class Setting(keras.callbacks.Callback):
    def __init__(self, how):
        super().__init__()
        self.how = how

    def on_train_begin(self, logs=None):
        layer = self.model.layers[1]
        if self.how == "extra":
            layer.extra = 3.0
        elif self.how == "dict":
            layer.factor["value"] = 3.0
        else:
            ANNEALED["value"] = 2.0


def factored(rate=0.01):
    ANNEALED["value"] = 1.0

    def loss(y_true, y_pred):
        return ANNEALED["value"] * ops.mean((y_true - y_pred) ** 2)

    return compiled(layers.Dense(4, "tanh"), Factor(), loss=loss, optimizer=keras.optimizers.SGD(rate))


@slow
@pytest.mark.parametrize("how", ["extra", "dict", "closure"])
def test_what_a_callback_sets_before_the_first_batch_is_trained_with(how):
    grid = {"rate": [0.01, 0.03]}
    expected = fits_of_keras(factored, grid, lambda: [Setting(how)])
    search = searched(factored, grid, callbacks=[Setting(how)])
    np.testing.assert_allclose(losses_of(search), expected, rtol=1e-4)


def trimmed(k=3):
    def loss(y_true, y_pred):
        return ops.mean(ops.sort(ops.reshape((y_true - y_pred) ** 2, (-1,)))[:k])

    return compiled(layers.Dense(4, "tanh"), loss=loss)


@slow
def test_a_loss_that_looks_at_so_many_rows_of_a_batch_is_each_candidates_own():
    assert_trains_as_keras(trimmed, {"k": [3, 6]}, n_programs=2)


@slow
@tensorflow_only("its functions")
def test_a_number_in_the_gradient_of_a_function_of_tensorflow_is_each_candidates_own():
    import tensorflow as tf

    class Reversing(layers.Layer):
        def __init__(self, factor):
            super().__init__()

            @tf.custom_gradient
            def reversing(x):
                return tf.identity(x), lambda upstream: -factor * upstream

            self.function = tf.function(reversing)

        def call(self, inputs):
            return self.function(inputs)

    def build(factor=1.0):
        return compiled(layers.Dense(4, "tanh"), Reversing(factor))

    assert_trains_as_keras(build, {"factor": [0.5, 3.0]})
