"""A regression on few rows with many epochs."""

from peers_work._data import diabetes
from peers_work._row import Row


def build(units):
    from keras import Input, Sequential
    from keras.layers import Dense

    return Sequential([Input((10,)), Dense(units, activation="relu"), Dense(units, activation="relu"), Dense(1)])


def with_skhpt(X, y):
    from skhpt import GridSearchCV, KerasRegressor

    regressor = KerasRegressor(build, optimizer="adam", epochs=50, batch_size=32)
    grid = {"units": [8, 32], "optimizer__learning_rate": [1e-4, 1e-3, 1e-2]}
    return GridSearchCV(regressor, grid, cv=5, random_state=0).fit(X, y)


def with_scikit_learn(X, y):
    from scikeras.wrappers import KerasRegressor
    from sklearn.model_selection import GridSearchCV

    options = {"loss": "mean_squared_error", "random_state": 0, "verbose": 0}
    regressor = KerasRegressor(build, optimizer="adam", epochs=50, batch_size=32, **options)
    grid = {"model__units": [8, 32], "optimizer__learning_rate": [1e-4, 1e-3, 1e-2]}
    return GridSearchCV(regressor, grid, cv=5, n_jobs=2).fit(X, y)


ROW = Row(
    "diabetes (R²), 6 candidates (2 widths x 3 learning rates), 5 folds, 50 epochs",
    diabetes,
    {"skhpt": with_skhpt, "scikit-learn": with_scikit_learn},
    regression=True,
)
