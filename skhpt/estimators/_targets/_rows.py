"""Targets of any shape, as an autoencoder and a model of sequences have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import keras
import numpy as np
import numpy.typing as npt

from skhpt.estimators._outputs import Output, is_of_keras
from skhpt.estimators._targets._base import TargetEncoder
from skhpt.exceptions import ModelError


class RowEncoder(TargetEncoder):
    """Targets of any shape, which the model puts out as they are."""

    def _learn(self, y: npt.NDArray[Any]) -> None:
        """There is nothing else to know."""

    def get_metadata(self) -> dict[str, Any]:
        return {}

    def default_loss(self, outputs: Sequence[Output] | None) -> keras.losses.Loss:
        return keras.losses.MeanSquaredError()

    def match(self, outputs: Sequence[Output]) -> None:
        shapes = [output.shape[1:] for output in outputs]
        if len(shapes) != 1 or not _fits(self._row_shape, shapes[0]):
            raise ModelError(
                f"The model's output must have the shape of a row, {self._row_shape}. Got {shapes} instead. A builder "
                f"that takes an argument `y` finds the shape as y.shape[1:]."
            )

    def match_losses(self, losses: Sequence[Any]) -> None:
        self._has_loss_by_step = losses[0] is not None and is_of_keras(losses[0])

    def weights_for(self, y: npt.NDArray[Any], sample_weight: npt.NDArray[Any]) -> npt.NDArray[Any]:
        # A loss of Keras' own has a value for each step of a row, which it does not multiply with the row's weight.
        n_axes = max(y.ndim - 2, 0) if self._has_loss_by_step else 0
        return sample_weight.reshape(-1, *[1] * n_axes)

    def _encode(self, y: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return y

    def inverse_transform(self, outputs: Any, return_proba: bool = False) -> npt.NDArray[Any]:
        return np.asarray(outputs)

    def describe(self) -> dict[str, Any]:
        return {"shape": self._row_shape}

    def restore(self, description: Mapping[str, Any]) -> Self:
        return self.fit(np.zeros((1, *description["shape"])))


class SequenceEncoder(RowEncoder):
    """Numbers for each step of a sequence: targets of three axes or more."""

    def get_metadata(self) -> dict[str, Any]:
        return {"n_outputs_": self._row_shape[-1], "n_outputs_expected_": 1}


def _fits(shape: tuple[int, ...], expected: tuple[int | None, ...]) -> bool:
    return len(shape) == len(expected) and all(size in (None, n) for n, size in zip(shape, expected, strict=True))
