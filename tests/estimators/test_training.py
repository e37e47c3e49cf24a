"""Order of the rows, seeds, histories, callbacks, validation."""

import random

import keras
import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit
from sklearn.utils import shuffle

from skhpt import KerasClassifier, KerasRegressor
from skhpt.estimators._backend import endless_batches
from skhpt.estimators._order import sample_order
from skhpt.exceptions import ModelError, ValidationSplitWarning
from tests import builders

X, y = shuffle(*load_iris(return_X_y=True), random_state=0)
X = X.astype("float32")


def classifier(model=builders.classifier, **params):
    return KerasClassifier(model, **{"optimizer": "adam", "verbose": 0, "random_state": 0} | params)


def weights(estimator):
    return np.concatenate([w.ravel() for w in estimator.model_.get_weights()])


# Order


def test_each_epoch_has_an_order_of_its_own_that_depends_on_the_seed_alone():
    orders = [sample_order(seed, epoch, 50, True).tolist() for seed in (0, 1) for epoch in (0, 1)]
    assert len(set(map(tuple, orders))) == 4
    assert all(sorted(order) == list(range(50)) for order in orders)


def test_the_feed_serves_every_row_once_an_epoch_in_that_order():
    rows = np.arange(10, dtype="float32")[:, None]
    batches = endless_batches((rows, rows), 10, lambda epoch: sample_order(3, epoch, 10, True), 4)
    first = [batches[number] for number in range(6)] if hasattr(batches, "num_batches") else batches.take(6)
    served = [np.ravel(batch[0]).tolist() for batch in first]
    assert [len(batch) for batch in served] == [4, 4, 2] * 2
    for epoch in (0, 1):
        epoch_rows = [row for batch in served[3 * epoch : 3 * epoch + 3] for row in batch]
        assert epoch_rows == sample_order(3, epoch, 10, True).tolist()


def test_without_shuffling_training_is_keras_own():
    model = None

    def build(meta):
        nonlocal model
        built = builders.classifier(meta)
        model = keras.models.clone_model(built)
        model.set_weights(built.get_weights())
        return built

    estimator = classifier(model=build, shuffle=False, epochs=3).fit(X, y)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    history = model.fit(X, y, shuffle=False, epochs=3, verbose=0).history
    np.testing.assert_allclose(estimator.history_["loss"], history["loss"], rtol=1e-6)
    np.testing.assert_allclose(weights(estimator), np.concatenate([w.ravel() for w in model.get_weights()]), atol=1e-6)


def test_a_batch_size_of_minus_one_is_all_rows():
    estimator = classifier(batch_size=-1, epochs=2).fit(X, y)
    assert int(estimator.model_.optimizer.iterations.numpy()) == 2


# Seeds


def test_equal_calls_train_equal_models():
    first, again, other = (classifier(random_state=s, dropout=0.3, epochs=2).fit(X, y) for s in (1, 1, 2))
    np.testing.assert_array_equal(weights(first), weights(again))
    assert (weights(first) != weights(other)).any()


def test_fitting_the_same_object_again_starts_over():
    estimator = classifier(epochs=2)
    first = weights(estimator.fit(X, y))
    np.testing.assert_array_equal(first, weights(estimator.fit(X, y)))


def test_without_a_random_state_fits_differ_but_follow_numpys_global_seed():
    keras.utils.set_random_seed(5)
    first, second = (weights(classifier(random_state=None).fit(X, y)) for _ in range(2))
    keras.utils.set_random_seed(5)
    again = weights(classifier(random_state=None).fit(X, y))
    assert (first != second).any()
    np.testing.assert_array_equal(first, again)


def test_a_random_state_object_goes_on_from_fit_to_fit():
    estimator = classifier(random_state=np.random.RandomState(0))
    assert (weights(estimator.fit(X, y)) != weights(estimator.fit(X, y))).any()


def test_the_callers_random_numbers_are_left_alone():
    python_state, numpy_state = random.getstate(), np.random.get_state()[1].copy()
    classifier().fit(X, y)
    assert random.getstate() == python_state
    np.testing.assert_array_equal(np.random.get_state()[1], numpy_state)


# History


