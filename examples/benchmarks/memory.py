"""How much memory a search takes next to its data.

Run it from a checkout, with the package installed, on Linux::

    python examples/benchmarks/memory.py

The data are scikit-learn's digits, repeated until there are as many bytes of them as were asked for. Each line is a
search in processes of its own, with the most memory that it and its workers had at any of ten moments a second. What
processes share counts once: the sum of Pss in ``/proc/<pid>/smaps_rollup`` over all of them, but for ``/dev/shm``,
which is memory, of which all counts that was put there meanwhile, in use or not.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

N_COLUMNS = 16384
ROUND = 10**9
SHARED = "/dev/shm"  # noqa: S108 - nothing is written there
CASES = [
    ("per-trial", "float32"), ("per-trial", "memmap"), ("per-trial", "uint8"), ("per-trial", "float64"),
    ("fused", "float32"), ("fused", "memmap"), ("fused", "uint8"), ("fused", "float64"), ("scikit-learn", "memmap"),
]  # fmt: skip


def build(n_units):
    import keras

    return keras.Sequential([keras.layers.Dense(n_units, activation="relu"), keras.layers.Dense(10, "softmax")])


def write(path, dtype, n_bytes):
    """The rows on disk, in pieces, so that no process has ever had them all in its memory."""
    import numpy as np
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    n_rows = int(n_bytes / N_COLUMNS / np.dtype(dtype).itemsize)
    rows = np.lib.format.open_memmap(path, "w+", dtype, (n_rows, N_COLUMNS))
    scale = 1 if dtype == "uint8" else 16
    for start in range(0, n_rows, len(X)):
        part = rows[start : start + len(X)]
        part[:] = np.tile(X[: len(part)] / scale, N_COLUMNS // X.shape[1])
    rows.flush()
    return np.resize(y, n_rows)


def search(engine, kind, folder, arguments):
    """One search, in the process that calls it."""
    import numpy as np
    from sklearn.linear_model import SGDClassifier
    from sklearn.model_selection import KFold

    from skhpt import GridSearchCV, KerasClassifier

    X = np.load(folder / "X.npy", mmap_mode="r" if kind == "memmap" else None)
    y = np.load(folder / "y.npy")
    if engine == "scikit-learn":
        estimator, grid = SGDClassifier(max_iter=1, tol=None), {"alpha": [1e-4, 1e-3]}
    else:
        options = {"batch_size": 512, "epochs": arguments.epochs, "verbose": 0, "random_state": 0}
        estimator, grid = KerasClassifier(build, n_units=8, optimizer="adam", **options), {"n_units": [8, 16]}
    per_trial = engine != "fused"
    cv = KFold(3, shuffle=True, random_state=0)
    start = time.perf_counter()
    search = GridSearchCV(
        estimator, grid, cv=cv, engine="per-trial" if per_trial else engine, n_jobs=arguments.n_jobs if per_trial else 1
    )
    search.fit(X, y)
    print(f"{time.perf_counter() - start:.1f} {search.best_score_:.4f}")


def family(pid):
    """A process and all that it has started, down to the last."""
    pids = [pid]
    for one in pids:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            pids += [int(child) for child in task.read_text().split()]
    return pids


def bytes_of(pid):
    """A process' part of private memory and of mapped files, and its part of shared memory."""
    fields = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, size, _ = line.split()
        fields[name] = int(size) * 1024
    return fields["Pss_Anon:"] + fields["Pss_File:"], fields["Pss_Shmem:"]


def memory_now(pid, shared_before):
    private = shared = 0
    for one in family(pid):
        try:
            of_one = bytes_of(one)
        except (FileNotFoundError, ProcessLookupError, KeyError):  # it has ended by now
            continue
        private, shared = private + of_one[0], shared + of_one[1]
    return private + max(shared, shutil.disk_usage(SHARED).used - shared_before)


def measure(engine, kind, folder, options):
    """The peak of one search in bytes, and what it prints."""
    shared_before = shutil.disk_usage(SHARED).used
    process = subprocess.Popen(  # noqa: S603 - this file
        [sys.executable, __file__, "--one", engine, kind, str(folder), *options],
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        stdout=subprocess.PIPE,
        text=True,
    )
    printed, peak = [], 0
    reader = threading.Thread(target=lambda: printed.append(process.communicate()[0]))
    reader.start()
    while reader.is_alive():
        with suppress(FileNotFoundError, ProcessLookupError):  # something has gone while it was looked at
            peak = max(peak, memory_now(process.pid, shared_before))
        reader.join(0.1)
    if process.returncode:
        raise SystemExit(f"The search of {engine}, {kind} has failed.")
    return peak, printed[0].split()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=2.0, help="of data, of 10^9 bytes each")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--only", default="", help="cases, as in per-trial:memmap,fused:uint8; all")
    parser.add_argument("--folder", default=None, help="where the data are written for the while")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        engine, kind, folder = arguments.one
        search(engine, kind, Path(folder), arguments)
        return
    import numpy as np

    options = ["--n-jobs", str(arguments.n_jobs), "--epochs", str(arguments.epochs)]
    asked = [tuple(case.split(":")) for case in arguments.only.split(",") if case] or CASES
    n_bytes = arguments.gigabytes * ROUND
    print(f"{'engine':14}{'data':10}{'data, GB':>10}{'peak, GB':>10}{'ratio':>8}{'seconds':>9}{'score':>8}")
    for dtype in dict.fromkeys("float32" if kind == "memmap" else kind for _, kind in asked):
        with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
            folder = Path(name)
            np.save(folder / "y.npy", write(folder / "X.npy", dtype, n_bytes))
            for engine, kind in asked:
                if ("float32" if kind == "memmap" else kind) == dtype:
                    peak, (seconds, score) = measure(engine, kind, folder, options)
                    print(
                        f"{engine:14}{kind:10}{n_bytes / ROUND:10.2f}{peak / ROUND:10.2f}{peak / n_bytes:8.2f}"
                        f"{seconds:>9}{score:>8}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
