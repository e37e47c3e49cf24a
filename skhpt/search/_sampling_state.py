"""Where the random numbers stand that candidates are drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def state_of(random_state: Any) -> dict[str, Any] | None:
    """Where they stand, in words of JSON; None where an int says that."""
    if isinstance(random_state, (int, np.integer)):
        return None
    state: Any = (np.random if random_state is None else random_state).get_state(legacy=False)
    return {**state, "state": {"key": state["state"]["key"].tolist(), "pos": int(state["state"]["pos"])}}


def restored(state: Mapping[str, Any]) -> np.random.RandomState:
    """Random numbers that go on from where `run.json` says."""
    generator = np.random.RandomState()
    key = np.asarray(state["state"]["key"], dtype=np.uint32)
    generator.set_state({**state, "state": {"key": key, "pos": state["state"]["pos"]}})
    return generator
