"""Candidates drawn at random, nearly all of different widths."""

from peers_work._data import digits
from peers_work._row import Row
from peers_work.grid import build


def with_skhpt(X, y):
    from scipy.stats import loguniform, randint

    from skhpt import KerasClassifier, RandomizedSearchCV

    classifier = KerasClassifier(build, optimizer="adam", metrics=["accuracy"], epochs=10, batch_size=32)
    distributions = {"model__units": randint(8, 129), "optimizer__learning_rate": loguniform(1e-4, 3e-2)}
    return RandomizedSearchCV(classifier, distributions, n_iter=10, cv=5, random_state=0).fit(X, y)


def with_scikit_learn(X, y):
    from scikeras.wrappers import KerasClassifier
    from scipy.stats import loguniform, randint
    from sklearn.model_selection import RandomizedSearchCV, StratifiedKFold

    options = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], "random_state": 0, "verbose": 0}
    classifier = KerasClassifier(build, optimizer="adam", epochs=10, batch_size=32, **options)
    distributions = {"model__units": randint(8, 129), "optimizer__learning_rate": loguniform(1e-4, 3e-2)}
    search = RandomizedSearchCV(classifier, distributions, n_iter=10, cv=StratifiedKFold(5), n_jobs=2, random_state=0)
    return search.fit(X, y)


ROW = Row(
    "digits, 10 random candidates, nearly all of different widths, 5 folds, 10 epochs",
    digits,
    {"skhpt": with_skhpt, "scikit-learn": with_scikit_learn},
)
