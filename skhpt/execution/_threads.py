"""How many threads the deep learning library of a worker may use."""

from __future__ import annotations

import os

# Read by TensorFlow when its first operation runs; 0 or unset means every core of the machine.
# https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/common_runtime/process_util.cc
TENSORFLOW_VARIABLES = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


def limit_threads(n_threads: int) -> None:
    """Give TensorFlow `n_threads` in this process. What the user's environment already says stands.

    To be called before TensorFlow is imported, as joblib calls the initializer of a worker: joblib divides the cores
    among the numerical libraries of its workers, but does not know TensorFlow, which takes them all in each.
    """
    for name in TENSORFLOW_VARIABLES:
        os.environ.setdefault(name, str(n_threads))
