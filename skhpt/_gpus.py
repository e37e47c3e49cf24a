"""The GPUs of this machine, told without a library that would take hold of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from functools import cache

VARIABLE = "CUDA_VISIBLE_DEVICES"
"""The environment variable that says which GPUs a process sees."""

_QUERY = "index,uuid,memory.total"
_TIMEOUT = 20  # seconds; a driver that nobody keeps loaded takes some to start


@dataclass(frozen=True)
class Gpu:
    """A GPU that this process may use.

    Parameters
    ----------
    name : str
        What ``CUDA_VISIBLE_DEVICES`` calls it.
    uuid : str
        What the driver calls it.
    memory : int or None
        Bytes; None where the driver doesn't say, as of a slice of a GPU (MIG).
    """

    name: str
    uuid: str
    memory: int | None


def visible_gpus() -> tuple[Gpu, ...]:
    """The GPUs that ``CUDA_VISIBLE_DEVICES`` leaves of those that ``nvidia-smi`` lists; none where that is missing.

    ``nvidia-smi`` is asked once a process, and the variable each time. A number is taken for the place in
    ``nvidia-smi``'s list. CUDA numbers GPUs of different kinds in another order, unless ``CUDA_DEVICE_ORDER`` is
    ``PCI_BUS_ID``.
    """
    gpus = _gpus_of_machine()
    said = os.environ.get(VARIABLE)
    if not gpus or said is None:
        return gpus
    visible: list[Gpu] = []
    for name in said.split(","):
        gpu = _called(name.strip(), gpus)
        if gpu is None:  # CUDA sees nothing from here on, either; so -1 hides all
            break
        visible.append(gpu)
    return tuple(visible)


@cache
def _gpus_of_machine() -> tuple[Gpu, ...]:
    program = shutil.which("nvidia-smi")
    if program is None:
        return ()
    query = [program, f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and nothing of the user's in it
            query, capture_output=True, encoding="utf-8", errors="replace", timeout=_TIMEOUT, check=True
        )
    except (OSError, subprocess.SubprocessError):  # without a driver, or a GPU, it fails
        return ()
    rows = ([part.strip() for part in line.split(",")] for line in done.stdout.splitlines())
    # Of a GPU that is lost it prints a sentence instead.
    return tuple(_described(*row) for row in rows if len(row) == _QUERY.count(",") + 1)


def _described(index: str, uuid: str, mebibytes: str) -> Gpu:
    return Gpu(index, uuid, int(mebibytes) * 2**20 if mebibytes.isdecimal() else None)


def _called(name: str, gpus: tuple[Gpu, ...]) -> Gpu | None:
    """The GPU of a name: a number, the beginning of a UUID, or a slice, which is taken at its word."""
    if name.startswith("MIG-"):
        return Gpu(name, name, None)
    for gpu in gpus:
        if name == gpu.name or (name.startswith("GPU-") and gpu.uuid.startswith(name)):
            return replace(gpu, name=name)
    return None
