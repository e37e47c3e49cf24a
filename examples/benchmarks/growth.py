"""How much memory the processes of one long search come to hold: 500 fits, on each engine.

    python examples/benchmarks/growth.py [--fits 500]

prints, for each engine and process, what it holds after a tenth of the fits and at the end, in MB. The fused engine
trains all fits of an architecture at once, so it is measured over as many rungs of a halving. Linux only.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np

FOLDS = 5


def build(units=16):
    from keras import Sequential
    from keras.layers import Dense

    return Sequential([Dense(units, activation="relu"), Dense(3, activation="softmax")])


def held_mb(process):
    fields = dict(line.split(":") for line in Path(f"/proc/{process}/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) / 1024


def processes():
    """The numbers of this process and of its workers."""
    me = Path("/proc/self").resolve().name
    children = Path(f"/proc/{me}/task/{me}/children").read_text().split()
    return [me, *(child for child in children if "LokyProcess" in Path(f"/proc/{child}/cmdline").read_text())]


class Watch(threading.Thread):
    """Looks at the memory of all processes five times a second, and at the journal for how many fits have ended."""

    def __init__(self, runs_dir):
        super().__init__(daemon=True)
        self.runs_dir = runs_dir
        self.seen = []
        self.stop = threading.Event()

    def run(self):
        while not self.stop.wait(0.2):
            n_fits = sum(path.read_bytes().count(b'"kind":"trial"') for path in self.runs_dir.glob("*/journal"))
            try:
                self.seen.append((n_fits, {process: held_mb(process) for process in processes()}))
            except (FileNotFoundError, ProcessLookupError, KeyError):
                continue  # one has just ended

    def growth(self, n_fits):
        """Of each process, in MB: at a tenth of the fits or when it began, and at the most after that."""
        grown = {}
        for n_ended, held in self.seen:
            if n_ended >= n_fits / 10:
                for process, value in held.items():
                    first, most = grown.get(process, (value, value))
                    grown[process] = (first, max(most, value))
        return grown


def search(engine, n_fits, runs_dir):
    from sklearn.datasets import load_iris

    from skhpt import GridSearchCV, KerasClassifier

    n_candidates = n_fits // FOLDS
    # Every fused program trains fifty fits, so that they come and go as the per-trial engine's models do.
    units, n_rates = list(range(8, 8 + n_candidates // 10)), 10
    network = KerasClassifier(build, optimizer="adam", epochs=3, batch_size=16)
    grid = {"units": units, "optimizer__learning_rate": np.geomspace(1e-4, 1e-1, n_rates).tolist()}
    X, y = load_iris(return_X_y=True)
    jobs = 2 if engine == "per-trial" else None
    GridSearchCV(network, grid, cv=FOLDS, engine=engine, n_jobs=jobs, refit=False, runs_dir=runs_dir).fit(X, y)


def measure(engine, n_fits):
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as directory:
        watch = Watch(Path(directory))
        watch.start()
        start = time.perf_counter()
        search(engine, n_fits, directory)
        seconds = time.perf_counter() - start
        time.sleep(1.5)
        watch.stop.set()
        watch.join()
    return {"seconds": seconds, "processes": watch.growth(n_fits)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fits", type=int, default=500, help="a multiple of 50")
    parser.add_argument("--engine", choices=["fused", "per-trial"], help="measure this one, in this process")
    options = parser.parse_args()
    if options.engine:
        print(json.dumps(measure(options.engine, options.fits)))
        return
    for engine in ("fused", "per-trial"):
        command = [sys.executable, __file__, "--fits", str(options.fits), "--engine", engine]
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - it is this very file
        figures = json.loads(done.stdout.splitlines()[-1])
        for place, (first, most) in enumerate(figures["processes"].values()):
            name = "parent" if place == 0 else f"worker {place}"
            print(f"{engine:10} {name:9} {first:6.0f} MB, then {most:6.0f} MB: {most - first:+5.0f} MB")
        print(f"{engine:10} {options.fits} fits in {figures['seconds']:.0f} s")


if __name__ == "__main__":
    main()
