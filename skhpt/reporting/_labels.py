"""Values and names as a picture has room for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from skhpt.store import printable, shown

_LONGEST, _LONGEST_VALUE = 18, 12  # characters of a tick's label, of a value in a line
_WIDTH_OF_CHARACTER = 0.62  # of the size of the font, on average
_OBJECT, _ADDRESS = re.compile(r"<\S*?(\w+) object at 0x[0-9a-f]+>"), re.compile(r" at 0x[0-9a-f]+")
_OF_A_KIND = re.compile(r"<(?:class|function|method|object) (\S+?)>")  # as `readable` has it, and Python functions


def label_of(value: Any) -> str:
    """A value of a parameter in a line of text: functions and classes by their names, objects by their classes.

    Examples
    --------
    >>> label_of("relu"), label_of(0.00012345), label_of(None), label_of(len), label_of((32, 16))
    ('relu', '0.0001234', 'None', 'len', '(32, 16)')
    >>> label_of([object(), 1]), label_of("[<object Thing>, <function <lambda>>]"), label_of(np.float32(0.1))
    ('[object, 1]', '[Thing, <lambda>]', '0.1')
    """
    value = value.item() if isinstance(value, np.generic) else value
    name = getattr(value, "__name__", None)
    if isinstance(value, (str, float)):
        text = shown(value)
    elif isinstance(name, str):
        text = name
    else:
        text = _ADDRESS.sub("", _OBJECT.sub(r"\1", repr(value)))
    return _OF_A_KIND.sub(r"\1", printable(" ".join(text.split())))


def fitting(text: str, longest: int) -> str:
    """Text of so many characters at most, whose middle gives way.

    Examples
    --------
    >>> fitting("LogisticRegression(C=10)", 16), fitting("relu", 16)
    ('LogisticR…(C=10)', 'relu')
    """
    if len(text) <= longest:
        return text
    end = (longest - 1) * 2 // 5
    return f"{text[: longest - 1 - end]}…{text[len(text) - end :]}"


def literal(text: str) -> str:
    r"""Text that matplotlib is not to take for a formula.

    Examples
    --------
    >>> literal("$x$")
    '\\$x\\$'
    """
    return text.replace("$", r"\$")


def described(params: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Some parameters in a line, their values in short.

    Examples
    --------
    >>> described({"model__units": 16, "epochs": 9}, {"model__units": "units"})
    'units=16'
    """
    return ", ".join(
        f"{names[name]}={fitting(label_of(value), _LONGEST_VALUE)}" for name, value in params.items() if name in names
    )


def room(ax: Any, n_places: int, size: float) -> int:
    """How many characters of a size (points) fit into each of so many places along the axes' width."""
    return characters(ax.get_window_extent().width / max(n_places, 1), ax.figure, size)


def characters(pixels: float, figure: Any, size: float) -> int:
    """How many characters of a size (points) fit into a length on a figure."""
    return int(pixels / figure.dpi * 72 / (_WIDTH_OF_CHARACTER * size))


def label_places(
    ax: Any, places: Iterable[float], labels: Sequence[str], size: float | None = None, longest: int = _LONGEST
) -> None:
    """Write labels below the axes: aslant where they would overlap, and not all of them where there are too many."""
    import matplotlib as mpl
    from matplotlib.font_manager import FontProperties

    points = FontProperties(size=size or mpl.rcParams["xtick.labelsize"]).get_size_in_points()
    labels = [fitting(label, longest) for label in labels]
    aslant = max(map(len, labels), default=0) > room(ax, len(labels), points) - 1
    most = max(2, room(ax, 1, points) // 5)  # aslant, each needs the height of its line
    step = -(-len(labels) // most) if aslant else 1
    ax.set_xticks(
        list(places)[::step],
        [literal(label) for label in labels[::step]],
        fontsize=points,
        rotation=35 if aslant else 0,
        ha="right" if aslant else "center",
        rotation_mode="anchor" if aslant else "default",
    )
