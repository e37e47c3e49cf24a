"""Errors and warnings of skhpt.

::

    Exception
    └── SkhptError
        ├── UnknownParameterError      (also a ValueError)
        ├── ConflictingParametersError (also a ValueError)
        ├── ModelError                 (also a ValueError)
        ├── DivergedError              (also a ValueError)
        ├── CannotFuseError            (also a ValueError)
        ├── WorkerDiedError            (also a RuntimeError)
        ├── UnknownColumnError         (also a ValueError)
        ├── MissingExtraError          (also an ImportError)
        ├── SavingError                (also a ValueError)
        │   └── UntrustedTypesError
        └── RunError
            ├── RunNotFoundError       (also a FileNotFoundError)
            ├── RunInUseError
            ├── RunStorageError        (also an OSError)
            ├── DamagedRunError        (also a ValueError)
            └── DifferentSearchError   (also a ValueError)

    UserWarning
    ├── CompatibilityWarning
    ├── DivergenceWarning
    └── ValidationSplitWarning

Whatever scikit-learn raises in the same situation stays what it is: a search whose fits all fail raises
`ValueError`, one of them warns with `sklearn.exceptions.FitFailedWarning`, predicting before fitting raises
`sklearn.exceptions.NotFittedError`.
"""

from __future__ import annotations

import difflib
import math
import os
from collections.abc import Iterable, Mapping, Sequence
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
    reason : str, default=None
        Why it is not valid, and what to do, in a sentence; None where it is a name that nobody has.

    Attributes
    ----------
    name, owner, valid, reason
        As given; `valid` is sorted.
    suggestion : str or None
        The valid name that is nearest to `name`, if one is near.

    Examples
    --------
    >>> print(UnknownParameterError("unts", "KerasClassifier", ["units", "epochs"]))
    Invalid parameter 'unts' for estimator KerasClassifier. Did you mean 'units'? Valid parameters are: ['epochs',
    'units'].
    """

    def __init__(self, name: str, owner: str, valid: Iterable[str], reason: str | None = None) -> None:
        self.name = name
        self.owner = owner
        self.valid = sorted(valid)
        self.reason = reason
        super().__init__(name, owner, self.valid, reason)  # what pickle hands to __init__ on the other side

    @property
    def suggestion(self) -> str | None:
        return None if self.reason else nearest_parameter(self.name, self.valid)

    def below(self, prefix: str) -> UnknownParameterError:
        """The same error, told by an estimator that holds the owner under the name `prefix`."""
        valid = [f"{prefix}__{name}" for name in self.valid]
        return UnknownParameterError(f"{prefix}__{self.name}", self.owner, valid, self.reason)

    def __str__(self) -> str:
        kind = "" if "." in self.owner else "estimator "  # a method is no estimator
        start = f"Invalid parameter {self.name!r} for {kind}{self.owner}"
        if self.reason:
            return f"{start}: {self.reason}"
        hint = f" Did you mean {self.suggestion!r}?" if self.suggestion else ""
        few = len(self.valid) <= _N_SHOWN
        shown = self.valid if few else _nearest_parameters(self.name, self.valid, self.suggestion)
        return f"{start}.{hint} {'Valid' if few else 'The nearest valid'} parameters are: {shown}."


_N_SHOWN = 5  # of the valid names


class ConflictingParametersError(SkhptError, ValueError):
    """One argument that was given twice: as ``units`` and ``model__units``, or by a search's candidates and its `fit`.

    Parameters
    ----------
    first, second : str
        The two names.
    owner : str
        The class of the estimator or of the search.
    message : str, default=None
        What is wrong, where the two names do not say it.

    Examples
    --------
    >>> print(ConflictingParametersError("units", "model__units", "KerasClassifier"))
    Parameters 'units' and 'model__units' of KerasClassifier name the same argument. Give one of them.
    """

    def __init__(self, first: str, second: str, owner: str, message: str | None = None) -> None:
        self.names = (first, second)
        self.owner = owner
        self.message = message
        super().__init__(first, second, owner, message)

    def __str__(self) -> str:
        if self.message is not None:
            return self.message
        first, second = self.names
        return f"Parameters {first!r} and {second!r} of {self.owner} name the same argument. Give one of them."


class ModelError(SkhptError, ValueError):
    """The model that a builder returned can't serve: it is no model, or it does not fit the data or the parameters."""


