"""An estimator that checks its data, and remembers what they looked like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from sklearn.utils import check_consistent_length, get_tags
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_array, validate_data

from skhpt._compat.sklearn import num_samples
from skhpt.estimators._checked_rows import checked_numbers, checked_text
from skhpt.estimators._even_rows import check_even_rows
from skhpt.estimators._parametrised import Parametrised
from skhpt.estimators._text import TEXT
from skhpt.trials import RowView, check_lengths, is_several, map_inputs

# What Keras takes as it is; everything else is cast to Keras' float type, the first in the list that scikit-learn gets.
_INTEGERS = [np.dtype(code).type for code in "bBhHiIlLqQ"]


class Validated(Parametrised):
    """Turns what users pass as X and y into arrays, with scikit-learn's errors."""

    allow_nan: bool
    _takes_text = True  # as far as is known before there is a model

    def _validate_training_data(self, X: Any, y: Any, *, reset: bool) -> tuple[Any, npt.NDArray[Any] | None]:
        """Validated arrays. Without `reset` they must be like those before.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...), or list or dict of them
            The rows.
        y : array-like of shape (n_samples, ...) or None
            The target.
        reset : bool
            Whether to learn what they look like.
        """
        if y is None and get_tags(self).target_tags.required:
            raise ValueError(f"This {type(self).__name__} estimator requires y to be passed, but the target y is None.")
        may_be_several = isinstance(X, (list, tuple, Mapping)) and not isinstance(y, Mapping)
        n_rows = num_samples(y) if may_be_several and y is not None else None
        X = self._validate_rows(X, n_rows=n_rows, reset=reset)
        if y is None:
            return X, None
        check_even_rows(y, type(self).__name__)
        y = self._read_target(self._validate_target(y), reset=reset)
        check_consistent_length(*keras.tree.flatten(X), y)
        if reset:
            self.y_dtype_, self.y_ndim_ = y.dtype, y.ndim
            self.target_type_ = self._type_of_target(y)
        return X, y

    def _validate_target(self, y: Any) -> npt.NDArray[Any]:
        """The target as an array of any shape. A subclass that knows more of it checks more."""
        if isinstance(y, Mapping):
            raise TypeError(
                "y must be an array, with a column for each target. For a model that takes them by name, override "
                "`target_encoder`."
            )
        y = check_array(y, ensure_2d=False, allow_nd=True, dtype=None, input_name="y", estimator=self)
        return np.asarray(y.astype(keras.backend.floatx(), copy=False) if y.dtype.kind == "f" else y)

    def _read_whole(self, y: Any) -> tuple[Any, int | None]:
        """The target of a search, read for all its trials, and what they are to know of it besides."""
        check_even_rows(y, type(self).__name__)
        return y, None

    def _read_target(self, y: npt.NDArray[Any], *, reset: bool) -> npt.NDArray[Any]:
        """What a validated target says, where it may be said in several ways. Without `reset` it is read as before."""
        return y

    def _type_of_target(self, y: npt.NDArray[Any]) -> str:
        return str(type_of_target(y)) if y.ndim <= 2 else "unknown"

    def _validate_rows(self, X: Any, *, reset: bool, n_rows: int | None = None) -> Any:
        """The rows as an array, or as a list or dict of arrays for a model with several inputs.

        Parameters
        ----------
        X, reset
            As for `_validate_training_data`.
        n_rows : int, default=None
            How many there should be; None where nobody knows.
        """
        several = is_several(X, n_rows) if reset else self._had_several(X)
        if several:
            check_lengths(X, n_rows)
        validated = self._validate_inputs(X, reset=reset) if several else self._validate_array(X, reset=reset)
        shapes = keras.tree.map_structure(lambda array: array.shape, validated)
        if reset:
            self.X_shape_ = shapes
            self.X_dtype_ = keras.tree.map_structure(lambda array: array.dtype, validated)
        elif _row_shapes(shapes) != _row_shapes(self.X_shape_):
            raise ValueError(
                f"X has rows of shape {_row_shapes(shapes)}, but {type(self).__name__} is expecting rows of shape "
                f"{_row_shapes(self.X_shape_)}."
            )
        return validated

    def _check_same_kind(self, X: Any) -> None:
        """Raise if rows have fractions where the model has learnt from whole numbers.

        Parameters
        ----------
        X : array, or list or dict of arrays
            Validated.
        """
        dtypes = keras.tree.flatten(keras.tree.map_structure(lambda array: array.dtype, X))
        for known, dtype in zip(keras.tree.flatten(self.X_dtype_), dtypes, strict=True):
            if known.kind in "iu" and dtype.kind == "f":
                raise ValueError(
                    f"X has dtype {dtype}, but {type(self).__name__} is expecting {known}, as the model was built for "
                    f"whole numbers. Give the first rows as {dtype}, too."
                )

    def _no_rows(self) -> Any:
        """Arrays like those seen, of no rows."""
        if isinstance(self.X_shape_, (dict, list)):
            keys = self.X_shape_ if isinstance(self.X_shape_, dict) else range(len(self.X_shape_))
            arrays = {key: np.empty((0, *self.X_shape_[key][1:]), self.X_dtype_[key]) for key in keys}
            return arrays if isinstance(self.X_shape_, dict) else list(arrays.values())
        return np.empty((0, *self.X_shape_[1:]), self.X_dtype_)

    def _had_several(self, X: Any) -> bool:
        return isinstance(self.X_shape_, (dict, list)) and isinstance(X, (dict, list, tuple))

    def _validate_array(self, X: Any, *, reset: bool) -> npt.NDArray[Any] | RowView:
        expected = self._text_expected if reset else self.X_dtype_ == TEXT
        if (text := checked_text(X, expected=expected)) is not None:
            return self._validate_text(X, text, reset=reset)
        options = {"reset": reset, "allow_nd": True, "accept_sparse": "csr", **self._checks}
        return checked_numbers(lambda rows: validate_data(self, rows, **options), X)

    def _validate_text(self, X: Any, text: npt.NDArray[np.object_], *, reset: bool) -> npt.NDArray[np.object_]:
        """Text, of which one column may be given as an array of one axis, as scikit-learn's vectorizers take it."""
        if reset:
            self._forget_features()
        if text.ndim > 1:
            validate_data(self, X if hasattr(X, "columns") else text, reset=reset, skip_check_array=True)
        return text

    def _validate_inputs(self, X: Any, *, reset: bool) -> Any:
        had_text: dict[str, bool] = {}
        if reset:
            self._forget_features()
        else:
            map_inputs(lambda name, dtype: had_text.setdefault(name, dtype == TEXT), self.X_dtype_)
        options = self._checks | {"estimator": self, "allow_nd": True, "ensure_2d": False, "accept_sparse": "csr"}

        def checked(name: str, entry: Any) -> Any:
            text = checked_text(entry, name, expected=had_text.get(name, self._text_expected))
            if text is not None:
                return text
            return checked_numbers(lambda rows: check_array(rows, input_name=name, **options), entry, name)

        return map_inputs(checked, X)

    def _forget_features(self) -> None:
        for attribute in {"n_features_in_", "feature_names_in_"} & vars(self).keys():
            delattr(self, attribute)

    @property
    def _text_expected(self) -> bool | None:
        return None if self._takes_text else False

    @property
    def _checks(self) -> dict[str, Any]:
        finite = "allow-nan" if self.allow_nan else True
        return {"dtype": [keras.backend.floatx(), *_INTEGERS], "ensure_all_finite": finite}


def _row_shapes(shapes: Any) -> Any:
    """From the shapes of the arrays to those of one row."""
    if isinstance(shapes, (dict, list)):
        return map_inputs(lambda name, shape: shape[1:], shapes)
    return shapes[1:]
