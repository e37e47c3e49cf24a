"""Keras models as scikit-learn estimators."""

from skhpt.estimators._base import BaseWrapper
from skhpt.estimators._classifier import KerasClassifier
from skhpt.estimators._regressor import KerasRegressor
from skhpt.estimators._rows import Rows
from skhpt.estimators._transformer import KerasTransformer

__all__ = ["BaseWrapper", "KerasClassifier", "KerasRegressor", "KerasTransformer", "Rows"]
