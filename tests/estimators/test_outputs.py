"""What a model puts out: which loss and targets go with it, and what is read from it."""

import keras
import numpy as np
import pytest
from keras import layers, losses
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.preprocessing import scale

from skhpt import GridSearchCV, KerasClassifier, KerasRegressor
from skhpt.exceptions import ModelError
from tests import builders
from tests.builders import Subclassed, dense

IRIS = load_iris(return_X_y=True)
CANCER = load_breast_cancer(return_X_y=True)
CANCER = scale(CANCER[0]), CANCER[1]


def compiled(n_units, activation, loss):
    def build(meta):
        model = dense(n_units, activation)(meta)
        model.compile("adam", loss)
        return model

    return build


@pytest.mark.parametrize(
    ("data", "n_units", "activation", "expected"),
    [
        (CANCER, 1, "sigmoid", losses.BinaryCrossentropy()),
        (CANCER, 1, None, losses.BinaryCrossentropy(from_logits=True)),
        (CANCER, 2, "softmax", losses.SparseCategoricalCrossentropy()),
        (IRIS, 3, "softmax", losses.SparseCategoricalCrossentropy()),
        (IRIS, 3, None, losses.SparseCategoricalCrossentropy(from_logits=True)),
    ],
)
@pytest.mark.parametrize("who_compiles", ["estimator", "builder"])
def test_the_default_loss_fits_the_target_and_the_output(data, n_units, activation, expected, who_compiles):
    def build(meta, compile_kwargs):
        model = dense(n_units, activation)(meta)
        if who_compiles == "builder":
            model.compile(**compile_kwargs)
        return model

    estimator = KerasClassifier(
        build, optimizer="adam", optimizer__learning_rate=0.05, epochs=20, verbose=0, random_state=0
    )
    estimator.fit(*data)
    assert type(estimator.model_.loss) is type(expected)
    assert estimator.model_.loss.get_config() == expected.get_config()
    probabilities = estimator.predict_proba(data[0])
    assert probabilities.shape == (len(data[0]), len(np.unique(data[1])))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert estimator.score(*data) > 0.8


def test_the_default_loss_of_a_regressor_is_the_mean_squared_error():
    X, y = load_diabetes(return_X_y=True)
    estimator = KerasRegressor(builders.regressor, verbose=0, random_state=0).fit(X, y)
    error = float(np.mean((estimator.predict(X) - y) ** 2))
    assert estimator.model_.evaluate(X, y, verbose=0) == pytest.approx(error, rel=1e-4)


@pytest.mark.parametrize(
    "loss", ["categorical_crossentropy", losses.CategoricalCrossentropy()], ids=["name", "instance"]
)
@pytest.mark.parametrize(("data", "n_classes"), [(IRIS, 3), (CANCER, 2)], ids=["iris", "cancer"])
def test_classes_are_one_hot_for_the_categorical_crossentropy_wherever_it_was_given(loss, data, n_classes):
    for estimator in (
        KerasClassifier(dense(n_classes, "softmax"), loss=loss, epochs=15, verbose=0),
        KerasClassifier(compiled(n_classes, "softmax", loss), epochs=15, verbose=0),
    ):
        estimator.set_params(random_state=0).fit(*data)
        assert estimator.history_["loss"][-1] < estimator.history_["loss"][0]
        assert set(estimator.predict(data[0])) <= set(data[1])


@pytest.mark.parametrize("data", [CANCER, IRIS], ids=["cancer", "iris"])
def test_an_output_that_does_not_fit_the_classes_is_told(data):
    with pytest.raises(ModelError, match=f"must have {len(np.unique(data[1]))} units"):
        KerasClassifier(dense(4)).fit(*data)


def test_numbers_that_are_taken_for_classes_are_told_so():
    with pytest.raises(ModelError, match=r"must have 50 units.*Got 3.*If y holds numbers to be predicted, take Keras"):
        KerasClassifier(dense(3)).fit(IRIS[0], np.repeat(np.arange(50.0), 3))


def test_an_output_that_does_not_fit_the_targets_is_told():
    with pytest.raises(ModelError, match=r"must have 2 units, one for each target\. Got 1"):
        KerasRegressor(dense(1)).fit(IRIS[0], IRIS[0][:, :2])


LAYOUTS = {
    "sequential": lambda units, last: keras.Sequential([keras.Input((4,)), layers.Dense(units, activation=last)]),
    "activation layer": lambda units, last: keras.Sequential(
        [keras.Input((4,)), layers.Dense(units), layers.Activation(last or "linear")]
    ),
    "nested": lambda units, last: keras.Sequential(
        [keras.Input((4,)), layers.Dense(8), keras.Sequential([layers.Dense(units, activation=last)])]
    ),
    "flattened": lambda units, last: keras.Sequential(
        [keras.Input((4,)), layers.Dense(units, activation=last), layers.Flatten(), layers.Dropout(0.1)]
    ),
    "functional": lambda units, last: _functional(units, last),
}


def _functional(units, last):
    inputs = keras.Input((4,))
    outputs = layers.Dense(units)(inputs)
    return keras.Model(inputs, getattr(keras.ops, last)(outputs) if last else outputs)


ENDS = [(1, "probabilities"), (2, "logits"), (1, "logits"), (2, "probabilities")]


