"""Hyper-parameters that a builder of KerasTuner's defines twice, each time otherwise.

KerasTuner knows them by their names and conditions, and answers every later definition with the value of the first.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from skhpt._compat.keras_tuner import call_before_definitions


class Redefinitions:
    """Watches what a builder asks for.

    `tests/estimators/test_space_of.py` fails when KerasTuner changes how it defines hyper-parameters.
    """

    def __init__(self) -> None:
        self._found: dict[str, tuple[str, str]] = {}

    def watching(self, build: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """The builder, with an eye on the `keras_tuner.HyperParameters` that it is given."""

        def watched(hp: Any) -> Any:
            self._watch(hp)
            return build(hp)

        return watched

    def warn(self, builder: str) -> None:
        """Warn of each name that was defined twice.

        Parameters
        ----------
        builder : str
            The builder's name.
        """
        for name, (first, other) in self._found.items():
            warnings.warn(
                f"The model builder {builder!r} defines the hyper-parameter {name!r} twice: as {first} and as {other}. "
                "As in KerasTuner the first counts, and the second gets its value. Give them two names, or the same "
                "values.",
                UserWarning,
                stacklevel=2,
            )

    def _watch(self, hp: Any) -> None:
        def note(asked: Any) -> None:
            known = [each for each in hp.space if each.name == asked.name and hp.is_active(each)]
            for each in known if hp.is_active(asked) else []:
                if _values(each) != _values(asked):
                    self._found.setdefault(asked.name, (_shown(each), _shown(asked)))

        call_before_definitions(hp, note)


def _values(each: Any) -> tuple[Any, ...]:
    """What it may be: the types count, and neither the order nor the default."""
    if hasattr(each, "min_value"):
        return type(each).__name__, repr((each.min_value, each.max_value, each.step, each.sampling))
    return tuple(sorted(map(repr, each.values)))


def _shown(each: Any) -> str:
    kind = type(each).__name__
    if not hasattr(each, "min_value"):
        return "Boolean" if kind == "Boolean" else f"{kind} of {', '.join(map(repr, each.values))}"
    is_stepped = each.step is not None and (kind, each.step, each.sampling) != ("Int", 1, "linear")
    step = f", step={each.step!r}" if is_stepped else ""
    sampling = "" if each.sampling == "linear" else f", sampling={each.sampling!r}"
    return f"{kind}({each.min_value!r}, {each.max_value!r}{step}{sampling})"
