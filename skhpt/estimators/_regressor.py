"""Keras models that regress."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from sklearn.base import RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import type_of_target

from skhpt.estimators._base import BaseWrapper
from skhpt.estimators._scikeras import RegressorTargetEncoder
from skhpt.exceptions import ModelError


class KerasRegressor(RegressorMixin, BaseWrapper):
    """A Keras model builder as a scikit-learn regressor.

    The interface is that of SciKeras. Beyond it, a builder's keyword arguments are parameters of the estimator: of
    ``KerasRegressor(build)`` one can search over ``units`` if the builder is ``build(units=32)``.

    Parameters
    ----------
    model : callable or keras.Model
        Builds and returns a `keras.Model`, compiled or not; a model instead is copied for each fit. Besides
        hyper-parameters it may take `meta`, a dict of what is known of the data (``n_features_in_``, ``X_shape_``,
        ``n_outputs_``, ``target_type_``, …); `compile_kwargs`, the arguments for `keras.Model.compile` that follow from
        the parameters here; and `params`, all parameters.
    optimizer, metrics, batch_size, epochs, verbose, callbacks, validation_split, validation_batch_size, shuffle,
    warm_start, allow_nan, build_fn, random_state, **params
        As for `KerasClassifier`.
    loss : str, keras.losses.Loss or callable, default=None
        None is the mean squared error.

    Attributes
    ----------
    model_ : keras.Model
        The trained model.
    history_ : dict of str to list of float
        The loss and the metrics, an entry an epoch.
    epoch_seconds_ : list of float
        How long each epoch took.
    n_outputs_ : int
        The number of targets.
    n_features_in_ : int
        Length of the second axis of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if X has names that are strings.

    See Also
    --------
    KerasClassifier : The same for classification.

    Examples
    --------
    >>> import keras
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.preprocessing import scale
    >>> from skhpt import KerasRegressor
    >>> def build(meta, units=16):
    ...     return keras.Sequential([
    ...         keras.Input(meta["X_shape_"][1:]), keras.layers.Dense(units, activation="relu"), keras.layers.Dense(1)])
    >>> X, y = load_diabetes(return_X_y=True)
    >>> regressor = KerasRegressor(
    ...     build, optimizer="adam", optimizer__learning_rate=0.05, epochs=30, verbose=0, random_state=0)
    >>> regressor.fit(scale(X), y).predict(scale(X)).shape
    (442,)
    """

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # a network with an epoch's training promises nothing
        tags.target_tags.single_output = True
        tags.target_tags.multi_output = True
        return tags

    def predict(self, X: Any) -> npt.NDArray[np.floating[Any]]:
        """Predict the targets.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            The rows.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Of the shape that y had in `fit`.
        """
        outputs = self._outputs(X)  # first, for its error if this is not fitted
        return np.asarray(self.target_encoder_.inverse_transform(outputs))

    def _validate_training_data(self, X: Any, y: Any, *, reset: bool) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        X, y = self._validate_rows(X, y, reset=reset, multi_output=True, y_numeric=True)
        return X, y.astype(keras.backend.floatx(), copy=False)

    def _learn_target(self, y: npt.NDArray[Any]) -> None:
        self.target_type_ = type_of_target(y)
        self.n_outputs_ = 1 if y.ndim == 1 else y.shape[1]
        self.n_outputs_expected_ = 1

    def _default_loss(self, width: int | None, *, logits: bool | None) -> keras.losses.Loss:
        return keras.losses.MeanSquaredError()

    def _check_width(self, width: int) -> None:
        if width != self.n_outputs_:
            raise ModelError(
                f"The model's output must have {self.n_outputs_} units, one for each target. Got {width} instead. "
                f"A builder that takes an argument `meta` finds the number as meta['n_outputs_']."
            )

    def _make_target_encoder(self, y: npt.NDArray[Any], width: int) -> Any:
        return RegressorTargetEncoder().fit(y)
