"""Rows on their way to TensorFlow."""

import numpy as np
import pytest

from skhpt.fused._tensorflow_tables import _ALIGNMENT, put
from skhpt.trials import RowView, _row_view

BASE = np.arange(60).reshape(20, 3)


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "int64"])
def test_a_view_arrives_cast(dtype):
    numbers = np.array([19, 0, 7])
    tensor = put(RowView(BASE, numbers, dtype))
    assert tensor.dtype.name == dtype
    np.testing.assert_array_equal(tensor.numpy(), BASE[numbers])


@pytest.mark.parametrize("offset", [0, 4])
def test_a_large_array_arrives_wherever_it_lies_in_memory(monkeypatch, offset):
    memory = np.zeros(1024, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT + offset
    array = memory[start : start + 240].view(np.float32).reshape(20, 3)
    array[:] = BASE
    monkeypatch.setattr(_row_view, "LARGE", 1)
    tensor = put(array)
    np.testing.assert_array_equal(tensor.numpy(), BASE)
    np.testing.assert_array_equal(put(array.T).numpy(), BASE.T)
    array[0, 0] = 5  # seen only where TensorFlow could use the memory as it is
    assert tensor.numpy()[0, 0] == (5 if offset == 0 else 0)


def test_what_dlpack_does_not_know_arrives_too():
    assert put(RowView(BASE > 30)).numpy().sum() == 29
