"""What a model builder asks for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras

from skhpt.estimators._hp_argument import ARGUMENT, asks_for_hp
from skhpt.estimators._kerastuner import KerasTunerBuilder
from skhpt.exceptions import ModelError

SCIKERAS_PROVIDED = ("meta", "compile_kwargs", "params")
PROVIDED = (*SCIKERAS_PROVIDED, "X", "y")
"""Arguments that the estimator fills in itself: those of SciKeras, and the rows to be trained on."""
BUILDERS = ("model", "build_fn")  # the parameters of an estimator that hold a builder


@dataclass(frozen=True)
class Builder:
    """A function that builds a Keras model, and its signature.

    Parameters
    ----------
    function : callable
        Returns a `keras.Model`.
    defaults : mapping of str to object
        Its arguments that have a default.
    required : frozenset of str
        Those that have none.
    takes_any : bool
        Whether it has ``**kwargs``.
    """

    function: Callable[..., Any]
    defaults: Mapping[str, Any]
    required: frozenset[str]
    takes_any: bool

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Builder:
        """Read the signature of a builder, or find out what one of KerasTuner's asks its `hp` for."""
        if asks_for_hp(function):
            return cls._of_kerastuner(function)
        parameters = inspect.signature(function).parameters.values()
        named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
        return cls(
            function=function,
            defaults={p.name: p.default for p in named if p.default is not p.empty},
            required=frozenset(p.name for p in named if p.default is p.empty),
            takes_any=any(p.kind is p.VAR_KEYWORD for p in parameters),
        )

    @classmethod
    def _of_kerastuner(cls, function: Callable[..., Any]) -> Builder:
        tuned = KerasTunerBuilder.of(function)
        if taken := tuned.defaults.keys() & {*PROVIDED, *BUILDERS, ARGUMENT}:
            raise ModelError(
                f"A hyper-parameter of the model builder {tuned.__name__!r} can't be called "
                f"{' or '.join(map(repr, sorted(taken)))}, which means something else to the estimator. Rename it."
            )
        arguments = inspect.signature(function).parameters.values()
        others = {p.name: p.default for p in arguments if p.default is not p.empty}
        return cls(function=tuned, defaults=others | tuned.defaults, required=frozenset(), takes_any=False)

    @property
    def arguments(self) -> frozenset[str]:
        """The arguments that are hyper-parameters."""
        return (self.required | self.defaults.keys()) - set(PROVIDED)

    @property
    def hyper_parameters(self) -> dict[str, Any]:
        """The defaults of those that have one."""
        return {name: value for name, value in self.defaults.items() if name not in PROVIDED}

    def takes(self, name: str) -> bool:
        """Whether it has an argument of this name."""
        return name in self.required or name in self.defaults

    def build(self, arguments: Mapping[str, Any], provided: Mapping[str, Any]) -> keras.Model:
        """Call the builder.

        Parameters
        ----------
        arguments : mapping of str to object
            The hyper-parameters.
        provided : mapping of str to object
            What the estimator fills in itself, of which the builder gets what it names; one with ``**kwargs`` also gets
            all that SciKeras would have given it.

        Raises
        ------
        ModelError
            If a required argument has no value, or if no `keras.Model` comes back.
        """
        name = getattr(self.function, "__name__", type(self.function).__name__)
        unnamed = SCIKERAS_PROVIDED if self.takes_any else ()
        wanted = {key: value for key, value in provided.items() if key in unnamed or self.takes(key)}
        if missing := self.required - arguments.keys() - wanted.keys():
            first, *others = sorted(missing)
            names = ", ".join(map(repr, (first, *others)))
            tuner = f" If it is the `hp` of KerasTuner, annotate it: `{first}: keras_tuner.HyperParameters`."
            raise ModelError(
                f"The model builder {name!r} needs a value for {names}. Give it to the estimator by that name, let a "
                f"search vary it, or give the argument a default.{'' if others else tuner}"
            )
        model = self.function(**arguments, **wanted)
        if not isinstance(model, keras.Model):
            got = (
                "None instead. Is there a `return` at its end?" if model is None else f"{type(model).__name__} instead."
            )
            raise ModelError(f"The model builder {name!r} must return a keras.Model. Got {got}")
        return model
