"""What every test runs under."""

import os

# Before TensorFlow starts: no log lines, and one thread in every process, so that results of workers and of the parent
# can be compared bit for bit.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_NUM_INTRAOP_THREADS"] = "1"
os.environ["TF_NUM_INTEROP_THREADS"] = "1"

import numpy as np
import pytest


@pytest.fixture
def rows():
    """Sixty rows of two features, and targets that the first of them gives away."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    return X, 3 * X[:, 0] + rng.normal(scale=0.1, size=60)
