"""Categories as sparse rows: orders of a shop, of which one-hot encoding makes hundreds of columns."""

import keras
import numpy as np
import pandas as pd
from keras import layers
from sklearn.compose import make_column_transformer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skhpt import KerasClassifier, RandomizedSearchCV


def orders(n_orders=3000, seed=0):
    """A made-up table of orders, and whether each came back. Some products and towns send more back than others."""
    rng = np.random.default_rng(seed)
    n_products, n_towns = 300, 100
    table = pd.DataFrame(
        {
            "product": rng.integers(0, n_products, n_orders),
            "town": rng.integers(0, n_towns, n_orders),
            "payment": rng.choice(["card", "invoice", "transfer"], n_orders),
            "price": rng.lognormal(3, 1, n_orders),
        }
    )
    of_product, of_town = rng.normal(0, 2, n_products), rng.normal(0, 1, n_towns)
    log_odds = of_product[table["product"]] + of_town[table["town"]] + (table["payment"] == "invoice")
    came_back = rng.random(n_orders) < 1 / (1 + np.exp(-log_odds))
    table["product"] = table["product"].map("product {}".format)
    table["town"] = table["town"].map("town {}".format)
    return table, came_back.map({True: "came back", False: "kept"})


def build(meta, units=8):
    return keras.Sequential(
        [
            keras.Input((meta["n_features_in_"],)),
            layers.Dense(units, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def main():
    table, outcome = orders()
    X_train, X_test, y_train, y_test = train_test_split(table, outcome, random_state=0, stratify=outcome)
    # Sparse rows stay sparse: a batch of them is made dense when it is its turn, never the whole table.
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["product", "town", "payment"]),
        (StandardScaler(), ["price"]),
        sparse_threshold=1.0,
    )
    network = KerasClassifier(build, optimizer="adam", epochs=8, verbose=0, random_state=0)
    search = RandomizedSearchCV(
        make_pipeline(encode, network),
        {
            "columntransformer__onehotencoder__min_frequency": [None, 5],
            "kerasclassifier__units": [4, 8, 16],
            "kerasclassifier__optimizer__learning_rate": [0.003, 0.01],
        },
        n_iter=6,
        cv=3,
        random_state=0,
    )
    search.fit(X_train, y_train)
    rows = search.best_estimator_[:-1].transform(X_train)
    print(f"{type(rows).__name__} of {rows.shape[1]} columns, {rows.nnz / rows.shape[0]:.1f} of them not zero in a row")
    print(f"Best: {search.best_params_}, cross-validated accuracy {search.best_score_:.4f}")
    print(f"Test accuracy: {search.score(X_test, y_test):.4f}")


if __name__ == "__main__":
    main()
