"""What the user gives is copied and pickled with all that it does, whether Keras' configurations tell of it or not.

Trainings are compared with Keras' own `fit` of the very objects.
"""

import copy
import pickle
import threading

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.base import clone
from sklearn.datasets import load_diabetes
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale

from skhpt import GridSearchCV, HalvingGridSearchCV, KerasClassifier, KerasRegressor
from skhpt._compat.keras import existing
from skhpt.estimators import clone_values, faithful_copy, pack, seeded, unpack
from skhpt.estimators._used_optimizer import forget_training
from skhpt.exceptions import ModelError
from tests.backend import tensorflow_only
from tests.versions import before

X, y = load_diabetes(return_X_y=True)
X, y = scale(X[:60]).astype("float32"), scale(y[:60]).astype("float32")
SETTINGS = {"epochs": 2, "batch_size": 16, "shuffle": False, "verbose": 0}
COPIES = pytest.mark.parametrize("copied", [faithful_copy, lambda value: unpack(pack(value))], ids=["copy", "pickle"])


class Tilted(keras.losses.Loss):
    """Neither registered nor with a `get_config`."""

    def __init__(self, tilt):
        super().__init__()
        self.tilt = tilt

    def call(self, y_true, y_pred):
        difference = keras.ops.reshape(y_true, (-1, 1)) - y_pred  # one target, whether in a column or not
        return keras.ops.mean(keras.ops.maximum(self.tilt * difference, (self.tilt - 1) * difference), axis=-1)


class Within(keras.metrics.Metric):
    """The same of a metric: how many predictions are near enough."""

    def __init__(self, distance):
        super().__init__(name="within")
        self.distance = distance
        self.total = self.add_variable((), "zeros", name="total")
        self.count = self.add_variable((), "zeros", name="count")

    def update_state(self, y_true, y_pred, sample_weight=None):
        near = keras.ops.abs(keras.ops.reshape(y_true, (-1,)) - keras.ops.reshape(y_pred, (-1,))) < self.distance
        self.total.assign_add(keras.ops.sum(keras.ops.cast(near, "float32")))
        self.count.assign_add(keras.ops.cast(keras.ops.size(near), "float32"))

    def result(self):
        return self.total / self.count


class Damped(keras.optimizers.SGD):
    """The same of an optimizer."""

    def __init__(self, damping):
        super().__init__(0.1, momentum=0.5)
        self.damping = damping

    def update_step(self, gradient, variable, learning_rate):
        super().update_step(gradient * self.damping, variable, learning_rate)


class Doubling(layers.Layer):
    def __init__(self, factor=2):
        super().__init__()
        self.factor = factor
        self.inner = layers.Dense(3)

    def call(self, rows):
        return self.factor * self.inner(rows)


class Own(keras.Model):
    """A model that is not told what goes into it."""

    def __init__(self, factor):
        super().__init__()
        self.parts = [Doubling(factor), layers.Dense(1)]

    def call(self, rows):
        for part in self.parts:
            rows = part(rows)
        return rows


def build(meta):
    return keras.Sequential([keras.Input((10,)), layers.Dense(4, activation="relu"), layers.Dense(1)])


