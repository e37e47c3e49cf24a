"""The private parts of the backend that Keras runs on, which decides what is imported."""

from __future__ import annotations

import keras

if keras.backend.backend() == "tensorflow":
    from skhpt._compat.tensorflow import (
        has_hidden_state,
        is_shared,
        leaving_nothing_behind,
        made_again,
        sharing_kernels,
        to_share,
        variable_key,
    )
else:
    from skhpt._compat.other_backends import (
        has_hidden_state,
        is_shared,
        leaving_nothing_behind,
        made_again,
        sharing_kernels,
        to_share,
        variable_key,
    )

__all__ = [
    "has_hidden_state",
    "is_shared",
    "leaving_nothing_behind",
    "made_again",
    "sharing_kernels",
    "to_share",
    "variable_key",
]