class DivergedError(SkhptError, ValueError):
    """A model whose outputs are not finite.

    Parameters
    ----------
    message : str, default=None
        What is wrong, if it is something else than a training that has diverged.
    """

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or f"The training has diverged: the model's outputs are not finite. {_AGAINST}")


_AGAINST = (
    "A smaller learning rate, clipped gradients (such as optimizer__clipnorm=1.0) or scaled features can prevent that."
)


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


class SavingError(SkhptError, ValueError):
    """An estimator that can't be saved, or a saved one that can't be loaded."""


class UntrustedTypesError(SavingError):
    """A saved estimator with types that are not known to be harmless.

    Parameters
    ----------
    path : str or path
        Where it is saved.
    types : iterable of str
        Their names.

    Examples
    --------
    >>> print(UntrustedTypesError("churn", ["shop.steps.Recency"]))
    churn holds types that are not known to be harmless: ['shop.steps.Recency']. To load them imports their modules and
    makes objects of them, which runs code of these modules. If you know each of them and trust whoever saved this, load
    it by skhpt.load(path, trusted=['shop.steps.Recency']).
    """

    def __init__(self, path: str | os.PathLike[str], types: Iterable[str]) -> None:
        self.path = os.fspath(path)
        self.types = sorted(types)
        super().__init__(self.path, self.types)

    def __str__(self) -> str:
        return (
            f"{self.path} holds types that are not known to be harmless: {self.types}. To load them imports their "
            f"modules and makes objects of them, which runs code of these modules. If you know each of them and trust "
            f"whoever saved this, load it by skhpt.load(path, trusted={self.types})."
        )


class UnknownColumnError(SkhptError, ValueError):
    """A column to order a table by that the table does not have.

    Parameters
    ----------
    name : str
        As it was given.
    owner : str
        The function that makes the table.
    valid : iterable of str
        The columns that it has.

    Examples
    --------
    >>> print(UnknownColumnError("stauts", "ls_runs", ["run", "status"]))
    The 'order' parameter of ls_runs must be one of its columns. Got 'stauts' instead. Did you mean 'status'? The
    columns are: ['run', 'status'].
    """

    def __init__(self, name: str, owner: str, valid: Iterable[str]) -> None:
        self.name = name
        self.owner = owner
        self.valid = list(valid)
        super().__init__(name, owner, self.valid)

    def __str__(self) -> str:
        nearest = nearest_name(self.name, self.valid)
        hint = f" Did you mean {nearest!r}?" if nearest else ""
        return (
            f"The 'order' parameter of {self.owner} must be one of its columns. Got {self.name!r} instead.{hint} "
            f"The columns are: {self.valid}."
        )


class RunError(SkhptError):
    """A run on disk that can't be used as it was meant to be."""


class RunNotFoundError(RunError, FileNotFoundError):
    """There is no such run.

    Parameters
    ----------
    run : str or path
        As it was asked for.
    runs_dir : str or path
        Where it was looked for.
    """

    def __init__(self, run: str | os.PathLike[str], runs_dir: str | os.PathLike[str]) -> None:
        self.run = os.fspath(run)
        self.runs_dir = os.fspath(runs_dir)
        super().__init__(self.run, self.runs_dir)

    def __str__(self) -> str:
        return (
            f"There is no run {self.run!r}: neither a run's directory nor, in {self.runs_dir!r}, the id of a run. "
            f"List the runs there by: skhpt ls --runs-dir {self.runs_dir}"
        )


class RunInUseError(RunError):
    """Another process, or another search of the same one, is writing to the run.

    Parameters
    ----------
    run : path
        Its directory.
    """

    def __init__(self, run: str | os.PathLike[str]) -> None:
        self.run = os.fspath(run)
        super().__init__(self.run)

    def __str__(self) -> str:
        return f"The run {self.run} is in use: another process, or another search in this one, writes to it."


class RunStorageError(RunError, OSError):
    """A run that can't be written or read, as on a full disk. What it holds so far can be read.

    Parameters
    ----------
    run : path
        Its directory.
    cause : OSError
        What the operating system says.
    """

    def __init__(self, run: str | os.PathLike[str], cause: OSError) -> None:
        self.run = os.fspath(run)
        self.cause = cause
        self.holds_something = os.path.exists(os.path.join(self.run, "run.json"))
        super().__init__(self.run, cause)

    def __str__(self) -> str:
        advice = " What it holds is whole: once that is mended, go on with resume=True." if self.holds_something else ""
        return f"The run {self.run} can't be stored: {str(self.cause).rstrip('.')}.{advice}"


