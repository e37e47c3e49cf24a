"""`keras.utils.set_random_seed` decides how networks without a `random_state` are trained."""

import keras
import numpy as np
import pytest

from skhpt import GridSearchCV, KerasClassifier

X, KIND = np.random.default_rng(0).normal(size=(30, 3)), np.arange(30) % 2


class Linear(KerasClassifier):
    """Of one layer."""

    def _keras_build_fn(self):
        return keras.Sequential([keras.layers.Dense(1)])


@pytest.mark.parametrize("engine", ["fused", "per-trial"])
def test_in_a_search(engine):
    search = GridSearchCV(Linear(verbose=0), {"batch_size": [30]}, cv=2, refit=False, engine=engine)
    losses = []
    for seed in (1, 1, None):
        if seed is not None:
            keras.utils.set_random_seed(seed)
        losses.append(search.fit(X, KIND).histories_["loss"].tolist())
    assert losses[0] == losses[1] != losses[2]


def test_in_a_fit():
    losses = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        losses.append(Linear(verbose=0).fit(X, KIND).history_["loss"])
    assert losses[0] == losses[1] != losses[2]
