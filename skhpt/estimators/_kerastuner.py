"""KerasTuner's builders: functions of an `hp`, which they ask for each hyper-parameter as they go along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from skhpt._compat.backend import leaving_nothing_behind
from skhpt._compat.keras import fresh_metric_names
from skhpt.estimators._discovery import Discovery
from skhpt.estimators._hp_argument import ARGUMENT
from skhpt.estimators._redefinitions import Redefinitions
from skhpt.estimators._seeding import seeded
from skhpt.estimators._values import with_values
from skhpt.exceptions import MissingExtraError, ModelError

# Kept with the builder itself, since copies of it, of which a search makes one a trial, then have it too. (Names that
# begin with two underscores are no part of what a run on disk describes of a builder.)
_KNOWN = "__skhpt_hyper_parameters__"


@dataclass(frozen=True)
class KerasTunerBuilder:
    """A builder of KerasTuner's as a function whose keyword arguments are the hyper-parameters.

    Parameters
    ----------
    build : callable
        Takes a `keras_tuner.HyperParameters` first.
    space : keras_tuner.HyperParameters
        All that it may ask for.
    """

    build: Callable[..., Any]
    space: Any

    @classmethod
    def of(cls, build: Callable[..., Any]) -> KerasTunerBuilder:
        """Find out what a builder asks for. Errors as of `hyper_parameters_of`."""
        return cls(build, hyper_parameters_of(build))

    @property
    def __name__(self) -> str:
        return _name(self.build)

    @property
    def defaults(self) -> dict[str, Any]:
        """The defaults of the hyper-parameters; of one that is defined anew under other conditions, the first."""
        defaults: dict[str, Any] = {}
        for each in self.space.space:
            defaults.setdefault(each.name, each.default)
        return defaults

    def __call__(self, **arguments: Any) -> Any:
        others = {name: value for name, value in arguments.items() if name not in self.defaults}
        return self.build(with_values(self.space, arguments), **others)


def builder_in(model: Any) -> Any:
    """The method `build` of a `keras_tuner.HyperModel`; anything else as it is.

    Raises
    ------
    ModelError
        If it overrides `fit`, which is not what an estimator trains with.
    """
    if callable(model) or not callable(getattr(model, "build", None)):
        return model
    own_fit = getattr(type(model), "fit", None)
    if own_fit is not None and not own_fit.__module__.startswith("keras_tuner."):
        name = type(model).__name__
        raise ModelError(
            f"The HyperModel {name!r} overrides `fit`, which is not supported: a Keras wrapper trains by itself, with "
            f"parameters of its own such as `epochs`, `batch_size` and `callbacks`. Give the builder alone: "
            f"{name}().build."
        )
    return model.build


def hyper_parameters_of(build: Callable[..., Any]) -> Any:
    """Everything that a builder may ask `hp` for; found out once, by building models.

    Warns of a name that is defined twice with different values, of which KerasTuner takes the first.

    Parameters
    ----------
    build : callable
        Takes an `hp`.

    Returns
    -------
    keras_tuner.HyperParameters

    Raises
    ------
    MissingExtraError
        If KerasTuner is not installed.
    ModelError
        If no model can be built with the defaults.
    """
    owner, code = getattr(build, "__self__", build), _code_of(build)
    known: Mapping[Any, Any] = getattr(owner, "__dict__", {}).get(_KNOWN, {})
    if code in known:
        return known[code]
    space = _discover(build)
    with suppress(AttributeError, TypeError):  # an object that takes no attributes is asked anew
        setattr(owner, _KNOWN, {**known, code: space})
    return space


def _code_of(build: Any) -> tuple[Any, ...]:
    """What tells a function from one that `functools.wraps` has given its attributes.

    The code's file is no part of it: cloudpickle gives what it sends to a worker another one.
    """
    code = getattr(build, "__code__", None)  # of a method, its function's
    n_wrapped, inner = 0, build
    while (inner := getattr(inner, "__wrapped__", None)) is not None:
        n_wrapped += 1
    return () if code is None else (code.co_qualname, code.co_firstlineno, n_wrapped)


def _discover(build: Callable[..., Any]) -> Any:
    try:
        import keras_tuner
    except ImportError as error:
        raise MissingExtraError(f"A model builder that takes {ARGUMENT!r}", "keras-tuner") from error
    redefinitions = Redefinitions()
    discovery = Discovery(redefinitions.watching(build), keras_tuner.HyperParameters())
    with seeded(0), fresh_metric_names(), leaving_nothing_behind():
        try:
            discovery.begin()
        except Exception as error:
            raise ModelError(
                f"The model builder {_name(build)!r} can't build a model with the defaults of its hyper-parameters, "
                f"which is how it is found out what they are. {type(error).__name__}: {error}"
            ) from error
        discovery.explore()
    redefinitions.warn(_name(build))
    return discovery.space


def _name(build: Any) -> str:
    return str(getattr(build, "__name__", type(build).__name__))
