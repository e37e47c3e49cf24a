"""From a table to production: customers who leave, through a ColumnTransformer into a network that is searched for.

The best pipeline is saved, and another process, which has neither this script nor the model builder, loads it and
predicts. Needs the extra ``save``.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from keras import layers
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.impute import SimpleImputer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import skhpt

SERVICE = """
import sys
import pandas as pd
import skhpt

pipeline = skhpt.load(sys.argv[1])
probabilities = pipeline.predict_proba(pd.read_csv(sys.argv[2]))
pd.DataFrame(probabilities, columns=pipeline.classes_).to_csv(sys.argv[3], index=False)
"""


def make_table(n_rows=1500, seed=0):
    """Customers of a telephone company: numbers, categories, and values that are missing."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "months": rng.integers(1, 72, n_rows).astype(float),
            "charges": rng.gamma(4, 18, n_rows),
            "calls_to_support": rng.poisson(1.5, n_rows),
            "contract": rng.choice(["monthly", "one year", "two years"], n_rows, p=[0.55, 0.25, 0.2]),
            "payment": rng.choice(["card", "cheque", "transfer"], n_rows),
        }
    )
    monthly, cheque = table["contract"] == "monthly", table["payment"] == "cheque"
    log_odds = 1.6 * monthly + 0.7 * cheque - 0.05 * table["months"] + 0.6 * table["calls_to_support"] - 1
    left = rng.random(n_rows) < 1 / (1 + np.exp(-log_odds))
    table.loc[rng.random(n_rows) < 0.1, "charges"] = np.nan
    table.loc[rng.random(n_rows) < 0.05, "payment"] = np.nan
    return table, np.where(left, "left", "stayed")


def build(meta, units=16, dropout=0.0):
    return keras.Sequential(
        [
            keras.Input((meta["n_features_in_"],)),
            layers.Dense(units, activation="relu"),
            layers.Dropout(dropout),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def main():
    table, target = make_table()
    train, test, y_train, y_test = train_test_split(table, target, random_state=0, stratify=target)
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    categories = OneHotEncoder(handle_unknown="ignore", sparse_output=False)  # a missing value is one more category
    columns = ColumnTransformer(
        [
            ("numbers", numbers, make_column_selector(dtype_include="number")),
            ("categories", categories, make_column_selector(dtype_exclude="number")),
        ]
    )
    network = skhpt.KerasClassifier(build, optimizer="adam", optimizer__learning_rate=0.01, epochs=10, random_state=0)
    search = skhpt.GridSearchCV(
        Pipeline([("columns", columns), ("network", network)]),
        {"network__units": [8, 16], "network__dropout": [0.0, 0.3]},
        scoring="roc_auc",
        cv=3,
    )
    search.fit(train, y_train)
    print(f"Best: {search.best_params_}, cross-validated area under the curve {search.best_score_:.4f}")

    with tempfile.TemporaryDirectory() as directory:
        saved, rows, predicted = (Path(directory, name) for name in ("churn", "rows.csv", "predicted.csv"))
        skhpt.save(search, saved)
        test.to_csv(rows, index=False)
        subprocess.run([sys.executable, "-c", SERVICE, saved, rows, predicted], check=True)  # noqa: S603
        probabilities = pd.read_csv(predicted)
    area = roc_auc_score(y_test == "left", probabilities["left"])
    print(f"Test area under the curve of the other process: {area:.4f}")
    equal = np.isclose(probabilities, search.predict_proba(test), atol=1e-5).all(axis=1)
    print(f"It predicts {equal.sum()} of {len(equal)} rows as this one does")


if __name__ == "__main__":
    main()
