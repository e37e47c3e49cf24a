"""How wide the layers of a wide model are, and for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skhpt.fused._axis import Axis, Part, Widths


@dataclass(frozen=True)
class Room:
    """What there is room for.

    Parameters
    ----------
    widths : Widths
        The most in each layer.
    like : tuple of (int or None)
        For each layer the first one that is as wide in every model; None if all models have this layer of one width.
    """

    widths: Widths
    like: tuple[int | None, ...]

    @classmethod
    def for_all(cls, all_widths: Sequence[Widths]) -> Room:
        """Just room enough.

        Examples
        --------
        >>> Room.for_all([(8, 8, 10), (16, 16, 10)])
        Room(widths=(16, 16, 10), like=(0, 0, None))
        """
        by_layer = list(zip(*all_widths, strict=True))
        like = tuple(by_layer.index(widths) if len(set(widths)) > 1 else None for widths in by_layer)
        return cls(tuple(map(max, by_layer)), like)

    def has(self, widths: Widths) -> bool:
        """Whether there is room for a model of these widths.

        Examples
        --------
        >>> room = Room.for_all([(8, 8, 10), (16, 16, 10)])
        >>> room.has((12, 12, 10)), room.has((12, 8, 10)), room.has((32, 32, 10)), room.has((8, 8, 2))
        (True, False, False, False)
        """
        return all(
            width == most if like is None else width <= most and width == widths[like]
            for width, most, like in zip(widths, self.widths, self.like, strict=True)
        )

    def axis(self, layer: int) -> Axis | None:
        """The axis of what a layer puts out; None if all models have the same."""
        like = self.like[layer]
        return None if like is None else (Part(self.widths[layer], like),)