def test_a_history_has_an_entry_an_epoch_and_the_models_is_the_same():
    estimator = classifier(epochs=3, metrics=["accuracy"]).fit(X, y)
    assert {name: len(values) for name, values in estimator.history_.items()} == {"loss": 3, "accuracy": 3}
    assert all(type(value) is float for value in estimator.history_["loss"])
    assert estimator.model_.history.history == estimator.history_
    assert len(estimator.epoch_seconds_) == 3
    assert min(estimator.epoch_seconds_) > 0


def test_epochs_without_a_validation_have_nan_in_its_place():
    estimator = classifier(epochs=4, validation_split=0.2, fit__validation_freq=2).fit(X, y)
    assert np.isnan(estimator.history_["val_loss"]).tolist() == [True, False, True, False]


def test_a_metric_with_a_value_for_each_class_becomes_one_a_class():
    one_hot = {"loss": keras.losses.CategoricalCrossentropy(from_logits=True)}
    estimator = classifier(epochs=2, metrics=["f1_score"], **one_hot).fit(X, y)
    assert list(estimator.history_) == ["f1_score_0", "f1_score_1", "f1_score_2", "loss"]
    assert all(len(values) == 2 for values in estimator.history_.values())


# Validation


def test_the_last_rows_are_held_out_and_not_trained_on():
    held_out = classifier(epochs=2, validation_split=0.2).fit(X, y)
    without = classifier(epochs=2).fit(X[:120], y[:120])
    np.testing.assert_array_equal(weights(held_out), weights(without))
    assert held_out.history_["val_loss"][-1] == pytest.approx(
        without.model_.evaluate(X[120:], y[120:], verbose=0), rel=1e-5
    )


@pytest.mark.parametrize(("given", "used"), [({}, 60), ({"validation_batch_size": 10}, 10)])
def test_the_validation_has_the_batch_size_of_the_training_unless_told_otherwise(given, used):
    sizes = []

    class Spy(keras.layers.Layer):
        def call(self, inputs):
            sizes.append(inputs.shape[0])
            return inputs

    def build(meta):
        return keras.Sequential([keras.Input((4,)), Spy(), keras.layers.Dense(3)])

    params = {"batch_size": 60, "validation_split": 0.5, "compile__run_eagerly": True}
    classifier(model=build, **params | given).fit(X[:120], y[:120])
    assert sizes[-1] == used  # of 60 rows that are held out


def test_a_class_that_is_held_out_altogether_is_warned_of():
    order = np.argsort(y, kind="stable")
    with pytest.warns(ValidationSplitWarning) as warned:
        classifier(validation_split=1 / 3).fit(X[order], y[order])
    assert "the training part without class 2." in str(warned[0].message)
    assert "the validation part without classes 0, 1." in str(warned[1].message)


def test_a_splitter_may_say_what_is_held_out():
    splitter = StratifiedShuffleSplit(1, test_size=30, random_state=0)
    order = np.argsort(y, kind="stable")
    training, held_out = next(splitter.split(X[order], y[order]))
    split = classifier(epochs=2, validation_split=splitter).fit(X[order], y[order])
    by_hand = classifier(epochs=2).fit(X[order][training], y[order][training])
    np.testing.assert_array_equal(weights(split), weights(by_hand))
    evaluated = by_hand.model_.evaluate(X[order][held_out], y[order][held_out], verbose=0)
    assert split.history_["val_loss"][-1] == pytest.approx(evaluated, rel=1e-5)


def test_a_random_splitter_holds_out_the_same_rows_after_a_pause():
    estimator = classifier(validation_split=ShuffleSplit(1, test_size=0.5), shuffle=False)
    estimator._fit(X, y, epochs=1, close=False)
    _, held_out = estimator._training.split
    estimator._continue_fit(X, y, epochs=2)
    evaluated = estimator.model_.evaluate(X[held_out], y[held_out], verbose=0)
    assert estimator.history_["val_loss"][-1] == pytest.approx(evaluated, rel=1e-5)


def test_nothing_left_to_train_on_is_an_error():
    with pytest.raises(ValueError, match="leaves no rows"):
        KerasRegressor(builders.regressor, validation_split=0.9).fit(X[:2], [0.0, 1.0])


