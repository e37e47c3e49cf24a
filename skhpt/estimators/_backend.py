"""How rows are fed, which differs with the backend that Keras runs on.

TensorFlow is imported here only where Keras runs on it.
"""

from __future__ import annotations

import keras

if keras.backend.backend() == "tensorflow":
    from skhpt.estimators._tensorflow_batches import batches, endless_batches
else:
    from skhpt.estimators._batches import batches, endless_batches

__all__ = ["batches", "endless_batches"]
