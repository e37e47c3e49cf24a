"""Keras models that learn to represent rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Self

import keras
import numpy as np
import numpy.typing as npt
from scipy.sparse import issparse
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.metrics import r2_score
from sklearn.utils import Tags
from sklearn.utils.validation import check_array, check_is_fitted

from skhpt._compat.backend import leaving_nothing_behind
from skhpt._compat.keras import from_tensor, up_to
from skhpt._compat.sklearn import fit_context
from skhpt.estimators._base import BaseWrapper
from skhpt.estimators._call import Call
from skhpt.estimators._dataset import is_dataset
from skhpt.estimators._feed import whole
from skhpt.estimators._rows import Rows
from skhpt.estimators._targets import RowEncoder


class KerasTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseWrapper):
    """An autoencoder as a scikit-learn transformer.

    The model is trained to put out the rows that it is given. `transform` returns what one of its layers, or a model
    nested in it, makes of them on the way.

    Parameters
    ----------
    model : callable or keras.Model
        As for `KerasClassifier`; functional or sequential. Its output has the shape of a row.
    layer : str or int, default="encoder"
        The name or the index of the layer, or of the model nested in the model, whose output `transform` returns.
    optimizer, loss, metrics, batch_size, epochs, verbose, callbacks, validation_split, validation_batch_size, \
shuffle, warm_start, allow_nan, run_eagerly, build_fn, random_state, **params
        As for `KerasClassifier`; without a loss, the mean squared error.

    Attributes
    ----------
    model_ : keras.Model
        The trained model.
    encoder_model_ : keras.Model
        The part of it that ends with the layer.
    history_ : dict of str to list of float
        The loss and the metrics, an entry an epoch.
    epoch_seconds_ : list of float
        How long each epoch took.
    n_features_in_ : int
        Length of the second axis of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if X has names that are strings.

    See Also
    --------
    BaseWrapper : For everything else that a model can be trained to do.

    Examples
    --------
    >>> import keras
    >>> from keras.layers import Dense
    >>> from sklearn.datasets import load_digits
    >>> from skhpt import KerasTransformer
    >>> def build(meta, size=8):
    ...     return keras.Sequential([Dense(size, activation="relu", name="encoder"), Dense(meta["n_features_in_"])])
    >>> X, _ = load_digits(return_X_y=True)
    >>> reduced = KerasTransformer(build, size=12, epochs=3, verbose=0, random_state=0).fit_transform(X / 16)
    >>> reduced.shape
    (1797, 12)
    """

    def __init__(self, model: Any = None, *, layer: str | int = "encoder", **params: Any) -> None:
        super().__init__(model, **params)
        self.layer = layer

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = [keras.backend.floatx()]
        return tags

    @property
    def target_encoder(self) -> Any:
        """A new encoder of rows as targets; see `BaseWrapper.target_encoder`."""
        return RowEncoder()

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None, **fit_params: Any) -> Self:
        """Build a new model and train it to put out what it is given.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            The rows.
        y : Ignored
            There by scikit-learn's convention.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights in the loss.
        **fit_params : object
            `groups`, `X_val` and parameters for this call alone, as for `KerasClassifier`.

        Returns
        -------
        self : object
        """
        return self._begin_fit(X, None, sample_weight, **fit_params)

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None, **fit_params: Any) -> Self:
        return self._partial_fit(X, X, sample_weight, **fit_params)

    def initialize(self, X: Any, y: Any = None) -> Self:
        return super().initialize(X, X)

    @leaving_nothing_behind()
    def transform(self, X: Any) -> npt.NDArray[np.floating[Any]]:
        """Represent rows by what the layer makes of them.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            The rows.

        Returns
        -------
        ndarray of shape (n_samples, n_features_out)
            An output of more axes is made flat.
        """
        check_is_fitted(self, "model_")
        rows = self._encode_rows(self._validate_rows(X, reset=False))
        settings = self._predict_settings(rows)
        outputs = self.encoder_model_.predict(*whole(Rows(rows), settings["batch_size"]), **settings)
        return np.asarray(self._checked(outputs)).reshape(len(rows), -1)

    @leaving_nothing_behind()
    def inverse_transform(self, X: Any) -> npt.NDArray[np.floating[Any]]:
        """Go back from the representation to rows, by the layers that follow.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features_out)
            What `transform` returned.

        Returns
        -------
        ndarray of shape (n_samples, n_features) or (n_samples, ...)

        Raises
        ------
        ModelError
            If the rows can't be computed from the representation alone.
        """
        check_is_fitted(self, "model_")
        X = check_array(X, dtype=keras.backend.floatx(), estimator=self)
        if X.shape[1] != self._n_features_out:
            raise ValueError(f"X has {X.shape[1]} features, but `transform` returns {self._n_features_out}.")
        decoder = from_tensor(self.model_, self.encoder_model_.outputs[0])
        X = X.reshape(-1, *decoder.input_shape[1:])
        return np.asarray(self._checked(decoder.predict(X, **self._predict_settings(X))))

    @staticmethod
    def scorer(y_true: Any, y_pred: Any, **score_params: Any) -> float:
        """How much of the rows' variance is put out again, R².

        Parameters
        ----------
        y_true, y_pred : array-like of shape (n_samples, n_features) or (n_samples, ...)
            The rows, and what the model made of them.
        **score_params : object
            For `sklearn.metrics.r2_score`.

        Returns
        -------
        float
        """
        dense = (rows.toarray() if issparse(rows) else np.asarray(rows) for rows in (y_true, y_pred))
        flat = (rows.reshape(len(rows), -1) for rows in dense)
        return float(r2_score(*flat, multioutput="variance_weighted", **score_params))

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """How much of the rows' variance the model puts out again, R²; 1 is all.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.

        Returns
        -------
        float
        """
        return super().score(X, X, sample_weight)

    @property
    def _n_features_out(self) -> int:
        return math.prod(self.encoder_model_.output_shape[1:])

    def _validate_training_data(self, X: Any, y: Any, *, reset: bool) -> tuple[Any, Any]:
        if isinstance(X, Mapping) or is_dataset(X):
            raise TypeError(f"{type(self).__name__} takes one array of rows, which are its target too.")
        X = self._validate_rows(X, reset=reset)
        return X, X

    def _initialize(self, X: Any, y: Any = None) -> tuple[Any, Any]:
        X, y = super()._initialize(X, y)
        self._cut_model()
        return X, y

    def _cut_model(self) -> None:
        """Make a model of the layers up to the one that is asked for; it shares the weights."""
        self.encoder_model_ = up_to(self.model_, self.layer)

    def _take_own_model(self, call: Call) -> None:
        super()._take_own_model(call)
        self._cut_model()

    def __getstate__(self) -> dict[str, Any]:
        # By itself it would lose what it shares.
        return {name: value for name, value in super().__getstate__().items() if name != "encoder_model_"}

    def _take_up(self) -> None:
        super()._take_up()
        self._cut_model()
