"""What the budgets of a search are counted in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any

from sklearn.pipeline import Pipeline

from skhpt.evaluation import network_step
from skhpt.strategies import Request
from skhpt.trials import Candidate

SAMPLES = "n_samples"


@dataclass(frozen=True)
class Resource:
    """Samples, or a parameter of the estimator.

    Parameters
    ----------
    name : str
        ``"n_samples"``, or the full name of a parameter.
    continues : bool, default=False
        Whether it is the epochs of a network whose training can go on where it was left off.
    """

    name: str
    continues: bool = False

    @classmethod
    def named(cls, name: str, estimator: Any, searched: Collection[str]) -> Resource:
        """The resource that a user means.

        Parameters
        ----------
        name : str
            ``"n_samples"``; ``"epochs"``, also those of a pipeline's last step; ``"auto"``, which is the epochs of a
            Keras wrapper of skhpt's if they are not searched, or else samples; or the name of a parameter.
        estimator : estimator
            Whose parameter it may be.
        searched : collection of str
            The parameters that candidates set.

        Examples
        --------
        >>> from sklearn.linear_model import Ridge
        >>> Resource.named("auto", Ridge(), ["alpha"]), Resource.named("max_iter", Ridge(), ["alpha"])
        (Resource(name='n_samples', continues=False), Resource(name='max_iter', continues=False))
        """
        epochs = epochs_parameter(estimator)
        continuing = cls(epochs, continues=True) if network_step(estimator) is not None else None
        if name == "auto":
            free = continuing is not None and not {epochs, _other_name(epochs)} & set(searched)
            return continuing if continuing is not None and free else cls(SAMPLES)
        if name in ("epochs", _other_name(epochs)) and epochs in estimator.get_params():
            name = epochs
        return continuing if continuing is not None and continuing.name == name else cls(name)

    @property
    def is_samples(self) -> bool:
        """Whether a budget buys rows of the data."""
        return self.name == SAMPLES

    @property
    def epochs(self) -> str | None:
        """The parameter, if trainings go on."""
        return self.name if self.continues else None

    def candidate(self, request: Request) -> Candidate:
        """The candidate that is run for a request: where the resource is a parameter, the budget is set as its value.

        Examples
        --------
        >>> from skhpt.trials import Budget
        >>> request = Request(Candidate(7, {"max_depth": 2}), Budget(30))
        >>> Resource("n_estimators").candidate(request)
        Candidate(index=7, params={'max_depth': 2, 'n_estimators': 30})
        """
        if request.budget is None or self.is_samples:
            return request.candidate
        params = {**request.candidate.params, self.name: request.budget.amount}
        return Candidate(request.candidate.index, params)


def epochs_parameter(estimator: Any) -> str:
    """The full name of the parameter that says for how many epochs the network at the end of an estimator trains."""
    prefix = ""
    while isinstance(estimator, Pipeline):
        name, estimator = estimator.steps[-1]
        prefix += f"{name}__"
    routed = "fit__epochs" in estimator.get_params(deep=False)
    return f"{prefix}fit__epochs" if routed else f"{prefix}epochs"


def epochs_of(estimator: Any, settings: Iterable[Mapping[str, Any]]) -> list[int | None]:
    """For how many epochs the network at the end of an estimator trains as each candidate; None if it can't be told.

    It can't where the candidate brings another network along.
    """
    name = epochs_parameter(estimator)
    other, own = _other_name(name), estimator.get_params().get(name)
    told: list[int | None] = []
    for params in settings:
        epochs = params.get(name, params.get(other, own))
        swapped = any(name.startswith(f"{part}__") or f"__{part}".endswith("__steps") for part in params)
        told.append(int(epochs) if isinstance(epochs, Integral) and not swapped else None)
    return told


def _other_name(epochs: str) -> str:
    """``fit__epochs`` for ``epochs``, and the other way round."""
    start = epochs.removesuffix("epochs")
    return f"{start.removesuffix('fit__')}epochs" if start.endswith("fit__") else f"{start}fit__epochs"
