"""How far `best_score_` and `corrected_score_` are from the truth, where the truth is known.

Many searches are simulated: candidates that are right as often as is said, on the same rows, of which the one that does
best is chosen. They err together, more or less, as the candidates of a search do. The last row of the table is of real
searches, over decision trees on 150 rows, whose best estimators are scored on 20,000 others.

Prints, for each kind of search, the mean of each score less the truth, and how many of the 95 % intervals hold the
truth. Takes some two minutes on 2 cores.
"""

import argparse

import numpy as np
import pandas as pd
from scipy.stats import norm
from sklearn.datasets import make_classification
from sklearn.tree import DecisionTreeClassifier

from skhpt import RandomizedSearchCV
from skhpt.results import RowMeans, corrected_score

# Name: candidates, rows, how the accuracies of the candidates are drawn.
SIMULATED = {
    "30 alike, 150 rows": (30, 150, lambda rng, n: np.full(n, 0.75)),
    "30 slightly different, 150 rows": (30, 150, lambda rng, n: rng.uniform(0.7, 0.8, n)),
    "20 different, 200 rows": (20, 200, lambda rng, n: rng.uniform(0.5, 0.8, n)),
    "50 slightly different, 100 rows": (50, 100, lambda rng, n: rng.uniform(0.85, 0.95, n)),
    "one, 200 rows": (1, 200, lambda rng, n: np.full(n, 0.75)),
}
SPACE = {"max_depth": range(1, 12), "min_samples_leaf": range(1, 20), "max_features": range(1, 11)}


def simulated(rng, n_candidates, n_rows, draw, correlation=0.3):
    """The truth, the best score and the corrected one of a search that is only simulated."""
    accuracies = draw(rng, n_candidates)
    shared, own = rng.normal(size=(1, n_rows)), rng.normal(size=(n_candidates, n_rows))
    luck = np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * own
    right = luck < norm.ppf(accuracies)[:, np.newaxis]
    scores = right.mean(axis=1)
    corrected = corrected_score(RowMeans(right), n_rows, seed=int(rng.integers(2**32)))
    return accuracies[scores.argmax()], scores.max(), corrected.score, corrected.low, corrected.high


def searched(rng):
    """The same of a real one."""
    seed = int(rng.integers(2**31))
    X, y = make_classification(20_150, 10, n_informative=3, flip_y=0.2, class_sep=0.7, random_state=seed)
    search = RandomizedSearchCV(
        DecisionTreeClassifier(random_state=seed), SPACE, n_iter=30, random_state=seed, store_predictions=True
    ).fit(X[:150], y[:150])
    truth = search.score(X[150:], y[150:])
    return truth, search.best_score_, search.corrected_score_, *search.corrected_interval_


def summary(found):
    truth, best, corrected, low, high = np.array(found).T
    return {
        "best_score_ is off by": (best - truth).mean(),
        "corrected_score_ by": (corrected - truth).mean(),
        "intervals hold": ((low <= truth) & (truth <= high)).mean(),
        "their width": (high - low).mean(),
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--selections", type=int, default=200, help="of each kind")
    n = arguments.parse_args().selections
    table = {}
    for name, kind in SIMULATED.items():
        rng = np.random.default_rng(7)
        table[name] = summary([simulated(rng, *kind) for _ in range(n)])
    rng = np.random.default_rng(7)
    table["30 decision trees, 150 rows"] = summary([searched(rng) for _ in range(n)])
    print(pd.DataFrame(table).T.round(3).to_string())


if __name__ == "__main__":
    main()
