"""Images: a convolutional network on scikit-learn's digits, with early stopping on a stratified part of each fold."""

import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedShuffleSplit, train_test_split

from skhpt import GridSearchCV, KerasClassifier


def build(meta, filters=16, dropout=0.0):
    return keras.Sequential(
        [
            keras.Input(meta["X_shape_"][1:]),
            layers.Conv2D(filters, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(dropout),
            layers.Dense(meta["n_classes_"], activation="softmax"),
        ]
    )


def main():
    digits = load_digits()
    images = digits.images[..., None] / 16  # of shape (1797, 8, 8, 1)
    train, test, y_train, y_test = train_test_split(images, digits.target, random_state=0, stratify=digits.target)
    classifier = KerasClassifier(
        build,
        optimizer="adam",
        optimizer__learning_rate=0.01,
        epochs=15,
        callbacks={"stop": keras.callbacks.EarlyStopping},
        callbacks__stop__patience=2,
        callbacks__stop__restore_best_weights=True,
        validation_split=StratifiedShuffleSplit(1, test_size=0.15, random_state=0),
        random_state=0,
    )
    search = GridSearchCV(classifier, {"filters": [8, 16], "dropout": [0.0, 0.3]}, cv=3)
    search.fit(train, y_train)
    print(f"Best: {search.best_params_}, cross-validated accuracy {search.best_score_:.4f}")
    print(f"Test accuracy: {search.score(test, y_test):.4f} after {len(search.best_history_['loss'])} epochs")
    search.best_model_.summary()


if __name__ == "__main__":
    main()
