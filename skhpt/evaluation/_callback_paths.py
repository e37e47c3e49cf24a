"""Files that callbacks write, each trial its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def name_trial(estimator: Any, **names: Any) -> None:
    """Tell the Keras wrappers inside an estimator which trial they are fitted for.

    Their callbacks' paths then have these values in the place of ``{candidate}``, ``{fold}`` and ``{repeat}``.

    Parameters
    ----------
    estimator : estimator
        Prepared for the trial.
    **names : object
        The values.
    """
    for wrapper in _wrappers(estimator):
        wrapper._name_trial({name: str(value) for name, value in names.items()})


def callback_paths(estimator: Any) -> list[str]:
    """The paths that callbacks of Keras wrappers inside an estimator are given."""
    return [path for wrapper in _wrappers(estimator) for path in wrapper._callback_paths()]


def _wrappers(estimator: Any) -> Iterator[Any]:
    for part in (estimator, *estimator.get_params(deep=True).values()):
        if hasattr(part, "_callback_paths") and not isinstance(part, type):
            yield part
