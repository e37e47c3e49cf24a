"""What differs with the backend that Keras runs on: the one place in this layer that asks which one it is.

TensorFlow is imported here alone, and only where Keras runs on it.
"""

from __future__ import annotations

import keras

if keras.backend.backend() == "tensorflow":
    from skhpt.estimators._tensorflow_batches import batches, endless_batches
    from skhpt.estimators._tensorflow_internals import (
        has_hidden_state,
        is_shared,
        leaving_nothing_behind,
        made_again,
        sharing_kernels,
        to_share,
        variable_key,
    )
else:
    from skhpt.estimators._batches import batches, endless_batches
    from skhpt.estimators._functional_internals import (
        has_hidden_state,
        is_shared,
        leaving_nothing_behind,
        made_again,
        sharing_kernels,
        to_share,
        variable_key,
    )

__all__ = [
    "batches",
    "endless_batches",
    "has_hidden_state",
    "is_shared",
    "leaving_nothing_behind",
    "made_again",
    "sharing_kernels",
    "to_share",
    "variable_key",
]
