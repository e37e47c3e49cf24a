"""TensorFlow's own log lines: none, unless the user has asked for them."""

import os
import subprocess
import sys

import pytest

from skhpt import _quiet
from tests.backend import tensorflow_only

SCRIPT = """
import numpy as np
from skhpt import GridSearchCV, KerasRegressor
import keras

def build(meta):
    return keras.Sequential([keras.Input((meta["n_features_in_"],)), keras.layers.Dense(1)])

if __name__ == "__main__":
    X = np.random.default_rng(0).normal(size=(48, 2))
    model = KerasRegressor(build, loss="mse", verbose=0)
    model.fit(X, X[:, 0]).predict(X)
    options = {"cv": 3, "refit": False}
    GridSearchCV(model, {"batch_size": [8, 16]}, engine="fused", **options).fit(X, X[:, 0])
    GridSearchCV(model, {"batch_size": [8, 16]}, engine="per-trial", n_jobs={n_jobs}, **options).fit(X, X[:, 0])
"""


def stderr_of(folder, script, **variables):
    file = folder / "script.py"
    file.write_text(script)
    environment = {name: value for name, value in os.environ.items() if name != _quiet.VARIABLE} | variables
    done = subprocess.run([sys.executable, file], capture_output=True, text=True, check=True, env=environment)
    return done.stderr


@tensorflow_only("log lines")
@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_fits_and_searches_print_nothing_of_tensorflows_own(n_jobs, tmp_path):
    assert stderr_of(tmp_path, SCRIPT.replace("{n_jobs}", str(n_jobs))) == ""


def test_a_level_that_the_user_has_set_is_left_alone(monkeypatch):
    monkeypatch.setenv(_quiet.VARIABLE, "1")
    _quiet.set_log_level()
    assert os.environ[_quiet.VARIABLE] == "1"
    assert not _quiet.is_quiet()


@pytest.mark.parametrize(("level", "kept"), [("", "IWEF"), ("1", "WEF"), ("2", "EF"), ("3", "F")])
def test_lines_that_are_written_as_tensorflow_is_loaded_are_dropped_by_their_level(level, kept, tmp_path):
    (tmp_path / "keras.py").write_text("""
import os
for severity in "IWEF":
    os.write(2, f"{severity}0000 00:00:1795895992.513847   12264 part.cc:31] said\\n".encode())
os.write(2, b"a line of somebody else's\\n")
""")
    code = "from skhpt._quiet import load_keras\nload_keras()"
    said = stderr_of(tmp_path, code, TF_CPP_MIN_LOG_LEVEL=level)
    assert [line[0] for line in said.splitlines()] == [*kept, "a"]


def test_what_is_written_before_an_import_fails_is_shown(tmp_path):
    (tmp_path / "keras.py").write_text("import os\nos.write(2, b'why\\n')\nraise ImportError")
    code = "from skhpt._quiet import load_keras\ntry:\n    load_keras()\nexcept ImportError:\n    pass"
    assert stderr_of(tmp_path, code) == "why\n"
