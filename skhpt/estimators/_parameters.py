"""The parameters of a wrapper: which names there are, and which argument each of them is."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras

from skhpt.estimators._builder import Builder
from skhpt.exceptions import ConflictingParametersError, ModelError, UnknownParameterError

DEFAULT_OPTIMIZER = "rmsprop"  # that of SciKeras and of Keras' `compile`

# Arguments of Keras' methods that the estimator fills in itself, and so can't be routed.
_COMPILE_OWN = {"self", "optimizer", "loss", "metrics"}
_FIT_OWN = {"self", "x", "y", "sample_weight", "validation_data", "callbacks", "steps_per_epoch", "initial_epoch"}
_PREDICT_OWN = {"self", "x"}


@dataclass(frozen=True)
class Parameters:
    """What an estimator was given, in terms of who it is for.

    Parameters
    ----------
    owner : str
        The class of the estimator, for messages.
    own : mapping of str to object
        The parameters in the estimator's signature.
    defaults : mapping of str to object
        Their defaults.
    extra : mapping of str to object
        All others: arguments of the model builder, and routed names such as ``optimizer__learning_rate``.
    """

    owner: str
    own: Mapping[str, Any]
    defaults: Mapping[str, Any]
    extra: Mapping[str, Any]

    @property
    def builder(self) -> Builder:
        """The signature of the model builder."""
        model = self.own["model"]
        if isinstance(model, keras.Model):
            raise ModelError(
                f"The 'model' parameter of {self.owner} must be a function that builds a keras.Model. "
                f"Got a model instead."
            )
        return Builder.of(model)

    @property
    def optimizer(self) -> Any:
        """The optimizer in force: the estimator's, else what the builder has as a default, else ``"rmsprop"``."""
        if self.own["optimizer"] is not None:
            return self.own["optimizer"]
        default = self.builder.defaults.get("optimizer")
        return DEFAULT_OPTIMIZER if default is None else default

    def routed(self, prefix: str) -> dict[str, Any]:
        """What was given as ``<prefix>__<name>``, by name."""
        start = f"{prefix}__"
        return {key.removeprefix(start): value for key, value in self.extra.items() if key.startswith(start)}

    def given(self, name: str) -> bool:
        """Whether a parameter was set to something else than its default."""
        if name in self.extra:
            return True
        return name in self.own and self.own[name] is not self.defaults[name] and self.own[name] != self.defaults[name]

    def check_names(self) -> None:
        """Raise if a name is nobody's, or if two names are the same argument.

        Raises
        ------
        UnknownParameterError
            With the nearest valid name.
        ConflictingParametersError
            ``units`` with ``model__units``, ``epochs`` with ``fit__epochs``.
        """
        builder = self.builder
        valid = self.valid_names()
        for name in self.extra:
            anything_goes = builder.takes_any and ("__" not in name or name.startswith("model__"))
            if name not in valid and not anything_goes:
                raise UnknownParameterError(name, self.owner, valid)
            prefix, _, argument = name.partition("__")
            if prefix in ("model", "fit") and self.given(argument):
                raise ConflictingParametersError(argument, name, self.owner)

    def valid_names(self) -> set[str]:
        """Every name that may be given."""
        arguments = self.builder.arguments
        routes = {
            "model": arguments,
            "compile": _arguments_of(keras.Model.compile) - _COMPILE_OWN,
            "fit": _arguments_of(keras.Model.fit) - _FIT_OWN,
            "predict": _arguments_of(keras.Model.predict) - _PREDICT_OWN,
            "optimizer": _optimizer_arguments(self.optimizer),
        }
        return {*self.own, *arguments, *(f"{prefix}__{name}" for prefix, names in routes.items() for name in names)}

    def builder_arguments(self, optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
        """The hyper-parameters that the model builder is called with.

        A builder's argument that bears the name of one of the estimator's own parameters gets its value; None leaves
        the builder's default in force.

        Parameters
        ----------
        optimizer : keras.optimizers.Optimizer
            What a builder gets for an argument ``optimizer`` if parameters are routed to it, which its name alone does
            not carry.
        """
        builder = self.builder
        arguments = {name: value for name, value in self.extra.items() if "__" not in name} | self.routed("model")
        for name in builder.arguments & self.own.keys() - arguments.keys():
            if self.own[name] is not None or name in builder.required:
                arguments[name] = self.own[name]
        if "optimizer" in builder.arguments and "model__optimizer" not in self.extra:
            arguments["optimizer"] = optimizer if self.routed("optimizer") else self.optimizer
        return arguments


def _arguments_of(function: Any) -> set[str]:
    parameters = inspect.signature(function).parameters.values()
    return {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}


def _optimizer_arguments(optimizer: Any) -> set[str]:
    """What can be routed to an optimizer: nothing to an instance, which is configured already."""
    if isinstance(optimizer, str):
        optimizer = type(keras.optimizers.get(optimizer))
    if not isinstance(optimizer, type):
        return set()
    # Keras' optimizers hand on what they don't know by **kwargs, at last to the base class.
    return set().union(
        *(_arguments_of(vars(cls)["__init__"]) for cls in optimizer.__mro__ if "__init__" in vars(cls))
    ) - {"self"}
