"""Which worker computes on which GPU."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from skhpt._gpus import VARIABLE, visible_gpus

# TensorFlow and JAX would each take nearly all memory of a GPU at their start, and leave none to a second worker.
# https://www.tensorflow.org/guide/gpu#limiting_gpu_memory_growth
# https://docs.jax.dev/en/latest/gpu_memory_allocation.html
GROWTH = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}

_PATIENCE = 10.0  # seconds
_held: list[object] = []  # a lock that is let go of is no lock


@dataclass(frozen=True)
class Slots:
    """Places for workers, dealt out to the GPUs in turn.

    A worker takes the first free one and keeps it as long as it lives: a slot is a file that its process has locked,
    so the system frees it, however the process ends, and the slot of a dead worker is its successor's.

    It is part of what joblib compares before it uses workers again. So it says nothing of the search: the next one, if
    it has as many workers and the same GPUs, goes on with the workers that are there, and their slots. For another
    number of workers joblib starts new ones; those that were left of more might all have the same GPU.

    Parameters
    ----------
    n_slots : int
        As many as there are workers.
    gpus : tuple of str
        What ``CUDA_VISIBLE_DEVICES`` calls them; slot k has number k modulo how many there are.
    folder : str
        Of the files.
    """

    n_slots: int
    gpus: tuple[str, ...]
    folder: str

    @classmethod
    def on_gpus(cls, n_slots: int) -> Slots | None:
        """Slots on the GPUs that this process sees; None if there are none."""
        names = tuple(gpu.name for gpu in visible_gpus())
        return cls(n_slots, names, _folder()) if names else None

    def take(self) -> int:
        """Settle this process in a slot, before it imports what computes on a GPU.

        If all are taken, it waits: a process that was killed, and had much memory, has its files open for a while. If
        that is not it, the process shares a slot.

        Returns
        -------
        int
            The slot.
        """
        end = time.monotonic() + _PATIENCE
        while (slot := self._lock_first_free()) is None and time.monotonic() < end:
            time.sleep(0.1)
        if slot is None:
            slot = os.getpid() % self.n_slots
        os.environ[VARIABLE] = self.gpus[slot % len(self.gpus)]
        for name, value in GROWTH.items():
            os.environ.setdefault(name, value)
        return slot

    def _lock_first_free(self) -> int | None:
        from filelock import FileLock, Timeout  # not for the workers of a machine without GPUs

        for slot in range(self.n_slots):
            lock = FileLock(Path(self.folder, f"{slot}.lock"))
            try:
                lock.acquire(blocking=False)
            except Timeout:
                continue
            _held.append(lock)
            return slot
        return None


@cache
def _folder() -> str:
    """A folder for all searches of this process."""
    folder = tempfile.mkdtemp(prefix="skhpt-slots-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
