"""Regression: a small network on scikit-learn's diabetes data, its width and learning rate searched on a grid.

The target is scaled inside of the estimator, so that every fold is scaled by its own training rows.
"""

import keras
from keras import layers
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpt import GridSearchCV, KerasRegressor


def build(meta, units=16, penalty=0.0):
    return keras.Sequential(
        [
            keras.Input((meta["n_features_in_"],)),
            layers.Dense(units, activation="relu", kernel_regularizer=keras.regularizers.L2(penalty)),
            layers.Dense(1),
        ]
    )


def main():
    X, y = load_diabetes(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    network = KerasRegressor(build, optimizer="adam", optimizer__learning_rate=0.01, epochs=30, random_state=0)
    model = make_pipeline(StandardScaler(), TransformedTargetRegressor(network, transformer=StandardScaler()))
    prefix = "transformedtargetregressor__regressor__"
    search = GridSearchCV(
        model,
        {f"{prefix}units": [8, 32], f"{prefix}penalty": [0.0, 0.03]},
        scoring=["r2", "neg_mean_absolute_error"],
        refit="r2",
        cv=3,
    )
    search.fit(X_train, y_train)
    best = search.cv_results_["mean_test_neg_mean_absolute_error"][search.best_index_]
    print(f"Best: {search.best_params_}")
    print(f"Cross-validated: R² {search.best_score_:.3f}, mean absolute error {-best:.1f}")
    print(f"Test R²: {search.score(X_test, y_test):.3f}")


if __name__ == "__main__":
    main()
