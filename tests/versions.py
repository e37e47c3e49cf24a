"""What only newer versions of other libraries have."""

import importlib.util
from importlib import metadata

import pytest

needs_callbacks = pytest.mark.skipif(
    importlib.util.find_spec("sklearn.callback") is None, reason="scikit-learn has callbacks since version 1.9"
)


def before(library, *release):
    """Whether an installed library is older than a release."""
    return tuple(map(int, metadata.version(library).split(".")[: len(release)])) < release
