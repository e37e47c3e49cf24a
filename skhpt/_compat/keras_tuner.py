"""The private part of KerasTuner through which all definitions of hyper-parameters go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def call_before_definitions(hp: Any, function: Callable[[Any], None]) -> None:
    """Call a function before each definition; of a KerasTuner without this part, never.

    Parameters
    ----------
    hp : keras_tuner.HyperParameters
        Watched from now on.
    function : callable
        Is given the hyper-parameter that is about to be defined.
    """
    retrieve = getattr(hp, "_retrieve", None)
    if retrieve is None:
        return

    def watched(asked: Any) -> Any:
        function(asked)
        return retrieve(asked)

    hp._retrieve = watched
