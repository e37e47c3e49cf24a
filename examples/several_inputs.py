"""Several inputs: images of digits beside a table of what was measured of them, searched as one dict of both."""

import keras
import numpy as np
import pandas as pd
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skhpt import GridSearchCV, KerasClassifier


def build(meta, filters=8, units=8):
    """The inputs are called what the dict calls them."""
    images = keras.Input(meta["X_shape_"]["images"][1:], name="images")
    attributes = keras.Input(meta["X_shape_"]["attributes"][1:], name="attributes")
    seen = layers.Flatten()(layers.MaxPooling2D()(layers.Conv2D(filters, 3, activation="relu")(images)))
    measured = layers.Dense(units, activation="relu")(attributes)
    outputs = layers.Dense(meta["n_classes_"], activation="softmax")(layers.Concatenate()([seen, measured]))
    return keras.Model({"images": images, "attributes": attributes}, outputs)


def measure(images):
    """How much ink there is, where its centre is, and how alike the left and the right half are."""
    ink = images.sum(axis=(1, 2))
    rows, columns = np.arange(8) / 7, np.arange(8) / 7
    return pd.DataFrame(
        {
            "ink": ink / 64,
            "height": images.sum(axis=2) @ rows / ink,
            "side": images.sum(axis=1) @ columns / ink,
            "symmetry": 1 - np.abs(images - images[:, :, ::-1]).mean(axis=(1, 2)),
        }
    )


def main():
    digits = load_digits()
    images = digits.images / 16
    train, test = train_test_split(np.arange(len(images)), random_state=0, stratify=digits.target)
    attributes = measure(images)
    classifier = KerasClassifier(build, optimizer="adam", optimizer__learning_rate=0.01, epochs=10, random_state=0)
    search = GridSearchCV(classifier, {"filters": [4, 8], "units": [4, 16]}, cv=3)
    search.fit({"images": images[train, ..., None], "attributes": attributes.iloc[train]}, digits.target[train])
    print(f"Best: {search.best_params_}, cross-validated accuracy {search.best_score_:.4f}")
    held_out = {"images": images[test, ..., None], "attributes": attributes.iloc[test]}
    print(f"Test accuracy: {search.score(held_out, digits.target[test]):.4f}")
    print(f"Trained together: {(search.engine_report_['engine'] == 'fused').sum()} networks")


if __name__ == "__main__":
    main()
