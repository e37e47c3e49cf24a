import json
import os
import zlib

import pytest

from skhpt.exceptions import RunStorageError
from skhpt.store._journal import Journal, read_journal


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal"


def write(path, *records):
    with Journal(path) as journal:
        for record in records:
            journal.append(record)


def line(content):
    return b"%08x %s\n" % (zlib.crc32(content), content)


def test_a_journal_gives_back_what_was_appended_in_any_session(path):
    write(path, {"a": 1.5}, {"a": float("inf")})
    write(path, {"text": "two\nlines\r and \u2028"})
    assert read_journal(path).records == [{"a": 1.5}, {"a": float("inf")}, {"text": "two\nlines\r and \u2028"}]


def test_a_journal_that_is_not_there_is_empty(path):
    assert read_journal(path).records == []


def test_a_journal_cut_at_any_byte_has_each_whole_record_and_takes_the_next(path, tmp_path):
    records = [{"number": number, "text": "ä" * number} for number in range(4)]
    write(path, *records)
    whole = path.read_bytes()
    ends = [place + 1 for place, byte in enumerate(whole) if byte == ord("\n")]
    for length in range(len(whole) + 1):
        cut = tmp_path / "cut"
        cut.write_bytes(whole[:length])
        kept = records[: sum(end <= length for end in ends)]
        assert read_journal(cut).records == kept
        write(cut, {"next": length})
        assert read_journal(cut).records == [*kept, {"next": length}]
        assert read_journal(cut).n_damaged == 0


def test_a_damaged_line_costs_that_record_alone(path):
    write(path, {"a": 1}, {"a": 2}, {"a": 3})
    content = path.read_bytes()
    path.write_bytes(content.replace(b'{"a":2}', b'{"a":7}'))
    write(path, {"a": 4})
    content = read_journal(path)
    assert (content.records, content.n_damaged) == ([{"a": 1}, {"a": 3}, {"a": 4}], 1)


@pytest.mark.parametrize("content", [b"[1]", b"{", b"[" * 100_000, b"9" * 5000, b"\xff", b""])
def test_what_is_no_record_is_left_out_though_its_checksum_is_right(path, content):
    path.write_bytes(line(b'{"a":1}') + line(content) + line(b'{"a":2}'))
    assert read_journal(path).records == [{"a": 1}, {"a": 2}]


def test_a_file_of_zeros_at_the_end_as_a_power_cut_leaves_it_is_cut_off(path):
    write(path, {"a": 1})
    path.write_bytes(path.read_bytes() + b"\0" * 4096)
    write(path, {"a": 2})
    assert read_journal(path).records == [{"a": 1}, {"a": 2}]
    assert path.read_bytes().count(b"\0") == 0


def test_a_record_that_is_written_in_part_is_taken_back(path, monkeypatch):
    journal = Journal(path)
    journal.append({"a": 1})
    real = os.write

    def nearly_full(file, content):
        monkeypatch.setattr(os, "write", full)
        return real(file, content[: len(content) // 2])

    def full(file, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", nearly_full)
    with pytest.raises(RunStorageError, match="No space left on device"):
        journal.append({"a": 2})
    assert path.read_bytes().count(b"\n") == 1
    monkeypatch.setattr(os, "write", real)
    journal.append({"a": 3})
    journal.close()
    assert read_journal(path).records == [{"a": 1}, {"a": 3}]


def test_numbers_come_back_to_the_last_bit(path):
    numbers = [0.1 + 0.2, 1e-308, 1.7976931348623157e308, -0.0]
    write(path, {"numbers": numbers})
    assert json.dumps(read_journal(path).records[0]["numbers"]) == json.dumps(numbers)


def test_records_are_synced_once_a_second_and_not_each(path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)
    with Journal(path) as journal:
        for number in range(50):
            journal.append({"a": number})
        assert synced == []
        monkeypatch.setattr("skhpt.store._journal._SECONDS_BETWEEN_SYNCS", -1)
        journal.append({"a": 50})
        assert len(synced) == 1
