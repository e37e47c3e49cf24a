"""Copies of what a user gives: losses, metrics, optimizers, layers, models, callbacks.

Keras copies its objects by way of their configuration, and that loses what stands in none: ``Huber(delta=0.1)`` comes
back with a delta of 1, an optimizer without the variables that it is not to decay, a class of the user's own without
its arguments. Here an object of Keras' is made again with all that it holds.

`tests/estimators/test_copying.py` fails when Keras changes what an object holds.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import inspect
import io
import pickle
import types
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import cloudpickle
import keras
import numpy as np

from skhpt._compat.backend import is_shared, made_again, sharing_kernels
from skhpt._compat.keras_parts import CONTAINERS, PARTS, keys_of, rename_keys
from skhpt.exceptions import ModelError

_LIBRARIES = {"builtins", "flax", "jax", "keras", "scikeras", "tensorflow"}

# What Keras has compiled for a model, and would run for the copy of it.
_COMPILED = {"train_function", "test_function", "predict_function"}

_BUILTIN_CONTAINERS = {dict, list, set, tuple}
_IMMUTABLE = {bool, bytes, complex, float, int, inspect.Signature, str, type(None), types.CodeType}
_HANDED_ON = (type, types.BuiltinFunctionType, types.ModuleType, property, weakref.ref)
"""What `copy.deepcopy` does not copy either, and modules."""


class PartPickler(cloudpickle.Pickler):
    """Pickles objects of Keras' by what they hold.

    They are written one after the other, and refer to each other by number: so the layers of a deep model need no deep
    stack.
    """

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self._parts: list[Any] = []
        self._numbers: dict[int, int] = {}
        self.is_within_part = False

    def write(self, value: Any) -> None:
        """Pickle a value, and after it all that Keras has in it."""
        self.dump(value)
        self.is_within_part = True
        for part in self._parts:  # which become more meanwhile
            self.dump(_content(part))
        self.dump([keys_of(part) for part in self._parts])

    def persistent_id(self, value: Any) -> Any:
        if not is_part(value):
            return None
        if id(value) not in self._numbers:
            self._numbers[id(value)] = len(self._parts)
            self._parts.append(value)
        return type(value), self._numbers[id(value)]

    def reducer_override(self, value: Any) -> Any:
        if _is_lookup_table(value):
            from skhpt._compat.tensorflow_lookups import made_from, made_of  # loads TensorFlow, as the table has

            return made_from, made_of(value)
        made = made_again(value)
        return super().reducer_override(value) if made is None else made


class PartUnpickler(pickle.Unpickler):
    """The way back from a `PartPickler`."""

    def __init__(self, file: io.BytesIO, kept: Sequence[Any] = ()) -> None:
        super().__init__(file)
        self._kept = kept
        self._parts: list[Any] = []

    def read(self) -> Any:
        """The value."""
        value = self.load()
        contents: list[Any] = []
        while len(contents) < len(self._parts):
            contents.append(self.load())
        keys = self.load()
        # Only now, as a method of a part without attributes is that of its class.
        for part, content in zip(self._parts, contents, strict=True):
            _fill(part, *content)
        now = [keys_of(part) for part in self._parts]
        new = {id(value): id(value) for value in self._kept} | {
            old: key for before, after in zip(keys, now, strict=True) for old, key in zip(before, after, strict=True)
        }
        for part in self._parts:
            rename_keys(part, new)
        return value

    def persistent_load(self, key: Any) -> Any:
        if isinstance(key, int):
            return self._kept[key]
        cls, number = key
        if number == len(self._parts):
            self._parts.append(CONTAINERS.get(cls, object).__new__(cls))
        return self._parts[number]


def is_part(value: Any) -> bool:
    """Whether this is an object of Keras', or of a subclass that does not say by itself how it is copied."""
    cls = type(value)
    known = _known.get(cls)
    if known is None:
        known = _known[cls] = _are_parts(cls)
    return known


def _are_parts(cls: type) -> bool:
    if not issubclass(cls, PARTS):
        return False
    own = [base for base in cls.__mro__ if base.__module__.partition(".")[0] not in _LIBRARIES]
    return not any(name in vars(base) for base in own for name in ("__deepcopy__", "__reduce__", "__reduce_ex__"))


