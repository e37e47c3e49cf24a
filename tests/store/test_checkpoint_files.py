import io
import json

import numpy as np
import pytest

from skhpt.exceptions import RunStorageError
from skhpt.store._checkpoint_files import CheckpointFiles, packed, unpacked
from skhpt.trials import Checkpoint

KEY, OTHER = (3, 1, 0), (4, 0, 2)


def checkpoint(epochs=5, reported=2, **arrays):
    arrays = arrays or {"weights/0": np.arange(6, dtype=np.float32).reshape(2, 3), "optimizer/0": np.array(7)}
    return Checkpoint(epochs, reported, {"history": {"loss": [0.5, float("nan")]}, "stopped": False}, arrays)


@pytest.fixture
def notes():
    return []


@pytest.fixture
def files(tmp_path, notes):
    made = CheckpointFiles(tmp_path, 30.0, notes.append)
    made.begin_round(0)
    return made


def assert_equal(one, other):
    assert (one.epochs, one.reported) == (other.epochs, other.reported)
    np.testing.assert_equal(dict(one.facts), dict(other.facts))
    assert one.arrays.keys() == other.arrays.keys()
    for name, array in other.arrays.items():
        found = one.arrays[name]
        assert (found.dtype, found.shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(found, array)


def test_checkpoints_come_back_as_they_were():
    kept = {KEY: checkpoint(), OTHER: checkpoint(a=np.zeros((0, 2)), b=np.array([True]), c=np.array(["x"]))}
    found = unpacked(packed(kept))
    assert found.keys() == kept.keys()
    for key, value in kept.items():
        assert_equal(found[key], value)
        for array in found[key].arrays.values():
            assert array.flags.writeable


def test_objects_are_refused_before_anything_is_written(files, tmp_path):
    with pytest.raises(TypeError, match="holds objects"):
        files.keep_paused(KEY, checkpoint(a=np.array([{}])))
    assert list((tmp_path / "checkpoints").iterdir()) == []


def test_of_a_group_only_the_last_checkpoint_is_kept(files, tmp_path):
    files.keep("g", {KEY: checkpoint(epochs=1)})
    files.keep("g", {KEY: checkpoint(epochs=2), OTHER: checkpoint(epochs=3)})
    assert len(list((tmp_path / "checkpoints").iterdir())) == 1
    found = files.begin_round(0)
    assert {key: value.epochs for key, value in found.items()} == {KEY: 2, OTHER: 3}


def test_a_round_goes_on_from_the_furthest(files):
    files.keep_paused(KEY, checkpoint(epochs=3))
    files.end_round()
    files.begin_round(1)
    files.keep("a", {KEY: checkpoint(epochs=5)})
    files.keep("b", {KEY: checkpoint(epochs=4)})
    assert files.begin_round(1)[KEY].epochs == 5


def test_what_a_rung_leaves_is_there_for_the_next_and_gone_after_it(files, tmp_path):
    files.keep_paused(KEY, checkpoint(epochs=3))
    files.keep("g", {OTHER: checkpoint()})
    assert files.begin_round(0).keys() == {OTHER}, "a rung does not go on from its own end"
    files.end_round()
    assert files.begin_round(1).keys() == {KEY}
    files.end_round()
    assert list((tmp_path / "checkpoints").iterdir()) == []


def test_a_search_that_goes_on_keeps_what_its_later_rounds_left(files, tmp_path):
    """It goes through the rounds before, in which there is nothing left to be run."""
    files.begin_round(1)
    files.keep_paused(KEY, checkpoint(epochs=3))
    files.begin_round(2)
    files.keep("g", {KEY: checkpoint(epochs=5)})
    again = CheckpointFiles(tmp_path, 30.0, pytest.fail)
    for number in range(2):
        assert again.begin_round(number) == {}, "nor does a trial go on from its own end"
        again.end_round()
    assert again.begin_round(2)[KEY].epochs == 5
    again.end_round()
    assert list((tmp_path / "checkpoints").iterdir()) == []


def test_a_group_of_an_earlier_round_is_no_beginning_for_a_later_one(files):
    files.keep("g", {KEY: checkpoint()})
    assert files.begin_round(1) == {}


def test_a_file_that_is_not_what_was_written_is_left_out_and_noted(files, tmp_path, notes):
    files.keep("good", {KEY: checkpoint()})
    (good,) = (tmp_path / "checkpoints").iterdir()
    content = good.read_bytes()
    damaged = [b"", content[: len(content) // 2], b"\x80\x04]q\x00.", content.replace(b"epochs", b"epocks")]
    for number, bad in enumerate(damaged):
        (good.parent / f"group-0000-bad{number}.npz").write_bytes(bad)
    np.savez(good.parent / "group-0000-pickle.npz", index=np.array([{}]), data=np.zeros(1, np.uint8))
    np.savez(good.parent / "group-0000-others.npz", other=np.zeros(1))
    assert files.begin_round(0).keys() == {KEY}
    assert len(notes) == len(damaged) + 2


@pytest.mark.parametrize(
    "place", [["|O", [1], 0], ["<f4", [10**12], 0], ["<f4", [2], 10**9], ["<f4", [-5], 0], ["x", [1], 0]]
)
def test_an_index_that_lies_reads_nothing_beyond_the_file(files, tmp_path, notes, place):
    entry = {"key": list(KEY), "arrays": [["a", *place]], "epochs": 1, "reported": 0, "facts": {}}
    content = io.BytesIO()
    index = np.frombuffer(json.dumps([entry]).encode(), np.uint8)
    np.savez(content, index=index, data=np.zeros(16, np.uint8))
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "group-0000-x.npz").write_bytes(content.getvalue())
    assert files.begin_round(0) == {}
    assert len(notes) == 1


def test_why_a_trial_would_start_over_is_noted(files, notes):
    files.refuse(KEY, "a callback keeps a file open")
    assert notes == ["candidate 3, fold 1, repeat 0 would start over, because a callback keeps a file open"]


def test_other_files_in_the_directory_are_left_alone(files, tmp_path):
    files.keep("g", {KEY: checkpoint()})
    other = tmp_path / "checkpoints" / "mine.npz"
    other.write_bytes(b"")
    files.clear()
    assert list(other.parent.iterdir()) == [other]


def test_rounds_that_are_replayed_leave_what_later_ones_need(files):
    files.keep_paused(KEY, checkpoint(epochs=2))
    files.end_round()
    files.begin_round(1)
    files.keep_paused(KEY, checkpoint(epochs=6))
    files.end_round()
    files.begin_round(2)
    files.keep("g", {KEY: checkpoint(epochs=8), OTHER: checkpoint(epochs=7)})
    for number in (0, 1):  # as another process does, which finds these rounds whole
        files.begin_round(number)
        files.end_round()
    found = files.begin_round(2)
    assert {key: value.epochs for key, value in found.items()} == {KEY: 8, OTHER: 7}


def test_a_full_disk_is_told_to_whoever_keeps_a_checkpoint(files, monkeypatch):
    def full(*ignored, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("skhpt.store._checkpoint_files.write_whole", full)
    with pytest.raises(RunStorageError, match="No space left"):
        files.keep("g", {KEY: checkpoint()})
