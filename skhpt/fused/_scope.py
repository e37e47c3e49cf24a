"""The variables of a model, with the values of one lane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras


class LaneScope(keras.StatelessScope):
    """Lets Keras read and change values in place of the variables.

    Parameters
    ----------
    variables : sequence of sequence of keras.Variable
        All that may be read or changed.
    values : sequence of sequence of tensor
        Theirs.
    meet_stranger : callable
        Is called when another variable is read or changed.
    assigned : callable, default=None
        From a variable, the value that it has and the one that is assigned to it to the one that is read then; None
        takes what is assigned.
    """

    def __init__(
        self,
        variables: Sequence[Sequence[keras.Variable]],
        values: Sequence[Sequence[Any]],
        meet_stranger: Callable[[], None],
        assigned: Callable[[keras.Variable, Any, Any], Any] | None = None,
    ) -> None:
        pairs = [
            pair for some, theirs in zip(variables, values, strict=True) for pair in zip(some, theirs, strict=True)
        ]
        super().__init__(state_mapping=pairs, collect_losses=True)
        self._known = {id(variable) for variable, _ in pairs}
        self._meet_stranger = meet_stranger
        self._assigned = assigned

    def get_current_value(self, variable: keras.Variable) -> Any:
        """As of Keras' scope."""
        self._look_at(variable)
        return super().get_current_value(variable)

    def add_update(self, update: tuple[keras.Variable, Any]) -> None:
        """As of Keras' scope."""
        variable, value = update
        self._look_at(variable)
        if self._assigned is not None and (before := super().get_current_value(variable)) is not None:
            value = self._assigned(variable, before, value)
        super().add_update((variable, value))

    def current(self, variables: Sequence[Sequence[keras.Variable]]) -> list[list[Any]]:
        """The values that variables have come to."""
        return [[self.get_current_value(variable) for variable in part] for part in variables]

    def _look_at(self, variable: keras.Variable) -> None:
        if id(variable) not in self._known:
            self._meet_stranger()
