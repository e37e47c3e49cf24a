"""From the targets of scikit-learn to what a Keras model takes, and back."""

from skhpt.estimators._targets._base import TargetEncoder
from skhpt.estimators._targets._indicators import IndicatorEncoder
from skhpt.estimators._targets._label_columns import LabelColumnsEncoder
from skhpt.estimators._targets._labels import LabelEncoder, UnknownLabelError
from skhpt.estimators._targets._numbers import NumberEncoder
from skhpt.estimators._targets._rows import RowEncoder

__all__ = [
    "IndicatorEncoder",
    "LabelColumnsEncoder",
    "LabelEncoder",
    "NumberEncoder",
    "RowEncoder",
    "TargetEncoder",
    "UnknownLabelError",
]
