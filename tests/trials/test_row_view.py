import sys
from pathlib import Path

import numpy as np
import pytest

from skhpt.trials import RowView, _row_view, is_large

BASE = np.arange(12, dtype=np.uint8).reshape(6, 2)  # row i is 2 * i, 2 * i + 1


@pytest.fixture
def view():
    return RowView(BASE, np.array([5, 0, 3]), np.float32)


def test_rows_are_gathered_in_the_order_asked_for_and_cast(view):
    rows = view[np.array([1, 2])]
    assert rows.dtype == np.float32
    assert rows.tolist() == [[0, 1], [6, 7]]


def test_a_view_says_what_an_array_of_its_rows_would_say(view):
    array = np.asarray(view)
    assert (view.shape, view.dtype, view.ndim, view.size) == (array.shape, array.dtype, array.ndim, array.size)
    assert len(view) == len(array) == 3


def test_rows_of_rows_are_a_view_of_the_same_array(view):
    fewer = view.take(np.array([2, 0]))
    assert fewer.base is BASE
    assert fewer.numbers.tolist() == [3, 5]
    assert np.asarray(fewer).tolist() == [[6, 7], [10, 11]]


def test_all_rows_are_those_of_the_array_in_its_order():
    assert RowView(BASE).is_whole
    assert not RowView(BASE, dtype=np.float32).is_whole
    assert not RowView(BASE, np.array([1, 0, 2, 3, 4, 5])).is_whole
    np.testing.assert_array_equal(RowView(BASE), BASE)


def test_an_array_of_the_rows_is_a_copy(view):
    array = np.asarray(RowView(BASE))
    assert not np.shares_memory(array, BASE)
    with pytest.raises(ValueError, match="without a copy"):
        np.asarray(view, copy=False)


@pytest.mark.parametrize(("piece_bytes", "lengths"), [(4, [2, 1]), (1, [1, 1, 1]), (100, [3])])
def test_pieces_have_all_rows_once(view, monkeypatch, piece_bytes, lengths):
    monkeypatch.setattr(_row_view, "_PIECE", piece_bytes)  # a row of the array has two bytes
    pieces = list(view.pieces())
    assert [len(piece) for piece in pieces] == lengths
    np.testing.assert_array_equal(np.concatenate(pieces), np.asarray(view))


def test_of_no_rows_there_is_one_piece_that_knows_their_shape():
    (piece,) = RowView(BASE, np.array([], dtype=int)).pieces()
    assert piece.shape == (0, 2)


def test_only_plain_arrays_of_numbers_of_many_bytes_are_large(monkeypatch, tmp_path):
    assert not is_large(BASE)
    monkeypatch.setattr(_row_view, "LARGE", BASE.nbytes)
    np.save(tmp_path / "rows.npy", BASE)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    masked, text = np.ma.masked_array(BASE), BASE.astype(str)
    assert [is_large(rows) for rows in (BASE, mapped, BASE[:5], masked, text, BASE.ravel(), None)] == [
        True, True, False, False, False, False, False,
    ]  # fmt: skip


def test_pages_of_a_file_that_were_let_go_are_read_again(monkeypatch, tmp_path):
    monkeypatch.setattr(_row_view, "_READ", 1)  # after each reading
    np.save(tmp_path / "rows.npy", BASE)
    for mode in ("r", "r+", "c"):
        mapped = np.load(tmp_path / "rows.npy", mmap_mode=mode)
        view = RowView(mapped)
        if mode == "c":
            mapped[:] = 7  # in memory alone
        first = view[np.arange(6)]
        np.testing.assert_array_equal(view[np.arange(6)], first)
        np.testing.assert_array_equal(first, 7 if mode == "c" else BASE)


def bytes_in_process(array):
    """How much of a map is a part of this process, as the system says."""
    address = f"{array.ctypes.data - array.offset:x}-"
    lines = Path("/proc/self/smaps").read_text().splitlines()
    entry = next(number for number, line in enumerate(lines) if line.startswith(address))
    rss = next(line for line in lines[entry:] if line.startswith("Rss:"))
    return int(rss.split()[1]) * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system decides")
def test_what_was_read_of_a_file_does_not_stay_in_the_process(monkeypatch, tmp_path):
    monkeypatch.setattr(_row_view, "_READ", 2**20)
    np.save(tmp_path / "rows.npy", np.ones((512, 2**13), np.uint8))  # 4 MB
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    assert sum(len(piece) for piece in RowView(mapped).pieces()) == 512
    assert bytes_in_process(mapped) < 2**20
