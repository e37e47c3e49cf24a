"""The estimate of the time left: within a factor of two after a tenth of the work, on simulated clocks."""

import numpy as np
import pytest

from skhpt import GridSearchCV, KerasClassifier, SearchListener
from skhpt.reporting._time_left import TimeLeft
from skhpt.trials import Budget, EpochLog, Phase, Round, RoundBeginning
from tests.builders import classifier
from tests.reporting.searches import Clock, beginning, ended, round_of

EPOCHS = 50


class Simulated:
    """A search on a clock of its own, of which each estimate after a tenth of the work is kept."""

    def __init__(self, *rounds):
        self.clock = Clock()
        self.left = TimeLeft(beginning(*rounds), self.clock)
        self.estimates = []  # of the moment, and of the end
        self.n_done, self.n_planned = 0.0, 0.0

    def wait(self, seconds):
        self.clock.now += seconds

    def round(self, n_candidates, budget=None, number=0, epochs=EPOCHS):
        plain = round_of(range(n_candidates), budget, number=number, epochs=epochs)
        self.left.round_begins(plain)
        return plain.specs

    def epoch(self, specs, n, seconds):
        self.wait(seconds)
        self.left.epochs_ended(dict.fromkeys((spec.key for spec in specs), n))
        self.estimates.append((self.clock.now, self.left.seconds_left))

    def end(self, specs, n_epochs=EPOCHS):
        log = EpochLog(n_epochs, {"loss": 0.1}, 0.1)
        for spec in specs:
            self.left.trial_ended(*ended(spec, epochs=(log,)), resumed=False)
        self.estimates.append((self.clock.now, self.left.seconds_left))

    def ratios(self, part=0.1):
        """Estimates over what came, from a part of the training on, but for the last few seconds."""
        end = self.clock.now
        begun = [(now, left) for now, left in self.estimates if left is not None and now < end]
        kept = begun[int(part * len(begun)) :]
        return np.array([left / (end - now) for now, left in kept if end - now > 0.05 * end])


def within_a_factor_of_two(search):
    ratios = search.ratios()
    assert len(ratios) > 3
    return bool(((ratios > 0.5) & (ratios < 2)).all())


def test_compiling_and_then_steady_epochs():
    search = Simulated(Round(4))
    specs = search.round(4)
    search.wait(20)
    search.left.phase_begins(Phase("compiling 1 program", 1))
    search.wait(10)
    for n in range(1, EPOCHS + 1):
        search.epoch(specs, n, 0.2)
    search.end(specs)
    assert search.ratios() == pytest.approx(1.0, abs=0.1)


def test_programs_that_are_compiled_one_after_another():
    search = Simulated(Round(6))
    specs = search.round(6)
    search.wait(5)
    search.left.phase_begins(Phase("compiling 6 programs", 6))
    for candidate in range(6):
        group = [spec for spec in specs if spec.candidate.index == candidate]
        search.wait(4)
        for n in range(1, EPOCHS + 1):
            search.epoch(group, n, 0.05)
        search.end(group)
    assert within_a_factor_of_two(search)


def test_trials_that_run_one_by_one_of_which_the_first_starts_slowly():
    search = Simulated(Round(10))
    for place, spec in enumerate(search.round(10)):
        search.wait(3 if place == 0 else 0.6)
        for n in range(1, EPOCHS + 1):
            search.epoch([spec], n, 0.02)
        search.end([spec])
    assert within_a_factor_of_two(search)


def test_trials_that_stop_early_and_are_told_together_in_the_end():
    rng = np.random.default_rng(0)
    search = Simulated(Round(10))
    specs = search.round(10, epochs=200)
    stops = dict(zip([spec.key for spec in specs], (5 + rng.geometric(0.05, len(specs))).tolist(), strict=True))
    search.left.phase_begins(Phase("compiling 1 program", 1))
    search.wait(8)
    for n in range(1, max(stops.values()) + 1):
        search.wait(0.3)
        search.left.epochs_ended({key: min(n, stop) for key, stop in stops.items()})
        n_stopped = sum(stop < n for stop in stops.values())
        if n_stopped >= 3:  # before any has, nobody can know
            search.estimates.append((search.clock.now, search.left.seconds_left))
    # The last of them decides, which is not foreseen in every moment.
    assert 0.5 < np.median(search.ratios()) < 2


def test_trials_one_by_one_that_stop_early():
    rng = np.random.default_rng(1)
    search = Simulated(Round(20))
    for spec in search.round(20, epochs=200):
        n_epochs = int(rng.integers(15, 40))
        search.wait(0.5)
        for n in range(1, n_epochs + 1):
            search.epoch([spec], n, 0.05)
        search.end([spec], n_epochs)
    assert within_a_factor_of_two(search)


def test_rungs_of_a_halving_that_go_on_with_trainings():
    rungs = [(18, 9), (6, 27), (2, 81)]
    search = Simulated(*(Round(n, Budget(amount, rung)) for rung, (n, amount) in enumerate(rungs)))
    before = 0
    for rung, (n_candidates, amount) in enumerate(rungs):
        specs = search.round(n_candidates, Budget(amount, rung), number=rung, epochs=amount)
        search.wait(3 if rung == 0 else 0.5)
        for n in range(before + 1, amount + 1):
            search.epoch(specs, n, 0.01 * len(specs))
        search.end(specs, amount)
        before = amount
    assert within_a_factor_of_two(search)


def test_nothing_is_said_before_there_is_something_to_go_by():
    search = Simulated(Round(4))
    search.left.round_begins(RoundBeginning(0, [], {}))
    assert search.left.seconds_left is None
    specs = search.round(4)
    search.wait(9)
    assert search.left.seconds_left is None
    search.epoch(specs[:1], 1, 1)
    assert search.left.seconds_left is None


class Phases(SearchListener):
    """Keeps what a search is doing."""

    def __init__(self):
        self.heard = []

    def phase_begins(self, phase):
        self.heard.append(phase.text)

    def round_begins(self, round_):
        self.heard.append("round")


def test_a_search_over_networks_says_what_it_does_first(rows, capsys):
    X, y = rows
    phases = Phases()
    estimator = KerasClassifier(classifier, epochs=2, batch_size=30)
    settings = {"cv": 2, "refit": False, "loggers": [phases], "progress": True}
    GridSearchCV(estimator, {"units": [2, 3]}, engine="fused", **settings).fit(X, y > 0)
    assert phases.heard[:3] == ["checking the candidates", "round", "building 4 models"]
    assert phases.heard[3] in ("compiling 1 program", "compiling 2 programs")
