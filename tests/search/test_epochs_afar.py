"""Epochs of trials in other processes."""

import pickle
import threading

import pytest

from skhpt import GridSearchCV, SearchListener
from skhpt.search._listeners import Listeners
from skhpt.trials import Candidate, SearchEnding, TrialSpec, epoch_has_ended
from tests.fakes import FakeEstimator

SPEC = TrialSpec(Candidate(3, {}), fold=1)


class Waiting(SearchListener):
    """Says when it has heard of so many epochs."""

    def __init__(self, n_epochs):
        self.n_epochs = n_epochs
        self.heard = {}
        self.has_heard = threading.Event()

    def epochs_ended(self, epochs):
        self.heard |= epochs
        if self.n_epochs in epochs.values():
            self.has_heard.set()


class Telling(FakeEstimator):
    """Says so at the end of each epoch."""

    def fit(self, X, y):
        for epoch in range(self.epochs):
            epoch_has_ended(epoch + 1)
        return super().fit(X, y)


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr("skhpt.evaluation._epochs_afar._SECONDS_BETWEEN", 0.01)
    monkeypatch.setattr("skhpt.search._listeners._SECONDS_BETWEEN_EPOCHS", -1.0)


def test_what_a_copy_hears_reaches_the_original():
    waiting = Waiting(n_epochs=7)
    listeners = Listeners([waiting])
    copy = pickle.loads(pickle.dumps(listeners))
    copy.hearing(SPEC)(7)
    assert waiting.has_heard.wait(timeout=60)
    assert waiting.heard == {(3, 1, 0): 7}
    listeners.search_ended(SearchEnding("finished"))
    copy.hearing(SPEC)(8)  # where the file is no more, nobody minds


def test_nobody_hears_of_epochs_after_the_end():
    class Ended(SearchListener):
        def search_ended(self, ending):
            self.is_still_heard = listening.is_alive()

    ended = Ended()
    listeners = Listeners([ended])
    pickle.dumps(listeners)
    listening = listeners._afar._thread
    assert listening.is_alive()
    listeners.search_ended(SearchEnding("finished"))
    assert not ended.is_still_heard


def test_a_copy_says_little(monkeypatch):
    monkeypatch.setattr("skhpt.evaluation._epochs_afar._SECONDS_BETWEEN", 1000)
    listeners = Listeners([Waiting(n_epochs=1)])
    copy = pickle.loads(pickle.dumps(listeners))
    hear = copy.hearing(SPEC)
    for epoch in range(1, 6):
        hear(epoch)
    with open(listeners._afar.path) as file:
        assert file.read() == "3 1 0 1\n"
    listeners.search_ended(SearchEnding("finished"))


def test_without_room_for_a_file_a_copy_is_silent(monkeypatch):
    def full(**options):
        raise OSError("disk full")

    monkeypatch.setattr("skhpt.evaluation._epochs_afar.tempfile.mkstemp", full)
    assert pickle.loads(pickle.dumps(Listeners([SearchListener()]))).hearing(SPEC) is None


def test_where_nobody_listens_a_copy_makes_no_file():
    listeners = Listeners()
    assert pickle.loads(pickle.dumps(listeners)).hearing(SPEC) is None
    assert listeners._afar is None


def test_epochs_of_trials_in_this_process_are_heard_of(rows):
    waiting = Waiting(n_epochs=4)
    GridSearchCV(Telling(epochs=4), {"slope": [3.0]}, cv=2, refit=False, loggers=[waiting]).fit(*rows)
    assert waiting.heard == {(0, 0, 0): 4, (0, 1, 0): 4}
