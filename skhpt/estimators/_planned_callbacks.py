"""The callbacks of a call of `fit`, looked at before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras

from skhpt.estimators._callback_paths import paths_of
from skhpt.estimators._fit_arguments import FitArguments
from skhpt.estimators._monitors import blind_monitors
from skhpt.estimators._parameters import Parameters


@dataclass(frozen=True)
class PlannedCallbacks:
    """The callbacks that a call of `fit` is to train with.

    Parameters
    ----------
    callbacks : list of callback
        In the order in which they are called.
    validates : bool
        Whether there are rows to evaluate after each epoch.
    """

    callbacks: list[keras.callbacks.Callback]
    validates: bool

    @classmethod
    def of(cls, parameters_of: Callable[[Mapping[str, Any]], Parameters], said: Mapping[str, Any]) -> PlannedCallbacks:
        """Read them from the arguments of the call.

        Parameters
        ----------
        parameters_of : callable
            From the settings of a call to the parameters that are in force for it.
        said : mapping of str to object
            The arguments of `fit` but for X and y.
        """
        arguments = FitArguments.of(**{name: value for name, value in said.items() if name != "sample_weight"})
        parameters = parameters_of(arguments.settings)
        split = parameters.settings["validation_split"]
        held_out = hasattr(split, "split") or bool(split)
        return cls(parameters.callbacks("fit"), arguments.validation is not None or held_out)

    @property
    def paths(self) -> dict[str, str]:
        """Where they write to, as it was given; and the same with ``{trial}`` in it."""
        return paths_of(self.callbacks)

    @property
    def blind_monitors(self) -> list[tuple[str, str]]:
        """The class of each that can't see what it monitors, and what that is."""
        return [] if self.validates else blind_monitors(self.callbacks)