def undecayed(rate=0.1, **excluded):
    optimizer = keras.optimizers.AdamW(rate, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(**excluded or {"var_names": ["kernel"]})
    return optimizer


def regressor(model=build, **params):
    return KerasRegressor(model, **{"optimizer": "sgd", "random_state": 0} | SETTINGS | params)


def by_keras(rows=slice(None), **arguments):
    """The history of Keras' own fit with the very objects."""
    with seeded(0):
        model = build(None)
    model.compile(**{"optimizer": "sgd"} | arguments)
    return model.fit(X[rows], y[rows], **SETTINGS).history


def assert_same_history(history, expected):
    assert history.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(history[name], values, rtol=1e-5, err_msg=name)


# Trainings

GIVEN = {
    "loss": lambda: {"loss": keras.losses.Huber(delta=0.1)},
    "own loss": lambda: {"loss": Tilted(0.9)},
    "metric": lambda: {"loss": "mse", "metrics": [keras.metrics.CosineSimilarity(axis=0)]},
    "own metric": lambda: {"loss": "mse", "metrics": [Within(0.5)]},
    "optimizer": lambda: {"loss": "mse", "optimizer": undecayed()},
    "own optimizer": lambda: {"loss": "mse", "optimizer": Damped(0.3)},
}


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_a_fit_is_keras_own_with_the_very_objects(given):
    ours = given()
    estimator = clone(regressor(**ours))
    for _ in range(2):  # the first leaves the objects as they were
        assert_same_history(estimator.fit(X, y).history_, by_keras(**given()))
    if "optimizer" in ours:
        assert int(ours["optimizer"].iterations) == 0
        assert not ours["optimizer"].built
    for metric in ours.get("metrics", []):
        assert all(float(variable.numpy()) == 0 for variable in metric.variables)


@pytest.mark.skipif(before("keras", 3, 15), reason="the loss has no axis before")
def test_a_loss_over_the_axis_of_the_classes_is_keras_own():
    labels, images = np.arange(60) % 3, X.reshape(60, 10, 1)

    def columns(meta):
        return keras.Sequential([keras.Input((10, 1)), layers.Dense(4), layers.Permute((2, 1)), layers.Dense(1)])

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, axis=1)
    with seeded(0):
        model = columns(None)
    model.compile("sgd", loss)
    copied = faithful_copy(loss)
    outputs = model.predict(images, verbose=0)
    assert float(copied(labels[:, None], outputs)) == float(loss(labels[:, None], outputs))


def losses():
    return [keras.losses.Huber(delta=0.1), keras.losses.Huber(delta=10.0), Tilted(0.1), Tilted(0.9)]


def check_search(n_jobs):
    folds = KFold(2)
    grid = {"model__loss": losses()}
    estimator = make_pipeline(StandardScaler(with_mean=False, with_std=False), regressor())
    grid = {"kerasregressor__loss": losses()}
    search = GridSearchCV(estimator, grid, cv=folds, engine="per-trial", n_jobs=n_jobs, refit=False).fit(X, y)
    for candidate, loss in enumerate(losses()):
        for fold, (train, _) in enumerate(folds.split(X)):
            table = search.histories_.query(f"candidate == {candidate} and fold == {fold}")
            assert_same_history({"loss": table["loss"].tolist()}, by_keras(train, loss=loss))


def test_a_search_over_losses_is_keras_own_with_each():
    check_search(None)


@pytest.mark.slow
def test_so_it_is_in_workers():
    check_search(2)


@pytest.mark.slow
@pytest.mark.parametrize("given", ["loss", "own optimizer"])
def test_a_training_that_workers_go_on_with_is_that_of_one_process(given):
    def histories(n_jobs):
        search = HalvingGridSearchCV(
            regressor(**GIVEN[given]()), {"batch_size": [8, 16, 32, 60]}, resource="epochs", max_resources=4, factor=2,
            cv=KFold(2), engine="per-trial", n_jobs=n_jobs,
        )  # fmt: skip
        return search.fit(X, y).histories_

    np.testing.assert_allclose(histories(2)["loss"], histories(None)["loss"], rtol=1e-5)


def trained(model):
    return model.fit(X, y, **SETTINGS).history


def functional():
    inputs = keras.Input((10,))
    hidden = layers.Dense(4, name="hidden")(inputs)
    return keras.Model(inputs, layers.Dense(1)(layers.Concatenate()([hidden, inputs * 2.0])))


def closing():
    inner = layers.Dense(4)
    inputs = keras.Input((10,))
    weighted = inner(inputs)[:, :1] * inputs
    return keras.Model(inputs, layers.Dense(1)(layers.Lambda(lambda rows: inner(rows[:, ::-1]))(weighted)))


def regularized():
    model = build(None)
    model.layers[0].kernel.regularizer = keras.regularizers.L2(1.0)
    model.layers[1].kernel.constraint = keras.constraints.MaxNorm(0.1)
    return model


def recurrent():
    return keras.Sequential([keras.Input((10,)), layers.Reshape((5, 2)), layers.GRU(2, dropout=0.3), layers.Dense(1)])


def looked_up():
    parts = [layers.Discretization([-1.0, 0.0, 1.0]), layers.Embedding(4, 2), layers.Flatten(), layers.Dense(1)]
    return keras.Sequential([keras.Input((10,)), *parts])


