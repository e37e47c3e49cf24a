"""What XLA compiles: steps of all lanes, batch after batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from skhpt.fused._jax_steps import JaxSteps
from skhpt.fused._sparse_tables import dense_rows, is_sparse

State = list[list[Any]]  # weights, others, the optimizer's, constants and the metrics', each with a first axis of lanes


class JaxFunctions:
    """Functions of arrays alone.

    What they are given are tables, the numbers of their rows as of `Stretch`, and which lanes keep what comes of it;
    None stands for all.

    Parameters
    ----------
    steps : JaxSteps
        Of one lane.
    """

    def __init__(self, steps: JaxSteps) -> None:
        self._steps = steps

    def train(self, state: State, tables: Any, numbers: Any, views: Any, n_steps: Any, theirs: Any = None) -> State:
        """Train on some batches."""

        def step(place: Any, state: State) -> State:
            new: State = jax.vmap(self._steps.train)(*state, _batch(tables, numbers, views, place))
            return new

        return _selected(theirs, _repeated(step, state, numbers, n_steps), state)

    def evaluate(self, state: State, tables: Any, numbers: Any, views: Any, n_steps: Any, theirs: Any = None) -> State:
        """Evaluate some batches. As in Keras' own step on JAX, weights stay as they are, whatever a layer assigns."""
        weights, others, optimizer, constants, metrics = state

        def step(place: Any, changing: State) -> State:
            batch = _batch(tables, numbers, views, place)
            lanes = weights, changing[0], optimizer, constants, changing[1], batch
            _, new_others, _, _, new_metrics = jax.vmap(self._steps.evaluate)(*lanes)
            return [new_others, new_metrics]

        new = _repeated(step, [others, metrics], numbers, n_steps)
        others, metrics = _selected(theirs, new, [others, metrics])
        return [weights, others, optimizer, constants, metrics]

    def predict(self, state: State, tables: Any, numbers: Any, views: Any, n_steps: Any) -> Any:
        """What models put out for some batches: of shape (n_steps or more, n_lanes, n_rows, ...)."""

        def outputs_of(place: Any) -> Any:
            (batch,) = _batch(tables, numbers, views, place)
            return jax.vmap(self._steps.predict)(*state, batch)

        like = jax.eval_shape(outputs_of, 0)
        room = jax.tree.map(lambda one: jnp.zeros((numbers[0].shape[1], *one.shape), one.dtype), like)

        def step(place: Any, written: Any) -> Any:
            return jax.tree.map(lambda all_, one: all_.at[place].set(one), written, outputs_of(place))

        return _repeated(step, room, numbers, n_steps)

    def results(self, metrics: list[Any], constants: list[Any]) -> dict[str, Any]:
        """What the metrics of all lanes have come to."""
        results: dict[str, Any] = jax.vmap(self._steps.metric_results)(metrics, constants)
        return results


def _repeated(step: Callable[[Any, Any], Any], state: Any, numbers: Sequence[Any], n_steps: Any) -> Any:
    if numbers[0].shape[1] == 1:
        return step(0, state)
    return jax.lax.fori_loop(0, n_steps, step, state)


def _batch(tables: Any, numbers: Sequence[Any], views: Any, place: Any) -> list[list[Any]]:
    """The rows of one batch, of each lane."""

    def rows_of(table: Any, rows: Any) -> Any:
        if is_sparse(table):
            return dense_rows(table, rows)[views]
        return table.at[rows[views]].get(mode="promise_in_bounds")

    chosen = [each[:, place] for each in numbers]
    return [[rows_of(table, rows) for table in part] for part, rows in zip(tables, chosen, strict=True)]


def _selected(lanes: Any, new: State, old: State) -> State:
    """The new state of some lanes, the old one of the others."""
    if lanes is None:
        return new

    def of_one(after: Any, before: Any) -> Any:
        return jnp.where(lanes.reshape(-1, *[1] * (after.ndim - 1)), after, before)

    selected: State = jax.tree.map(of_one, new, old)
    return selected
