"""What every test runs under."""

import gc
import os
from pathlib import Path

# Before NumPy and Keras' backend start: no log lines, and one thread in every process, so that results of workers and
# of the parent can be compared bit for bit. (And the small fits of scikit-learn's estimators take a fifth of the time.)
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["TF_NUM_INTRAOP_THREADS"] = "1"
os.environ["TF_NUM_INTEROP_THREADS"] = "1"
os.environ["PJRT_NPROC"] = "1"  # JAX's

# JAX compiles every model anew, for seconds. Here most are alike; with a size to keep to, JAX locks what it keeps.
os.environ["JAX_COMPILATION_CACHE_DIR"] = str(Path(__file__).parent.parent / ".pytest_cache" / "jax")
os.environ["JAX_COMPILATION_CACHE_MAX_SIZE"] = str(2**30)
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"

import numpy as np
import pytest

gc.set_threshold(50_000, 20, 20)  # TensorFlow's graphs are many objects: to look through them costs a tenth of the time


@pytest.fixture
def rows():
    """Sixty rows of two features, and targets that the first of them gives away."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    return X, 3 * X[:, 0] + rng.normal(scale=0.1, size=60)
