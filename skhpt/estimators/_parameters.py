"""The parameters of a wrapper: which names there are, which argument each of them is, and what is in force."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NoReturn

import keras
import numpy as np

from skhpt.estimators._alike import are_equal
from skhpt.estimators._builder import BUILDERS, Builder
from skhpt.estimators._callbacks import listed_callbacks
from skhpt.estimators._copying import copies_of, faithful_copy, holds_part
from skhpt.estimators._kerastuner import builder_in
from skhpt.estimators._known_names import check_known
from skhpt.estimators._old_words import new_parameter
from skhpt.estimators._routing import ROUTED, argument_names, make
from skhpt.estimators._signatures import arguments_of, takes_any
from skhpt.exceptions import ConflictingParametersError, ModelError, UnknownParameterError

DEFAULT_OPTIMIZER = "rmsprop"  # that of SciKeras and of Keras' `compile`

# Arguments of Keras' methods that the estimator fills in itself, and so can't be routed.
_COMPILE_OWN = {"self", "optimizer", "loss", "metrics"}
FIT_SETTINGS = frozenset(arguments_of(keras.Model.fit))
_FIT_OWN = {
    "self", "x", "y", "sample_weight", "class_weight", "validation_data", "callbacks", "initial_epoch",
}  # fmt: skip
_FOR_FIT = (FIT_SETTINGS - _FIT_OWN) | {
    "groups", "sample_weight", "sample_weight_val", "validation_data", "X_val", "y_val",
}  # fmt: skip
_PREDICT_OWN = {"self", "x"}
_SCORE_OWN = {"y_true", "y_pred", "sample_weight"}

_CALLBACKS = {"fit": ("callbacks", "fit__callbacks"), "predict": ("predict__callbacks",)}
"""The parameters that hold callbacks, by the method that works on them."""
_MADE = (*ROUTED, "fit__callbacks", "predict__callbacks")
_SPECIFIC = ("fit", "model", "compile")
"""The prefixes with which a name goes before the same name without."""

_NOT_IN_FIT = {
    "class_weight": "classes are what a classifier has. Give weights as sample_weight.",
    "initial_epoch": "the estimator counts epochs itself. To go on with a model, call partial_fit for one more epoch, "
    "or fit with warm_start=True.",
}
"""Why arguments of Keras' `fit` are none here, and what to do instead."""


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
    declared : frozenset of str
        Those of them that stand in the signature of a user's subclass, and so are right.
    embedded : callable or None
        The builder that such a class has as its method `_keras_build_fn`.
    scorer : callable or None
        What `score` computes with.
    trained : bool
        Whether there is a model already, so that there need be no builder.
    said : frozenset of str
        The routed names that were given without ``fit__``, in a call of `fit`.
    copies : mapping of int to object or None
        By the ids of the caller's objects, what takes their place in one training; None until there are any.
    """

    owner: str
    own: Mapping[str, Any]
    defaults: Mapping[str, Any]
    extra: Mapping[str, Any]
    declared: frozenset[str] = frozenset()
    embedded: Callable[..., Any] | None = None
    scorer: Callable[..., Any] | None = None
    trained: bool = False
    said: frozenset[str] = frozenset()
    copies: Mapping[int, Any] | None = None

    @property
    def has_builder(self) -> bool:
        """Whether there is something to build a model with."""
        return callable(self._model)  # a keras.Model is callable too

    @cached_property
    def builder(self) -> Builder:
        """The model builder and its signature.

        Raises
        ------
        ModelError
            If there is none, or more than one.
        """
        given = [name for name in ("model", "build_fn") if self.own[name] is not None]
        if self.embedded is not None:
            given.append("_keras_build_fn")
        if len(given) > 1:
            raise ModelError(f"{self.owner} has {' and '.join(map(repr, given))} to build its model. Give one of them.")
        model = self._model
        if isinstance(model, keras.Model):
            return Builder.of(lambda: self.fresh("model", "build_fn").copy_of(model))
        if model is None and self.trained:
            return Builder.of(self._refuse_to_build)  # was read from disk without; can do all but build again
        if not callable(model):
            self._refuse_to_build()
        return Builder.of(model)

    def _refuse_to_build(self, **anything: Any) -> NoReturn:
        raise ModelError(
            f"The 'model' parameter of {self.owner} must be a function that builds a keras.Model, or a keras.Model. "
            f"Got {self._model!r} instead."
        )

    def builder_sees(self, name: str) -> bool:
        """Whether the model may depend on a parameter by other ways than as an argument of that name alone says."""
        builder = self.builder  # a method sees the estimator itself
        sees_all = builder.takes_any or builder.takes("params") or self.embedded is not None
        return sees_all or builder.takes(name)

    @property
    def given_model(self) -> keras.Model | None:
        """The model itself, if one was given instead of a builder."""
        return self._model if isinstance(self._model, keras.Model) else None

    @property
    def _model(self) -> Any:
        model = self.own["build_fn"] if self.own["model"] is None else self.own["model"]
        return self.embedded if model is None else builder_in(model)

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What is in force for each of the estimator's own parameters.

        As given, or as ``fit__<name>``; else the default of the builder's argument of that name, so that one name means
        one value; else the estimator's default.
        """
        routed = self.settings_of("fit")
        return {
            name: routed[name]
            if name in routed
            else value
            if self.given(name)
            else self.builder.defaults.get(name, value)
            for name, value in self.own.items()
        }

    @property
    def optimizer(self) -> Any:
        """The optimizer in force: a name, a class or an instance."""
        optimizer = self.settings["optimizer"]
        return DEFAULT_OPTIMIZER if optimizer is None else optimizer

    def routed(self, prefix: str) -> dict[str, Any]:
        """What was given as ``<prefix>__<name>``, by name."""
        start = f"{prefix}__"
        return {key.removeprefix(start): value for key, value in self.extra.items() if key.startswith(start)}

    def settings_of(self, method: str) -> dict[str, Any]:
        """What was given as ``<method>__<name>``, by name, but for callbacks."""
        return {name: value for name, value in self.routed(method).items() if name.partition("__")[0] != "callbacks"}

    def callbacks(self, method: str) -> list[keras.callbacks.Callback]:
        """The callbacks to call a method of the model with, new or copied.

        Parameters
        ----------
        method : {"fit", "predict"}
        """
        return listed_callbacks([self.made(name) for name in _CALLBACKS[method]], self.owner)

    def fresh(self, *names: str, share_model: bool = False) -> Parameters:
        """The same with copies of the caller's own objects, for one training: they have a state, which stays as it is.

        An object that stands at several places is one object in the copies, too.

        Parameters
        ----------
        *names : str
            Own parameters; with none, all there are and what the builder gets.
        share_model : bool, default=False
            Whether a model that was given is not copied.

        Raises
        ------
        ModelError
            If one can't be copied, by name.
        """
        if self.copies is not None:
            return self
        given = {**self.extra, **self.settings, "optimizer": self.optimizer}
        values = {
            name: value
            for name, value in given.items()
            if (not names or any(f"{name}__".startswith(f"{each}__") for each in names))
            and self._is_copied(name, value, share_model)
        }
        copied = copies_of(values, faithful_copy, self.owner)
        return replace(self, copies={id(value): copied[name] for name, value in values.items()})

    def _is_copied(self, name: str, value: Any, share_model: bool) -> bool:
        if name in BUILDERS:
            return isinstance(value, keras.Model) and not share_model
        # Whatever else a builder gets is its own affair.
        return any(f"{name}__".startswith(f"{each}__") for each in _MADE) or holds_part(value)

    def copy_of(self, value: Any) -> Any:
        """The copy of an object of the caller's; whatever has none, itself."""
        return value if self.copies is None else self.copies.get(id(value), value)

    def made(self, name: str) -> Any:
        """A parameter's value with what is routed to it: new where it was given as a class or a name."""
        fresh = self.fresh(name)
        arguments = {key: fresh.copy_of(value) for key, value in self.routed(name).items()}
        return make(name.rpartition("__")[2], fresh.copy_of(self._value_of(name)), arguments)

    def _value_of(self, name: str) -> Any:
        if name == "optimizer":
            return self.optimizer
        return self.settings[name] if name in self.own else self.extra.get(name)

    def given(self, name: str) -> bool:
        """Whether a parameter was set to something else than its default."""
        if name in self.extra:
            return True
        return name in self.own and not are_equal(self.own[name], self.defaults[name])

    def check(self) -> None:
        """Raise if a name is nobody's, or if a value is no name that Keras knows.

        Raises
        ------
        UnknownParameterError
            With the nearest valid name.
        ModelError
            With the nearest name that Keras knows.
        """
        check_known(self.optimizer, "optimizer", self.owner)
        check_known(self.settings["loss"], "loss", self.owner)
        if not self.builder.takes("metrics"):  # which may have names of its own
            check_known(self.settings["metrics"], "metrics", self.owner)
        valid = self.valid_names()
        for name in self.extra:
            anything_goes = self._takes_anything(name)
            if name not in valid and name in self.said:
                argument = name.removeprefix("fit__")
                raise UnknownParameterError(
                    argument, f"{self.owner}.fit", _FOR_FIT, self._why_not(name) or new_parameter(name)
                )
            if name not in valid and not anything_goes:
                raise UnknownParameterError(name, self.owner, valid, self._why_not(name) or new_parameter(name))

    def check_in_force(self, names: Iterable[str]) -> None:
        """Raise if one of the names has no effect, because the same name with a prefix goes before it.

        Raises
        ------
        ConflictingParametersError
            ``units`` beside ``model__units``, ``epochs`` beside ``fit__epochs``.
        """
        for name in names:
            for specific in (f"{prefix}__{name}" for prefix in _SPECIFIC):
                if specific in self.extra and specific not in _MADE:
                    raise ConflictingParametersError(name, specific, self.owner)

    def _why_not(self, name: str) -> str | None:
        """Why there is no parameter of a name, and what to do; None if it is no more than a wrong name."""
        parameter, _, argument = name.partition("__")
        if parameter == "fit":
            return _NOT_IN_FIT.get(argument)
        if parameter not in ROUTED or not isinstance(self._value_of(parameter), types.FunctionType):
            return None
        return (
            f"the {parameter!r} parameter has a function, which takes no arguments of its own. Give a class instead, "
            f"or a function with the argument set."
        )

    def _takes_anything(self, name: str) -> bool:
        if name.startswith("score__"):
            return self.scorer is not None and takes_any(self.scorer)
        return self.builder.takes_any and ("__" not in name or name.startswith("model__"))

    def valid_names(self) -> set[str]:
        """Every name that may be given."""
        arguments = self.builder.arguments
        routes = {
            "model": arguments,
            "compile": arguments_of(keras.Model.compile) - _COMPILE_OWN,
            "fit": (FIT_SETTINGS - _FIT_OWN) | (FIT_SETTINGS & self.own.keys()),
            "predict": arguments_of(keras.Model.predict) - _PREDICT_OWN,
            "score": set() if self.scorer is None else arguments_of(self.scorer) - _SCORE_OWN,
        }
        for name in _MADE:
            kind = name.rpartition("__")[2]
            routes[name] = set(argument_names(kind, self._value_of(name), self.routed(name)))
        return {
            *self.own,
            *self.declared,
            *arguments,
            *(f"{prefix}__{name}" for prefix, names in routes.items() for name in names),
        }

    def builder_arguments(self, optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
        """The hyper-parameters that the model builder is called with.

        Parameters
        ----------
        optimizer : keras.optimizers.Optimizer
            New, with what was routed to it. A builder gets it for an argument `optimizer`, unless a bare name or class
            says it all.
        """
        shared = self.builder.arguments & self.own.keys()
        arguments = {
            name: self.made(name) if name in ROUTED else faithful_copy(self.copy_of(self.settings[name]))
            for name in shared - {"optimizer"}
        }
        if "optimizer" in shared:
            bare = isinstance(self.optimizer, (str, type)) and not self.routed("optimizer")
            arguments["optimizer"] = self.optimizer if bare else optimizer
        unwanted = {name for name in self.declared if not self.builder.takes(name)}  # that class reads them itself
        plain = {
            name: value
            for name, value in self.extra.items()
            if name not in unwanted and ("__" not in name or self.builder.takes(name))
        }
        # A grid of NumPy's has NumPy's integers, which Keras' layers refuse.
        given = {name: self.copy_of(value) for name, value in (plain | self.routed("model")).items()}
        return {name: native(value) for name, value in (arguments | given).items()}


def native(value: Any) -> Any:
    """A number of NumPy's as Python's own; anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value
