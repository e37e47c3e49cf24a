"""Text: which module of Python's library a docstring is from. A network that reads text, and one behind TF-IDF."""

import importlib
import inspect

import keras
from keras import layers
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skhpt import GridSearchCV, KerasClassifier

MODULES = ["datetime", "decimal", "email.message", "logging", "pathlib", "unittest.case"]


def docstrings():
    """The docstrings of all methods and functions of the modules, and the numbers of the modules."""
    found = {}
    for number, name in enumerate(MODULES):
        module = importlib.import_module(name)
        classes = [thing for thing in vars(module).values() if inspect.isclass(thing)]
        for holder in [module, *classes]:
            for thing in vars(holder).values():
                doc = inspect.getdoc(thing) if callable(thing) and not inspect.isclass(thing) else None
                if doc:
                    found.setdefault(doc, number)
    return list(found), list(found.values())


def reading(X, meta, units=32):
    """Reads text by itself. It asks for `X`, the rows to train on, and learns its words from them."""
    vectorize = layers.TextVectorization(max_tokens=2000, output_mode="tf_idf")
    vectorize.adapt(X)
    return keras.Sequential(
        [vectorize, layers.Dense(units, activation="relu"), layers.Dense(meta["n_classes_"], activation="softmax")]
    )


def behind_a_step(meta, units=32):
    """Is given numbers by the step before it, as sparse rows."""
    return keras.Sequential(
        [
            keras.Input((meta["n_features_in_"],)),
            layers.Dense(units, activation="relu"),
            layers.Dense(meta["n_classes_"], activation="softmax"),
        ]
    )


def main():
    texts, modules = docstrings()
    X_train, X_test, y_train, y_test = train_test_split(texts, modules, random_state=0, stratify=modules)
    options = {"optimizer": "adam", "optimizer__learning_rate": 0.01, "epochs": 10, "verbose": 0, "random_state": 0}

    network = KerasClassifier(reading, **options).fit(X_train, y_train)
    print(f"Text read by the network: test accuracy {network.score(X_test, y_test):.4f}")

    # Keras' layers for text can't be fused with other trainings. In a step before the network the words are counted
    # once for all candidates of a fold, and all of these are trained together.
    pipeline = make_pipeline(TfidfVectorizer(), KerasClassifier(behind_a_step, **options))
    grid = {"tfidfvectorizer__ngram_range": [(1, 1), (1, 2)], "kerasclassifier__units": [16, 32]}
    search = GridSearchCV(pipeline, grid, cv=3).fit(X_train, y_train)
    print(f"TF-IDF before the network: {search.best_params_}, test accuracy {search.score(X_test, y_test):.4f}")


if __name__ == "__main__":
    main()
