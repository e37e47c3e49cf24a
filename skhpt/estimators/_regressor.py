"""Keras models that regress."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from scipy.sparse import issparse
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import Tags
from sklearn.utils.validation import check_array

from skhpt._compat.sklearn import check_y
from skhpt.estimators._base import BaseWrapper
from skhpt.estimators._targets import NumberEncoder, SequenceEncoder


class KerasRegressor(RegressorMixin, BaseWrapper):
    """A Keras model builder as a scikit-learn regressor.

    The interface is that of SciKeras. Beyond it, a builder's keyword arguments are parameters of the estimator: of
    ``KerasRegressor(build)`` one can search over ``units`` if the builder is ``build(units=32)``.

    Parameters
    ----------
    model : callable, keras.Model or keras_tuner.HyperModel
        Builds and returns a `keras.Model`, compiled or not; a model instead is copied for each fit. Besides
        hyper-parameters it may take `meta`, a dict of what is known of the data (``n_features_in_``, ``X_shape_``,
        ``n_outputs_``, ``target_type_``, …), and the rest that a builder for `KerasClassifier` may take. The units of
        all its outputs are as many as y has columns, in that order. For sequences, of shape (n_samples, n_steps,
        n_outputs), it has one output of that shape.
    optimizer, metrics, batch_size, epochs, verbose, callbacks, validation_split, validation_batch_size, shuffle,
    warm_start, allow_nan, run_eagerly, build_fn, random_state, **params
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
        The number of targets; of sequences, those of a step.
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

    _takes_row_views = True  # in the place of an array of many rows, in a search

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # a network with an epoch's training promises nothing
        tags.target_tags.single_output = True
        tags.target_tags.multi_output = True
        return tags

    @property
    def target_encoder(self) -> Any:
        """A new encoder of numbers; see `BaseWrapper.target_encoder`."""
        return NumberEncoder() if self.y_ndim_ <= 2 else SequenceEncoder()

    def predict(self, X: Any, **predict_params: Any) -> npt.NDArray[np.floating[Any]]:
        """Predict the targets.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...), or list or dict of them, or dataset
            The rows.
        **predict_params : object
            Arguments of `keras.Model.predict` for this call alone.

        Returns
        -------
        ndarray of shape (n_samples,), (n_samples, n_outputs) or (n_samples, n_steps, n_outputs)
            Of the shape that y had in `fit`.
        """
        return np.asarray(super().predict(X, **predict_params))

    @staticmethod
    def scorer(y_true: Any, y_pred: Any, **score_params: Any) -> float:
        """The coefficient of determination, R².

        Parameters
        ----------
        y_true, y_pred : array-like of shape (n_samples,), (n_samples, n_outputs) or (n_samples, n_steps, n_outputs)
            The target, and what was predicted. Of sequences, each output at each step counts as a column: R² is the
            mean of theirs.
        **score_params : object
            For `sklearn.metrics.r2_score`.

        Returns
        -------
        float
        """
        if np.asarray(y_true).ndim > 2:
            y_true, y_pred = (np.asarray(rows).reshape(len(rows), -1) for rows in (y_true, y_pred))
        return float(r2_score(y_true, y_pred, **score_params))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        return BaseWrapper.score(self, X, y, sample_weight)

    def _validate_target(self, y: Any) -> npt.NDArray[Any]:
        if np.asarray(y).ndim > 2:
            y = check_array(y, ensure_2d=False, allow_nd=True, input_name="y", estimator=self)
        else:
            y = check_y(y, multi_output=True, y_numeric=True, estimator=self)
        y = np.asarray(y.toarray() if issparse(y) else y)
        try:
            return np.asarray(y, dtype=keras.backend.floatx())
        except ValueError:
            raise ValueError(
                f"y must hold numbers, which {type(self).__name__} predicts. Got text instead, such as "
                f"{str(y.flat[0])!r}. For classes, take a classifier, such as KerasClassifier."
            ) from None

    def _type_of_target(self, y: npt.NDArray[Any]) -> str:
        return "continuous" if y.ndim == 1 else "continuous-multioutput"
