"""Searches on the backends of Keras, whichever the other tests run on."""

import importlib.util
import os
import subprocess
import sys

import pytest
from sklearn.datasets import load_iris

from skhpt import GridSearchCV, KerasClassifier
from tests import builders

SEARCH = """
import sys
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
import keras
from skhpt import GridSearchCV, KerasClassifier
from tests import builders

X, y = load_iris(return_X_y=True)
network = KerasClassifier(builders.classifier, optimizer="adam", epochs=2, batch_size=50)
pipeline = make_pipeline(StandardScaler(), network)
grid = {"kerasclassifier__optimizer": [keras.optimizers.SGD(0.1), keras.optimizers.Adam(0.1)]}
search = GridSearchCV(pipeline, grid, cv=2, random_state=0, engine=ENGINE, record_validation=True)
search.set_params(runs_dir=RUNS).fit(X, y)
again = GridSearchCV(**search.get_params(deep=False)).set_params(resume=True).fit(X, y)
print(search.run_.description["versions"]["keras backend"], "tensorflow" in sys.modules)
print((again.predict_proba(X) == search.predict_proba(X)).all(), len(search.histories_))
"""


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="needs the extra jax")
@pytest.mark.parametrize("engine", ["fused", "per-trial"])
def test_a_search_on_jax_loads_no_tensorflow(engine, tmp_path, pytestconfig):
    environment = os.environ | {"KERAS_BACKEND": "jax", "PYTHONPATH": str(pytestconfig.rootpath)}
    command = [sys.executable, "-c", SEARCH.replace("RUNS", repr(str(tmp_path))).replace("ENGINE", repr(engine))]
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["jax", "False", "True", str(2 * 2 * 2)]


def test_where_there_is_no_fused_engine_trials_train_one_by_one_and_the_report_says_why(monkeypatch):
    monkeypatch.setattr("keras.backend.backend", lambda: "torch")  # as `make_program` asks; Keras itself does not
    X, y = load_iris(return_X_y=True)
    network = KerasClassifier(builders.classifier, optimizer="adam", epochs=1, batch_size=150)
    report = GridSearchCV(network, {"epochs": [1]}, cv=2, refit=False).fit(X, y).engine_report_
    assert set(report["engine"]) == {"per-trial"}
    assert report["reason"].str.contains("no fused engine .*for Keras on torch").all()
