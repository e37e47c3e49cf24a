"""Ctrl-C in a terminal: SIGINT for a whole group of processes, in which a search over networks runs."""

import os
import signal
import subprocess
import sys

import pytest

SCRIPT = """
import sys
import numpy as np
from skhpt import GridSearchCV, KerasClassifier, SearchListener
import keras

class Saying(SearchListener):
    def epochs_ended(self, epochs):
        print("epochs", flush=True)

def build(meta, rate=0.1):
    if {when!r} == "building":
        print("building", flush=True)
        import time
        time.sleep(60)
    return keras.Sequential([
        keras.Input((meta["n_features_in_"],)), keras.layers.Dropout(rate), keras.layers.Dense(2, "softmax")
    ])

if __name__ == "__main__":
    X = np.random.default_rng(0).normal(size=(60, 3))
    model = KerasClassifier(build, epochs=100_000, batch_size=20, loss="sparse_categorical_crossentropy", verbose=0)
    GridSearchCV(
        model, {{"rate": [0.1, 0.2]}}, cv=2, engine={engine!r}, n_jobs={n_jobs}, loggers=[Saying()], progress=False,
        runs_dir={runs_dir!r}, resume=True, checkpoint_seconds=0,
    ).fit(X, (X[:, 0] > 0).astype(int))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no groups that are sent SIGINT")
@pytest.mark.parametrize(
    ("engine", "n_jobs", "when"),
    [
        ("fused", 1, "epochs"),
        pytest.param("per-trial", 1, "epochs", marks=pytest.mark.slow),
        pytest.param("per-trial", 2, "epochs", marks=pytest.mark.slow),
        pytest.param("per-trial", 1, "building", marks=pytest.mark.slow),
    ],
)
def test_an_interrupted_search_says_three_lines_and_no_traceback_of_libraries(engine, n_jobs, when, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(engine=engine, n_jobs=n_jobs, when=when, runs_dir=str(tmp_path / "runs")))
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, script], text=True, start_new_session=True, **pipes) as process:
        try:
            for _ in range(3 if when == "epochs" else 1):
                assert process.stdout.readline().strip() == when
            os.killpg(process.pid, signal.SIGINT)
            _, said = process.communicate(timeout=100)
        finally:
            process.kill()
    assert process.returncode == -signal.SIGINT
    *frames, first, second, third = said.splitlines()
    assert sum(line.lstrip().startswith("File ") for line in frames) == 2
    assert f'"{script}"' in said
    assert first == "KeyboardInterrupt: Interrupted before any trial was complete."
    assert str(tmp_path / "runs") in second
    assert second.startswith("How far the first ones have come is stored in") == (engine == "fused")
    assert ("resume=True finds it" if engine == "fused" else "The next fit begins") in third
