"""The backend of Keras that the tests run on, told without loading it."""

import os

import pytest

BACKEND = os.environ.get("KERAS_BACKEND", "tensorflow")


def tensorflow_only(what):
    """Skips a test, or the module whose `pytestmark` it is, on other backends; `what` is TensorFlow's own in it."""
    return pytest.mark.skipif(BACKEND != "tensorflow", reason=f"TensorFlow's own: {what}")
