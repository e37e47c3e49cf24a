"""Searchers with scikit-learn's interface."""

from skhpt.search._grid import GridSearchCV
from skhpt.search._randomized import RandomizedSearchCV

__all__ = ["GridSearchCV", "RandomizedSearchCV"]
