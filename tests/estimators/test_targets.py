"""Every kind of target, from labels to numbers, with models of one output and of several."""

import keras
import numpy as np
import pytest
from keras import layers
from scipy.sparse import csr_matrix
from sklearn.datasets import load_diabetes, load_iris
from sklearn.metrics import get_scorer
from sklearn.model_selection import cross_val_predict, cross_val_score
from sklearn.preprocessing import scale

from skhpt import GridSearchCV, KerasClassifier, KerasRegressor
from skhpt.exceptions import ModelError

X, y = load_iris(return_X_y=True)
X = scale(X)
LABELS = np.column_stack([y == 0, y == 1, X[:, 2] > 0]).astype(int)  # several a row, or none
NAMES = np.column_stack([np.array(["setosa", "versicolor", "virginica"])[y], np.where(X[:, 2] > 0, "long", "short")])
DIABETES, PROGRESSION = load_diabetes(return_X_y=True)
TWO = scale(np.column_stack([PROGRESSION, DIABETES[:, 2]]))
PARAMS = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "epochs": 10, "verbose": 0, "random_state": 0}


def heads(meta, units, activations):
    """A model with an output for each number of units."""
    inputs = keras.Input(meta["X_shape_"][1:])
    hidden = layers.Dense(16, activation="relu")(inputs)
    outputs = [layers.Dense(n, activation)(hidden) for n, activation in zip(units, activations, strict=True)]
    return keras.Model(inputs, outputs[0] if len(outputs) == 1 else outputs)


def labels_in_one(meta, activation="sigmoid"):
    return heads(meta, [meta["n_classes_"]], [activation])


def labels_apart(meta):
    return heads(meta, [1] * meta["n_classes_"], ["sigmoid"] * meta["n_classes_"])


def classes_apart(meta):
    units = [1 if n == 2 else n for n in meta["n_classes_"]]
    return heads(meta, units, ["softmax" if n > 1 else None for n in units])


def numbers_in_one(meta):
    return heads(meta, [meta["n_outputs_"]], [None])


def numbers_apart(meta):
    return heads(meta, [1] * meta["n_outputs_"], [None] * meta["n_outputs_"])


def fitted(build, target, **params):
    return KerasClassifier(build, **PARAMS | params).fit(X, target)


@pytest.mark.parametrize(
    ("build", "params"),
    [(labels_in_one, {}), (labels_in_one, {"activation": None}), (labels_apart, {})],
    ids=["probabilities", "logits", "an output a label"],
)
def test_several_labels_a_row(build, params):
    classifier = fitted(build, LABELS, **params)
    probabilities = classifier.predict_proba(X)
    assert probabilities.shape == LABELS.shape
    np.testing.assert_array_equal(classifier.predict(X), probabilities > 0.5)
    assert classifier.predict(X).dtype == LABELS.dtype
    assert classifier.score(X, LABELS) > 0.8
    assert get_scorer("roc_auc")(classifier, X, LABELS) > 0.9


def test_two_labels_are_no_binary_target_to_a_scorer():
    assert get_scorer("roc_auc")(fitted(labels_in_one, LABELS[:, :2]), X, LABELS[:, :2]) > 0.9


def test_labels_may_be_sparse():
    classifier = fitted(labels_in_one, csr_matrix(LABELS), epochs=1)
    np.testing.assert_array_equal(classifier.predict(X), fitted(labels_in_one, LABELS, epochs=1).predict(X))


def test_probabilities_of_several_labels_across_folds():
    probabilities = cross_val_predict(KerasClassifier(labels_in_one, **PARAMS), X, LABELS, cv=2, method="predict_proba")
    assert probabilities.shape == LABELS.shape


def test_labels_that_are_there_or_not_are_0_and_1():
    with pytest.raises(ValueError, match=r"must hold 0 and 1. Got \[-1, 1\]"):
        fitted(labels_in_one, 2 * LABELS - 1)