# Callbacks


class Counter(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.epochs = 0

    def on_epoch_end(self, epoch, logs=None):
        self.epochs += 1
        if self.epochs == 2:
            self.model.stop_training = True


def test_a_fit_works_on_copies_of_callbacks():
    counter = Counter()
    estimator = classifier(callbacks=[counter], epochs=5)
    for _ in range(2):
        assert len(estimator.fit(X, y).history_["loss"]) == 2
    assert counter.epochs == 0


@pytest.mark.parametrize(
    "callbacks", [Counter, Counter(), {"count": Counter}, (Counter,)], ids=["class", "one", "dict", "tuple"]
)
def test_callbacks_come_in_several_shapes(callbacks):
    assert len(classifier(callbacks=callbacks, epochs=5).fit(X, y).history_["loss"]) == 2


def test_what_is_no_callback_is_refused():
    with pytest.raises(TypeError, match="The 'callbacks' parameter of KerasClassifier must hold Keras callbacks"):
        classifier(callbacks=["early stopping"]).fit(X, y)


def test_early_stopping_restores_the_best_weights():
    stop = keras.callbacks.EarlyStopping("val_loss", patience=1, restore_best_weights=True)
    estimator = classifier(callbacks=stop, epochs=30, validation_split=0.2, optimizer__learning_rate=0.5).fit(X, y)
    losses = estimator.history_["val_loss"]
    assert len(losses) < 30
    assert estimator.model_.evaluate(X[120:], y[120:], verbose=0) == pytest.approx(min(losses), rel=1e-5)


# Weights


def test_sample_weights_count_in_the_loss():
    only_first = np.where(y == 0, 1.0, 0.0)
    estimator = classifier(epochs=30, optimizer__learning_rate=0.05).fit(X, y, sample_weight=only_first)
    assert set(estimator.predict(X)) == {0}


@pytest.mark.parametrize("spelling", ["class_weight", "fit__class_weight"])
@pytest.mark.parametrize("labels", [y, y + 1, np.array(["a", "b", "c"])[y]], ids=["0-2", "1-3", "strings"])
def test_class_weights_go_by_label(labels, spelling):
    only = sorted(set(labels.tolist()))[1]
    weights = dict.fromkeys(labels.tolist(), 0.0) | {only: 1.0}
    estimator = classifier(epochs=20, optimizer__learning_rate=0.05, **{spelling: weights})
    assert set(estimator.fit(X, labels).predict(X)) == {only}


def test_labels_without_a_class_weight_weigh_one():
    few, many = (classifier(epochs=2, class_weight=w).fit(X, y) for w in ({0: 5.0}, {0: 5.0, 1: 1.0, 2: 1.0}))
    np.testing.assert_array_equal(weights(few), weights(many))


def test_class_weights_multiply_sample_weights_and_leave_the_callers_alone():
    sample_weight = np.linspace(1, 2, 150)
    kept = sample_weight.copy()
    both = classifier(epochs=2, class_weight={1: 3.0}).fit(X, y, sample_weight)
    multiplied = classifier(epochs=2).fit(X, y, sample_weight * np.where(y == 1, 3.0, 1.0))
    np.testing.assert_array_equal(weights(both), weights(multiplied))
    np.testing.assert_array_equal(sample_weight, kept)


def test_balanced_class_weights_are_those_of_the_rows_that_are_fitted():
    rows = np.r_[np.flatnonzero(y == 0)[:5], np.flatnonzero(y == 1), np.flatnonzero(y == 2)]
    balanced = classifier(epochs=2, class_weight="balanced").fit(X[rows], y[rows])
    by_hand = classifier(epochs=2, class_weight={0: 105 / 15, 1: 105 / 150, 2: 105 / 150}).fit(X[rows], y[rows])
    np.testing.assert_allclose(weights(balanced), weights(by_hand), rtol=1e-5)


# Parameters' values


def test_arguments_that_come_by_route_are_held_to_the_same():
    with pytest.raises(ValueError, match="The 'fit__validation_split' parameter of KerasClassifier must be"):
        classifier(fit__validation_split=1.5).fit(X, y)
    order = np.argsort(y, kind="stable")
    with (
        pytest.warns(ValidationSplitWarning, match="training part"),
        pytest.warns(ValidationSplitWarning, match="validation part"),
    ):
        classifier(fit__validation_split=1 / 3).fit(X[order], y[order])


def test_arguments_that_come_by_route_count():
    assert len(classifier(fit__epochs=3).fit(X, y).history_["loss"]) == 3


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("epochs", 0),
        ("batch_size", 0),
        ("batch_size", 2.5),
        ("validation_split", 1.0),
        ("verbose", "loud"),
    ],
)
def test_a_bad_value_is_refused_by_name(parameter, value):
    with pytest.raises(ValueError, match=f"The '{parameter}' parameter of KerasRegressor must be"):
        KerasRegressor(**{"model": builders.regressor, parameter: value}).fit(X, y)


