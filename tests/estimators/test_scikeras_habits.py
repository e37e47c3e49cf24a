"""What scripts written for SciKeras say in other ways than skhpt's own documentation."""

import keras
import numpy as np
import pytest
from keras import callbacks, layers
from sklearn.base import clone

from skhpt import BaseWrapper, GridSearchCV, KerasClassifier, KerasRegressor
from skhpt.exceptions import ConflictingParametersError, UnknownParameterError
from tests import builders

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 4)).astype("float32")
y = np.arange(30) % 3
FOLD = [(np.arange(20), np.arange(20, 30))]


def classifier(**params):
    return KerasClassifier(**{"model": builders.dense(3), "verbose": 0, "random_state": 0, **params})


@pytest.mark.parametrize(
    ("metrics", "name"),
    [
        ("acc", "acc"),
        (keras.metrics.SparseCategoricalAccuracy, "sparse_categorical_accuracy"),
        (keras.metrics.SparseCategoricalAccuracy(name="share"), "share"),
    ],
    ids=["name", "class", "instance"],
)
def test_a_single_metric_needs_no_list(metrics, name):
    assert classifier(metrics=metrics).fit(X, y).history_.keys() == {"loss", name}


class Told(callbacks.Callback):
    """Notes what it is told, for all of its class."""

    notes = []

    def __init__(self, word="told"):
        super().__init__()
        self.word = word

    def on_epoch_end(self, epoch, logs=None):
        self.notes.append(self.word)

    def on_predict_end(self, logs=None):
        self.notes.append(self.word)


class Constant:
    """A schedule."""

    def __init__(self, rate=0.1):
        self.rate = rate

    def __call__(self, epoch, rate):
        return self.rate


def test_callbacks_of_fit_are_called_beside_the_others_and_those_of_predict_in_predict():
    Told.notes.clear()
    params = {"fit__callbacks__0__word": "fit", "predict__callbacks__word": "predict"}
    told = {"callbacks": Told, "fit__callbacks": [Told], "predict__callbacks": Told()}
    fitted = classifier(epochs=2, **told, **params).fit(X, y)
    assert Told.notes == ["told", "fit", "told", "fit"]
    Told.notes.clear()
    fitted.predict(X)
    assert Told.notes == ["predict"]


@pytest.mark.parametrize("position", ["callbacks__0__0", "callbacks__0__args__0", "fit__callbacks__0__0"])
def test_arguments_are_given_by_their_positions(position):
    holder = position.partition("__0")[0]
    scheduled = {holder: [callbacks.LearningRateScheduler], position: Constant, f"{position}__rate": 0.25}
    fitted = classifier(optimizer="sgd", optimizer__0=0.5, optimizer__momentum=0.1, **scheduled).fit(X, y)
    assert float(fitted.model_.optimizer.learning_rate) == 0.25
    assert fitted.model_.optimizer.momentum == 0.1


def test_a_position_that_there_is_not_is_refused():
    with pytest.raises(UnknownParameterError, match="'callbacks__0__7'"):
        classifier(callbacks=[callbacks.LearningRateScheduler], callbacks__0__7=Constant()).fit(X, y)


def test_the_name_with_a_prefix_goes_before_the_one_without():
    fitted = classifier(model=builders.classifier, batch_size=5, fit__batch_size=15, units=5, model__units=7).fit(X, y)
    assert int(fitted.model_.optimizer.iterations) == 2
    assert fitted.model_.layers[0].units == 7
    assert int(fitted.fit(X, y, batch_size=10).model_.optimizer.iterations) == 3  # what the call says goes before both


@pytest.mark.parametrize("engine", ["fused", "per-trial"])
def test_a_search_over_the_name_that_has_no_effect_is_refused(engine):
    search = GridSearchCV(classifier(fit__batch_size=15), {"batch_size": [5, 10]}, engine=engine)
    with pytest.raises(ConflictingParametersError, match="'batch_size' and 'fit__batch_size'"):
        search.fit(X, y)


def test_a_search_over_the_name_with_a_prefix_has_its_effect():
    scores = {}
    for engine in ("fused", "per-trial"):
        estimator = classifier(batch_size=15, validation_split=0.4, validation_batch_size=-1, optimizer="sgd")
        grid = {"fit__batch_size": [-1, 2], "fit__callbacks": [[callbacks.TerminateOnNaN()]]}
        search = GridSearchCV(estimator, grid, cv=FOLD, scoring="neg_log_loss", refit=False, engine=engine).fit(X, y)
        assert set(search.engine_report_["engine"]) == {engine}
        scores[engine] = search.cv_results_["mean_test_score"]
    assert scores["fused"][0] != scores["fused"][1]
    np.testing.assert_allclose(scores["fused"], scores["per-trial"], rtol=1e-5)


def test_fit_takes_what_fit_of_keras_takes():
    said = {"validation_split": 0.2, "validation_freq": 2, "epochs": 2, "batch_size": -1, "validation_batch_size": -1}
    said |= {"shuffle": False, "class_weight": {0: 1, 1: 2, 2: 3}, "callbacks": [callbacks.TerminateOnNaN()]}
    fitted = classifier().fit(X, y, **said)
    assert np.isfinite(fitted.history_["loss"]).tolist() == [True, True]
    assert np.isfinite(fitted.history_["val_loss"]).tolist() == [False, True]
    assert int(fitted.model_.optimizer.iterations) == 2
    assert int(fitted.partial_fit(X, y, batch_size=15).model_.optimizer.iterations) == 4
    assert len(fitted.history_["loss"]) == 3


