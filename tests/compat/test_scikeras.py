"""SciKeras replaces Keras' methods when it is imported; we put them back."""

import subprocess
import sys

import pytest

REPORT = """
import keras
classes = (keras.Model, keras.losses.Loss, keras.metrics.Metric, keras.optimizers.Optimizer)
own = keras.Model.__reduce__ is keras.src.saving.keras_saveable.KerasSaveable.__reduce__
own &= not any(name in vars(c) for c in classes for name in ("__reduce__", "__deepcopy__"))
print("own" if own else "replaced")
"""


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("imports", "whose"),
    [("import skhpt.estimators", "own"), ("import scikeras.wrappers, skhpt.estimators", "replaced")],
    ids=["ours alone", "after the user's own import of scikeras"],
)
def test_how_keras_objects_are_pickled_is_what_the_user_chose(imports, whose):
    assert run(imports + REPORT) == whose


@pytest.mark.slow
def test_a_model_with_a_lambda_layer_pickles():
    code = """
import pickle, skhpt.estimators, keras
model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: 2 * x)])
print(pickle.loads(pickle.dumps(model))(keras.ops.ones((1, 2))).numpy().tolist())
"""
    assert run(code) == "[[2.0, 2.0]]"
