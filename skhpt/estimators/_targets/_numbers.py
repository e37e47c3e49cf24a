"""Continuous targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import keras
import numpy as np
import numpy.typing as npt

from skhpt._compat.scikeras import RegressorTargetEncoder, encoded_shape
from skhpt.estimators._outputs import Output
from skhpt.estimators._targets._base import TargetEncoder, columns_of
from skhpt.exceptions import ModelError


class NumberEncoder(TargetEncoder):
    """A column of numbers for each unit of the model, in one output or in several."""

    def _learn(self, y: npt.NDArray[Any]) -> None:
        self._encoder = RegressorTargetEncoder().fit(y)
        self.n_outputs_ = 1 if y.ndim == 1 else y.shape[1]

    def get_metadata(self) -> dict[str, Any]:
        return {"n_outputs_": self.n_outputs_, "n_outputs_expected_": 1}

    def default_loss(self, outputs: Sequence[Output] | None) -> keras.losses.Loss:
        return keras.losses.MeanSquaredError()

    def match(self, outputs: Sequence[Output]) -> None:
        self._widths = [output.width for output in outputs]
        if sum(self._widths) != self.n_outputs_:
            units = "1 unit" if self.n_outputs_ == 1 else f"{self.n_outputs_} units"
            raise ModelError(
                f"The model's output must have {units}, one for each target. Got {sum(self._widths)} instead. A "
                f"builder that takes an argument `meta` finds the number as meta['n_outputs_']."
            )

    def _encode(self, y: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], ...]:
        columns = np.asarray(self._encoder.transform(y)).reshape(len(y), -1)
        return tuple(np.split(columns, np.cumsum(self._widths)[:-1], axis=1))

    def inverse_transform(self, outputs: Any, return_proba: bool = False) -> npt.NDArray[Any]:
        return np.asarray(self._encoder.inverse_transform(np.hstack(columns_of(outputs))))

    def describe(self) -> dict[str, Any]:
        return {"shape": encoded_shape(self._encoder)[1:]}

    def restore(self, description: Mapping[str, Any]) -> Self:
        return self.fit(np.zeros((1, *description["shape"])))
