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
from skhpt import GridSearchCV, KerasClassifier

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


def search(times):
    for _ in range(times):
        network = KerasClassifier(build, optimizer="adam", metrics=["accuracy"], epochs=2)
        GridSearchCV(network, {"optimizer__learning_rate": [0.001, 0.01]}, cv=3, engine="fused").fit(X, y).predict(X)


WHAT(WARM_UP)
before = memory()
WHAT(TIMES)
print([new - old for new, old in zip(memory(), before)])
"""


glibc = pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="asks glibc what is allocated"
)


def growth(what, warm_up, times):
    """How many bytes a process grows by, as the system and as the allocator see it."""
    environment = os.environ | {"MALLOC_ARENA_MAX": "1"}  # the only one that mallinfo2 tells of in full
    script = SCRIPT.replace("WHAT", what).replace("WARM_UP", str(warm_up)).replace("TIMES", str(times))
    printed = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(printed.stdout)


@pytest.mark.slow
@glibc
def test_300_fits_grow_a_process_by_under_100_mb():
    resident, allocated = growth("fit", 15, 25)
    assert allocated < 25 * 100e6 / 300
    assert resident < 100e6


@pytest.mark.slow
@glibc
def test_fused_searches_leave_nothing_of_their_programs():
    resident, allocated = growth("search", 5, 15)
    assert allocated < 15 * 1e6
    assert resident < 100e6
