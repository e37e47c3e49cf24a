"""What a second worker is worth: the same trials, one by one, on one worker and on two.

    python examples/benchmarks/workers.py [--backends dask,loky] [--quick]

Each trial trains a network for some seconds, and every worker has one thread, in both arms. The workers have started
and loaded TensorFlow before the clock does: a first search does that. Prints the seconds of both arms and their ratio,
for a dask cluster of local processes and for joblib's own.
"""

import os

# Before TensorFlow starts, here and in the workers.
os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import argparse
import time
from contextlib import contextmanager

import joblib
from sklearn.datasets import load_digits

from skhpt import GridSearchCV, KerasClassifier

X, y = load_digits(return_X_y=True)
X = (X / 16).astype("float32")


def build(meta, units=32):
    import keras
    from keras import layers

    dense = [layers.Dense(units, activation="relu") for _ in range(2)]
    return keras.Sequential([keras.Input(meta["X_shape_"][1:]), *dense, layers.Dense(10, activation="softmax")])


def search(epochs, n_jobs):
    network = KerasClassifier(build, optimizer="adam", epochs=epochs, batch_size=16)
    grid = {"units": [16, 32, 64], "optimizer__learning_rate": [1e-3, 3e-3]}
    options = {"engine": "per-trial", "n_jobs": n_jobs, "refit": False, "random_state": 0}
    return GridSearchCV(network, grid, cv=2, **options)


def seconds(epochs, n_jobs):
    search(1, n_jobs).fit(X, y)  # starts the workers
    start = time.perf_counter()
    search(epochs, n_jobs).fit(X, y)
    return time.perf_counter() - start


@contextmanager
def workers_of_dask(n_workers):
    from distributed import Client, LocalCluster

    options = {"n_workers": n_workers, "threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": 50}
    with LocalCluster(**options) as cluster, Client(cluster), joblib.parallel_config("dask"):
        yield


@contextmanager
def workers_of_loky(n_workers):
    """A single one is this process."""
    with joblib.parallel_config("loky", inner_max_num_threads=1):
        yield


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backends", default="dask,loky")
    parser.add_argument("--quick", action="store_true", help="trials of an epoch, to see that it runs")
    options = parser.parse_args()
    epochs = 1 if options.quick else 40
    for name in options.backends.split(","):
        workers = {"dask": workers_of_dask, "loky": workers_of_loky}[name]
        times = []
        for n_workers in (1, 2):
            with workers(n_workers):
                times.append(seconds(epochs, n_workers))
        print(
            f"{name}: {times[0]:.1f} s with 1 worker, {times[1]:.1f} s with 2: {times[0] / times[1]:.2f} x", flush=True
        )


if __name__ == "__main__":
    main()
