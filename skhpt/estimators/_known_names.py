"""Names of optimizers, losses and metrics that Keras knows."""

from __future__ import annotations

from typing import Any

import keras

from skhpt.exceptions import ModelError, nearest_name

RESOLVED_LATER = {"acc", "accuracy", "ce", "crossentropy"}
"""Metrics' names that Keras resolves by the shape of the output."""

_MODULES = {"optimizer": keras.optimizers, "loss": keras.losses, "metrics": keras.metrics}
_known: set[tuple[str, str]] = set()  # an optimizer is made to find out, with variables


def check_known(value: Any, parameter: str, owner: str) -> None:
    """Raise if `value` is a name that Keras does not know.

    Parameters
    ----------
    value : object
        What is no string is right here. Of metrics, a list or dict of them.
    parameter : {"optimizer", "loss", "metrics"}
        What it should name.
    owner : str
        The class of the estimator, for the message.

    Raises
    ------
    ModelError
        With the nearest name that Keras knows.
    """
    if parameter == "metrics":
        names = [each for each in keras.tree.flatten(value) if isinstance(each, str)]
    else:
        names = [value] if isinstance(value, str) else []
    for name in names:
        if not _is_known(name, parameter):
            near = _nearest(name, parameter)
            hint = f" Did you mean {near!r}?" if near else f" They stand in {_MODULES[parameter].__name__}."
            must = "hold names" if parameter == "metrics" else "be a name"
            raise ModelError(
                f"The {parameter!r} parameter of {owner} must {must} that Keras knows. Got {name!r} instead.{hint}"
            )


def _nearest(name: str, parameter: str) -> str | None:
    """The nearest of the names that Keras takes; what else its module holds is none."""
    public = [each for each in dir(_MODULES[parameter]) if not each.startswith("_")]
    if parameter == "optimizer":
        public = [each.lower() for each in public]
    if parameter == "metrics":
        public += sorted(RESOLVED_LATER)
    # The functions come last: their names are those that are written in lower case.
    by_letters = {_letters(each): each for each in sorted(public) if _is_known(each, parameter)}
    near = nearest_name(_letters(name), by_letters)
    longer = (each for each in sorted(by_letters, key=len) if each.startswith(_letters(name)))
    found = near or next(longer, None)
    return None if found is None else by_letters[found]


def _letters(name: str) -> str:
    return name.lower().replace("_", "")


def _is_known(name: str, parameter: str) -> bool:
    if parameter == "metrics" and name in RESOLVED_LATER:
        return True
    if (name, parameter) not in _known:
        try:
            _MODULES[parameter].get(name)
        except (KeyError, TypeError, ValueError):  # also a class that is not made of its name alone
            return False
        _known.add((name, parameter))
    return True