MODELS = {
    "functional": functional,
    "regularized later": regularized,
    "own": lambda: Own(3.0),
    "unbuilt": lambda: keras.Sequential([layers.Dense(4), Doubling(), layers.Dropout(0.3), layers.Dense(1)]),
    "recurrent": recurrent,
    "preprocessing": looked_up,
    "lambda that holds a layer": closing,
}


@COPIES
@pytest.mark.parametrize(
    "model", [pytest.param(MODELS[name], id=name, marks=() if name == "own" else pytest.mark.slow) for name in MODELS]
)
def test_a_copy_of_a_model_trains_as_the_model(model, copied):
    with seeded(0):
        model = model()
        model.compile(undecayed(0.01), keras.losses.Huber(delta=0.1), metrics=[Within(0.5)])
    twin, was_built = copied(model), model.built
    before = [value.numpy() for value in model.variables]
    with seeded(1):
        history = trained(twin)
    assert model.built == was_built
    for old, now in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(old, now.numpy())
    again = copied(twin)  # of one that was trained, and goes on
    with seeded(1):
        assert_same_history(history, trained(model))
        more = trained(model)
    with seeded(1):
        trained(again)
    with seeded(1):
        assert_same_history(trained(twin), more)


def test_a_model_that_is_given_compiled_trains_by_its_loss():
    model = build(None)
    model.compile("sgd", keras.losses.Huber(delta=0.1))
    expected = trained(faithful_copy(model))
    assert_same_history(clone(regressor(model, optimizer=None)).fit(X, y).history_, expected)
    initialized = regressor(model, optimizer=None, warm_start=True).initialize(X, y)
    assert_same_history(initialized.fit(X, y).history_, expected)


def test_variables_of_a_given_model_that_are_not_to_decay_do_not():
    def given():
        with seeded(0):
            model = build(None)
        return model, undecayed(var_list=[model.layers[0].kernel, model.layers[1].kernel])

    model, optimizer = given()
    model.compile(optimizer, "mse")
    expected = trained(model)
    model, optimizer = given()
    assert_same_history(clone(regressor(model, optimizer=optimizer, loss="mse")).fit(X, y).history_, expected)


# What is copied


@pytest.mark.slow
@COPIES
def test_a_model_may_be_deeper_than_the_stack(copied):
    tensor = inputs = keras.Input((2,))
    for _ in range(200):
        tensor = layers.Dense(2)(tensor)
    model = keras.Model(inputs, tensor)
    twin = copied(model)
    assert len(twin.layers) == 201
    for one, other in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@COPIES
def test_a_copy_of_a_model_can_be_changed_as_any(copied):
    model = copied(build(None))
    model.add(layers.Dense(2))
    assert len(model.trainable_variables) == 6
    other = copied(functional())
    assert len(other.get_config()["layers"]) == len(functional().get_config()["layers"])
    assert keras.models.clone_model(other).count_params() == other.count_params()


class Reading(keras.callbacks.Callback):
    """Reads a metric that the model has, too."""

    def __init__(self, metric, heard):
        super().__init__()
        self.metric = metric
        self.hear = heard.append

    def on_epoch_end(self, epoch, logs=None):
        self.hear(float(self.metric.result()))


def test_an_object_that_stands_at_two_places_is_one_in_each_training():
    metric, heard = Within(0.5), []
    callback = Reading(metric, heard)
    history = clone(regressor(loss="mse", metrics=[metric], callbacks=[callback])).fit(X, y).history_
    assert heard == history["within"]
    assert callback.model is None
    found = faithful_copy([metric, {"metric": metric}])
    assert found[0] is found[1]["metric"] is not metric


def test_functions_stay_the_same_with_what_they_close_over():
    heard = []
    callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: heard.append(epoch))
    clone(regressor(loss="mse", callbacks=[callback])).fit(X, y)
    assert heard == [0, 1]
    assert faithful_copy([build, keras, Own, heard.append])[:3] == [build, keras, Own]


def test_what_a_class_or_a_function_makes_is_not_copied():
    made = []

    class Counted(keras.metrics.MeanSquaredError):
        def __init__(self):
            super().__init__(name="counted")
            made.append(self)

    def callback():
        made.append(keras.callbacks.History())
        return made[-1]

    estimator = regressor(loss="mse", metrics=[Counted], callbacks=callback).fit(X, y)
    assert any(metric is made[0] for metric in estimator.model_.metrics[1].metrics)
    assert len(made) == 2
    assert len(made[1].history["loss"]) == 2


