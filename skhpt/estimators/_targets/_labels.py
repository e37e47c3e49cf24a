"""One column of labels, of two classes or more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self, cast

import keras
import numpy as np
import numpy.typing as npt

from skhpt._compat.scikeras import ClassifierLabelEncoder
from skhpt.estimators._outputs import Output, class_probabilities, is_hinge, is_sparse, takes_labels, takes_logits
from skhpt.estimators._targets._base import TargetEncoder, columns_of
from skhpt.exceptions import ModelError


class UnknownLabelError(ValueError):
    """A label that was not there when the target was learnt."""


class LabelEncoder(TargetEncoder):
    """Labels of any type, for a model with a unit for each class, or a single one for two classes.

    Parameters
    ----------
    one_hot : bool, default=False
        Whether the user gave a column for each class. Then a loss gets these columns, unless it is called sparse.
    """

    _encoder: _Encoder | None = None
    _by_sign = False

    def __init__(self, one_hot: bool = False) -> None:
        self.one_hot = one_hot

    def _learn(self, y: npt.NDArray[Any]) -> None:
        self._encoder = None
        self.classes_ = np.unique(y)
        self.n_classes_ = len(self.classes_)
        if self.n_classes_ < 2:
            raise ValueError(
                f"A classifier needs at least 2 classes, but y contains one class: {self.classes_.tolist()[0]!r}."
            )

    def get_metadata(self) -> dict[str, Any]:
        return {"classes_": self.classes_, "n_classes_": self.n_classes_, "n_outputs_": 1, "n_outputs_expected_": 1}

    def default_loss(self, outputs: Sequence[Output] | None) -> keras.losses.Loss:
        if outputs is None:
            is_binary, activation = self.n_classes_ == 2 and not self.one_hot, "sigmoid"
        else:
            activation = known_activation(outputs[0])
            is_binary = outputs[0].width == 1 or (self.one_hot and activation == "sigmoid")
        categorical = (
            keras.losses.CategoricalCrossentropy if self.one_hot else keras.losses.SparseCategoricalCrossentropy
        )
        return (keras.losses.BinaryCrossentropy if is_binary else categorical)(from_logits=activation == "linear")

    @property
    def caution(self) -> str | None:
        """What there is to warn of, if the columns of the target are read as classes and the model's units are not."""
        return _INDEPENDENT if self.one_hot and self._activation == "sigmoid" and self._width > 1 else None

    def match(self, outputs: Sequence[Output]) -> None:
        if len(outputs) != 1:
            raise ModelError(
                f"The model must have one output. Got {len(outputs)} instead.{_SEVERAL if self.one_hot else ''}"
            )
        self._activation = outputs[0].activation
        width = outputs[0].width
        if width == self.n_classes_ or (width == 1 and self.n_classes_ == 2):
            self._width = width
            return
        raise ModelError(
            f"The model's output must have {self.n_classes_} units, one for each class of y"
            f"{' (or a single one)' if self.n_classes_ == 2 else ''}. Got {width} instead. "
            f"A builder that takes an argument `meta` finds the number as meta['n_classes_']."
            f"{_IS_NUMBERS if self.classes_.dtype.kind == 'f' and self.n_classes_ > _MANY else ''}"
        )

    def match_losses(self, losses: Sequence[Any]) -> None:
        # Without a loss it is a model that was made elsewhere, and is only asked for predictions.
        self._from_logits = takes_logits(losses[0]) if losses[0] else self._activation == "linear"
        self._by_sign = self._width == 1 and self._activation in ("linear", "tanh") and is_hinge(losses[0])
        takes_numbers = is_sparse(losses[0]) if self.one_hot else takes_labels(losses[0])
        one_hot = self._width > 1 and not takes_numbers
        loss = "categorical_crossentropy" if one_hot else None  # what SciKeras' encoder decides by
        if self._encoder is None or self._encoder.loss != loss:  # of many lanes, only the first one fits it
            self._encoder = _Encoder(loss=loss, categories=[self.classes_]).fit(self.classes_)

    def _encode(self, y: npt.NDArray[Any]) -> npt.NDArray[Any]:
        if len(unknown := np.setdiff1d(y, self.classes_)):
            raise UnknownLabelError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. 'y' has {np.unique(y)}. "
                f"Unknown are {unknown.tolist()}. All classes are learnt in `fit`, or named to the first `partial_fit`."
            )
        return np.asarray(cast(_Encoder, self._encoder).transform(y))

    def inverse_transform(self, outputs: Any, return_proba: bool = False) -> npt.NDArray[Any]:
        (units,) = columns_of(outputs)
        if self._by_sign:
            if return_proba:
                raise ModelError(_NO_PROBABILITIES)
            return np.asarray(self.classes_[(units[:, 0] > 0).astype(int)])
        if return_proba or units.shape[1] == 1:
            units = class_probabilities(units, from_logits=self._from_logits)
        return np.asarray(units if return_proba else self.classes_[units.argmax(axis=1)])

    def describe(self) -> dict[str, Any]:
        return {"classes": self.classes_, "one_hot": self.one_hot}

    def restore(self, description: Mapping[str, Any]) -> Self:
        self.one_hot = description.get("one_hot", False)  # which is not stored with estimators of earlier versions
        return self.fit(description["classes"])


def known_activation(output: Output) -> str:
    """The last activation.

    Raises
    ------
    ModelError
        If it can't be told.
    """
    if output.activation == "tanh":
        raise ModelError(
            "The model ends in a tanh, which gives no probabilities. End it in a sigmoid or a softmax. Give a `loss` "
            "to keep it, such as 'hinge' for one unit and two classes."
        )
    if output.activation is None:
        raise ModelError(
            "Which loss fits the model can't be told from its last layer. Give a `loss`, such as "
            "'sparse_categorical_crossentropy', or compile the model in its builder."
        )
    return output.activation


_NO_PROBABILITIES = (
    "A model that is trained with a hinge loss gives no probabilities: it tells the classes by the sign of its output. "
    "Ask for classes, as the metric 'accuracy' does, or end the model in a sigmoid and take 'binary_crossentropy'."
)


_INDEPENDENT = (
    "Each row of y has exactly one 1, so its columns are read as classes, but the units of the model are independent "
    "of each other. End the model in a softmax. If the columns are labels of which a row may have several, give the "
    "estimator loss='binary_crossentropy'."
)
_SEVERAL = (
    " Each row of y has exactly one 1, so its columns are read as classes. If each column is for an output of its own, "
    "give the estimator a list of losses, one for each output."
)
_MANY = 20  # classes, if they are no whole labels but floats
_IS_NUMBERS = " If y holds numbers to be predicted, take KerasRegressor."


class _Encoder(ClassifierLabelEncoder):
    """SciKeras' encoder, which also one-hot encodes two classes."""

    def _type_of_target(self, y: npt.NDArray[Any]) -> str:
        kind: str = super()._type_of_target(y)
        return "multiclass" if kind == "binary" and self.loss is not None else kind
