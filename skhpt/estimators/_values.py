"""Values for the hyper-parameters of KerasTuner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def with_values(space: Any, given: Mapping[str, Any]) -> Any:
    """A copy with values for those hyper-parameters, and only those, whose conditions hold, as KerasTuner asks.

    Parameters
    ----------
    space : keras_tuner.HyperParameters
        What there is; a parent stands before what depends on it.
    given : mapping of str to object
        Values by name; the others are the defaults.

    Returns
    -------
    keras_tuner.HyperParameters
        To build a model with.
    """
    hp = space.copy()
    hp.values = {}
    for each in hp.space:
        if each.name not in hp.values and hp.is_active(each):
            hp.values[each.name] = given.get(each.name, each.default)
    return hp
