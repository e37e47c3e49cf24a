"""Large arrays of a search are no second time in memory: workers map a file on a disk."""

import os
import tempfile
from pathlib import Path

import numpy as np
import pytest

from skhpt.execution import JoblibExecutor
from skhpt.execution import _shared_arrays as shared
from tests.execution.contract import SPECS
from tests.fakes import result


class WhereRowsAre:
    """Scores 1 if its rows are mapped from a folder."""

    def __init__(self, rows, folder):
        self.rows, self.folder = rows, folder

    def __call__(self, spec):
        file = getattr(self.rows, "filename", None)
        inside = file is not None and Path(self.folder) in Path(file).parents
        return result(spec.candidate.index, spec.fold, score=float(inside))


@pytest.fixture(autouse=True)
def room(monkeypatch):
    monkeypatch.delenv(shared.VARIABLE, raising=False)
    monkeypatch.setattr(shared, "_has_more_room", lambda: True)


def scores(folder, **options):
    executor = JoblibExecutor(n_jobs=2, **options)
    return {trial.test_scores["score"] for trial in executor.run(WhereRowsAre(np.ones(2**20), folder), SPECS)}


def test_workers_map_rows_from_the_folder_for_files():
    assert scores(tempfile.gettempdir()) == {1.0}
    assert shared.VARIABLE not in os.environ


def test_what_the_user_says_stands(tmp_path, monkeypatch):
    monkeypatch.setenv(shared.VARIABLE, str(tmp_path))
    assert scores(tmp_path) == {1.0}


def test_joblib_chooses_where_the_disk_has_less_room(monkeypatch):
    monkeypatch.setattr(shared, "_has_more_room", lambda: False)
    with shared.arrays_on_disk():
        assert shared.VARIABLE not in os.environ


def test_searches_in_several_threads_may_begin_at_one_time(monkeypatch):
    outer, inner = shared.arrays_on_disk(), shared.arrays_on_disk()

    def other_thread_comes_first():
        monkeypatch.setattr(shared, "_has_more_room", lambda: True)
        inner.__enter__()
        return True

    monkeypatch.setattr(shared, "_has_more_room", other_thread_comes_first)
    with outer:
        inner.__exit__(None, None, None)
    assert shared.VARIABLE not in os.environ
