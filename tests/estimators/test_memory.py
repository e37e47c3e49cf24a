"""Fits must not fill up the process that they run in."""

import ctypes
import json
import os
import subprocess
import sys

import pytest

# What is allocated tells a leak from the garbage and the gaps that make the resident memory go up and down by tens of
# megabytes.
SCRIPT = """
import ctypes
import gc
import os

import keras
from sklearn.datasets import load_iris
from skhpt import KerasClassifier

X, y = load_iris(return_X_y=True)


class MallInfo(ctypes.Structure):
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in names.split()]


libc = ctypes.CDLL(None)
libc.mallinfo2.restype = MallInfo


def build():
    layers = keras.layers
    return keras.Sequential([keras.Input((4,)), layers.Dense(16, activation="relu"), layers.Dense(3)])


def memory():
    gc.collect()
    info = libc.mallinfo2()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE"), info.uordblks + info.hblkhd


def fit(times):
    for _ in range(times):
        KerasClassifier(build, optimizer="adam", metrics=["accuracy"], epochs=2, verbose=0).fit(X, y).predict(X)


fit(30)
before = memory()
fit(40)
print([new - old for new, old in zip(memory(), before)])
"""


@pytest.mark.slow
@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="asks glibc what is allocated"
)
def test_300_fits_grow_a_process_by_under_100_mb():
    environment = os.environ | {"MALLOC_ARENA_MAX": "1"}  # the only one that mallinfo2 tells of in full
    command = [sys.executable, "-c", SCRIPT]
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    resident, allocated = json.loads(printed)
    assert allocated < 40 * 100e6 / 300
    assert resident < 100e6
