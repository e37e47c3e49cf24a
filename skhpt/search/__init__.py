"""Searchers with scikit-learn's interface."""

from skhpt.search._bayesian import BayesianSearchCV
from skhpt.search._grid import GridSearchCV
from skhpt.search._halving_grid import HalvingGridSearchCV
from skhpt.search._halving_random import HalvingRandomSearchCV
from skhpt.search._hyperband import HyperbandSearchCV
from skhpt.search._loaded_run import LoadedRun, load_run
from skhpt.search._nested import nested_scores
from skhpt.search._randomized import RandomizedSearchCV

__all__ = [
    "BayesianSearchCV",
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "HyperbandSearchCV",
    "LoadedRun",
    "RandomizedSearchCV",
    "load_run",
    "nested_scores",
]
