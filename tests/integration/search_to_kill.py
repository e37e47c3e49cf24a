"""A search over a real network, to be killed.

``python -m tests.integration.search_to_kill ENGINE RUNS_DIR RESULTS``
"""

import sys
import time

import keras
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skhpt import HalvingGridSearchCV, KerasClassifier

SECONDS_AN_EPOCH = 0.03
"""Of each trial, so that there is time to kill it."""


def build(units=16, rate=0.2):
    return keras.Sequential(
        [
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dropout(rate),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def slowly(epoch, learning_rate):
    time.sleep(SECONDS_AN_EPOCH)
    return learning_rate * 0.9


def search(engine, **settings):
    """Nine candidates on 3, then 9 epochs, with state of every kind: dropout, momenta, callbacks."""
    callbacks = [
        keras.callbacks.LearningRateScheduler(slowly),
        keras.callbacks.EarlyStopping("loss", patience=5, restore_best_weights=True),
    ]
    classifier = KerasClassifier(build, optimizer="adam", epochs=9, batch_size=64, callbacks=callbacks, random_state=0)
    return HalvingGridSearchCV(
        make_pipeline(MinMaxScaler(), classifier),
        {"kerasclassifier__optimizer__learning_rate": [0.001, 0.01, 0.03], "kerasclassifier__units": [8, 16, 32]},
        resource="epochs",
        min_resources=3,
        cv=StratifiedKFold(3),
        engine=engine,
        random_state=0,
        checkpoint_seconds=0,
        **settings,
    )


if __name__ == "__main__":
    engine, runs_dir, results = sys.argv[1:]
    X, y = load_digits(return_X_y=True)
    kept = {} if runs_dir == "none" else {"runs_dir": runs_dir, "resume": True}
    fitted = search(engine, **kept).fit(X[:900], y[:900])
    weights = {f"weights{place}": value for place, value in enumerate(fitted.best_model_.get_weights())}
    columns = ("iter", "mean_test_score", "split0_test_score", "split2_test_score")
    history = fitted.histories_.drop(columns="epoch_seconds").to_numpy(float)
    np.savez(results, history=history, **{name: fitted.cv_results_[name] for name in columns}, **weights)
