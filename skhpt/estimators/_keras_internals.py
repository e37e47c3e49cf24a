"""Home of `CustomObjects` in pickles that were written before it moved."""

from skhpt.estimators._own_definitions import CustomObjects

__all__ = ["CustomObjects"]