@pytest.mark.parametrize(
    ("argument", "advice"),
    [("initial_epoch", "call partial_fit"), ("class_weight", "as sample_weight"), ("workers", "PyDataset")],
)
def test_what_fit_can_not_take_is_refused_with_the_way_out(argument, advice):
    regressor = KerasRegressor(builders.dense(1), verbose=0)
    with pytest.raises(UnknownParameterError, match=f"{argument}.*{advice}"):
        regressor.fit(X, y, **{argument: 1})
    with pytest.raises(UnknownParameterError, match=f"fit__{argument}.*{advice}"):
        clone(regressor).set_params(**{f"fit__{argument}": 1}).fit(X, y)


def test_partial_fit_is_for_one_epoch():
    with pytest.raises(TypeError, match="each call trains for one"):
        classifier().partial_fit(X, y, epochs=3)


@pytest.fixture(scope="module")
def of_integers():
    return classifier().partial_fit(X.astype("int64"), y)


@pytest.mark.parametrize(
    ("rows", "target", "message"),
    [
        (X[:, :3].astype("int64"), y, "X has 3 features, but KerasClassifier is expecting 4 features as input"),
        (X[:, :, None].astype("int64"), y, r"X has rows of shape \(4, 1\), but KerasClassifier is expecting"),
        (X, y, "X has dtype float32, but KerasClassifier is expecting int64"),
        (X.astype("int64"), y + 1, r"`y` has classes not in `self.classes_`. `self.classes_` has \[0 1 2\]"),
        (
            X.astype("int64"),
            np.column_stack([y, y]),
            r"y should be a 1d array, got an array of shape \(30, 2\) instead",
        ),
    ],
    ids=["features", "axes", "dtype", "classes", "columns of y"],
)
def test_partial_fit_with_other_data_is_refused(of_integers, rows, target, message):
    with pytest.raises(ValueError, match=message):
        of_integers.partial_fit(rows, target)
    assert len(of_integers.partial_fit(X.astype("int8"), y).history_["loss"]) >= 2  # goes on


def test_other_columns_of_a_target_of_numbers_are_refused():
    for make in (KerasRegressor, BaseWrapper):
        fitted = make(builders.dense(1) if make is KerasRegressor else keras.Sequential([layers.Dense(1)]), loss="mse")
        fitted.set_params(verbose=0).partial_fit(X, X[:, 0])
        with pytest.raises(ValueError, match="y should be a 1d array, got an array of shape"):
            fitted.partial_fit(X, X[:, :2])


def test_a_model_is_initialized_for_a_target():
    initialized = classifier(warm_start=True, loss="sparse_categorical_crossentropy").initialize(X, list("abc") * 10)
    assert initialized.classes_.tolist() == ["a", "b", "c"]
    assert set(initialized.predict(X)) <= {"a", "b", "c"}
    model = initialized.model_
    assert initialized.fit(X, list("abc") * 10).model_ is model
    with pytest.raises(ValueError, match="requires y to be passed"):
        classifier().initialize(X)


def stack(meta, hidden):
    return keras.Sequential([keras.Input((meta["n_features_in_"],)), layers.Dense(hidden), layers.Dense(3)])


class Stored(KerasClassifier):
    def __init__(self, hidden=2, **kwargs):
        super().__init__(**kwargs)
        self.hidden = hidden

    def _keras_build_fn(self, meta, hidden):
        return stack(meta, hidden)


class HandedOn(KerasClassifier):
    def __init__(self, hidden=2, **kwargs):
        super().__init__(hidden=hidden, **kwargs)

    def _keras_build_fn(self, hidden, meta):
        return stack(meta, hidden)


class Read(HandedOn):
    def _keras_build_fn(self, meta):
        return stack(meta, self.hidden)


class Routed(KerasClassifier):
    def __init__(self, model=stack, model__hidden=2, **kwargs):
        super().__init__(model, model__hidden=model__hidden, **kwargs)


@pytest.mark.parametrize("cls", [Stored, HandedOn, Read, Routed])
def test_parameters_of_a_builder_in_the_signature_of_a_subclass(cls):
    name = "model__hidden" if cls is Routed else "hidden"

    def units(estimator):
        return estimator.initialize(X, y).model_.layers[0].units

    assert units(cls()) == 2
    assert units(clone(cls(**{name: 3}))) == 3
    changed = cls(**{name: 3}).set_params(**{name: 4})
    assert (units(changed), changed.get_params()[name], units(clone(changed))) == (4, 4, 4)
    assert getattr(changed, name) == 4


def test_a_search_over_such_a_parameter():
    grid = {"hidden": [1, 2]}
    search = GridSearchCV(HandedOn(verbose=0, random_state=0), grid, cv=FOLD, engine="fused").fit(X, y)
    assert search.best_model_.layers[0].units == search.best_params_["hidden"]
    assert search.histories_["loss"].nunique() == 2
