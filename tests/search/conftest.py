import pytest

from tests.search.runs import Counting, OverAfter


@pytest.fixture
def counted():
    Counting.n_fits = 0
    return Counting


@pytest.fixture
def switch(tmp_path):
    """A file that is there until a test removes it."""
    file = tmp_path / "switch"
    file.touch()
    return file


@pytest.fixture
def time_is_over_after(monkeypatch, counted):
    """Sets after how many fits."""
    monkeypatch.setattr("skhpt.search._base.Deadline", OverAfter)
    return lambda n_fits: monkeypatch.setattr(OverAfter, "n_fits", n_fits)
