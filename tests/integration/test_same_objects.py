"""Objects of Keras' in a search: what they hold tells whether it is the same one."""

import keras
import pytest
from sklearn.datasets import load_iris

from skhpt import GridSearchCV, KerasClassifier
from skhpt.store import describe, differences, same_description

CROSSENTROPY = keras.losses.sparse_categorical_crossentropy


class Factor:
    def __init__(self, value):
        self.value = value


class Scaled(keras.layers.Layer):
    """Multiplies by a number, however it is held."""

    def __init__(self, factor=1.0, **settings):
        super().__init__(**settings)
        self.factor = factor
        self.label = self.name

    def call(self, x):
        return x * getattr(self.factor, "value", self.factor)


class ScaledLoss(keras.losses.Loss):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def call(self, y_true, y_pred):
        return CROSSENTROPY(y_true, y_pred) * getattr(self.factor, "value", self.factor)


class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    """Says nothing of itself."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def __call__(self, step):
        return self.rate

    def get_config(self):
        return {}


class Penalty(keras.regularizers.Regularizer):
    """Says nothing of itself."""

    def __init__(self, factor):
        self.factor = factor

    def __call__(self, x):
        return self.factor * keras.ops.sum(x**2)

    def get_config(self):
        return {}


class Counted(keras.metrics.Metric):
    def __init__(self, factor, **settings):
        super().__init__(**settings)
        self.factor = factor
        self.total = self.add_variable((), "zeros", name="total")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(self.factor)

    def result(self):
        return self.total * 1.0


class Halved(keras.Model):
    def __init__(self, factor, **settings):
        super().__init__(**settings)
        self.factor = factor
        self.dense = keras.layers.Dense(3)

    def call(self, x):
        return self.dense(x) * self.factor

    def get_config(self):
        return {}


def model(*layers, activation="softmax", **compiled):
    keras.utils.set_random_seed(0)
    made = keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(3, activation=activation, name="out")])
    made.compile(**{"optimizer": "adam", "loss": "sparse_categorical_crossentropy"} | compiled)
    return made


def with_attribute(value):
    keras.utils.set_random_seed(0)
    made = model(keras.layers.Dense(4, activation="relu"), Scaled())
    made.layers[1].factor = value
    return made


def set_on(layer, value):
    layer.factor = Factor(value)
    return layer


def in_a_model(value):
    inputs = keras.Input((4,))
    inner = model(Scaled())
    inner.layers[0].factor = value
    made = keras.Model(inputs, inner(inputs))
    made.compile("adam", "mse")
    return made


def activated(factor):
    def function(x):
        return x * factor

    return function


TENSORS = keras.ops.convert_to_tensor
MADE_OF = {
    "loss weights": lambda value: model(loss_weights=[value]),
    "metrics": lambda value: model(metrics=[keras.metrics.SparseTopKCategoricalAccuracy(k=int(value))]),
    "a metric": lambda value: model(metrics=[Counted(value)]),
    "weighted metrics": lambda value: model(weighted_metrics=["accuracy"] * int(value)),
    "the loss of a model": lambda value: model(loss=ScaledLoss(Factor(value))),
    "the optimizer of a model": lambda value: model(optimizer=keras.optimizers.SGD(Schedule(value))),
    "a layer's attribute": with_attribute,
    "an attribute of a layer in a model": in_a_model,
    "a layer's tensor": lambda value: with_attribute(TENSORS(value)),
    "a layer's object": lambda value: with_attribute(Factor(value)),
    "a layer's list": lambda value: with_attribute([Factor(value), {"a": value}]),
    "a layer's regularizer": lambda value: model(keras.layers.Dense(4, kernel_regularizer=Penalty(value))),
    "a layer's activity": lambda value: model(keras.layers.Dense(4, activity_regularizer=Penalty(value))),
    "a layer's function": lambda value: model(activation=activated(value)),
    "a layer by itself": lambda value: set_on(Scaled(), value),
    "a model's attribute": lambda value: set_on(Halved(1.0), value),
    "a closure's layer": lambda value: activated(with_attribute(value)),
    "a loss' number": ScaledLoss,
    "a loss' tensor": lambda value: ScaledLoss(TENSORS(value)),
    "a loss' variable": lambda value: ScaledLoss(keras.Variable(value)),
    "a loss' object": lambda value: ScaledLoss(Factor(value)),
    "a loss' layer": lambda value: ScaledLoss(Scaled(value)),
    "an optimizer's schedule": lambda value: keras.optimizers.SGD(Schedule(value)),
    "an inner optimizer": lambda value: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(Schedule(value))),
}  # fmt: skip


@pytest.mark.parametrize("kind", MADE_OF)
def test_what_an_object_computes_is_part_of_it(kind):
    one, again, other = (describe(MADE_OF[kind](value)) for value in (1.0, 1.0, 2.0))
    assert differences({"model": one}, {"model": again}) == []
    assert same_description(one, again)
    assert not same_description(one, other)


def test_an_object_that_can_not_be_told_equals_nothing():
    one, again = (describe(ScaledLoss(n for n in range(3))) for _ in range(2))
    assert not same_description(one, again)


def test_a_model_that_was_trained_equals_one_that_was_trained_likewise():
    def trained():
        made = model(Scaled(2.0), keras.layers.Dropout(0.1), keras.layers.BatchNormalization(), metrics=[Counted(1.0)])
        made.fit(*iris(), verbose=0, shuffle=False)
        return describe(made)

    assert differences({"model": trained()}, {"model": trained()}) == []


def test_what_a_process_draws_for_an_initializer_makes_no_difference():
    layers = [keras.layers.Dense(3), keras.layers.Dropout(0.1), keras.initializers.GlorotUniform()]
    again = [keras.layers.Dense(3), keras.layers.Dropout(0.1), keras.initializers.GlorotUniform()]
    assert differences({"layers": describe(layers)}, {"layers": describe(again)}) == []


def iris():
    X, y = load_iris(return_X_y=True)
    return X.astype("float32"), y


def test_a_model_with_other_weights_of_its_loss_is_another_search(tmp_path):
    def search(weight):
        search = GridSearchCV(
            KerasClassifier(model(loss_weights=[weight], optimizer="sgd"), epochs=2, random_state=0),
            {"batch_size": [50]}, cv=2, scoring="neg_log_loss", runs_dir=tmp_path, resume=True,
        )  # fmt: skip
        return search.fit(*iris())

    first = search(1.0)
    with pytest.warns(UserWarning, match="begins a new run"):
        other = search(1e-6)
    assert search(1.0).run_.id == first.run_.id
    assert other.best_score_ != first.best_score_
