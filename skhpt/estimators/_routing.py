"""Making optimizers, losses, metrics and callbacks with the arguments that are routed to them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import keras

from skhpt.estimators._known_names import RESOLVED_LATER
from skhpt.exceptions import ModelError

ROUTED = ("optimizer", "loss", "metrics", "callbacks")
"""The parameters that arguments can be routed to."""


def make(parameter: str, value: Any, arguments: Mapping[str, Any]) -> Any:
    """Make what a parameter asks for: classes are called with their arguments, and so are names that have some.

    Parameters
    ----------
    parameter : {"optimizer", "loss", "metrics", "callbacks"}
        Whose value it is.
    value : object
        A name, a class, an instance, a function, or a list or dict of them.
    arguments : mapping of str to object
        What was given as ``<parameter>__<name>``. Of a list or dict, ``<name>`` is for all entries, and
        ``<index or key>__<name>`` for one. The value of an argument may be a class with arguments of its own.

    Returns
    -------
    object
        Of the same structure.

    Raises
    ------
    ModelError
        If arguments are routed to an instance, which is configured already.

    Examples
    --------
    >>> metrics = make("metrics", ["accuracy", keras.metrics.TopKCategoricalAccuracy], {"1__k": 2})
    >>> metrics[0], metrics[1].k
    ('accuracy', 2)
    """
    if isinstance(value, Mapping):
        return {key: make(parameter, entry, _for_entry(str(key), arguments)) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        made = (make(parameter, entry, _for_entry(str(i), arguments)) for i, entry in enumerate(value))
        return type(value)(made)
    maker = _maker(parameter, value)
    if maker is not None and (arguments or not isinstance(value, str)):
        own = {name: entry for name, entry in arguments.items() if "__" not in name}
        return maker(**{name: _make_argument(entry, _below(name, arguments)) for name, entry in own.items()})
    if arguments:
        raise ModelError(
            f"The {parameter!r} parameter can't take {', '.join(sorted(arguments))}: {value!r} is configured already. "
            f"Give its class or its name instead."
        )
    return value


def _make_argument(value: Any, arguments: Mapping[str, Any]) -> Any:
    """An argument's value: made if it is a class of Keras' or has arguments of its own, and otherwise handed on."""
    if isinstance(value, type) and (arguments or value.__module__.startswith("keras.")):
        return value(**arguments)
    return value


def argument_names(parameter: str, value: Any, arguments: Mapping[str, Any]) -> Iterator[str]:
    """The names, without the prefix of the parameter, that `make` would take.

    Parameters
    ----------
    parameter, value, arguments
        As for `make`.

    Yields
    ------
    str
    """
    if isinstance(value, (Mapping, list, tuple)):
        entries = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, entry in entries:
            for name in argument_names(parameter, entry, _for_entry(str(key), arguments)):
                yield from (name, f"{key}__{name}")
        return
    for name in _accepted(_maker(parameter, value)):
        yield name
        if isinstance(arguments.get(name), type):
            yield from (f"{name}__{inner}" for inner in _accepted(arguments[name]))


def configured(parameter: str, value: Any, argument: str) -> Any:
    """The object that an argument was routed to, if it is an instance and so takes none; else None.

    Parameters
    ----------
    parameter, value
        As for `make`.
    argument : str
        What stands behind the prefix of the parameter.
    """
    if isinstance(value, (Mapping, list, tuple)):
        entries = dict(value if isinstance(value, Mapping) else enumerate(value))
        first, _, rest = argument.partition("__")
        asked = {str(key): entry for key, entry in entries.items()}
        if rest and first in asked:
            return configured(parameter, asked[first], rest)
        found = [configured(parameter, entry, argument) for entry in entries.values()]
        return found[0] if found and None not in found else None  # of several, one could have taken it
    is_made = value is not None and not isinstance(value, str) and _maker(parameter, value) is None
    return value if is_made else None


def arguments_of(function: Any) -> set[str]:
    """The names of a function's arguments."""
    parameters = inspect.signature(function).parameters.values()
    return {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}


def takes_any(function: Any) -> bool:
    """Whether a function has ``**kwargs``."""
    return any(p.kind is p.VAR_KEYWORD for p in inspect.signature(function).parameters.values())


def _accepted(maker: Any) -> set[str]:
    """What a class or a function takes; Keras' classes hand on by ``**kwargs`` what they don't know themselves."""
    if maker is None:
        return set()
    if not isinstance(maker, type):
        return arguments_of(maker)
    return set().union(*(arguments_of(vars(cls)["__init__"]) for cls in maker.__mro__ if "__init__" in vars(cls))) - {
        "self"
    }


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
