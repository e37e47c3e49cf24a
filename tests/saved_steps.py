"""Steps of a user's own that the tests save: in a module, which a loading process can import."""

from sklearn.base import BaseEstimator, TransformerMixin

from skhpt import KerasClassifier


class Shifted(TransformerMixin, BaseEstimator):
    def __init__(self, by=1.0):
        self.by = by

    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return X + self.by


class OwnClassifier(KerasClassifier):
    pass
