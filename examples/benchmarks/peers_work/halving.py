"""Successive halving on epochs: skhpt goes on with the trainings of survivors, scikit-learn starts them over."""

from peers_work._data import digits
from peers_work._row import Row
from peers_work.grid import build


def with_skhpt(X, y):
    from scipy.stats import loguniform

    from skhpt import HalvingRandomSearchCV, KerasClassifier

    classifier = KerasClassifier(build, optimizer="adam", metrics=["accuracy"], batch_size=32)
    distributions = {"model__units": [16, 32, 48, 64], "optimizer__learning_rate": loguniform(1e-4, 3e-2)}
    budget = {"resource": "epochs", "factor": 3, "min_resources": 1, "max_resources": 27}
    return HalvingRandomSearchCV(classifier, distributions, n_candidates=27, cv=3, random_state=0, **budget).fit(X, y)


def with_scikit_learn(X, y):
    from scikeras.wrappers import KerasClassifier
    from scipy.stats import loguniform
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - shows the class
    from sklearn.model_selection import HalvingRandomSearchCV, StratifiedKFold

    options = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], "random_state": 0, "verbose": 0}
    classifier = KerasClassifier(build, optimizer="adam", epochs=1, batch_size=32, **options)
    distributions = {"model__units": [16, 32, 48, 64], "optimizer__learning_rate": loguniform(1e-4, 3e-2)}
    budget = {"resource": "epochs", "factor": 3, "min_resources": 1, "max_resources": 27}
    options = {"cv": StratifiedKFold(3), "n_jobs": 2, "random_state": 0}
    return HalvingRandomSearchCV(classifier, distributions, n_candidates=27, **budget, **options).fit(X, y)


ROW = Row(
    "digits, a halving of 27 candidates from 1 to 27 epochs, 3 folds",
    digits,
    {"skhpt": with_skhpt, "scikit-learn": with_scikit_learn},
)
