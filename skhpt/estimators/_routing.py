"""Making optimizers, losses, metrics and callbacks with the arguments that are routed to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras

from skhpt.estimators._changing import changed, held_arguments, is_changeable
from skhpt.estimators._known_names import RESOLVED_LATER
from skhpt.estimators._signatures import accepted_by, by_name, positions
from skhpt.exceptions import ModelError

ROUTED = ("optimizer", "loss", "metrics", "callbacks")
"""The parameters that arguments can be routed to."""


def make(parameter: str, value: Any, arguments: Mapping[str, Any]) -> Any:
    """Make what a parameter asks for: classes are called with their arguments, and so are names that have some.

    Parameters
    ----------
    parameter : {"optimizer", "loss", "metrics", "callbacks", ""}
        Whose value it is; "" for a value inside one of these.
    value : object
        A name, a class, an instance, a function, or a list or dict of them. Instances that have arguments are copies of
        the caller's, and may be changed themselves.
    arguments : mapping of str to object
        What was given as ``<parameter>__<name>``. Of a list or dict, ``<name>`` is for all entries, and
        ``<index or key>__<name>`` for one. A number in the place of a name is the position of an argument. The value of
        an argument may be a class with arguments of its own.

    Returns
    -------
    object
        Of the same structure.

    Raises
    ------
    ModelError
        If arguments are routed to what takes none, such as a function, or can't be changed in an instance.

    Examples
    --------
    >>> metrics = make("metrics", ["accuracy", keras.metrics.TopKCategoricalAccuracy], {"1__k": 2})
    >>> metrics[0], metrics[1].k
    ('accuracy', 2)
    >>> make("callbacks", keras.callbacks.EarlyStopping(patience=5), {"patience": 2}).patience
    2
    """
    if isinstance(value, Mapping):
        return {key: make(parameter, entry, _for_entry(str(key), arguments)) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        made = (make(parameter, entry, _for_entry(str(i), arguments)) for i, entry in enumerate(value))
        return type(value)(made)
    maker = _maker(parameter, value)
    if maker is not None and (arguments or not isinstance(value, str)):
        return maker(**_made_arguments(maker, arguments, {}))
    if not arguments:
        return value
    if is_changeable(value):
        return changed(value, _made_arguments(type(value), arguments, _held(value, arguments)))
    raise ModelError(
        f"The {parameter!r} parameter can't take {', '.join(sorted(arguments))}: {value!r} has no arguments. "
        f"Give a class, or the name of one."
    )


def _made_arguments(maker: Any, arguments: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by name; those that have arguments themselves are made or changed."""
    arguments = by_name(maker, arguments)
    given = {name: value for name, value in arguments.items() if "__" not in name}
    inner = {name.partition("__")[0] for name in arguments} - given.keys()
    values = {name: held[name] for name in inner & held.keys()} | given
    return {name: _make_argument(value, _below(name, arguments)) for name, value in values.items()}


def _make_argument(value: Any, arguments: Mapping[str, Any]) -> Any:
    """An argument's value: made if it is a class of Keras' or has arguments of its own, and otherwise handed on."""
    if not arguments and not (isinstance(value, type) and value.__module__.startswith("keras.")):
        return value
    return make("", value, arguments)


def argument_names(parameter: str, value: Any, arguments: Mapping[str, Any]) -> Iterator[str]:
    """The names, without the prefix of the parameter, that `make` would take.

    Parameters
    ----------
    parameter, value, arguments
        As for `make`.

    Yields
    ------
    str
        The positions of arguments among them, as far as they are given.
    """
    if isinstance(value, (Mapping, list, tuple)):
        entries = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, entry in entries:
            for name in argument_names(parameter, entry, _for_entry(str(key), arguments)):
                yield from (name, f"{key}__{name}")
        return
    maker = _maker(parameter, value)
    instance = maker is None and is_changeable(value)
    if maker is None and not instance:
        return
    held = _held(value, arguments) if instance else {}
    maker = type(value) if instance else maker
    names = list(_argument_names(maker, by_name(maker, arguments), held))
    yield from names
    for place, name in enumerate(positions(maker)):
        for given in {each.partition("__")[0] for each in arguments} & {str(place), "args"}:
            start = given if given != "args" else f"args__{place}"
            yield from (f"{start}{each.removeprefix(name)}" for each in names if each.split("__")[0] == name)


def _held(value: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What an instance has for its arguments, where one of them is to be changed itself."""
    inner = any("__" in name for name in by_name(type(value), arguments))
    return held_arguments(value) if inner else {}


def _argument_names(maker: Any, arguments: Mapping[str, Any], held: Mapping[str, Any]) -> Iterator[str]:
    for name in accepted_by(maker):
        yield name
        inner = arguments.get(name, held.get(name))
        for each in argument_names("", inner, _below(name, arguments)):
            yield f"{name}__{each}"


def _maker(parameter: str, value: Any) -> Any:
    """What is to be called to make `value`, or None where it is made already."""
    if isinstance(value, type):
        return value
    if isinstance(value, str) and parameter in ("optimizer", "loss", "metrics"):
        return _class_called(parameter, value)
    if parameter == "callbacks" and callable(value):
        return value
    return None


def _class_called(parameter: str, name: str) -> Any:
    """Keras' class of that name or alias, such as ``"mse"``; None where a name stands for no class."""
    if name.lower() in RESOLVED_LATER:
        return None
    module = {"optimizer": keras.optimizers, "loss": keras.losses, "metrics": keras.metrics}[parameter]
    try:
        found = module.get(name)
    except ValueError:
        return None
    if isinstance(found, type) or not hasattr(found, "__name__"):
        return found if isinstance(found, type) else type(found)
    classes = {key.lower(): entry for key, entry in vars(module).items() if isinstance(entry, type)}
    return classes.get(found.__name__.replace("_", "").lower())


def _for_entry(key: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Of a list's or dict's arguments, those of one entry: its own go before those of all."""
    shared = {name: value for name, value in arguments.items() if "__" not in name}
    return shared | _below(key, arguments)


def _below(key: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    start = f"{key}__"
    return {name.removeprefix(start): value for name, value in arguments.items() if name.startswith(start)}
