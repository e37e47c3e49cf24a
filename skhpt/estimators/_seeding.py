"""Where Keras' random numbers come from."""

from __future__ import annotations

import copy
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state

from skhpt._compat.keras import drawing_layer_seeds_from

# The state of `random` belongs to the process: two threads that build at once would draw from each other's seed.
_lock = threading.RLock()


def draw_seed(random_state: int | np.random.RandomState | None) -> int:
    """An int is its own seed; anything else is drawn from, as scikit-learn's estimators do.

    None draws from NumPy's global state, so a script that seeds that (as `keras.utils.set_random_seed` does) repeats
    itself.
    """
    if isinstance(random_state, (int, np.integer)):
        return int(random_state)
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def derived_seed(random_state: int | np.random.RandomState, number: int) -> int:
    """Another seed for each number, by a `random_state` that is left as it is."""
    seed = draw_seed(copy.deepcopy(random_state))
    return int(np.random.SeedSequence(seed, spawn_key=(number,)).generate_state(1)[0])


@contextmanager
def seeded(seed: int) -> Iterator[random.Random]:
    """Seed Python's and NumPy's global random states for a while, and what layers draw their own seeds from.

    Keras 3 draws the seeds of initializers and of dropout when a layer is made. What a builder draws from
    ``keras.random`` without a seed is covered, what it draws from TensorFlow's own stateful `tf.random` is not.

    Yields
    ------
    random.Random
        What layers draw from.
    """
    with _lock:
        python_state, numpy_state = random.getstate(), np.random.get_state()
        random.seed(seed)
        np.random.seed(seed % 2**32)
        try:
            layer_seeds = random.Random(seed)  # noqa: S311 - not for secrets
            with drawing_layer_seeds_from(layer_seeds):
                yield layer_seeds
        finally:
            random.setstate(python_state)
            np.random.set_state(numpy_state)


def dropout_states(model: keras.Model) -> list[npt.NDArray[Any]]:
    """Where the random numbers of dropout and its like have got to, which Keras does not store with a model.

    Parameters
    ----------
    model : keras.Model
        Any.

    Returns
    -------
    list of ndarray of shape (2,)
        A state a generator.
    """
    return [variable.numpy() for variable in _generator_variables(model)]


def set_dropout_states(model: keras.Model, states: list[npt.NDArray[Any]]) -> None:
    """Put random numbers back to where `dropout_states` found them."""
    for variable, state in zip(_generator_variables(model), states, strict=True):
        variable.assign(state)


def _generator_variables(model: keras.Model) -> list[keras.Variable]:
    return [variable for variable in model.variables if variable.name == "seed_generator_state"]
