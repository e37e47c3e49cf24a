"""scikit-learn's estimators of estimators, around real Keras wrappers."""

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import (
    AdaBoostRegressor,
    BaggingClassifier,
    StackingRegressor,
    VotingClassifier,
)
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import TunedThresholdClassifierCV, cross_val_predict, cross_val_score, learning_curve
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler, scale
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.utils import shuffle

from skhpt import GridSearchCV, KerasClassifier, KerasRegressor
from tests import builders

pytestmark = pytest.mark.slow  # half a minute for what seldom breaks by itself

X, y = shuffle(*load_iris(return_X_y=True), random_state=0)
X, NAMES = scale(X), np.array(["setosa", "versicolor", "virginica"])[y]
CANCER, MALIGNANT = load_breast_cancer(return_X_y=True)
CANCER = scale(CANCER)
DIABETES, PROGRESSION = load_diabetes(return_X_y=True)
DIABETES, PROGRESSION = scale(DIABETES), scale(PROGRESSION)
PARAMS = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "epochs": 5, "verbose": 0, "random_state": 0}


def classifier(**params):
    return KerasClassifier(builders.classifier, **PARAMS | params)


def regressor(**params):
    return KerasRegressor(builders.regressor, **PARAMS | params)


@pytest.mark.parametrize(
    "meta",
    [
        CalibratedClassifierCV(classifier(), cv=2),
        VotingClassifier([("net", classifier()), ("logistic", LogisticRegression())], voting="soft"),
        BaggingClassifier(classifier(random_state=None), n_estimators=2, random_state=0),
        OneVsRestClassifier(classifier()),
        make_pipeline(ColumnTransformer([("all", MinMaxScaler(), [0, 1, 2, 3])]), classifier(epochs=20)),
    ],
    ids=lambda meta: type(meta).__name__,
)
def test_around_a_classifier(meta):
    fitted = meta.fit(X, NAMES)
    assert fitted.score(X, NAMES) > 0.85
    np.testing.assert_allclose(fitted.predict_proba(X).sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(
    "meta",
    [
        StackingRegressor([("net", regressor()), ("ridge", Ridge())], cv=2),
        AdaBoostRegressor(regressor(random_state=None), n_estimators=2, random_state=0),
        TransformedTargetRegressor(regressor(), transformer=StandardScaler()),
    ],
    ids=lambda meta: type(meta).__name__,
)
def test_around_a_regressor(meta):
    assert meta.fit(DIABETES, PROGRESSION).score(DIABETES, PROGRESSION) > 0.3


@pytest.mark.parametrize(
    "meta", [MultiOutputClassifier(classifier()), ClassifierChain(classifier())], ids=["multi", "chain"]
)
def test_several_targets_at_once(meta):
    targets = np.column_stack([y == 0, y == 2]).astype(int)
    assert (meta.fit(X, targets).predict(X) == targets).mean() > 0.85


def test_a_threshold_is_tuned():
    tuned = TunedThresholdClassifierCV(classifier(epochs=2), scoring="balanced_accuracy", cv=2)
    assert tuned.fit(CANCER, MALIGNANT).score(CANCER, MALIGNANT) > 0.85
    assert 0 <= tuned.best_threshold_ <= 1


def test_rows_without_a_label_are_learnt_from():
    some = np.where(np.arange(len(y)) % 2, y, -1)
    assert SelfTrainingClassifier(classifier(), max_iter=2).fit(X, some).score(X, y) > 0.8


def test_predictions_across_folds():
    probabilities = cross_val_predict(classifier(), X, NAMES, cv=2, method="predict_proba")
    assert (np.unique(NAMES)[probabilities.argmax(axis=1)] == NAMES).mean() > 0.8


def test_a_learning_curve():
    _, _, scores = learning_curve(classifier(), X, NAMES, cv=2, train_sizes=[0.3, 1.0])
    assert scores.mean(axis=1)[-1] > 0.8


def test_the_importance_of_features():
    fitted = classifier(epochs=15).fit(X, NAMES)
    importances = permutation_importance(fitted, X, NAMES, n_repeats=2, random_state=0).importances_mean
    assert importances[2:].sum() > importances[:2].sum()  # petals tell irises apart, sepals hardly


def test_a_search_inside_a_cross_validation():
    search = GridSearchCV(classifier(epochs=3), {"units": [8, 16]}, cv=2)
    assert cross_val_score(search, X, NAMES, cv=2).mean() > 0.7
