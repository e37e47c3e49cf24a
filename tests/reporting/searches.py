"""Searches as listeners hear of them."""

import math
from itertools import product

from skhpt.trials import Budget, Candidate, Round, RoundBeginning, SearchBeginning, TrialSpec
from tests.fakes import result


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def beginning(*rounds, **changes):
    """A search of 2 folds, of 3 candidates unless its rounds are given."""
    facts = {
        "searcher": "GridSearchCV",
        "rounds": rounds or (Round(3),),
        "n_folds": 2,
        "repeats": 1,
        "parameters": ("units",),
        "metric": "score",
        "error_score": math.nan,
        "run": None,
    }
    return SearchBeginning(**facts | changes)


def round_of(candidates=range(3), budget=None, number=0, epochs=None):
    """A round of these candidates."""
    pairs = list(product(candidates, range(2)))
    specs = [
        TrialSpec(Candidate(index, {"model__units": 8 * (index + 1)}), fold, budget=budget, place=place)
        for place, (index, fold) in enumerate(pairs)
    ]
    return RoundBeginning(number, specs, {} if epochs is None else dict.fromkeys([s.key for s in specs], epochs))


def ended(spec, score=0.5, **changes):
    """What `trial_ended` is told."""
    return spec, result(spec.candidate.index, spec.fold, score, budget=spec.budget, **changes)


HALVING = (Round(4, Budget(1, last=False)), Round(2, Budget(2, rung=1)))
