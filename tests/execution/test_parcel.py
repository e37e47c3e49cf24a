import pickle

import numpy as np
import pandas as pd
import pytest

from skhpt.execution._parcel import LARGE, Parcel, unpacked

LARGE_ARRAY = np.zeros(LARGE, dtype=np.uint8)
SMALL_ARRAY = LARGE_ARRAY[1:]


def test_a_large_array_stays_outside_wherever_it_is_used():
    parcel = Parcel.of([LARGE_ARRAY, {"again": LARGE_ARRAY}])
    assert [array is LARGE_ARRAY for array in parcel.arrays] == [True]
    one, other = unpacked(parcel.content, parcel.arrays)
    assert one is other["again"] is LARGE_ARRAY


def test_a_large_array_that_is_mapped_from_a_file_stays_outside(tmp_path):
    np.save(tmp_path / "rows.npy", LARGE_ARRAY)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    (array,) = Parcel.of({"X": mapped}).arrays
    assert array is mapped


@pytest.mark.parametrize("content", [SMALL_ARRAY, np.full(LARGE, None), "x" * LARGE])
def test_what_is_small_or_no_array_of_numbers_stays_inside(content):
    parcel = Parcel.of(content)
    assert list(parcel.arrays) == []
    np.testing.assert_array_equal(unpacked(parcel.content, []), content)


def test_the_numbers_of_a_data_frame_are_the_same_array_in_each_parcel():
    frame = pd.DataFrame(np.zeros((LARGE, 2)), columns=["a", "b"])
    first, second = Parcel.of(frame), Parcel.of({"later": frame})
    assert len(first.content) < LARGE
    assert [id(array) for array in first.arrays] == [id(array) for array in second.arrays] != []
    pd.testing.assert_frame_equal(unpacked(first.content, pickle.loads(pickle.dumps(first.arrays))), frame)


def test_functions_that_no_module_holds_can_be_sent():
    assert unpacked(Parcel.of(lambda: 3).content, [])() == 3
