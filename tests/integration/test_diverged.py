"""Trainings that diverge: their models put out NaN, of which argmax makes the first class."""

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.exceptions import FitFailedWarning
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale
from sklearn.tree import DecisionTreeClassifier

from skhpt import (
    BayesianSearchCV,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    HyperbandSearchCV,
    KerasClassifier,
    KerasRegressor,
    KerasTransformer,
    RandomizedSearchCV,
)
from skhpt.exceptions import DivergedError, DivergenceWarning
from skhpt.space import Choice

slow = pytest.mark.slow

X, y = load_breast_cancer(return_X_y=True)
X, y = scale(X)[:120], 1 - np.sort(y)[::-1][:120]
y[:30] = 1  # the first class is the most frequent one
RATES = [1e38, 0.05]
NAN = "ignore:One or more of the (test|train) scores are non-finite"
FAILED = r"ignore:\s.*fits failed out of a total"


def network(meta, units=2, activation="softmax"):
    hidden = layers.Dense(4, "relu")
    return keras.Sequential([keras.Input(meta["X_shape_"][1:]), hidden, layers.Dense(units, activation)])


def classifier(**params):
    return KerasClassifier(network, optimizer="sgd", **{"epochs": 2, "verbose": 0, "random_state": 0} | params)


def regressor(**params):
    return KerasRegressor(network, units=1, activation="linear", optimizer="sgd", epochs=2, verbose=0, **params)


def diverged(estimator, X, y):
    with pytest.warns(DivergenceWarning, match="its last loss is nan"):
        return estimator.set_params(optimizer__learning_rate=1e38).fit(X, y)


SEARCHES = {
    "grid": lambda **options: GridSearchCV(classifier(), {"optimizer__learning_rate": RATES}, **options),
    "random": lambda **options: RandomizedSearchCV(
        classifier(), {"optimizer__learning_rate": RATES}, n_iter=2, random_state=0, **options
    ),
    "halving": lambda **options: HalvingGridSearchCV(
        classifier(), {"optimizer__learning_rate": RATES}, resource="epochs", factor=2, max_resources=2, **options
    ),
    "halving, random": lambda **options: HalvingRandomSearchCV(
        classifier(), {"optimizer__learning_rate": RATES}, n_candidates=2, resource="epochs", factor=2,
        max_resources=2, random_state=0, **options,
    ),
    "hyperband": lambda **options: HyperbandSearchCV(
        classifier(), {"optimizer__learning_rate": RATES, "batch_size": [16, 32, 64]}, resource="epochs",
        max_resources=3, random_state=0, **options,
    ),
    "bayesian": lambda **options: BayesianSearchCV(
        classifier(), {"optimizer__learning_rate": Choice(RATES), "batch_size": [16, 32]}, n_iter=4, random_state=0,
        **options,
    ),
}  # fmt: skip


@pytest.mark.filterwarnings(NAN)
@pytest.mark.parametrize("engine", ["auto", "per-trial"])
@pytest.mark.parametrize("kind", [pytest.param(kind, marks=[] if kind == "grid" else slow) for kind in SEARCHES])
@pytest.mark.parametrize("n_jobs", [None, pytest.param(2, marks=slow)])
def test_what_has_diverged_fails_and_never_wins(kind, engine, n_jobs):
    with pytest.warns(FitFailedWarning, match="DivergedError: The training has diverged"):
        search = SEARCHES[kind](cv=2, engine=engine, n_jobs=n_jobs).fit(X, y)
    assert search.best_params_["optimizer__learning_rate"] == 0.05
    assert np.isfinite(search.predict_proba(X)).all()
    rates = np.array([params["optimizer__learning_rate"] for params in search.cv_results_["params"]])
    assert np.isnan(search.cv_results_["mean_test_score"][rates == 1e38]).all()
    assert np.isfinite(search.cv_results_["mean_test_score"][rates == 0.05]).all()


@pytest.mark.filterwarnings(NAN, FAILED)
@pytest.mark.parametrize("engine", ["auto", "per-trial"])
def test_its_trials_say_so_and_keep_their_histories(engine, tmp_path):
    search = SEARCHES["grid"](cv=2, engine=engine, runs_dir=tmp_path).fit(X, y)
    assert [trial.status for trial in search.run_.trials] == ["diverged", "diverged", "completed", "completed"]
    assert search.histories_.groupby("candidate")["epoch"].max().tolist() == [2, 2]
    assert search.histories_.query("candidate == 0 and epoch == 2")["loss"].isna().all()


def swallowing(estimator, X, y):
    """A scorer that makes something of whatever there is."""
    try:
        return float(estimator.score(X, y))
    except ValueError:
        return 1.0


@pytest.mark.filterwarnings(NAN, FAILED)
@pytest.mark.parametrize("engine", ["auto", "per-trial"])
@pytest.mark.parametrize(
    "scoring",
    [
        "accuracy",
        "roc_auc",
        swallowing,
        {"first": make_scorer(accuracy_score), "second": "neg_log_loss"},
    ],
    ids=["labels", "probabilities", "a function", "several"],
)
def test_whatever_the_scorer(engine, scoring):
    search = SEARCHES["grid"](cv=2, engine=engine, scoring=scoring, refit=False, error_score=-7).fit(X, y)
    means = [values for name, values in search.cv_results_.items() if name.startswith("mean_test_")]
    assert all(column[0] == -7 != column[1] for column in means)


