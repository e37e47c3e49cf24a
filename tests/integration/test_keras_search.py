"""Searches over real Keras models, in this process and in real workers."""

import numpy as np
import pandas as pd
import pytest
from sklearn import model_selection
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.exceptions import FitFailedWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import shuffle

import skhpt
from skhpt import GridSearchCV, KerasClassifier, KerasRegressor, RandomizedSearchCV
from skhpt.exceptions import UnknownParameterError
from tests import builders

X, y = shuffle(*load_iris(return_X_y=True), random_state=0)
NAMES = np.array(["setosa", "versicolor", "virginica"])[y]
ADAM = {"optimizer": "adam", "optimizer__learning_rate": 0.02}


def pipeline(**params):
    return make_pipeline(StandardScaler(), KerasClassifier(builders.classifier, **ADAM | params))


def scores(search):
    """All that `cv_results_` holds but the times."""
    return {key: value for key, value in search.cv_results_.items() if not key.endswith("_time")}


def assert_same_results(first, second):
    assert scores(first).keys() == scores(second).keys()
    for key, value in scores(first).items():
        np.testing.assert_array_equal(value, scores(second)[key], err_msg=key)


@pytest.mark.slow
def test_workers_return_bit_for_bit_what_the_calling_process_returns():
    grid = {"kerasclassifier__units": [4, 8], "kerasclassifier__dropout": [0.0, 0.3]}
    options = {"cv": 2, "random_state": 0, "return_train_score": True, "engine": "per-trial"}
    here, there = (
        GridSearchCV(pipeline(epochs=3, metrics=["accuracy"]), grid, n_jobs=n_jobs, **options).fit(X, NAMES)
        for n_jobs in (1, 2)
    )
    assert_same_results(here, there)
    metrics = ["candidate", "fold", "repeat", "epoch", "loss", "accuracy"]
    pd.testing.assert_frame_equal(here.histories_[metrics], there.histories_[metrics], check_exact=True)
    for ours, theirs in zip(here.best_model_.get_weights(), there.best_model_.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["GridSearchCV", "RandomizedSearchCV"])
def test_scikit_learns_own_search_over_our_wrapper_gives_the_same(name):
    estimator = KerasClassifier(builders.classifier, **ADAM, epochs=3, verbose=0, random_state=0)
    options = {"cv": 2, "return_train_score": True}
    if name == "RandomizedSearchCV":
        options |= {"n_iter": 2, "random_state": 1}
    ours, theirs = (
        getattr(module, name)(estimator, {"units": [4, 8, 16]}, **options, **engine).fit(X, NAMES)
        for module, engine in ((skhpt, {"engine": "per-trial"}), (model_selection, {}))
    )
    assert_same_results(ours, theirs)
    np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))


def test_an_integer_cv_is_stratified_for_string_labels():
    order = np.argsort(NAMES, kind="stable")  # without stratification each fold would lack a class

    def seen_labels(estimator, X, y):
        return float(len(set(y)))

    search = GridSearchCV(
        KerasClassifier(builders.classifier), {"units": [4]}, cv=3, scoring=seen_labels, return_train_score=True
    ).fit(X[order], NAMES[order])
    for fold in range(3):
        assert search.cv_results_[f"split{fold}_test_score"] == search.cv_results_[f"split{fold}_train_score"] == 3


def test_roc_auc_and_other_metrics_of_two_classes():
    X, y = load_breast_cancer(return_X_y=True)
    search = GridSearchCV(
        pipeline(epochs=5),
        {"kerasclassifier__units": [4]},
        scoring=["roc_auc", "accuracy", "neg_log_loss"],
        refit="roc_auc",
        cv=3,
        random_state=0,
    ).fit(X, np.where(y, "benign", "malignant"))
    assert search.best_score_ > 0.95
    assert search.cv_results_["mean_test_accuracy"][0] > 0.85
    assert -1 < search.cv_results_["mean_test_neg_log_loss"][0] < 0


def test_the_best_model_and_its_history():
    search = RandomizedSearchCV(
        pipeline(epochs=30, validation_split=0.2),
        {"kerasclassifier__units": [8, 16]},
        n_iter=2,
        cv=2,
        random_state=0,
    ).fit(X, NAMES)
    assert search.best_score_ > 0.8
    assert search.best_model_ is search.best_estimator_[-1].model_
    assert search.best_model_.layers[0].units == search.best_params_["kerasclassifier__units"]
    assert {name: len(values) for name, values in search.best_history_.items()} == {"loss": 30, "val_loss": 30}
    assert search.histories_.groupby(["candidate", "fold"]).epoch.max().tolist() == [30] * 4
    assert (search.histories_.epoch_seconds > 0).all()


