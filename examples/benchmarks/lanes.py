"""What lanes cost: the same network trained 10, 50, 150 and 500 times at once, in one fused search each.

    python examples/benchmarks/lanes.py

prints, for each number of lanes, the seconds of a search (in a process that has made a small one before), those of its
compiled steps, milliseconds a lane and epoch, and how much memory a lane takes beyond that of the smallest search; then
how memory grows over 20 searches in one process. Figures vary with the machine. Linux only.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

FOLDS, EPOCHS, BATCH_SIZE = 5, 10, 32
LANES = (10, 50, 150, 500)


def build(units=32):
    from keras import Input, Sequential
    from keras.layers import Dense

    return Sequential(
        [
            Input((64,)),
            Dense(units, activation="relu"),
            Dense(units, activation="relu"),
            Dense(10, activation="softmax"),
        ]
    )


def search(n_lanes):
    from sklearn.datasets import load_digits

    from skhpt import GridSearchCV, KerasClassifier

    X, y = load_digits(return_X_y=True)
    network = KerasClassifier(build, optimizer="adam", epochs=EPOCHS, batch_size=BATCH_SIZE)
    rates = np.geomspace(1e-4, 3e-2, n_lanes // FOLDS).tolist()
    options = {"cv": FOLDS, "engine": "fused", "random_state": 0, "refit": False}
    return GridSearchCV(network, {"optimizer__learning_rate": rates}, **options).fit((X / 16).astype("float32"), y)


def peak_mb():
    fields = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    return int(fields["VmHWM"].split()[0]) / 1024


def resident_mb():
    fields = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) / 1024


def time_lanes(n_lanes):
    """Figures of one search, in a process of its own that has made a small one before."""
    search(FOLDS)
    start = time.perf_counter()
    fitted = search(n_lanes)
    seconds = time.perf_counter() - start
    return {"lanes": n_lanes, "seconds": seconds, "compiled": fitted.fused_seconds_, "peak_mb": peak_mb()}


def time_searches(n_searches):
    """Memory of a process after its fifth search and after its last."""
    for _ in range(5):
        search(50)
    before = resident_mb()
    for _ in range(n_searches - 5):
        search(50)
    return {"before": before, "after": resident_mb()}


def in_child(*arguments):
    command = [sys.executable, __file__, *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - it is this very file
    return json.loads(done.stdout.splitlines()[-1])


def main():
    print(f"{'lanes':>6} {'search s':>9} {'compiled s':>11} {'ms a lane-epoch':>16} {'MB a lane':>10}")
    smallest = None
    for n_lanes in LANES:
        figures = in_child("lanes", n_lanes)
        smallest = smallest or figures
        more = n_lanes - smallest["lanes"]
        a_lane = f"{(figures['peak_mb'] - smallest['peak_mb']) / more:.2f}" if more else ""
        milliseconds = 1000 * figures["compiled"] / n_lanes / EPOCHS
        print(f"{n_lanes:6} {figures['seconds']:9.2f} {figures['compiled']:11.2f} {milliseconds:16.2f} {a_lane:>10}")
    memory = in_child("searches", 20)
    print(f"memory after 5 searches of 50 lanes: {memory['before']:.0f} MB, after 20: {memory['after']:.0f} MB")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps({"lanes": time_lanes, "searches": time_searches}[sys.argv[1]](int(sys.argv[2]))))
    else:
        main()
