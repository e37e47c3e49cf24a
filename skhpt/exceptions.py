"""Errors and warnings of skhpt.

::

    Exception
    └── SkhptError
        ├── UnknownParameterError      (also a ValueError)
        ├── ConflictingParametersError (also a ValueError)
        ├── ModelError                 (also a ValueError)
        ├── CannotFuseError            (also a ValueError)
        ├── WorkerDiedError            (also a RuntimeError)
        └── MissingExtraError          (also an ImportError)

    UserWarning
    └── ValidationSplitWarning

Whatever scikit-learn raises in the same situation stays what it is: a search whose fits all fail raises
`ValueError`, one of them warns with `sklearn.exceptions.FitFailedWarning`, predicting before fitting raises
`sklearn.exceptions.NotFittedError`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any


class SkhptError(Exception):
    """Base of every error that skhpt defines."""


class UnknownParameterError(SkhptError, ValueError):
    """A parameter name that its owner does not have.

    Parameters
    ----------
    name : str
        The name as it was given, with all its prefixes.
    owner : str
        Who was asked: the class of an estimator.
    valid : iterable of str
        The names that would have been valid, with the same prefixes.

    Attributes
    ----------
    name, owner, valid
        As given; `valid` is sorted.
    suggestion : str or None
        The valid name that is nearest to `name`, if one is near.

    Examples
    --------
    >>> print(UnknownParameterError("unts", "KerasClassifier", ["units", "epochs"]))
    Invalid parameter 'unts' for estimator KerasClassifier. Did you mean 'units'? Valid parameters are: ['epochs',
    'units'].
    """

    def __init__(self, name: str, owner: str, valid: Iterable[str]) -> None:
        self.name = name
        self.owner = owner
        self.valid = sorted(valid)
        super().__init__(name, owner, self.valid)  # what pickle hands to __init__ on the other side

    @property
    def suggestion(self) -> str | None:
        return nearest_name(self.name, self.valid)

    def below(self, prefix: str) -> UnknownParameterError:
        """The same error, told by an estimator that holds the owner under the name `prefix`."""
        return UnknownParameterError(f"{prefix}__{self.name}", self.owner, [f"{prefix}__{name}" for name in self.valid])

    def __str__(self) -> str:
        hint = f" Did you mean {self.suggestion!r}?" if self.suggestion else ""
        return f"Invalid parameter {self.name!r} for estimator {self.owner}.{hint} Valid parameters are: {self.valid}."


class ConflictingParametersError(SkhptError, ValueError):
    """One argument that was given under two names, such as ``units`` and ``model__units``.

    Parameters
    ----------
    first, second : str
        The two names.
    owner : str
        The class of the estimator.

    Examples
    --------
    >>> print(ConflictingParametersError("units", "model__units", "KerasClassifier"))
    Parameters 'units' and 'model__units' of KerasClassifier name the same argument. Give one of them.
    """

    def __init__(self, first: str, second: str, owner: str) -> None:
        self.names = (first, second)
        self.owner = owner
        super().__init__(first, second, owner)

    def __str__(self) -> str:
        first, second = self.names
        return f"Parameters {first!r} and {second!r} of {self.owner} name the same argument. Give one of them."


class ModelError(SkhptError, ValueError):
    """The model that a builder returned can't serve: it is no model, or it does not fit the data or the parameters."""


class CannotFuseError(SkhptError, ValueError):
    """Trials that can't be trained together, where ``engine="fused"`` asks for it.

    With ``engine="auto"`` they run one by one, and `engine_report_` holds the reason.
    """


class WorkerDiedError(SkhptError, RuntimeError):
    """A trial whose worker process died with it, where ``error_score="raise"`` asks for errors.

    Parameters
    ----------
    params : mapping of str to object
        The candidate's.
    fold : int
        Of the trial, from 0.
    reason : str
        A sentence.

    Examples
    --------
    >>> print(WorkerDiedError({"units": 10**9}, 0, "The worker process that ran this trial died 2 times."))
    The worker process that ran this trial died 2 times. It was fold 0 of the candidate {'units': 1000000000}.
    """

    def __init__(self, params: Mapping[str, Any], fold: int, reason: str) -> None:
        self.params = params
        self.fold = fold
        self.reason = reason
        super().__init__(params, fold, reason)

    def __str__(self) -> str:
        return f"{self.reason} It was fold {self.fold} of the candidate {dict(self.params)}."


class MissingExtraError(SkhptError, ImportError):
    """A package that is not installed, since only some of what skhpt does needs it.

    Parameters
    ----------
    what : str
        What was asked for.
    extra : str
        The extra that brings the package.

    Examples
    --------
    >>> print(MissingExtraError("plot_history", "plot"))
    plot_history needs packages that are not installed. Install them by: pip install 'skhpt[plot]'
    """

    def __init__(self, what: str, extra: str) -> None:
        self.what = what
        self.extra = extra
        super().__init__(what, extra)

    def __str__(self) -> str:
        return f"{self.what} needs packages that are not installed. Install them by: pip install 'skhpt[{self.extra}]'"


class ValidationSplitWarning(UserWarning):
    """The rows that `validation_split` holds out, or those that it leaves, lack a class."""


def nearest_name(name: str, valid: Iterable[str]) -> str | None:
    """The valid name nearest to `name`, or None where none is near.

    Examples
    --------
    >>> nearest_name("optimizer__lerning_rate", ["optimizer__learning_rate", "epochs"])
    'optimizer__learning_rate'
    >>> nearest_name("gamma", ["epochs"]) is None
    True
    """
    matches = difflib.get_close_matches(name, list(valid), n=1)
    return matches[0] if matches else None
