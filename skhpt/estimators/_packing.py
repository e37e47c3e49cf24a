"""Pickles in which whatever is Keras' comes back as it was.

Keras' own pickles hold configurations and weights: see `_copying`.
"""

from __future__ import annotations

import io
from typing import Any

from skhpt._compat.backend import sharing_kernels
from skhpt.estimators._copying import PartPickler, PartUnpickler, copies_of, faithful_copy


def pack(value: Any) -> bytes:
    """Pickle a value, by cloudpickle: functions and classes of a script or a notebook go along.

    Parameters
    ----------
    value : object
        Any.

    Examples
    --------
    >>> import keras
    >>> copied = unpack(pack(keras.losses.Huber(delta=0.1)))
    >>> print(f"{float(copied([0.0], [1.0])):.3f}")
    0.095
    """
    file = io.BytesIO()
    PartPickler(file).write(value)
    return file.getvalue()


def unpack(packed: bytes) -> Any:
    """Back from `pack`."""
    with sharing_kernels():
        return PartUnpickler(io.BytesIO(packed)).read()


class Packed:
    """A value that is pickled by `pack`, whatever pickles what holds it.

    On the other side is the value alone; in a copy made by `copy` it is still inside of this. See `content_of`.

    Parameters
    ----------
    content : object
        Any.
    owner : str or None, default=None
        Of parameters by name, whose they are, for an error that names the one which can't be pickled.
    """

    def __init__(self, content: Any, owner: str | None = None) -> None:
        self.content = content
        self.owner = owner

    def __reduce__(self) -> tuple[Any, ...]:
        return unpack, (_packed(self.content, self.owner),)

    def __copy__(self) -> Packed:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Packed:
        return Packed(faithful_copy(self.content), self.owner)


def _packed(content: Any, owner: str | None) -> bytes:
    if owner is None:
        return pack(content)
    packed: bytes = copies_of(content, pack, owner)
    return packed


def content_of(value: Any) -> Any:
    """What is in a `Packed`; anything else as it is."""
    return value.content if isinstance(value, Packed) else value


class PackedDict(dict[str, Any]):
    """A dict that is pickled by `pack`, such as the parameters of a candidate on its way to a worker."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpack_dict, (_packed(dict(self), "a candidate"),)

    def __deepcopy__(self, memo: dict[int, Any]) -> PackedDict:
        return PackedDict(faithful_copy(dict(self)))


def _unpack_dict(packed: bytes) -> PackedDict:
    return PackedDict(unpack(packed))
