"""How far networks have come while they train, whoever trains them."""

import numpy as np
import pytest
from sklearn.datasets import load_iris

from skhpt import GridSearchCV, KerasClassifier, SearchListener
from tests.builders import classifier


class Epochs(SearchListener):
    """Takes note of the epochs that are planned and heard of."""

    def __init__(self):
        self.planned = {}
        self.heard = []

    def round_begins(self, round_):
        self.planned = dict(round_.epochs)

    def epochs_ended(self, epochs):
        self.heard += epochs.items()


@pytest.fixture
def every_epoch(monkeypatch):
    """Passes each epoch on."""
    monkeypatch.setattr("skhpt.search._listeners._SECONDS_BETWEEN_EPOCHS", -1.0)


@pytest.mark.parametrize("engine", ["fused", "per-trial"])
def test_every_epoch_of_trials_is_heard_of(engine, every_epoch):
    X, y = load_iris(return_X_y=True)
    epochs = Epochs()
    estimator = KerasClassifier(classifier, epochs=3, random_state=0)
    grid = {"optimizer__learning_rate": [0.01, 0.1]}
    GridSearchCV(estimator, grid, cv=2, engine=engine, refit=False, loggers=[epochs]).fit(X.astype(np.float32), y)
    keys = [(candidate, fold, 0) for candidate in range(2) for fold in range(2)]
    assert epochs.planned == dict.fromkeys(keys, 3)
    # A program asks whether to go on before each epoch, and not after the last.
    heard = {(key, n) for key, n in epochs.heard if n > 0}
    assert heard == {(key, n) for key in keys for n in ([1, 2] if engine == "fused" else [1, 2, 3])}
