"""A transformer that makes the inputs of a model of the columns of a table."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.utils import Tags, check_array
from sklearn.utils.validation import check_is_fitted, validate_data

from skhpt._compat.sklearn import StrOptions, fit_context


class InputSplitter(TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    """Split the columns of a table into the named inputs of a model.

    For pipelines that end in a Keras wrapper whose model has several inputs: an embedding for each column of
    categories beside one input of numbers, say. A model whose inputs are a dict of `keras.Input` takes them by name.

    Parameters
    ----------
    columns : dict of str to selector
        The columns of each input, by the input's name. Selectors are those of
        `sklearn.compose.ColumnTransformer`: a name or a list of names, an int or a list of ints, a slice, a mask, or a
        function of X such as `sklearn.compose.make_column_selector` returns. Names are those of a DataFrame; of a
        `ColumnTransformer`, those that it makes with ``set_output(transform="pandas")``. A column may be part of
        several inputs.
    remainder : {"error", "drop"}, default="error"
        What happens to columns that no input takes: "error" raises, "drop" leaves them out.

    Attributes
    ----------
    columns_ : dict of str to ndarray of int
        The numbers of the columns of each input.
    n_features_in_ : int
        How many columns there were in `fit`.
    feature_names_in_ : ndarray of str
        Their names, if X had names in `fit`.

    See Also
    --------
    KerasClassifier : Takes a dict of arrays for a model with several inputs.

    Notes
    -----
    Each input is an array of shape (n_samples, n_columns), also of a single column. The values are not changed:
    integers stay integers if all columns of the input have them, a column of categories becomes its values, and text
    stays text. To make codes for an `Embedding` of text, put an `OrdinalEncoder` before. Sparse data stay sparse.

    `transform` returns a dict, whatever `set_output` was asked for.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.compose import make_column_transformer
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import OrdinalEncoder, StandardScaler
    >>> from skhpt import InputSplitter
    >>> table = pd.DataFrame({"age": [31, 45, 38], "income": [2.0, 3.5, 3.0], "city": ["Rome", "Oslo", "Rome"]})
    >>> prepare = make_column_transformer(
    ...     (StandardScaler(), ["age", "income"]),
    ...     (OrdinalEncoder(dtype=int), ["city"]),
    ...     verbose_feature_names_out=False,
    ... ).set_output(transform="pandas")
    >>> splitter = InputSplitter({"numbers": ["age", "income"], "city": "city"})
    >>> inputs = make_pipeline(prepare, splitter).fit_transform(table)
    >>> inputs["numbers"].shape, inputs["city"].tolist()
    ((3, 2), [[1], [0], [1]])
    """

    _parameter_constraints: dict[str, Any] = {"columns": [dict], "remainder": [StrOptions({"error", "drop"})]}

    def __init__(self, columns: Mapping[str, Any], *, remainder: str = "error") -> None:
        self.columns = columns
        self.remainder = remainder

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn which columns each input has.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_samples, n_features)
            The table.
        y : object
            Ignored.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If an input selects columns that are not there, or none, or if there are columns that no input takes.
        """
        X = _as_table(X)
        validate_data(self, X, reset=True, skip_check_array=True)
        if not self.columns:
            raise ValueError(
                f"The 'columns' parameter of {type(self).__name__} must have an entry for each input. Got {{}} instead."
            )
        self.columns_ = {name: self._selected(name, selector, X) for name, selector in self.columns.items()}
        left = np.setdiff1d(np.arange(self.n_features_in_), np.concatenate(list(self.columns_.values())))
        if self.remainder == "error" and len(left):
            names = getattr(self, "feature_names_in_", np.arange(self.n_features_in_))[left].tolist()
            raise ValueError(
                f"The 'columns' parameter of {type(self).__name__} must say which input each column is for. It leaves "
                f"out {names}. Add them to an input, or set remainder='drop'."
            )
        return self

    def transform(self, X: Any) -> dict[str, Any]:
        """Split the columns.

        Parameters
        ----------
        X : DataFrame, array-like or sparse matrix of shape (n_samples, n_features)
            The table, with the columns that it had in `fit`.

        Returns
        -------
        dict of str to ndarray or sparse matrix of shape (n_samples, n_columns)
            The inputs.
        """
        check_is_fitted(self)
        X = _as_table(X)
        validate_data(self, X, reset=False, skip_check_array=True)
        checks = {"accept_sparse": True, "dtype": None, "ensure_all_finite": False, "ensure_min_samples": 0}

        def inputs(numbers: npt.NDArray[np.intp]) -> Any:
            return check_array(X.iloc[:, numbers] if hasattr(X, "iloc") else X[:, numbers], **checks)

        return {name: inputs(numbers) for name, numbers in self.columns_.items()}

    def set_output(self, *, transform: str | None = None) -> Self:
        """Do nothing: `transform` returns a dict. A pipeline asks each of its steps.

        Parameters
        ----------
        transform : str or None, default=None
            Ignored.

        Returns
        -------
        self : object
        """
        return self

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = tags.input_tags.string = tags.input_tags.categorical = tags.input_tags.allow_nan = True
        return tags

    def _selected(self, name: str, selector: Any, X: Any) -> npt.NDArray[np.intp]:
        """The numbers of the columns of an input: scikit-learn's own rules, applied to a row of numbers."""
        if callable(selector):
            selector = selector(X)
        several = [selector] if isinstance(selector, (str, Integral)) else selector
        columns = pd.DataFrame([np.arange(self.n_features_in_)], columns=getattr(self, "feature_names_in_", None))
        try:
            chosen = ColumnTransformer([("input", "passthrough", several)]).fit_transform(columns)
        except (ValueError, IndexError, TypeError, KeyError) as error:
            raise ValueError(
                f"The 'columns' parameter of {type(self).__name__} selects no columns of X for the input {name!r}, by "
                f"{selector!r}: {error}"
            ) from error
        numbers = np.asarray(chosen, dtype=np.intp).ravel()
        if not len(numbers):
            raise ValueError(
                f"The 'columns' parameter of {type(self).__name__} must select at least one column for each input. Got "
                f"{selector!r} for {name!r}, which selects none."
            )
        return numbers


def _as_table(X: Any) -> Any:
    """X as something that has columns."""
    if issparse(X):
        return X.tocsr()
    return X if hasattr(X, "shape") else check_array(X, dtype=None, ensure_all_finite=False)