def test_an_estimator_and_a_search_that_are_copied_and_pickled_keep_their_objects():
    search = GridSearchCV(regressor(loss=keras.losses.Huber(delta=0.1)), {"loss": losses()}, cv=2, refit=False)
    outputs = (np.zeros((4, 1), "float32"), np.full((4, 1), 0.5, "float32"))
    expected = [float(loss(*outputs)) for loss in (search.estimator.loss, *losses())]
    for made in (clone, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))):
        other = made(search)
        found = [other.estimator.loss, *other.param_grid["loss"]]
        assert [float(loss(*outputs)) for loss in found] == expected
        assert found[0] is not search.estimator.loss
    fitted = search.set_params(engine="per-trial").fit(X, y)
    other = pickle.loads(pickle.dumps(fitted))
    assert [float(params["loss"](*outputs)) for params in other.cv_results_["params"]] == expected[1:]
    assert [float(loss(*outputs)) for loss in other.cv_results_["param_loss"]] == expected[1:]


def test_a_copy_of_a_fitted_estimator_goes_on_by_its_loss():
    whole = regressor(loss=keras.losses.Huber(delta=0.1), epochs=3).fit(X, y)
    parts = copy.deepcopy(regressor(loss=keras.losses.Huber(delta=0.1)).fit(X, y)).partial_fit(X, y)
    assert_same_history(parts.history_, whole.history_)


def test_a_candidate_may_be_an_estimator():
    fitted = StandardScaler().fit(X)
    params = clone_values({"scale": fitted, "steps": [fitted], "callback": Holding(fitted)})
    assert not hasattr(params["scale"], "mean_")
    assert not hasattr(params["steps"][0], "mean_")
    assert hasattr(params["callback"].value, "mean_"), "an estimator in something else is copied as it is"


class Holding:
    def __init__(self, value):
        self.value = value


@pytest.mark.parametrize(
    ("name", "way_out"),
    [("loss", "loss__<argument>"), ("callbacks", "a function that makes it"), ("model", "a function that builds it")],
)
def test_what_can_not_be_copied_is_refused_by_name(name, way_out):
    loss, callback, model = Tilted(0.5), keras.callbacks.Callback(), build(None)
    given = {"loss": loss, "callbacks": callback, "model": model}
    given[name].lock = threading.Lock()
    with pytest.raises(ModelError, match=rf"The '{name}' parameter of KerasRegressor can't be copied.*{way_out}"):
        regressor(**given).fit(X, y)
    with pytest.raises(ModelError, match=rf"The '{name}' parameter of KerasRegressor can't be copied.*{way_out}"):
        pickle.dumps(regressor(**given))
    search = GridSearchCV(make_pipeline(regressor()), {f"kerasregressor__{name}": [given[name]]}, engine="per-trial")
    with pytest.raises(ModelError, match=rf"The 'kerasregressor__{name}' parameter of Pipeline can't be.*{way_out}"):
        search.fit(X, y)


# Optimizers

OPTIMIZERS = [
    keras.optimizers.SGD, keras.optimizers.RMSprop, keras.optimizers.Adam, keras.optimizers.AdamW,
    keras.optimizers.Nadam, keras.optimizers.Adadelta, keras.optimizers.Adagrad, keras.optimizers.Adamax,
    keras.optimizers.Adafactor, keras.optimizers.Ftrl, keras.optimizers.Lion, keras.optimizers.Lamb,
    *existing(keras.optimizers, "Muon"),
]  # fmt: skip


@pytest.mark.parametrize("cls", OPTIMIZERS)
def test_a_copy_of_an_optimizer_that_was_used_can_forget_its_training(cls):
    used = cls(0.05)
    variables = [keras.Variable(np.ones((3, 2), "float32")), keras.Variable(np.ones(2, "float32"))]
    used.build(variables)
    used.apply([keras.ops.ones((3, 2)), keras.ops.ones(2)])
    fresh, copied = cls(0.05), faithful_copy(used)
    forget_training(copied)
    results = []
    for optimizer in (fresh, copied):
        ours = [keras.Variable(np.ones((3, 2), "float32")), keras.Variable(np.ones(2, "float32"))]
        for _ in range(2):
            optimizer.apply([keras.ops.ones((3, 2)), keras.ops.ones(2)], ours)
        results.append([variable.numpy() for variable in (*ours, *optimizer.variables)])
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)
    assert int(used.iterations) == 1