class DamagedRunError(RunError, ValueError):
    """A run that holds something else than what was written."""


class DifferentSearchError(RunError, ValueError):
    """A run that a search can't go on with, because it is another search's.

    Parameters
    ----------
    run : path
        Its directory.
    differences : sequence of str
        What differs, a sentence each.

    Examples
    --------
    >>> print(DifferentSearchError("runs/1", ["cv is 5 there and 3 here"]))
    The run runs/1 is of another search: cv is 5 there and 3 here. With resume=False a new run is begun.
    """

    def __init__(self, run: str | os.PathLike[str], differences: Sequence[str]) -> None:
        self.run = os.fspath(run)
        self.differences = list(differences)
        super().__init__(self.run, self.differences)

    def __str__(self) -> str:
        shown = "; ".join(self.differences[:5])
        more = f"; and {len(self.differences) - 5} more" if len(self.differences) > 5 else ""
        return f"The run {self.run} is of another search: {shown}{more}. With resume=False a new run is begun."


class CompatibilityWarning(UserWarning):
    """A library is newer than those that skhpt was tested with, and something in it has changed."""


class DivergenceWarning(UserWarning):
    """A fit has ended with a loss or weights that are not finite."""

    @classmethod
    def of(cls, loss: float) -> DivergenceWarning:
        """The warning of a training that has ended with this loss."""
        what = "its last loss is" if not math.isfinite(loss) else "its weights are not finite, though its last loss is"
        return cls(f"The training has diverged: {what} {loss}. {_AGAINST}")


class ValidationSplitWarning(UserWarning):
    """The rows that `validation_split` holds out, or those that it leaves, lack a class."""


def nearest_name(name: str, valid: Iterable[str]) -> str | None:
    """The valid name nearest to `name`, or None where none is near.

    Examples
    --------
    >>> nearest_name("optimizer__lerning_rate", ["optimizer__learning_rate", "epochs"])
    'optimizer__learning_rate'
    >>> nearest_name("c", ["C", "tol"])
    'C'
    >>> nearest_name("gamma", ["epochs"]) is None
    True
    """
    valid = list(valid)
    matches = [each for each in valid if each.lower() == name.lower()] or difflib.get_close_matches(name, valid, n=1)
    return matches[0] if matches else None


def nearest_parameter(name: str, valid: Iterable[str]) -> str | None:
    """The valid parameter nearest to `name`, or None where none is near.

    A parameter of the same name one level deeper is nearer than any that is spelt alike, and so is one of the same
    prefix that `name` abbreviates.

    Examples
    --------
    >>> nearest_parameter("net__units", ["net__func", "net__regressor__units"])
    'net__regressor__units'
    >>> nearest_parameter("optimizer__lr", ["optimizer", "optimizer__learning_rate", "optimizer__rho"])
    'optimizer__learning_rate'
    """
    prefix, _, last = name.rpartition("__")
    others = [each for each in valid if not name.startswith(f"{each}__")]
    below = [each for each in others if not prefix or each.startswith(f"{prefix}__")]
    if deeper := [each for each in below if each.endswith(f"__{last}")]:
        return min(deeper, key=lambda each: (each.count("__"), len(each)))
    ends = {each.rpartition("__")[2]: each for each in sorted(below, key=lambda each: -each.count("__"))}
    initials = {"".join(word[:1] for word in end.split("_")): full for end, full in ends.items() if "_" in end}
    if (found := nearest_name(last, ends) if prefix else None) is not None:
        return ends[found]
    return initials.get(last) or nearest_name(name, others)


def _nearest_parameters(name: str, valid: Sequence[str], first: str | None) -> list[str]:
    """Some of the valid names, the nearest first: of those with the same prefix, if there are any."""
    prefix = name.rpartition("__")[0]
    below = [each for each in valid if prefix and each.startswith(f"{prefix}__")]
    near = difflib.get_close_matches(name, below or valid, n=_N_SHOWN, cutoff=0.0)
    return list(dict.fromkeys([first, *near] if first else near))[:_N_SHOWN]