def test_two_columns_of_two_classes_each_may_have_a_softmax_each():
    def build(meta):
        return heads(meta, [2, 2], ["softmax", "softmax"])

    classifier = fitted(build, LABELS[:, :2])
    assert classifier.n_classes_ == [2, 2]
    assert [part.shape for part in classifier.predict_proba(X)] == [(150, 2), (150, 2)]
    assert classifier.score(X, LABELS[:, :2]) > 0.8


@pytest.mark.parametrize(
    ("target", "others"),
    [(LABELS, [LABELS[:, 0], LABELS[:, [0, 1, 2, 2]]]), (NAMES, [NAMES[:, 0], NAMES[:, [0, 1, 1]]]), (y, [LABELS])],
    ids=["labels", "columns", "one column"],
)
def test_a_target_of_other_columns_later_is_refused(target, others):
    build = {3: labels_in_one, 2: classes_apart}.get(np.shape(target[0])[0] if target.ndim == 2 else 0)
    classifier = fitted(build or (lambda meta: heads(meta, [3], ["softmax"])), target, epochs=1)
    for other in others:
        with pytest.raises(ValueError, match=r"y should (be a 1d array|have rows of shape)"):
            classifier.partial_fit(X, other)


def test_a_binary_loss_with_a_softmax_is_refused_with_advice():
    with pytest.raises(ModelError, match=r"labels of their own, but the model has a softmax.*categorical_crossentropy"):
        fitted(labels_in_one, np.eye(3)[y], activation="softmax", loss="binary_crossentropy")


def test_labels_of_which_each_row_happens_to_have_one_are_served_by_a_binary_loss_with_a_warning():
    with pytest.warns(UserWarning, match=r"Each row of y has exactly one label.*loss='categorical_crossentropy'"):
        classifier = fitted(labels_in_one, np.eye(3)[y], loss="binary_crossentropy")
    assert classifier.predict(X).shape == (150, 3)
    assert classifier.score(X, np.eye(3)[y]) > 0.7
    classifier.partial_fit(X, np.eye(3)[y])  # says nothing more


@pytest.mark.parametrize("engine", ["auto", "per-trial"])
def test_a_search_warns_once_of_labels_of_which_each_row_has_one(engine):
    classifier = KerasClassifier(labels_in_one, loss="binary_crossentropy", epochs=1, random_state=0)
    with pytest.warns() as caught:
        GridSearchCV(classifier, {"batch_size": [64, -1]}, cv=2, engine=engine).fit(X, np.eye(3)[y])
    assert len([each for each in caught if "exactly one label" in str(each.message)]) == 1


def test_text_is_no_target_of_a_regressor():
    with pytest.raises(ValueError, match=r"y must hold numbers.*Got text instead, such as .*setosa.*KerasClassifier"):
        KerasRegressor(numbers_in_one).fit(X, NAMES[:, 0])
    assert KerasRegressor(numbers_in_one, verbose=0).fit(X, y.astype(str)).predict(X).shape == (150,)


def test_a_softmax_for_several_labels_is_refused():
    with pytest.raises(ModelError, match="several labels each, but the model has a softmax"):
        fitted(labels_in_one, LABELS, activation="softmax")


def test_several_columns_of_labels():
    classifier = fitted(classes_apart, NAMES)
    assert [list(classes) for classes in classifier.classes_] == [
        ["setosa", "versicolor", "virginica"],
        ["long", "short"],
    ]
    species, size = classifier.predict_proba(X)
    assert (species.shape, size.shape) == ((150, 3), (150, 2))
    np.testing.assert_allclose(size.sum(axis=1), 1, atol=1e-6)  # of a single unit, and of its logit
    np.testing.assert_array_equal(classifier.predict(X)[:, 1], np.array(["long", "short"])[size.argmax(axis=1)])
    assert classifier.score(X, NAMES) == (classifier.predict(X) == NAMES).all(axis=1).mean() > 0.8
    assert cross_val_score(classifier.set_params(epochs=3), X, NAMES, cv=2).shape == (2,)