@pytest.mark.parametrize("splitter", ["0.2", ShuffleSplit])
def test_what_is_no_splitter_is_refused(splitter):
    with pytest.raises(TypeError, match="validation_split must be a float or an instance of a splitter"):
        classifier(validation_split=splitter).fit(X, y)


def test_a_splitter_without_a_seed_follows_the_estimators():
    first, again = (classifier(validation_split=ShuffleSplit(1, test_size=0.2), epochs=2).fit(X, y) for _ in range(2))
    assert first.history_ == again.history_


def test_steps_per_execution_trains_as_many_steps_or_is_refused():
    estimator = classifier(compile__steps_per_execution=5, epochs=2).fit(X, y)
    assert int(estimator.model_.optimizer.iterations.numpy()) == 10
    with pytest.raises(ModelError, match="steps_per_execution must divide the steps of an epoch"):
        classifier(compile__steps_per_execution=2).fit(X, y)


def test_class_weights_may_name_a_class_that_these_rows_lack():
    some = y < 2
    estimator = classifier(class_weight={2: 5.0}).partial_fit(X[some], y[some], classes=[0, 1, 2])
    assert estimator.predict_proba(X).shape == (150, 3)


def test_an_interrupted_fit_keeps_the_history_of_its_own_model():
    class Interrupt(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    estimator = classifier(epochs=5).fit(X, y).set_params(callbacks=Interrupt)
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X, y)
    assert len(estimator.history_["loss"]) == estimator.current_epoch == 2
    assert not hasattr(estimator, "_training")


def test_a_class_weight_for_a_label_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"The classes, \[0, 1, 2\], are not in class_weight\. It names \[7\]"):
        classifier(class_weight={7: 5.0}).fit(X, y)


def test_balanced_class_weights_of_the_training_count_in_its_validation():
    rows = np.concatenate([np.flatnonzero(y == 0)[:10], np.flatnonzero(y > 0)])
    by_hand = {0: 110 / 30, 1: 110 / 150, 2: 110 / 150}
    losses = [
        classifier(class_weight=weights, epochs=1).fit(X[rows], y[rows], X_val=X, y_val=y).history_["val_loss"]
        for weights in ("balanced", by_hand)
    ]
    assert losses[0] == pytest.approx(losses[1])


@pytest.mark.parametrize(
    "arguments",
    [{"sample_weight": [1, 2]}, {"X_val": X[:, :3], "y_val": y}, {"validation_data": (X,)}],
    ids=["weights", "validation", "half of a validation"],
)
def test_a_fit_that_could_not_begin_leaves_no_model(arguments):
    estimator = classifier(epochs=1).fit(X, y)
    with pytest.raises(ValueError, match=r"sample_weight|features|validation_data"):
        estimator.fit(X, y, **arguments)
    if "validation_data" not in arguments:  # which is looked at before anything is learnt
        with pytest.raises(NotFittedError):
            estimator.predict(X)
    assert not {"_split", "_training", "_current_call"} & vars(estimator).keys()


def test_a_builder_that_fails_leaves_no_older_model_to_predict_by_new_classes():
    estimator = KerasClassifier(lambda: keras.Sequential([keras.layers.Dense(3)]), verbose=0).fit(X, y)
    with pytest.raises(ModelError):
        estimator.fit(X, np.arange(150) % 5)
    with pytest.raises(NotFittedError):
        estimator.predict(X)
