"""Figures as data URIs."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from typing import Any

_LARGE_SVG = 150_000  # bytes
_DPI, _WIDEST = 144, 1600  # of a PNG, pixels
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_COMMENTS = re.compile(rb"<!--.*?-->", re.DOTALL)


def picture_uri(figure: Any) -> str:
    """A figure in a data URI: as SVG or, if that is large, as PNG if this is less.

    As the image of a page it is looked at by itself: nothing in it is run, and its names are not the page's.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Drawn.
    """
    svg = io.BytesIO()
    figure.savefig(svg, format="svg", transparent=True, metadata=_NO_METADATA)
    # Comments hold the texts that are drawn, which may be any, and no other part of the file does.
    content = _COMMENTS.sub(b"", svg.getvalue())
    if len(content) <= _LARGE_SVG:
        return _uri("image/svg+xml", content)
    png = io.BytesIO()
    dpi = min(_DPI, _WIDEST / figure.get_figwidth())
    figure.savefig(png, format="png", transparent=True, dpi=dpi, metadata={"Software": None})
    if len(content) <= png.tell():
        return _uri("image/svg+xml", content)
    return _uri("image/png", png.getvalue())


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{b64encode(content).decode()}"
