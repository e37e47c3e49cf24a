"""Files that callbacks write, each trial its own."""

from __future__ import annotations

from typing import Any


def callback_paths(estimator: Any) -> list[str]:
    """The paths that callbacks of skhpt's Keras wrappers inside an estimator are given."""
    parts = (estimator, *estimator.get_params(deep=True).values())
    wrappers = (part for part in parts if hasattr(part, "_callback_paths") and not isinstance(part, type))
    return [path for wrapper in wrappers for path in wrapper._callback_paths()]