@pytest.mark.parametrize(
    ("layout", "units", "last"),
    [
        (layout, *end)
        for layout in LAYOUTS
        for end in (ENDS if layout in ("sequential", "functional") else ENDS[:2])  # the others differ in where to look
    ],
)
def test_probabilities_come_from_whatever_the_model_puts_out(layout, units, last):
    activation = {"probabilities": {1: "sigmoid", 2: "softmax"}[units], "logits": None}[last]
    X, y = CANCER[0][:, :4], CANCER[1]
    params = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "epochs": 5, "verbose": 0, "random_state": 0}
    estimator = KerasClassifier(lambda: LAYOUTS[layout](units, activation), **params).fit(X, y)
    assert estimator.model_.loss.get_config()["from_logits"] is (last == "logits")
    outputs = estimator.model_.predict(X, verbose=0)
    if last == "logits":
        outputs = keras.ops.convert_to_numpy((keras.ops.sigmoid if units == 1 else keras.ops.softmax)(outputs))
    np.testing.assert_allclose(estimator.predict_proba(X)[:, -1], outputs[:, -1], atol=1e-6)
    assert estimator.score(X, y) > 0.85


def test_a_last_layer_that_tells_nothing_asks_for_a_loss():
    def build():
        inputs = keras.Input((4,))
        return keras.Model(inputs, layers.Dense(3)(inputs) + layers.Dense(3)(inputs))

    for unclear in (build, lambda meta: Subclassed(3)):
        with pytest.raises(ModelError, match="Give a `loss`"):
            KerasClassifier(unclear).fit(*IRIS)
    for activation in ("tanh", "log_softmax"):
        with pytest.raises(ModelError, match="Give a `loss`"):
            KerasClassifier(dense(3, activation)).fit(*IRIS)


COLUMNS = ["categorical_focal_crossentropy", "mse", "kl_divergence", "categorical_hinge", losses.MeanSquaredError()]
ON_IRIS, ON_CANCER = [(loss, IRIS, 3) for loss in COLUMNS], [(loss, CANCER, 2) for loss in COLUMNS[-2:]]


@pytest.mark.parametrize(("loss", "data", "n_classes"), [*ON_IRIS, *ON_CANCER])
def test_a_loss_with_a_column_for_each_class_gets_one(loss, data, n_classes):
    params = {"optimizer": "adam", "optimizer__learning_rate": 0.02, "epochs": 40, "verbose": 0, "random_state": 0}
    estimator = KerasClassifier(dense(n_classes, "softmax"), loss=loss, **params).fit(scale(data[0]), data[1])
    assert estimator.score(scale(data[0]), data[1]) > 0.8


def test_a_loss_of_the_users_own_gets_the_numbers_of_the_classes():
    shapes = []

    def loss(y_true, y_pred):
        shapes.append(y_true.shape[-1])
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)

    KerasClassifier(dense(3, "softmax"), loss=loss, verbose=0).fit(*IRIS)
    assert set(shapes) == {1}


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge", losses.Hinge(), losses.SquaredHinge])
@pytest.mark.parametrize("activation", ["tanh", None])
def test_a_hinge_loss_tells_two_classes_by_the_sign_of_a_unit(loss, activation):
    X, y = scale(CANCER[0]), np.array(["benign", "malignant"])[CANCER[1]]
    params = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "epochs": 5, "verbose": 0, "random_state": 0}
    estimator = KerasClassifier(dense(1, activation), loss=loss, **params).fit(X, y)
    signs = estimator.model_.predict(X, verbose=0)[:, 0] > 0
    assert (estimator.predict(X) == np.where(signs, "malignant", "benign")).all()
    assert estimator.score(X, y) > 0.9
    with pytest.raises(ModelError, match=r"hinge loss gives no probabilities.*'accuracy'"):
        estimator.predict_proba(X)


def test_a_hinge_loss_leaves_a_sigmoid_its_probabilities():
    estimator = KerasClassifier(dense(1, "sigmoid"), loss="hinge", verbose=0, random_state=0).fit(*CANCER)
    assert (estimator.predict(CANCER[0]) == estimator.predict_proba(CANCER[0]).argmax(axis=1)).all()


@pytest.mark.parametrize("engine", ["auto", "per-trial"])
def test_a_search_over_models_with_a_hinge_loss_scores_them(engine):
    params = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "epochs": 5, "random_state": 0}
    estimator = KerasClassifier(dense(1, "tanh"), loss="hinge", **params)
    search = GridSearchCV(estimator, {"batch_size": [16]}, cv=2, engine=engine).fit(scale(CANCER[0]), CANCER[1])
    assert search.best_score_ > 0.8


def test_outputs_that_are_no_probabilities_are_not_passed_off_as_such():
    def hidden_logits(y_true, y_pred):
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)

    estimator = KerasClassifier(dense(3), loss=hidden_logits, verbose=0, random_state=0).fit(*IRIS)
    assert estimator.predict(IRIS[0]).shape == (150,)
    with pytest.raises(ModelError, match="are no probabilities"):
        estimator.predict_proba(IRIS[0])


@pytest.mark.parametrize(("wrapper", "y"), [(KerasClassifier, IRIS[1]), (KerasRegressor, IRIS[0][:, 0])])
def test_an_output_with_a_time_axis_is_refused(wrapper, y):
    def build():
        return keras.Sequential([keras.Input((4, 1)), layers.LSTM(3, return_sequences=True), layers.Dense(1)])

    with pytest.raises(ModelError, match=r"must have shape \(n_samples, n_units\)\. Got \(None, 4, 1\)"):
        wrapper(build).fit(IRIS[0][:, :, None], y)


def test_several_outputs_are_refused():
    def build(meta):
        inputs = keras.Input(meta["X_shape_"][1:])
        return keras.Model(inputs, [layers.Dense(3)(inputs), layers.Dense(3)(inputs)])

    with pytest.raises(ModelError, match=r"must have one output\. Got 2"):
        KerasClassifier(build).fit(*IRIS)
