"""No network at all: what skhpt records of every trial is all there is to lose."""

from peers_work._data import wine
from peers_work._row import Row


def with_skhpt(X, y):
    from sklearn.linear_model import LogisticRegression

    from skhpt import GridSearchCV

    grid = {"C": [1e-3, 1e-2, 1e-1, 1, 10, 100, 1000]}
    return GridSearchCV(LogisticRegression(), grid, cv=5).fit(X, y)


def with_scikit_learn(X, y):
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    grid = {"C": [1e-3, 1e-2, 1e-1, 1, 10, 100, 1000]}
    return GridSearchCV(LogisticRegression(), grid, cv=5).fit(X, y)


ROW = Row(
    "wine, 7 logistic regressions (no network), 5 folds",
    wine,
    {"skhpt": with_skhpt, "scikit-learn": with_scikit_learn},
)
