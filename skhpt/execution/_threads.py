"""How many threads the deep learning library of a worker may use."""

from __future__ import annotations

import os

THREAD_VARIABLES = (
    # Read by TensorFlow when its first operation runs; 0 or unset means every core of the machine.
    # https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/common_runtime/process_util.cc
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    # Read by JAX when its first operation runs on the CPU; unset means every core.
    # https://github.com/openxla/xla/blob/main/xla/pjrt/utils.cc
    "PJRT_NPROC",
)


def limit_threads(n_threads: int) -> None:
    """Give TensorFlow and JAX `n_threads` in this process. What the user's environment already says stands.

    To be called before they are imported, as joblib calls the initializer of a worker: joblib divides the cores among
    the numerical libraries of its workers, of which PyTorch's is one, but does not know these two, which take them all
    in each.
    """
    for name in THREAD_VARIABLES:
        os.environ.setdefault(name, str(n_threads))
