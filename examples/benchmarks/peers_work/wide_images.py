"""Two candidates of a larger network on one split: its steps are long, and training together saves little of them."""

from peers_work._data import digit_images
from peers_work._row import Row


def build():
    from keras import Input, Sequential
    from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D

    first = [Conv2D(filters, 3, padding="same", activation="relu") for filters in (64, 128)]
    last = [MaxPooling2D(), Conv2D(256, 3, padding="same", activation="relu"), Flatten()]
    return Sequential([Input((8, 8, 1)), *first, *last, Dense(10, activation="softmax")])


def with_skhpt(X, y):
    from sklearn.model_selection import StratifiedShuffleSplit

    from skhpt import GridSearchCV, KerasClassifier

    classifier = KerasClassifier(build, optimizer="adam", metrics=["accuracy"], epochs=2, batch_size=32)
    grid = {"optimizer__learning_rate": [3e-4, 1e-3]}
    split = StratifiedShuffleSplit(1, test_size=0.2, random_state=0)
    return GridSearchCV(classifier, grid, cv=split, random_state=0).fit(X, y)


def with_keras(X, y):
    import keras
    from sklearn.model_selection import train_test_split

    def train(learning_rate, X, y):
        model = build()
        adam = keras.optimizers.Adam(learning_rate)
        model.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(X, y, epochs=2, batch_size=32, verbose=0)
        return model

    X_fit, X_val, y_fit, y_val = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)
    scores = {rate: train(rate, X_fit, y_fit).evaluate(X_val, y_val, verbose=0)[1] for rate in [3e-4, 1e-3]}
    return train(max(scores, key=scores.get), X, y)


ROW = Row(
    "digits as images, 3 wide convolutions, 2 learning rates, one split, 2 epochs",
    digit_images,
    {"skhpt": with_skhpt, "keras": with_keras},
)