def test_columns_of_labels_need_an_output_each():
    with pytest.raises(ModelError, match=r"must have 2 outputs, one for each column of y. Got 1"):
        fitted(lambda meta: heads(meta, [3], ["softmax"]), NAMES)
    with pytest.raises(ModelError, match="must have 3 units, one for each class"):
        fitted(lambda meta: heads(meta, [2, 2], ["softmax", "softmax"]), NAMES)


def test_columns_of_labels_are_weighted_by_a_dict_each():
    weights = [{"setosa": 1, "versicolor": 1, "virginica": 0}, {"long": 1, "short": 1}]
    assert "virginica" not in fitted(classes_apart, NAMES, class_weight=weights).predict(X)[:, 0]
    with pytest.raises(ValueError, match="must be a list of dicts"):
        fitted(classes_apart, NAMES, class_weight=weights[0])


@pytest.mark.parametrize("build", [numbers_in_one, numbers_apart])
def test_several_numbers(build):
    regressor = KerasRegressor(build, **PARAMS).fit(DIABETES, TWO)
    assert regressor.predict(DIABETES).shape == TWO.shape
    assert regressor.score(DIABETES, TWO) > 0.4


def test_outputs_by_name_take_the_columns_in_the_order_of_the_models_outputs():
    def build(meta):
        inputs = keras.Input((10,))
        return keras.Model(inputs, {"first": layers.Dense(1)(inputs), "second": layers.Dense(1)(inputs)})

    regressor = KerasRegressor(build, **PARAMS | {"epochs": 60}).fit(DIABETES, TWO)
    assert regressor.score(DIABETES[:, :], TWO) > 0.3
    errors = ((regressor.predict(DIABETES) - TWO) ** 2).mean(axis=0)
    assert errors[1] < errors[0]  # the second is one of the inputs
    assert set(regressor.history_) == {"first_loss", "second_loss", "loss"}


def test_numbers_need_a_unit_each():
    with pytest.raises(ModelError, match=r"must have 2 units, one for each target. Got 3"):
        KerasRegressor(lambda meta: heads(meta, [1, 2], [None, None]), **PARAMS).fit(DIABETES, TWO)


def test_losses_of_outputs_are_given_by_list_or_name_with_arguments():
    losses = ["sparse_categorical_crossentropy", keras.losses.BinaryCrossentropy]
    classifier = fitted(classes_apart, NAMES, epochs=1, loss=losses, loss__1__from_logits=True)
    assert classifier.model_.loss[1].get_config()["from_logits"]

    def build(meta):
        inputs = keras.Input((4,))
        outputs = {"a": layers.Dense(3, "softmax")(inputs), "b": layers.Dense(1)(inputs)}
        return keras.Model(inputs, outputs)

    named = dict(zip("ab", losses, strict=True))
    classifier = fitted(build, NAMES, loss=named, loss__b__from_logits=True, loss__b__label_smoothing=0.1)
    assert classifier.model_.loss["b"].get_config()["label_smoothing"] == 0.1
    assert classifier.score(X, NAMES) > 0.6


def test_the_history_calls_outputs_without_a_name_by_their_place():
    histories = [fitted(classes_apart, NAMES, epochs=1, validation_split=0.5).history_ for _ in range(2)]
    assert histories[0].keys() == histories[1].keys() >= {"output_0_loss", "output_1_loss", "val_output_0_loss"}


def test_target_types_are_what_builders_of_scikeras_expect():
    assert fitted(labels_in_one, LABELS, epochs=1).target_type_ == "multilabel-indicator"
    assert fitted(classes_apart, NAMES, epochs=1).target_type_ == "multiclass-multioutput"
    assert KerasRegressor(numbers_in_one, **PARAMS | {"epochs": 1}).fit(DIABETES, TWO).target_type_ == (
        "continuous-multioutput"
    )