_known: weakref.WeakKeyDictionary[type, bool] = weakref.WeakKeyDictionary()


def _is_lookup_table(value: Any) -> bool:
    return type(value).__name__ == "StaticHashTable" and type(value).__module__.startswith("tensorflow.")


def _content(part: Any) -> tuple[Any, Any]:
    """The attributes of a part; and the elements, of one that has some."""
    state = part.__getstate__()
    if isinstance(part, keras.Model) and isinstance(state, dict):
        state = state | dict.fromkeys(_COMPILED & state.keys())
    container = CONTAINERS.get(type(part))
    return state, None if container is None else container(part)


def _fill(part: Any, state: Any, elements: Any) -> None:
    """Put into a new part what is to be in it, unseen by Keras, which would count and track it anew."""
    if hasattr(type(part), "__setstate__"):
        part.__setstate__(state)
    else:
        attributes, slots = state if isinstance(state, tuple) else (state, None)
        vars(part).update(attributes or {})
        for name, value in (slots or {}).items():
            object.__setattr__(part, name, value)
    if isinstance(part, list):
        list.extend(part, elements)
    elif isinstance(part, set):
        set.update(part, elements)
    elif isinstance(part, dict):
        for key, value in elements.items():
            CONTAINERS[type(part)].__setitem__(part, key, value)


class Same:
    """What a copy is to have as it is."""

    def __init__(self, value: Any) -> None:
        self.value = value


class _CopyPickler(PartPickler):
    """Pickles for this process alone: what is not copied, or copies itself, is kept beside the pickle."""

    def __init__(self, file: io.BytesIO, stays: Callable[[Any], bool]) -> None:
        super().__init__(file)
        self.kept: list[Any] = []
        self._stays = stays
        self._kept_at: dict[int, int] = {}
        self._originals: list[Any] = []  # held, so that no other object gets the id of one
        self._memo: dict[int, Any] = {}

    def persistent_id(self, value: Any) -> Any:
        kind = type(value)
        if kind in _BUILTIN_CONTAINERS:
            return None
        if self._stays(value):
            return self._keep(value)
        if (part := super().persistent_id(value)) is not None:
            return part
        if kind is Same:
            return self._keep(value.value)
        if kind in (types.FunctionType, types.CellType):
            return None if self.is_within_part and _refers_to_part(value) else self._keep(value)
        if kind in _IMMUTABLE or issubclass(kind, _HANDED_ON) or is_shared(value):
            return self._keep(value)
        return self._keep(value, copied=True) if _copies_itself(value) else None

    def _keep(self, value: Any, *, copied: bool = False) -> int:
        if id(value) not in self._kept_at:
            self._kept_at[id(value)] = len(self.kept)
            self.kept.append(copy.deepcopy(value, self._memo) if copied else value)
            self._originals.append(value)
        return self._kept_at[id(value)]

    def reducer_override(self, value: Any) -> Any:
        if type(value) is types.CellType:
            return types.CellType, ()  # which the function fills
        if type(value) is not types.FunctionType:
            return super().reducer_override(value)
        cells = value.__closure__ or ()
        made_from = (value.__code__, Same(value.__globals__), value.__name__, None, cells)
        contents = {place: cell.cell_contents for place, cell in enumerate(cells) if _refers_to_part(cell)}
        attributes = {name: getattr(value, name) for name in _OF_FUNCTIONS}
        return types.FunctionType, made_from, (contents, attributes, vars(value)), None, None, _fill_function


_OF_FUNCTIONS = ("__defaults__", "__kwdefaults__", "__doc__", "__module__", "__qualname__", "__annotations__")


def _fill_function(function: Any, state: Any) -> None:
    contents, attributes, more = state
    for place, content in contents.items():
        function.__closure__[place].cell_contents = content
    for name, value in attributes.items():
        setattr(function, name, value)
    vars(function).update(more)


