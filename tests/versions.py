"""What only newer versions of other libraries have."""

import importlib.util

import pytest

needs_callbacks = pytest.mark.skipif(
    importlib.util.find_spec("sklearn.callback") is None, reason="scikit-learn has callbacks since version 1.9"
)