def test_an_optimizer_that_was_used_elsewhere_trains_as_a_new_one():
    used = undecayed()
    by_keras(loss="mse", optimizer=used)
    expected = by_keras(loss="mse", optimizer=undecayed())
    assert_same_history(clone(regressor(loss="mse", optimizer=used)).fit(X, y).history_, expected)
    assert int(used.iterations) == 2 * 4


def test_an_optimizer_that_was_made_for_the_given_model_keeps_its_state():
    model = build(None)
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "mse")
    trained(model)
    optimizer, plain = model.optimizer, keras.Sequential(model.layers)
    expected = trained(faithful_copy(model))
    assert_same_history(regressor(plain, loss="mse", optimizer=optimizer).fit(X, y).history_, expected)


def test_a_used_optimizer_of_the_users_own_with_other_variables_is_refused():
    class Counted(keras.optimizers.SGD):
        def __init__(self):
            super().__init__(0.1)
            self.seen = self.add_variable((), name="seen")

    used = Counted()
    by_keras(loss="mse", optimizer=used)
    with pytest.raises(ModelError, match="has been used"):
        regressor(loss="mse", optimizer=used).fit(X, y)


# What stands in no configuration


def test_a_builder_that_compiles_by_another_loss_than_asked_is_refused():
    def compiled(meta):
        model = build(meta)
        model.compile("sgd", Tilted(0.5))
        return model

    assert regressor(compiled, optimizer=None, loss=Tilted(0.5)).fit(X, y).model_.loss.tilt == 0.5
    with pytest.raises(ModelError, match="'loss' parameter of KerasRegressor has no effect"):
        regressor(compiled, optimizer=None, loss=Tilted(0.1)).fit(X, y)


def test_a_loss_of_the_users_own_may_take_logits():
    class Logits(keras.losses.Loss):
        from_logits = True

        def call(self, y_true, y_pred):
            return keras.losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)

    def three(meta):
        return keras.Sequential([keras.Input((10,)), layers.Dense(3)])

    classifier = KerasClassifier(three, loss=Logits(), random_state=0, **SETTINGS).fit(X, np.arange(60) % 3)
    np.testing.assert_allclose(classifier.predict_proba(X).sum(axis=1), 1, rtol=1e-5)


# Parts of Keras and TensorFlow


def test_where_keras_knows_objects_by_their_ids_and_what_it_compiles_are_called_as_ever():
    model = functional()
    model.compile("sgd", "mse")
    trained(model)
    assert hasattr(model, "_nodes")
    assert hasattr(model.layers[1], "_loss_ids")
    if not before("keras", 3, 15):  # which keep no ids of layers in a functional model
        assert model._tracker.stored_ids["layers"] == set(map(id, model.layers))
    assert len(model.optimizer._trainable_variables_indices) == len(model.trainable_variables)
    assert undecayed(var_list=model.trainable_variables)._exclude_from_weight_decay
    assert model.train_function is not None


@COPIES
@tensorflow_only("lookups in a compiled model")
def test_a_vocabulary_is_copied(copied):
    lookup = layers.StringLookup(vocabulary=["a", "b"])
    model = keras.Sequential([keras.Input((1,), dtype="string"), lookup, layers.Embedding(3, 1)])
    words = keras.ops.convert_to_tensor([["b"], ["a"], ["c"]])
    np.testing.assert_array_equal(copied(model)(words), model(words))


@COPIES
@tensorflow_only("traced functions")
def test_what_tensorflow_has_traced_is_traced_anew(copied):
    import tensorflow as tf

    class Traced(layers.Dense):
        def __init__(self):
            super().__init__(1)
            self.double = tf.function(lambda rows: 2 * self.bias[0] * rows)

    layer = Traced()
    layer.build((None, 1))
    layer.bias.assign([3.0])
    assert float(layer.double(1.0)) == 6
    twin = copied(layer)
    twin.bias.assign([5.0])
    assert (float(twin.double(1.0)), float(layer.double(1.0))) == (10, 6)