def _refers_to_part(value: Any, above: tuple[int, ...] = ()) -> bool:
    """Whether a function leads to an object of Keras', of which a copy of the function would have to use the copy."""
    if is_part(value):
        return True
    if id(value) in above:
        return False
    inner: Any = ()
    if isinstance(value, types.FunctionType):
        inner = (*(value.__closure__ or ()), *(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values())
    elif isinstance(value, types.CellType):
        with contextlib.suppress(ValueError):  # nothing in it yet
            inner = (value.cell_contents,)
    elif isinstance(value, types.MethodType):
        inner = (value.__self__, value.__func__)
    elif isinstance(value, functools.partial):
        inner = (value.func, *value.args, *value.keywords.values())
    elif type(value) in (list, tuple, set):
        inner = value
    elif type(value) is dict:
        inner = value.values()
    return any(_refers_to_part(each, (*above, id(value))) for each in inner)


def _copies_itself(value: Any) -> bool:
    """Whether an object has a way of its own of being copied; containers are gone through, for what is in them."""
    if type(value).__module__.startswith("tensorflow.python.trackable."):
        return False
    return hasattr(type(value), "__deepcopy__") and not (isinstance(value, np.ndarray) and value.dtype.hasobject)


def faithful_copy(value: Any, stays: Callable[[Any], bool] = lambda part: False) -> Any:
    """A deep copy in which whatever is Keras' does what it did.

    What occurs twice in the value is one object in the copy, too. Functions stay the same, as in `copy.deepcopy`, but
    for those in objects of Keras' that refer to such objects themselves.

    Parameters
    ----------
    value : object
        Any.
    stays : callable
        Of an object in it, whether the copy is to have the same object and no copy of that. By default none.

    Raises
    ------
    ModelError
        If something in it can't be copied, such as a lock or an open file.

    Examples
    --------
    >>> copied = faithful_copy(keras.losses.Huber(delta=0.1))
    >>> print(f"{float(copied([0.0], [1.0])):.3f}")
    0.095
    """
    file = io.BytesIO()
    pickler = _CopyPickler(file, stays)
    try:
        with sharing_kernels():
            pickler.write(value)
            file.seek(0)
            return PartUnpickler(file, pickler.kept).read()
    except Exception as error:  # whatever the user's own classes raise
        what = f"The model {value.name!r}" if isinstance(value, keras.Model) else f"{type(value).__name__}"
        raise ModelError(
            f"{what} can't be copied. Give a function that builds it. {type(error).__name__}: {error}"
        ) from error


def copies_of(values: Mapping[str, Any], copy: Callable[[Any], Any], owner: str) -> Any:
    """What a function makes of parameters, or an error that tells which can't be copied.

    Parameters
    ----------
    values : mapping of str to object
        By the names of the parameters.
    copy : callable
        Copies all of them, or one.
    owner : str
        Whose parameters they are.

    Raises
    ------
    ModelError
        Names the first parameter that can't be copied.
    """
    try:
        return copy(dict(values))
    except Exception:
        for name, value in values.items():
            try:
                copy(value)
            except Exception as error:
                reason = error.__cause__ or error
                raise ModelError(
                    f"The {name!r} parameter of {owner} can't be copied. {_way_out(name)} "
                    f"{type(reason).__name__}: {reason}"
                ) from error
        raise


def _way_out(name: str) -> str:
    """What to do about a parameter that can't be copied: by its own name, whatever step of a pipeline it is of."""
    parts = name.split("__")
    if parts[-1] in ("model", "build_fn"):
        return "Give a function that builds it."
    if "callbacks" in parts:
        return "Give its class, or a function that makes it."
    kind = next((part for part in parts if part in ("optimizer", "loss", "metrics")), None)
    return "Give what can be." if kind is None else f"Give its class, and the arguments of that as {kind}__<argument>."


def holds_part(value: Any) -> bool:
    """Whether there is something of Keras' in a value; not in a function or an estimator, which answer for themselves.

    Parameters
    ----------
    value : object
        Any. What can't be looked through holds none.
    """
    try:
        _Finder(io.BytesIO()).dump(value)
    except _FoundError:
        return True
    except Exception:  # noqa: BLE001 - whatever looking at somebody else's object raises
        return False
    return False


class _FoundError(Exception):
    pass


class _Finder(pickle.Pickler):
    def persistent_id(self, value: Any) -> Any:
        kind = type(value)
        if kind in _BUILTIN_CONTAINERS:
            return None
        if is_part(value):
            raise _FoundError
        is_leaf = (
            kind in _IMMUTABLE or issubclass(kind, (types.FunctionType, *_HANDED_ON)) or hasattr(kind, "get_params")
        )
        return 0 if is_leaf or _copies_itself(value) else None
