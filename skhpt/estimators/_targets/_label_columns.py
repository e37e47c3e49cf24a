"""Several columns of labels, each with classes of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import keras
import numpy as np
import numpy.typing as npt

from skhpt.estimators._outputs import Output
from skhpt.estimators._targets._base import TargetEncoder, columns_of
from skhpt.estimators._targets._labels import LabelEncoder
from skhpt.exceptions import ModelError


class LabelColumnsEncoder(TargetEncoder):
    """A column of labels for each output of the model; scikit-learn calls that multiclass-multioutput."""

    def _learn(self, y: npt.NDArray[Any]) -> None:
        self.encoders_ = [LabelEncoder().fit(column) for column in y.T]

    def get_metadata(self) -> dict[str, Any]:
        n = len(self.encoders_)
        return {
            "classes_": [encoder.classes_ for encoder in self.encoders_],
            "n_classes_": [encoder.n_classes_ for encoder in self.encoders_],
            "n_outputs_": n,
            "n_outputs_expected_": n,
        }

    def default_loss(self, outputs: Sequence[Output] | None) -> list[keras.losses.Loss]:
        known = [None] * len(self.encoders_) if outputs is None else [[output] for output in outputs]
        return [encoder.default_loss(output) for encoder, output in zip(self.encoders_, known, strict=True)]

    def match(self, outputs: Sequence[Output]) -> None:
        n = len(self.encoders_)
        if len(outputs) != n:
            raise ModelError(
                f"The model must have {n} outputs, one for each column of y. Got {len(outputs)} instead. A builder "
                f"that takes an argument `meta` finds how many units each of them needs as meta['n_classes_']."
            )
        for encoder, output in zip(self.encoders_, outputs, strict=True):
            encoder.match([output])

    def match_losses(self, losses: Sequence[Any]) -> None:
        for encoder, loss in zip(self.encoders_, losses, strict=True):
            encoder.match_losses([loss])

    def _encode(self, y: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], ...]:
        return tuple(encoder._encode(column) for encoder, column in zip(self.encoders_, y.T, strict=True))

    def inverse_transform(self, outputs: Any, return_proba: bool = False) -> Any:
        decoded = [
            encoder.inverse_transform(units, return_proba)
            for encoder, units in zip(self.encoders_, columns_of(outputs), strict=True)
        ]
        return decoded if return_proba else np.column_stack(decoded)

    def describe(self) -> dict[str, Any]:
        return {"classes": [encoder.classes_ for encoder in self.encoders_]}

    def restore(self, description: Mapping[str, Any]) -> Self:
        self.encoders_ = [LabelEncoder().fit(column) for column in description["classes"]]
        self._row_shape = (len(self.encoders_),)
        return self
