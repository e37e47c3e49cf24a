"""Targets of three axes: numbers for each step of a sequence."""

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.metrics import mean_absolute_error, r2_score

from skhpt import BaseWrapper, GridSearchCV, KerasClassifier, KerasRegressor
from skhpt.exceptions import ModelError

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 5, 3)).astype("float32")
Y = np.cumsum(X[:, :, :2], axis=1)
PARAMS = {"optimizer": "adam", "epochs": 2, "verbose": 0, "random_state": 0}


def steps(meta, units=4):
    hidden = layers.Dense(units, activation="relu")
    return keras.Sequential([keras.Input(meta["X_shape_"][1:]), hidden, layers.Dense(meta["n_outputs_"])])


def flat(rows):
    return rows.reshape(len(rows), -1)


def test_a_regressor_predicts_sequences_and_scores_them_flat(tmp_path):
    regressor = KerasRegressor(steps, **PARAMS).fit(X, Y.tolist())
    assert (regressor.n_outputs_, regressor.predict(X).shape) == (2, Y.shape)
    assert regressor.score(X, Y) == r2_score(flat(Y), flat(regressor.predict(X)))
    regressor.save(tmp_path / "stored")
    stored = KerasRegressor.load(tmp_path / "stored")
    np.testing.assert_array_equal(stored.predict(X), regressor.predict(X))
    recurrent = keras.Sequential([keras.Input((None, 3)), layers.GRU(2, return_sequences=True)])
    assert KerasRegressor(recurrent, **PARAMS).fit(X, Y).predict(X[:3]).shape == (3, 5, 2)


def test_a_row_has_one_weight_for_all_its_steps():
    weights = np.arange(40) % 2
    regressor = KerasRegressor(steps, batch_size=-1, **PARAMS)
    errors = ((Y - regressor.initialize(X, Y).predict(X)) ** 2).mean(axis=2)
    first_loss = regressor.fit(X, Y, sample_weight=weights).history_["loss"][0]
    assert first_loss == pytest.approx((weights[:, np.newaxis] * errors).mean(), rel=1e-5)
    everything = [(np.arange(40), np.arange(40))]
    search = GridSearchCV(regressor, {"units": [4]}, cv=everything, engine="fused").fit(X, Y, sample_weight=weights)
    assert search.histories_["loss"].iloc[0] == pytest.approx(first_loss, rel=1e-5)


@pytest.mark.parametrize("engine", ["fused", "per-trial"])
def test_metrics_of_scikit_learn_score_sequences_flat(engine):
    metrics = {"mae": "neg_mean_absolute_error", "r2": "r2"}
    folds = [(np.arange(20), np.arange(20, 40)), (np.arange(20, 40), np.arange(20))]
    search = GridSearchCV(
        KerasRegressor(steps, **PARAMS), {"units": [2, 4]}, cv=folds, scoring=metrics, refit="mae",
        engine=engine, store_predictions=True, random_state=0,
    ).fit(X, Y)  # fmt: skip
    best = search.best_params_["units"]
    alone = [
        KerasRegressor(steps, units=best, **PARAMS).fit(X[train], Y[train]).predict(X[test]) for train, test in folds
    ]
    errors = [mean_absolute_error(flat(Y[test]), flat(said)) for said, (_, test) in zip(alone, folds, strict=True)]
    assert search.best_score_ == pytest.approx(-np.mean(errors), rel=1e-4)
    assert search.score(X, Y) == -mean_absolute_error(flat(Y), flat(search.predict(X)))
    low, high = search.corrected_interval_
    assert low < search.corrected_score_ < high
    assert set(search.engine_report_["engine"]) == {engine}


def test_the_scorer_of_a_subclass_scores_sequences_as_they_are():
    class LastStep(KerasRegressor):
        @staticmethod
        def scorer(y_true, y_pred, **params):
            return -np.abs(y_true[:, -1] - y_pred[:, -1]).mean()

    search = GridSearchCV(LastStep(steps, **PARAMS), {"units": [2]}, cv=2).fit(X, Y)
    assert search.score(X, Y) == -np.abs(Y[:, -1] - search.predict(X)[:, -1]).mean()


def test_a_model_of_another_shape_is_told_of():
    with pytest.raises(ModelError, match=r"shape of a row, \(5, 2\). Got \[\(5, 1\)\].*y\.shape\[1:\]"):
        KerasRegressor(lambda: keras.Sequential([keras.Input((5, 3)), layers.Dense(1)]), **PARAMS).fit(X, Y)


RAGGED = [*Y[:-1].tolist(), Y[-1, :3].tolist()]


@pytest.mark.parametrize(
    "y", [RAGGED, [np.array(row) for row in RAGGED], np.array([*map(np.array, RAGGED)], dtype=object)]
)
@pytest.mark.parametrize("wrapper", [KerasRegressor, BaseWrapper])
def test_rows_of_different_lengths_are_told_of_before_training(wrapper, y):
    for fit in (wrapper(steps, loss="mse").fit, GridSearchCV(KerasRegressor(steps), {"units": [2]}, cv=2).fit):
        with pytest.raises(ValueError, match=r"rows of shape \(5, 2\) and \(3, 2\).*pad_sequences.*BaseWrapper"):
            fit(X, y)


def test_labels_at_each_step_are_for_a_base_wrapper():
    labels = (Y[:, :, 0] > 0).astype(int)[:, :, np.newaxis]
    for fit in (KerasClassifier(steps).fit, GridSearchCV(KerasClassifier(steps), {"units": [2]}, cv=2).fit):
        with pytest.raises(ValueError, match=r"Got shape \(\d+, 5, 1\).*take BaseWrapper"):
            fit(X, labels)
