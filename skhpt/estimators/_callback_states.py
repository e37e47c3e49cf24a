"""How far callbacks have come, of those of which it is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any

import keras
import numpy as np
import numpy.typing as npt


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_best(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


# Of which class, what its hooks change, and what that may be. The rest is as it was made, or is made anew from the
# model. No subclass: what it changes can't be known.
_KNOWN: Mapping[type, Mapping[str, Callable[[Any], bool]]] = {
    keras.callbacks.EarlyStopping: {
        "wait": _is_count, "stopped_epoch": _is_count, "best_epoch": _is_count, "best": _is_best,
    },
    keras.callbacks.ReduceLROnPlateau: {"wait": _is_count, "cooldown_counter": _is_count, "best": _is_best},
    keras.callbacks.LearningRateScheduler: {},
    keras.callbacks.TerminateOnNaN: {},
}  # fmt: skip


def obstacle_in(callbacks: Sequence[keras.callbacks.Callback]) -> str | None:
    """Why it can't be stored how far callbacks have come, in words for the user; None if it can."""
    for callback in callbacks:
        if not _is_known(callback):
            return f"the callback {type(callback).__name__} keeps state that can't be stored"
    return None


def _is_known(callback: keras.callbacks.Callback) -> bool:
    own_hooks = any(name.startswith("on_") for name in vars(callback))
    # A function has no state of its own in each training (a copy of it is itself), as another callable may have.
    schedule = getattr(callback, "schedule", None)
    is_known = _state_of(callback) is not None
    return is_known and not own_hooks and (schedule is None or type(schedule) is FunctionType)


def _state_of(callback: keras.callbacks.Callback) -> Mapping[str, Callable[[Any], bool]] | None:
    """What its hooks change, and what that may be; None if that is not known. Classes of skhpt's say it themselves."""
    return _KNOWN.get(type(callback), {} if vars(type(callback)).get("_keeps_no_state", False) else None)


def facts_of(callback: keras.callbacks.Callback) -> dict[str, Any]:
    """What JSON can hold of how far a callback has come."""
    facts = {name: _plain(getattr(callback, name)) for name in _state_of(callback) or {}}
    has_weights = getattr(callback, "best_weights", None) is not None
    return facts | {"class": type(callback).__name__, "has_weights": has_weights}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int) else float(value)


def weights_of(callback: keras.callbacks.Callback) -> list[npt.NDArray[Any]]:
    """The weights that a callback may go back to."""
    return list(getattr(callback, "best_weights", None) or [])


def fits(callback: keras.callbacks.Callback, facts: Mapping[str, Any]) -> bool:
    """Whether `facts` may be those of such a callback."""
    known = _state_of(callback) or {}
    may_have_weights = getattr(callback, "restore_best_weights", False)
    return (
        facts["class"] == type(callback).__name__
        and all(allows(facts[name]) for name, allows in known.items())
        and isinstance(facts["has_weights"], bool)
        and (may_have_weights or not facts["has_weights"])
    )


def take_up(callback: keras.callbacks.Callback, facts: Mapping[str, Any], weights: Sequence[npt.NDArray[Any]]) -> None:
    """Let a callback be as far as `facts_of` and `weights_of` said."""
    for name in _state_of(callback) or {}:
        setattr(callback, name, facts[name])
    if hasattr(callback, "best_weights"):
        callback.best_weights = [np.asarray(weight) for weight in weights] if facts["has_weights"] else None
