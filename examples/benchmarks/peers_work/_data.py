"""The data of the rows: training rows, test rows, and the targets of both."""

import numpy as np


def held_out(X, y, stratify):
    """Training rows and test rows of standardised data, in 32 bits."""
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler

    parts = train_test_split(X, y, test_size=0.2, random_state=0, stratify=y if stratify else None)
    scaler = StandardScaler().fit(parts[0])
    return *(scaler.transform(part).astype("float32") for part in parts[:2]), *parts[2:]


def digits():
    from sklearn.datasets import load_digits

    return held_out(*load_digits(return_X_y=True), stratify=True)


def digit_images():
    X_train, X_test, y_train, y_test = digits()
    return X_train.reshape(-1, 8, 8, 1), X_test.reshape(-1, 8, 8, 1), y_train, y_test


def digit_tokens():
    """Digits as sequences of 64 whole numbers, of which the dark pixels, 0, are masked."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    X, y = load_digits(return_X_y=True)
    return train_test_split(X.astype("int32"), y, test_size=0.2, random_state=0, stratify=y)


def wine():
    from sklearn.datasets import load_wine

    return held_out(*load_wine(return_X_y=True), stratify=True)


def diabetes():
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True)
    return held_out(X, ((y - y.mean()) / y.std()).astype("float32"), stratify=False)


def photographs():
    """Squares of 8 x 8 pixels from scikit-learn's two photographs, and which one each is from.

    The right fifth of each photograph is held out, as squares overlap.
    """
    from sklearn.datasets import load_sample_images

    X_train, X_test, y_train, y_test = [], [], [], []
    for number, photograph in enumerate(load_sample_images().images):
        cut = photograph.shape[1] * 4 // 5
        for part, X, y in ((photograph[:, :cut], X_train, y_train), (photograph[:, cut:], X_test, y_test)):
            squares = np.lib.stride_tricks.sliding_window_view(part, (8, 8), axis=(0, 1))[::3, ::3].reshape(-1, 192)
            X.append(squares.astype("float32") / 255)
            y.append(np.full(len(squares), number))
    X_train, X_test, y_train, y_test = map(np.concatenate, (X_train, X_test, y_train, y_test))
    order = np.random.default_rng(0).permutation(len(X_train))
    return X_train[order], X_test, y_train[order], y_test
