"""What all encoders of a target share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Self

import keras
import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin

from skhpt.estimators._outputs import Output
from skhpt.estimators._unchanged import check_target_shape

Arrays = npt.NDArray[Any] | tuple[npt.NDArray[Any], ...]


class TargetEncoder(TransformerMixin, BaseEstimator, ABC):
    """A transformer of targets that also knows which models can serve them.

    It first learns from the target alone, so that a builder can be told of it; then from the model, once there is one.
    A user's own encoder needs `fit`, `transform` and `inverse_transform` only.
    """

    _row_shape: tuple[int, ...]

    def fit(self, y: npt.NDArray[Any]) -> Self:
        """Learn what the target looks like."""
        self._row_shape = y.shape[1:]
        self._learn(y)
        return self

    @abstractmethod
    def _learn(self, y: npt.NDArray[Any]) -> None:
        """What `fit` does beyond remembering the shape."""

    @abstractmethod
    def get_metadata(self) -> dict[str, Any]:
        """What the estimator takes over as attributes, and a builder sees as `meta`."""

    @abstractmethod
    def default_loss(self, outputs: Sequence[Output] | None) -> Any:
        """The loss that fits the target, and the model's outputs once they are known.

        Parameters
        ----------
        outputs : sequence of Output, or None
            None before there is a model.

        Raises
        ------
        ModelError
            If the outputs don't say which.
        """

    @abstractmethod
    def match(self, outputs: Sequence[Output]) -> None:
        """Learn what the outputs of the model are.

        Raises
        ------
        ModelError
            If they can't fit the target.
        """

    def match_losses(self, losses: Sequence[Any]) -> None:
        """Learn what the model was compiled with, a loss for each output.

        Raises
        ------
        ModelError
            If that can't fit the target.
        """

    def weights_for(self, y: npt.NDArray[Any], sample_weight: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The weights of rows in the shape in which the loss takes them."""
        return sample_weight

    def transform(self, y: npt.NDArray[Any]) -> Arrays:
        """From targets to what the model is trained on, an array for each of its outputs.

        Raises
        ------
        ValueError
            If they are not like those that were learnt.
        """
        check_target_shape(y.shape, self._row_shape)
        return self._encode(y)

    @abstractmethod
    def _encode(self, y: npt.NDArray[Any]) -> Arrays:
        """What `transform` does with targets of the right shape."""

    @abstractmethod
    def inverse_transform(self, outputs: Any, return_proba: bool = False) -> Any:
        """From what `keras.Model.predict` returns to predictions, or else to probabilities."""

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """What there is to be stored of a fitted encoder, as plain values."""

    @abstractmethod
    def restore(self, description: Mapping[str, Any]) -> Self:
        """Be the encoder that `describe` described, before `match`."""


def columns_of(outputs: Any) -> list[npt.NDArray[Any]]:
    """An array of shape (n_samples, n_units) for each output of `keras.Model.predict`."""
    return [np.asarray(output).reshape(len(output), -1) for output in keras.tree.flatten(outputs)]
