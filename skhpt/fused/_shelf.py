"""Programs that later searches of the process may find again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import RLock
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Shelf(Generic[Thing]):
    """Keeps what was made last.

    Parameters
    ----------
    most : int
        How many things. What was not asked for longest has to go first.

    Examples
    --------
    >>> shelf = Shelf(2)
    >>> [shelf.get(key, lambda: key.upper()) for key in "abca"]
    ['A', 'B', 'C', 'A']
    >>> shelf.get("c", lambda: "another"), shelf.get("b", lambda: "another")
    ('C', 'another')
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[Hashable, Thing] = OrderedDict()
        self._lock = RLock()

    def get(self, key: Hashable, make: Callable[[], Thing]) -> Thing:
        """What there is by this key, or what is made. What `make` raises is raised, and nothing kept."""
        with self._lock:
            if key not in self._things:
                self._things[key] = make()
            self._things.move_to_end(key)
            while len(self._things) > self._most:
                self._things.popitem(last=False)
            return self._things[key]

    def peek(self, key: Hashable) -> Thing | None:
        """What there is by this key."""
        with self._lock:
            return self._things.get(key)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._things.clear()
