"""What differs with the backend that Keras runs on: the one place in this layer that asks which one it is.

TensorFlow is imported here alone, and only where Keras runs on it.
"""

from __future__ import annotations

import keras

if keras.backend.backend() == "tensorflow":
    from skhpt.estimators._tensorflow_batches import endless_batches
    from skhpt.estimators._tensorflow_internals import has_hidden_state, leaving_nothing_behind, sharing_kernels
else:
    from skhpt.estimators._batches import endless_batches
    from skhpt.estimators._functional_internals import has_hidden_state, leaving_nothing_behind, sharing_kernels

__all__ = ["endless_batches", "has_hidden_state", "leaving_nothing_behind", "sharing_kernels"]