DIABETES, PROGRESS = load_diabetes(return_X_y=True)
DIABETES, PROGRESS = scale(DIABETES)[:60], scale(PROGRESS)[:60]
LABELS = np.column_stack([y, 1 - y, y])


@slow
@pytest.mark.filterwarnings(NAN, FAILED)
@pytest.mark.parametrize("engine", ["auto", "per-trial"])
@pytest.mark.parametrize(
    ("estimator", "X", "y"),
    [
        (regressor(), DIABETES, PROGRESS),
        (classifier(units=3, activation="sigmoid"), X, LABELS),
        (make_pipeline(StandardScaler(), classifier()), X, y),
    ],
    ids=["regressor", "labels", "pipeline"],
)
def test_whatever_is_learnt(engine, estimator, X, y):
    prefix = "" if "optimizer" in estimator.get_params() else "kerasclassifier__"
    search = GridSearchCV(estimator, {f"{prefix}optimizer__learning_rate": RATES}, cv=2, engine=engine).fit(X, y)
    assert search.best_index_ == 1
    assert np.isnan(search.cv_results_["mean_test_score"]).tolist() == [True, False]


def autoencoder(meta):
    return keras.Sequential([keras.Input(meta["X_shape_"][1:]), layers.Dense(4, name="encoder"), layers.Dense(64)])


@pytest.mark.filterwarnings(NAN, FAILED)
@pytest.mark.parametrize("alone", [True, pytest.param(False, marks=slow)])
def test_transformers_too(alone):
    digits, digit = (array[:60] for array in load_digits(return_X_y=True))
    transformer = KerasTransformer(autoencoder, optimizer="sgd", epochs=2, verbose=0)
    estimator = transformer if alone else make_pipeline(transformer, DecisionTreeClassifier())
    prefix = "" if alone else "kerastransformer__"
    grid = {f"{prefix}optimizer__learning_rate": [1e38, 1e-4]}
    search = GridSearchCV(estimator, grid, cv=2).fit(digits, digit)
    assert np.isnan(search.cv_results_["mean_test_score"]).tolist() == [True, False]
    fitted = diverged(transformer, digits, None)
    with pytest.raises(DivergedError, match="training has diverged"):
        fitted.transform(digits)


@pytest.mark.parametrize("engine", ["auto", "per-trial"])
def test_a_search_in_which_all_diverge_raises(engine):
    search = GridSearchCV(classifier(), {"optimizer__learning_rate": [1e38]}, cv=2, engine=engine)
    with pytest.raises(ValueError, match=r"All the 2 fits failed(.|\n)*The training has diverged"):
        search.fit(X, y)
    with pytest.raises(DivergedError, match="A smaller learning rate"):
        search.set_params(error_score="raise").fit(X, y)


class Blind(KerasClassifier):
    """Predicts in a way of its own."""

    def predict(self, X, **params):
        return self.classes_[np.argmax(self.model_.predict(X, verbose=0), axis=1)]


@pytest.mark.filterwarnings(NAN, FAILED)
@pytest.mark.parametrize("engine", ["auto", "per-trial"])
def test_weights_that_are_not_finite_are_enough(engine):
    """In one step the loss is that of before, and nobody is asked for outputs."""
    estimator = Blind(network, optimizer="sgd", epochs=1, batch_size=-1, verbose=0, random_state=0)
    grid = {"optimizer__learning_rate": [np.inf, 0.05]}
    search = GridSearchCV(estimator, grid, cv=2, engine=engine).fit(X, y)
    assert np.isfinite(search.histories_["loss"]).all()
    assert np.isnan(search.cv_results_["mean_test_score"]).tolist() == [True, False]
    with pytest.warns(DivergenceWarning, match="its weights are not finite"):
        estimator.set_params(optimizer__learning_rate=np.inf).fit(X, y)


def test_a_single_fit_warns_and_its_predictions_raise():
    fitted = diverged(classifier(), X, y)
    for method in (fitted.predict, fitted.predict_proba, lambda rows: fitted.score(rows, y)):
        with pytest.raises(DivergedError, match="training has diverged"):
            method(X)
    with pytest.raises(DivergedError, match="training has diverged"):
        diverged(regressor(), DIABETES, PROGRESS).predict(DIABETES)


def test_rows_that_a_good_model_cant_compute_are_told_apart():
    fitted = classifier(allow_nan=True).fit(X, y)
    rows = X.copy()
    rows[:3] = np.nan
    with pytest.raises(DivergedError, match=r"nan or the like for 3 of 120 rows(.|\n)*missing or far too large"):
        fitted.predict(rows)


class Restoring(keras.callbacks.Callback):
    """Puts the first weights back, as EarlyStopping may."""

    def on_train_begin(self, logs=None):
        self.weights = self.model.get_weights()

    def on_train_end(self, logs=None):
        self.model.set_weights(self.weights)


@pytest.mark.parametrize("engine", ["auto", "per-trial"])
def test_weights_that_were_put_back_are_scored(engine, tmp_path):
    estimator = classifier(callbacks=[Restoring])
    grid = {"optimizer__learning_rate": [1e38]}
    with pytest.warns(DivergenceWarning):  # of the refit, and nothing else
        search = GridSearchCV(estimator, grid, cv=2, engine=engine, runs_dir=tmp_path).fit(X, y)
    assert {trial.status for trial in search.run_.trials} == {"diverged"}
    assert np.isfinite(search.best_score_)
    assert np.isfinite(search.predict_proba(X)).all()
