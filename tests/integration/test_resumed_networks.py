"""Searches over networks whose builder uses functions and layers of its own module."""

import importlib
import sys

import pytest

from skhpt import GridSearchCV, KerasClassifier

MODULE = '''
import keras

RATE = 0.1

class Scaled(keras.layers.Layer):
    """Scales."""

    def call(self, x):
        return 2.0 * x

def block(units):
    return [Scaled(), keras.layers.Dense(units, "relu"), keras.layers.Dropout(RATE)]

def build(meta, units=2):
    return keras.Sequential(
        [keras.Input((meta["n_features_in_"],)), *block(units), keras.layers.Dense(meta["n_classes_"], "softmax")]
    )
'''


@pytest.fixture
def builder(tmp_path, monkeypatch):
    """The builder, after a change of its module, as in a process of its own."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def imported(change="", by=""):
        sys.modules.pop("module_of_a_builder", None)
        (tmp_path / "module_of_a_builder.py").write_text(MODULE.replace(change, by) if change else MODULE)
        importlib.invalidate_caches()
        return importlib.import_module("module_of_a_builder").build

    yield imported
    sys.modules.pop("module_of_a_builder", None)


@pytest.mark.parametrize("engine", ["fused", pytest.param("per-trial", marks=pytest.mark.slow)])
def test_a_search_goes_on_unless_something_that_its_builder_uses_has_changed(engine, builder, rows, tmp_path):
    X, y = rows

    def resumed(build):
        model = KerasClassifier(build, loss="sparse_categorical_crossentropy", epochs=1, batch_size=30)
        settings = {"cv": 2, "refit": False, "runs_dir": tmp_path / "runs", "resume": True, "engine": engine}
        search = GridSearchCV(model, {"units": [2, 3]}, **settings).fit(X, y > 0)
        assert set(search.engine_report_["engine"]) == {engine}
        return search.resumed_

    assert "there is no run of a GridSearchCV" in resumed(builder())
    assert resumed(builder('"""Scales."""', '"""Doubles."""  # as it should')).endswith("(4 of 4 trials)")
    for change, by, why in [
        ("RATE = 0.1", "RATE = 0.2", "`RATE`, which `build` uses, is 0.1 there and 0.2 here"),
        ("2.0 * x", "3.0 * x", "`Scaled`, which `build` uses, has changed"),
    ]:
        with pytest.warns(UserWarning, match=f"begins a new run.*{why}"):
            assert resumed(builder(change, by)).endswith(f"because {why}")
