"""A search of any kind finds and leaves the same under both engines."""

import pickle

import keras
import numpy as np
import pytest
import sklearn.experimental.enable_halving_search_cv  # noqa: F401 - scikit-learn hides its halving classes without it
from keras import optimizers
from sklearn.base import clone
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpt import GridSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV
from skhpt.estimators import sample_order, seeded
from tests.fused import architectures as nets
from tests.fused.architectures import IRIS, KIND
from tests.fused.comparison import agree_on_iris, assert_engines_agree, classifier

slow = pytest.mark.slow


def from_probabilities(estimator, X, y):
    return {"surest": estimator.predict_proba(X).max(), "mean": estimator.predict_proba(X[:7]).mean()}


def from_the_model(estimator, X, y):
    return -estimator.model_.evaluate(X, y, verbose=0, return_dict=True)["loss"]


SPLITTER = StratifiedShuffleSplit(3, test_size=0.3, random_state=1)
SEVERAL = {"scoring": ["accuracy", "neg_log_loss", "roc_auc_ovr"], "refit": "neg_log_loss"}


@pytest.mark.parametrize(
    ("grid", "options"),
    [
        ({"units": [4, 8]}, {**SEVERAL, "repeats": 2, "return_train_score": True, "record_validation": True}),
        ({"dropout": [0.1, 0.2]}, {"scoring": from_probabilities, "refit": lambda results: 1, "cv": 3}),
        ({"units": [8]}, {"scoring": from_the_model, "random_state": 7, "cv": SPLITTER}),
        ({"dropout": [0.1, 0.2]}, {"record_validation": True, "refit_epochs": "best", "scoring": "accuracy"}),
    ],
    ids=["several", "probabilities and own refit", "the model", "best epoch"],
)
@slow
def test_a_search_scores_the_same(grid, options):
    assert_engines_agree(classifier(metrics=["accuracy"]), grid, IRIS, KIND, **options)


@slow
def test_a_random_search_finds_the_same():
    options = {"search": RandomizedSearchCV, "n_iter": 3}
    agree_on_iris({"optimizer__learning_rate": [0.001, 0.01, 0.1], "units": [4, 8]}, options=options)


@pytest.mark.parametrize("resource", [pytest.param("epochs", marks=slow), pytest.param("n_samples", marks=slow)])
def test_a_halving_leaves_the_same(resource):
    options = {"search": HalvingGridSearchCV, "resource": resource, "factor": 2, "record_validation": True}
    if resource == "epochs":
        options |= {"min_resources": 1, "max_resources": 4}
    grid = {"optimizer__learning_rate": [0.0001, 0.01, 0.03, 0.1]}
    ours, theirs = agree_on_iris(grid, options=options)
    assert ours.n_resources_ == theirs.n_resources_


@slow
def test_a_halving_of_a_pipeline_with_random_candidates_leaves_the_same():
    options = {"search": HalvingRandomSearchCV, "resource": "kerasclassifier__epochs", "n_candidates": 3, "factor": 2}
    options |= {"min_resources": 1, "max_resources": 4, "repeats": 2}
    grid = {"kerasclassifier__optimizer__learning_rate": [0.001, 0.01, 0.1], "kerasclassifier__dropout": [0.1, 0.2]}
    assert_engines_agree(make_pipeline(StandardScaler(), classifier()), grid, IRIS, KIND, **options)


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
