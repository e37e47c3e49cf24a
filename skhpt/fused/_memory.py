"""How many lanes may train at once."""

from __future__ import annotations

import importlib
import math
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import keras
import numpy as np

from skhpt._compat.keras_objects import layers_of
from skhpt._gpus import visible_gpus
from skhpt.estimators import variables_of

VARIABLE = "SKHPT_FUSED_MEMORY_MB"
"""The environment variable that sets the budget."""

# A lane's weights and momenta are there before and after a step, and their gradients between; what the layers put out
# is kept for the gradients, and has gradients of its own.
_COPIES_OF_STATE, _COPIES_OF_OUTPUTS = 4, 3
# If nothing is said. The memory in all, and not what is free: that varies, and with it would vary who trains with whom,
# and so the last bits of a result.
_SHARE, _SHARE_OF_GPU = 0.25, 0.5
_OPEN_FILES_ON_WINDOWS = 512
_UNKNOWN_MACHINE = 8 * 2**30  # bytes; few machines that train networks have less


def memory_budget() -> float:
    """How many bytes the lanes that train at once may take: half of the memory of the GPU that they train on, or a
    quarter of the machine's memory, unless ``SKHPT_FUSED_MEMORY_MB`` says how many megabytes. On Windows the
    machine's memory is known if psutil is installed. Where it is unknown, the lanes may take 2 GiB.
    """
    if VARIABLE in os.environ:
        return float(os.environ[VARIABLE]) * 2**20
    memory = _gpu_memory()
    if memory is not None:
        return _SHARE_OF_GPU * memory
    return _SHARE * _machine_memory()


def _machine_memory() -> int:
    """The machine's memory in bytes, as the system or, if it is installed, psutil states it; else 8 GiB."""
    if hasattr(os, "sysconf"):  # not on Windows
        with suppress(OSError, ValueError):  # a system that doesn't know these names
            size_of_page, n_pages = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_PHYS_PAGES")
            if size_of_page > 0 and n_pages > 0:  # -1 of a value that is not limited, or not known
                return int(size_of_page * n_pages)
    try:
        import psutil  # not required: with it, joblib replaces each worker that has grown, as by loading TensorFlow
    except ImportError:
        return _UNKNOWN_MACHINE
    return int(psutil.virtual_memory().total)


def _gpu_memory() -> int | None:
    """How many bytes the GPU has that Keras' backend computes on; None if it computes on none, or that isn't known."""
    gpus = visible_gpus()
    # The backend may be one without GPUs. It computes on the first, if nobody tells it otherwise.
    return gpus[0].memory if gpus and not keras.distribution.list_devices()[0].startswith("cpu") else None


def lane_bytes(model: keras.Model, batch_size: int) -> int:
    """An estimate of what one lane takes while it trains."""
    of_state = sum(variable.numpy().nbytes for part in variables_of(model) for variable in part)
    values_a_row = sum(_n_values(layer) for layer in layers_of(model))
    of_outputs = batch_size * values_a_row * np.dtype(keras.backend.floatx()).itemsize
    return int(_COPIES_OF_STATE * of_state + _COPIES_OF_OUTPUTS * of_outputs)


def most_open_files() -> int:
    """How many files the callbacks of lanes that train at once may keep open: half of what a process may."""
    try:
        resource: Any = importlib.import_module("resource")
    except ImportError:  # on Windows
        return _OPEN_FILES_ON_WINDOWS // 2
    of_process, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if of_process == resource.RLIM_INFINITY else of_process // 2


def turns(lanes: Sequence[Any], bytes_a_lane: int, files_a_lane: int = 0) -> list[Sequence[Any]]:
    """The lanes in as few parts as the budget allows, and the number of files that may be open.

    Examples
    --------
    >>> os.environ["SKHPT_FUSED_MEMORY_MB"] = "4"
    >>> [len(part) for part in turns(range(10), 2**20)]
    [4, 4, 2]
    >>> del os.environ["SKHPT_FUSED_MEMORY_MB"]
    """
    most = max(1, int(memory_budget() // max(1, bytes_a_lane)))
    if files_a_lane:
        most = max(1, min(most, most_open_files() // files_a_lane))
    return [lanes[start : start + most] for start in range(0, len(lanes), most)]


def _n_values(layer: keras.layers.Layer) -> int:
    """How many values a layer puts out for a row; None of a layer that was never called as part of a model."""
    try:
        outputs = keras.tree.flatten(layer.output)
    except (AttributeError, ValueError):
        return 0
    return sum(math.prod(size or 1 for size in output.shape[1:]) for output in outputs)
