"""Several labels at once, each there or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import keras
import numpy as np
import numpy.typing as npt

from skhpt.estimators._outputs import Output, is_categorical, takes_logits, unit_probabilities
from skhpt.estimators._targets._base import TargetEncoder, columns_of
from skhpt.estimators._targets._labels import known_activation
from skhpt.exceptions import ModelError


class IndicatorEncoder(TargetEncoder):
    """A column of 0 and 1 for each label, for as many units, in one output or in several.

    scikit-learn calls that multilabel. A target with exactly one 1 in each row comes here if the estimator's loss says
    that its columns are labels; otherwise it is read as classes.
    """

    def _learn(self, y: npt.NDArray[Any]) -> None:
        _check_values(y)
        self.n_labels_ = y.shape[1]
        self._dtype = y.dtype
        self._one_hot = bool((y.sum(axis=1) == 1).all())

    def get_metadata(self) -> dict[str, Any]:
        return {
            "classes_": np.tile(np.array([0, 1], dtype=self._dtype), (self.n_labels_, 1)),
            "n_classes_": self.n_labels_,
            "n_outputs_": self.n_labels_,
            "n_outputs_expected_": None,
        }

    def default_loss(self, outputs: Sequence[Output] | None) -> keras.losses.Loss:
        linear = outputs is not None and {known_activation(output) for output in outputs} == {"linear"}
        return keras.losses.BinaryCrossentropy(from_logits=linear)

    @property
    def caution(self) -> str | None:
        """What there is to warn of, if the labels look like classes, which the model does not take them for."""
        return _ONE_HOT if self._one_hot else None

    def match(self, outputs: Sequence[Output]) -> None:
        self._widths = [output.width for output in outputs]
        if any(output.activation == "softmax" and output.width > 1 for output in outputs):
            self._refuse_one_of_all("a softmax")
        if sum(self._widths) != self.n_labels_:
            raise ModelError(
                f"The model's output must have {self.n_labels_} units, one for each label (column of y). "
                f"Got {sum(self._widths)} instead. A builder that takes an argument `meta` finds the number as "
                f"meta['n_classes_']."
            )

    def match_losses(self, losses: Sequence[Any]) -> None:
        if any(is_categorical(loss) for loss in losses):
            self._refuse_one_of_all("a categorical loss")
        self._from_logits = [takes_logits(loss) for loss in losses]

    def _refuse_one_of_all(self, which: str) -> None:
        if self._one_hot:
            raise ModelError(
                f"Each row of y has exactly one 1, and the 'loss' parameter says that its columns are labels of their "
                f"own, but the model has {which}. Give loss='categorical_crossentropy' to have the columns read as "
                f"classes, or end the model in a sigmoid."
            )
        raise ModelError(
            f"The rows of y have several labels each, but the model has {which}, which is for one label a row. "
            f"End it with a sigmoid and take a binary loss."
        )

    def _encode(self, y: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], ...]:
        _check_values(y)
        parts = np.split(y.astype(keras.backend.floatx()), np.cumsum(self._widths)[:-1], axis=1)
        return tuple(parts)

    def inverse_transform(self, outputs: Any, return_proba: bool = False) -> npt.NDArray[Any]:
        probabilities = np.hstack(
            [
                unit_probabilities(units, from_logits=from_logits)
                for units, from_logits in zip(columns_of(outputs), self._from_logits, strict=True)
            ]
        )
        return probabilities if return_proba else (probabilities > 0.5).astype(self._dtype)

    def describe(self) -> dict[str, Any]:
        return {"n_labels": self.n_labels_, "dtype": self._dtype}

    def restore(self, description: Mapping[str, Any]) -> Self:
        self.n_labels_, self._dtype, self._one_hot = description["n_labels"], description["dtype"], False
        self._row_shape = (self.n_labels_,)
        return self


_ONE_HOT = (
    "Each row of y has exactly one label, but the 'loss' parameter is for several labels a row. The model is trained "
    "and scored for several: a row counts as right only if all units are. If these are classes, give "
    "loss='categorical_crossentropy', and end the model in a softmax."
)


def _check_values(y: npt.NDArray[Any]) -> None:
    values = np.unique(y)
    if not np.isin(values, (0, 1)).all():
        raise ValueError(
            f"A y that says of each label whether a row has it must hold 0 and 1. Got {values.tolist()} instead."
        )
