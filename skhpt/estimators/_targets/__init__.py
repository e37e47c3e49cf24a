"""From the targets of scikit-learn to what a Keras model takes, and back."""

from skhpt.estimators._targets._base import TargetEncoder
from skhpt.estimators._targets._indicators import IndicatorEncoder
from skhpt.estimators._targets._label_columns import LabelColumnsEncoder
from skhpt.estimators._targets._labels import LabelEncoder, UnknownLabelError
from skhpt.estimators._targets._numbers import NumberEncoder
from skhpt.estimators._targets._one_hot import is_for_labels, one_hot_columns
from skhpt.estimators._targets._rows import RowEncoder, SequenceEncoder

__all__ = [
    "IndicatorEncoder",
    "LabelColumnsEncoder",
    "LabelEncoder",
    "NumberEncoder",
    "RowEncoder",
    "SequenceEncoder",
    "TargetEncoder",
    "UnknownLabelError",
    "is_for_labels",
    "one_hot_columns",
]
