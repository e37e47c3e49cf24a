"""An estimator whose parameters are also those of a model builder, an optimizer and so on."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Self, cast

from sklearn.base import BaseEstimator

from skhpt.estimators._parameters import FIT_SETTINGS, Parameters
from skhpt.estimators._seeding import derived_seed
from skhpt.exceptions import ModelError, SkhptError


class Parametrised(BaseEstimator):
    """Gets, sets and checks the parameters of a wrapper.

    Those in the signature of ``__init__`` are attributes. All others are kept in `_extra_params` and checked in `fit`
    only: whether a name is right depends on the builder, which `set_params` may change.
    """

    _extra_params: dict[str, Any]
    _not_stored: Mapping[str, str] = {}  # parameters that an estimator which was read lacks, and what they were

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Get the parameters.

        Parameters
        ----------
        deep : bool, default=True
            Also what the model builder has defaults for: its arguments that were not set, and the estimator's own
            parameters that it overrides. Without them a copy does not take the defaults of one builder for settings of
            the next.

        Returns
        -------
        dict of str to object
        """
        named = {name: getattr(self, name, default) for name, default in self._init_defaults().items()}
        params: dict[str, Any] = named | self._extra_params
        parameters = self._parameters_from(params)
        if not deep or not parameters.has_builder:
            return params
        routed = {key for prefix in ("model", "fit") for key in parameters.routed(prefix)}
        defaults = {name: value for name, value in parameters.builder.hyper_parameters.items() if name not in routed}
        return params | {name: value for name, value in defaults.items() if not parameters.given(name)}

    def _get_params_html(self, deep: bool = True, **said: Any) -> Any:
        """What scikit-learn shows in a notebook; the look of an estimator must not fail with its builder."""
        try:
            self.get_params(deep=deep)
        except SkhptError:
            deep = False
        return super()._get_params_html(deep=deep, **said)  # scikit-learn calls it, and so has it

    def set_params(self, **params: Any) -> Self:
        """Set parameters: the estimator's, the model builder's, and routed ones such as ``optimizer__learning_rate``.

        A name that nobody knows is refused by `fit`, and by skhpt's searchers before they fit anything.

        Returns
        -------
        self : object
        """
        own = self._get_param_names()
        for name, value in params.items():
            # A subclass may name in its signature what it hands on to ours as one of `**params`.
            if name in own and name not in self._extra_params:
                setattr(self, name, value)
            else:
                self._extra_params = self._extra_params | {name: value}
        if self._not_stored:
            self._not_stored = {name: was for name, was in self._not_stored.items() if name not in params}
        return self

    def _check_complete(self, given: Iterable[str] = ()) -> None:
        """Raise if parameters are missing that were not stored: a new model would be another one without them.

        Parameters
        ----------
        given : iterable of str, default=()
            Those that are still to be set.
        """
        missing = {name: was for name, was in self._not_stored.items() if name not in given}
        if not missing:
            return
        owner, names = type(self).__name__, list(missing)
        lost = ", ".join(f"{name} ({was})" for name, was in missing.items())
        raise ModelError(
            f"This {owner} was loaded, and can't be fitted anew: functions and objects of your own are not stored, and "
            f"these parameters had some: {lost}. Set each of them by skhpt.load(path, {names[0]}=...) or by "
            f"set_params({names[0]}=...); within a pipeline, with the step's name in front: step__{names[0]}=..."
        )

    @classmethod
    def _init_defaults(cls) -> dict[str, Any]:
        """The parameters and their defaults, of all classes whose ``__init__`` hands ``**kwargs`` on to the next."""
        return dict(_defaults_of(cast(Hashable, cls)))  # mypy doubts that classes are

    @classmethod
    def _get_param_names(cls) -> list[str]:
        return sorted(cls._init_defaults())

    def _parameters(self, **changes: Any) -> Parameters:
        return self._parameters_from(self.get_params(deep=False) | changes)

    def _parameters_from(self, values: dict[str, Any]) -> Parameters:
        defaults = self._init_defaults()
        bases = [base for base in type(self).__mro__ if issubclass(base, Parametrised)]
        ours = next(base for base in bases if base.__module__.startswith("skhpt."))._init_defaults()
        return Parameters(
            owner=type(self).__name__,
            # A subclass may leave some out of its signature; it has them as attributes all the same.
            own={name: values.get(name, getattr(self, name, default)) for name, default in ours.items()},
            defaults={name: defaults.get(name, default) for name, default in ours.items()},
            extra={name: value for name, value in values.items() if name not in ours},
            declared=frozenset(defaults.keys() - ours.keys()),
            embedded=getattr(self, "_keras_build_fn", None),
            scorer=getattr(self, "scorer", None),
            trained="model_" in vars(self),
        )

    def _parameters_for_call(self, changes: Mapping[str, Any]) -> Parameters:
        """The parameters with what was said in a call of `fit` alone, as in ``fit(X, y, epochs=3)``."""
        params = {name: value for name, value in self.get_params(deep=False).items() if name not in _routed(changes)}
        own = {name for name in changes if name in FIT_SETTINGS and name in params}
        said = {name if name in own else f"fit__{name}": value for name, value in changes.items()}
        return replace(self._parameters_from(params | said), said=frozenset(said.keys() - own))

    def _check_parameter_names(self, params: dict[str, Any]) -> None:
        """Raise if these names are not right, together with those set already: asked before a candidate is tried."""
        self._check_complete(params)
        parameters = self._parameters(**params)
        parameters.check()
        parameters.check_in_force(params)

    def _trial_parameters(self, seed: int, repeat: int) -> dict[str, Any]:
        """What a search sets on this estimator for a trial: whatever the user left open, and the seed of a repeat."""
        settings = self._parameters().settings
        params: dict[str, Any] = {} if settings["verbose"] != "auto" else {"verbose": 0}
        if settings["random_state"] is None:
            params["random_state"] = seed
        elif repeat:
            params["random_state"] = derived_seed(settings["random_state"], repeat)
        return params


def _routed(names: Iterable[str]) -> set[str]:
    return {f"fit__{name}" for name in names}


@functools.cache  # asked for ten times in each trial; a search has thousands
def _defaults_of(cls: Any) -> dict[str, Any]:
    defaults: dict[str, Any] = {}
    for base in cls.__mro__:
        if "__init__" not in vars(base):
            continue
        _, *parameters = inspect.signature(vars(base)["__init__"]).parameters.values()
        named = {p.name: p.default for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
        defaults = named | defaults
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return defaults
