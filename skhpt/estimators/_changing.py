"""Optimizers, losses, metrics and callbacks with other arguments than they were made with.

An object does not tell what it was made with. Its arguments are read from its attributes and its configuration, and
another object is made with them. Only if that one holds the same is the object replaced by one with the changes.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any, NoReturn

import keras

from skhpt._compat.keras_objects import learning_rate_of, loss_arguments
from skhpt.estimators._alike import differences
from skhpt.estimators._signatures import accepted_by, arguments_of
from skhpt.exceptions import ModelError

_NO_INSTANCES = (
    type, types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType, keras.Variable,
)  # fmt: skip


def is_changeable(value: Any) -> bool:
    """Whether a value is an object that was made by its class with arguments."""
    return hasattr(value, "__dict__") and not isinstance(value, _NO_INSTANCES)


def held_arguments(value: Any) -> dict[str, Any]:
    """The arguments that an object was made with.

    Raises
    ------
    ModelError
        If they can't be told, so that something would be lost in an object that is made with them.

    Examples
    --------
    >>> held_arguments(keras.losses.Huber(delta=0.5))["delta"]
    0.5
    """
    config = value.get_config() if hasattr(value, "get_config") else {}
    reasons = []
    attributes = vars(value) | (loss_arguments(value) or {})
    taken = accepted_by(type(value))
    # Some hand on less than they seem to; some have another type than they were given.
    names = taken, sorted(arguments_of(type(value).__init__) - {"self"}), [name for name in taken if name != "dtype"]
    for asked, sources in product(names, ([attributes, config], [config, attributes], [config])):
        held = dict(_found(asked, sources))
        try:
            other = differences(value, type(value)(**held))
        except Exception as error:  # noqa: BLE001 - whatever a class raises for arguments that are none
            reasons.append(f"{type(error).__name__}: {error}")
            continue
        if not other:
            return held
        reasons.append(f"A new one with the arguments that it seems to have differs in: {', '.join(other)}.")
    name = type(value).__name__
    raise ModelError(
        f"An argument of this {name} can't be changed, as something that it holds would be lost. Give the class {name} "
        f"instead of an instance, and its arguments as parameters. {reasons[0]}"
    )


def _found(names: Iterable[str], sources: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    """The values that there are for the names."""
    for name in names:
        for source, key in ((source, key) for source in sources for key in (name, f"_{name}")):
            if key in source and not _is_serialized(source[key]):
                value = source[key]
                yield name, keras.ops.convert_to_numpy(value).item() if isinstance(value, keras.Variable) else value
                break


def _is_serialized(value: Any) -> bool:
    """Whether a value of a configuration stands for an object."""
    return isinstance(value, dict) and "class_name" in value


def changed(value: Any, changes: Mapping[str, Any]) -> Any:
    """An object with other arguments.

    Parameters
    ----------
    value : object
        A copy of the caller's object, which may be changed itself.
    changes : mapping of str to object
        The arguments to be changed.

    Raises
    ------
    ModelError
        As of `held_arguments`; or if a number is to take the place of a schedule of learning rates.

    Examples
    --------
    >>> slower = changed(keras.optimizers.Adam(0.01, clipnorm=1.0), {"learning_rate": 0.001})
    >>> round(float(slower.learning_rate), 3), slower.clipnorm
    (0.001, 1.0)
    """
    if isinstance(value, keras.optimizers.Optimizer) and not callable(rate := changes.get("learning_rate", callable)):
        if not hasattr(learning_rate_of(value), "assign"):
            _refuse_rate(value, rate)
        if type(value).__module__.startswith("keras."):  # then all else stays, also what no argument says
            value.learning_rate = rate
            changes = {name: change for name, change in changes.items() if name != "learning_rate"}
    return type(value)(**held_arguments(value) | dict(changes)) if changes else value


def _refuse_rate(optimizer: Any, rate: Any) -> NoReturn:
    """Raise, as a number might replace a schedule, or be meant for where the schedule begins."""
    schedule = type(learning_rate_of(optimizer))
    raise ModelError(
        f"The learning rate of this {type(optimizer).__name__} is of class {schedule.__name__}, which {rate!r} can't "
        f"replace. Change an argument of that, as in "
        f"optimizer__learning_rate__{next(iter(accepted_by(schedule)), 'name')}, or give the optimizer a number."
    )