def test_all_candidates_meet_the_same_seed_on_a_fold_and_another_on_the_next():
    search = GridSearchCV(pipeline(epochs=1), {"kerasclassifier__units": [8, 8]}, cv=2, random_state=0).fit(X, NAMES)
    losses = search.histories_.pivot_table(index="candidate", columns="fold", values="loss")
    np.testing.assert_array_equal(losses.loc[0], losses.loc[1])
    assert losses.loc[0, 0] != losses.loc[0, 1]


@pytest.mark.parametrize(
    ("typo", "right"),
    [
        ("kerasclassifier__unit", "kerasclassifier__units"),
        ("kerasclassifier__optimizer__lerning_rate", "kerasclassifier__optimizer__learning_rate"),
        ("kerasclassifier__fit__class_wight", "kerasclassifier__fit__class_weight"),
        ("kerasclasifier__units", "kerasclassifier__units"),
    ],
)
def test_a_typo_in_a_grids_key_is_refused_before_any_fit(typo, right):
    def build(meta, units=1):
        raise AssertionError("nothing may be built")

    estimator = make_pipeline(StandardScaler(), KerasClassifier(build))
    with pytest.raises(UnknownParameterError) as caught:
        GridSearchCV(estimator, {typo: [1]}, error_score="raise").fit(X, NAMES)
    assert f"Did you mean {right!r}?" in str(caught.value)


def test_a_typo_in_the_estimator_itself_is_refused_before_any_fit():
    estimator = KerasClassifier(builders.classifier, optimizer__lerning_rate=0.1)
    with pytest.raises(UnknownParameterError, match="Did you mean 'optimizer__learning_rate'"):
        GridSearchCV(estimator, {"units": [4]}).fit(X, NAMES)


def test_arguments_that_come_by_route_do_not_meet_what_the_search_sets():
    def build(meta, units=4, random_state=None):
        return builders.classifier(meta, units)

    estimator = KerasClassifier(build, fit__verbose=0, fit__epochs=2, model__random_state=3)
    search = GridSearchCV(estimator, {"units": [4]}, cv=2, error_score="raise").fit(X, NAMES)
    assert len(search.best_history_["loss"]) == 2


def test_builders_can_be_searched_over():
    def deep(meta, units=4, depth=2):
        return builders.classifier(meta, units=units * depth)

    grid = [{"model": [deep], "depth": [1, 2]}, {"model": [builders.classifier], "dropout": [0.1]}]
    search = GridSearchCV(KerasClassifier(builders.classifier), grid, cv=2).fit(X, NAMES)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_a_builder_that_raises_costs_its_own_trials():
    def fragile(meta, units=4):
        if units > 4:
            raise MemoryError("too wide for this machine")
        return builders.classifier(meta, units)

    grid = {"units": [4, 8]}
    with pytest.warns(FitFailedWarning, match=r"(?s)2 fits failed out of a total of 4.*too wide for this machine"):
        search = GridSearchCV(KerasClassifier(fragile), grid, cv=2, error_score=0.0, n_jobs=2).fit(X, NAMES)
    assert search.best_params_ == {"units": 4}


def test_a_training_that_diverges_never_wins_and_ends_nothing():
    X, y = load_diabetes(return_X_y=True)
    estimator = KerasRegressor(builders.regressor, optimizer="sgd", epochs=3)
    with pytest.warns(FitFailedWarning, match="training has diverged"), pytest.warns(UserWarning, match="non-finite"):
        search = GridSearchCV(estimator, {"optimizer__learning_rate": [1e6, 1e-4]}, cv=2, random_state=0).fit(X, y)
    assert search.best_params_ == {"optimizer__learning_rate": 1e-4}
    assert np.isnan(search.histories_.query("candidate == 0 and epoch == 3").loss).all()


def test_a_wrapper_inside_a_meta_estimator_keeps_its_history():
    X, y = load_diabetes(return_X_y=True)
    regressor = KerasRegressor(builders.regressor, **ADAM, epochs=2)
    estimator = TransformedTargetRegressor(make_pipeline(StandardScaler(), regressor), transformer=StandardScaler())
    search = GridSearchCV(estimator, {"regressor__kerasregressor__units": [4]}, cv=2, random_state=0).fit(X, y)
    assert len(search.best_history_["loss"]) == 2
    assert len(search.histories_) == 4


def test_a_search_prints_nothing(capfd):
    GridSearchCV(KerasClassifier(builders.classifier), {"units": [4]}, cv=2).fit(X, NAMES).predict(X)
    assert capfd.readouterr().out == ""
