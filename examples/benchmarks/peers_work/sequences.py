"""Two candidates with masked sequences, which skhpt finds out it can't train together, and then doesn't."""

from peers_work._data import digit_tokens
from peers_work._row import Row


def build():
    from keras import Input, Sequential
    from keras.layers import LSTM, Dense, Embedding

    return Sequential([Input((64,)), Embedding(17, 8, mask_zero=True), LSTM(32), Dense(10, activation="softmax")])


def with_skhpt(X, y):
    from sklearn.model_selection import StratifiedShuffleSplit

    from skhpt import GridSearchCV, KerasClassifier

    classifier = KerasClassifier(build, optimizer="adam", metrics=["accuracy"], epochs=5, batch_size=32)
    grid = {"optimizer__learning_rate": [3e-3, 1e-2]}
    split = StratifiedShuffleSplit(1, test_size=0.2, random_state=0)
    return GridSearchCV(classifier, grid, cv=split, random_state=0).fit(X, y)


def with_keras(X, y):
    import keras
    from sklearn.model_selection import train_test_split

    def train(learning_rate, X, y):
        model = build()
        adam = keras.optimizers.Adam(learning_rate)
        model.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(X, y, epochs=5, batch_size=32, verbose=0)
        return model

    X_fit, X_val, y_fit, y_val = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)
    scores = {rate: train(rate, X_fit, y_fit).evaluate(X_val, y_val, verbose=0)[1] for rate in [3e-3, 1e-2]}
    return train(max(scores, key=scores.get), X, y)


ROW = Row(
    "digits as masked sequences, an embedding and an LSTM, 2 learning rates, one split, 5 epochs",
    digit_tokens,
    {"skhpt": with_skhpt, "keras": with_keras},
)
