"""Searches over real networks that are killed in the middle."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from skhpt.store import StoredRun
from skhpt.store._checkpoint_files import unpacked

N_KILLS = 2


def start(engine, runs_dir, results):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.integration.search_to_kill", engine, str(runs_dir), str(results)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )


def progress(runs_dir):
    """The trials that have ended, and for how many epochs each of those under way is stored to have been trained."""
    runs = list(Path(runs_dir).glob("*/run.json"))
    assert len(runs) <= 1, "another run was begun"
    if not runs:
        return [], {}
    path = runs[0].parent
    trials = [(trial.budget.rung, *trial.key) for trial in StoredRun(path).trials]
    epochs = {}
    for file in (path / "checkpoints").glob("*.npz"):
        try:
            found = unpacked(file.read_bytes())
        except FileNotFoundError:  # was replaced just now
            continue
        epochs |= {(file.name[:10], key): checkpoint.epochs for key, checkpoint in found.items()}
    return trials, epochs


def kill_after_some_progress(process, runs_dir, draw):
    """Returns what was there when it was killed."""
    before = after = progress(runs_dir)
    while after == before:
        assert process.poll() is None, "the search has ended before it could be killed"
        time.sleep(0.02)
        after = progress(runs_dir)
    time.sleep(draw.uniform(0, 0.5))
    process.send_signal(signal.SIGKILL)
    process.wait()
    return progress(runs_dir)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["fused", "per-trial"])
def test_a_search_that_is_killed_ends_as_one_that_nobody_disturbed(tmp_path, engine):
    draw = random.Random(engine)  # noqa: S311 - not for secrets
    undisturbed = start(engine, "none", tmp_path / "undisturbed.npz")
    runs_dir, results = tmp_path / "runs", tmp_path / "killed.npz"
    trials, epochs, were_kept = [], {}, set()
    for _ in range(N_KILLS):
        trials_after, epochs_after = kill_after_some_progress(start(engine, runs_dir, results), runs_dir, draw)
        assert set(trials) <= set(trials_after), "progress went back"
        assert len(set(trials_after)) == len(trials_after), "a trial was run again"
        assert all(epochs_after[key] >= epochs[key] for key in epochs.keys() & epochs_after.keys())
        trials, epochs = trials_after, epochs_after
        were_kept |= {name for name, _ in epochs}
    assert start(engine, runs_dir, results).wait() == 0
    assert undisturbed.wait() == 0
    assert were_kept & {"group-0000", "group-0001", "rung-0000-"}, "there was no training to go on with"
    with np.load(tmp_path / "undisturbed.npz") as expected, np.load(results) as found:
        assert sorted(found.files) == sorted(expected.files)
        for name in expected.files:
            np.testing.assert_allclose(found[name], expected[name], rtol=1e-5, atol=1e-6, err_msg=name)
