"""Finding out whether a builder looks at how many rows there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, SupportsIndex


class _NotedShape(tuple[int, ...]):
    """A shape that tells when its first entry is read."""

    note: Callable[[], None]

    def __getitem__(self, index: Any) -> Any:
        places = range(len(self))[index]
        if 0 in (places if isinstance(index, slice) else [places]):
            self.note()
        return super().__getitem__(index)

    def __iter__(self) -> Iterator[int]:
        self.note()
        return super().__iter__()

    def __eq__(self, other: object) -> bool:
        self.note()
        return super().__eq__(other)

    def __hash__(self) -> int:
        self.note()
        return super().__hash__()

    def __repr__(self) -> str:
        self.note()
        return super().__repr__()

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        self.note()
        return tuple, (tuple(self),)


def noted(shapes: Any, note: Callable[[], None]) -> Any:
    """The same shapes, in a list or dict for several inputs, which call `note` when a number of rows is read.

    Examples
    --------
    >>> read = []
    >>> shape = noted((1437, 64), lambda: read.append(1))
    >>> shape[1:], shape[-1], read
    ((64,), 64, [])
    >>> shape[0], read
    (1437, [1])
    """

    def of_one(shape: tuple[int, ...]) -> _NotedShape:
        noting = _NotedShape(shape)
        noting.note = note
        return noting

    if isinstance(shapes, tuple):
        return of_one(shapes)
    several = shapes.items() if isinstance(shapes, dict) else enumerate(shapes)
    each = {key: of_one(shape) for key, shape in several}
    return each if isinstance(shapes, dict) else list(each.values())
