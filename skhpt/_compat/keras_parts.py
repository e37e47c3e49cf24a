"""What an object of Keras' is made of, for copies of it."""

from __future__ import annotations

import collections
from typing import Any

import keras

from skhpt._compat._parts import private_part
from skhpt._compat.backend import variable_key

_TRACKING = "keras.src.utils.tracking"
_TRACKED = {
    "TrackedDict": dict,
    "TrackedList": list,
    "TrackedOrderedDict": collections.OrderedDict,
    "TrackedSet": set,
}
_found = {private_part(_TRACKING, name): plain for name, plain in _TRACKED.items()}
CONTAINERS: dict[type, Any] = {tracked: plain for tracked, plain in _found.items() if tracked is not None}
"""Keras' own containers, which tell a tracker of whatever is put into them, and what they are made of."""

_HOLDERS = (
    private_part("keras.src.saving.keras_saveable", "KerasSaveable"),
    private_part("keras.src.utils.backend_utils", "DynamicBackend"),
    private_part(_TRACKING, "Tracker"),
)
PARTS: tuple[type, ...] = (
    keras.Layer,
    keras.Variable,
    keras.losses.Loss,
    keras.metrics.Metric,
    keras.optimizers.Optimizer,
    keras.random.SeedGenerator,
    *(holder for holder in _HOLDERS if holder is not None),
    *CONTAINERS,
)
"""The classes of what is copied by what it holds."""

_Function = private_part("keras.src.ops.function", "Function", instead=())
# Where Keras knows objects by their ids, which are others in a copy.
_BY_ID = {
    "stored_ids", "_loss_ids", "_nodes", "_trainable_variables_indices", "_var_to_optimizer_idx",
    "_exclude_from_weight_decay", "_exclude_from_weight_decay_cache",
}  # fmt: skip


def keys_of(part: Any) -> list[Any]:
    """What Keras knows a part by."""
    return [id(part), variable_key(part)] if isinstance(part, keras.Variable) else [id(part)]


def rename_keys(part: Any, new: dict[Any, Any]) -> None:
    """Put the keys of a copy in the place of those of the original, in what a copied part holds.

    Parameters
    ----------
    part : object
        The copy.
    new : dict
        From what parts were known by to what their copies are known by.
    """
    for name in _BY_ID & vars(part).keys():
        known = vars(part)[name]
        renamed: Any = None
        if name == "stored_ids":
            renamed = {store: {new[key] for key in keys & new.keys()} for store, keys in known.items()}
        elif name == "_nodes" and isinstance(part, _Function):
            renamed = {_renamed_node(key, new) for key in known}
        elif isinstance(known, dict):
            renamed = {new.get(key, key): value for key, value in known.items()}
        elif isinstance(known, set):
            renamed = {new.get(key, key) for key in known}
        if renamed is not None:
            known.clear()
            known.update(renamed)


def _renamed_node(key: str, new: dict[Any, Any]) -> str:
    operation, rest = key.split("_", 1)
    return f"{new.get(int(operation), operation)}_{rest}"
