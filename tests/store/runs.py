"""Runs on disk that no search has made."""

import json

from skhpt.store import Run, describe
from skhpt.trials import Budget, Candidate, EpochLog, TrialSpec, TrialStatus
from tests.fakes import result

SETTINGS = {"scoring": None, "engine": "auto", "error_score": float("nan")}
SCORES = {1: (0.5, 0.7), 2: (0.8, 0.9), 3: (0.6, 0.6)}
"""By units, on two folds. The means are 0.6, 0.85 and 0.6; the best one's deviation is 0.05."""


def description(searcher="GridSearchCV", cv=2, estimator=None, **settings):
    """As the searchers write it."""
    return {
        "searcher": searcher,
        "versions": {"skhpt": "0.1", "python": "3.11"},
        "search": {
            "estimator": estimator or {"object": "skhpt.estimators.KerasClassifier", "params": {"epochs": 2}},
            "space": {"param_grid": {"units": [1, 2, 3]}},
            "data": {"X": {"shape": [60, 2], "digest": "00"}, "y": {"shape": [60], "digest": "11"}},
            "cv": describe(cv),
            "fit_params": {},
            "settings": describe(SETTINGS | settings),
        },
        "other_settings": {"n_jobs": None, "refit": True},
        "seeds": {"entropy": 1},
    }


def trial(candidate, fold, score, **changes):
    """A trial of two epochs, whose loss is 1 and then 0.5."""
    epochs = (EpochLog(1, {"loss": 1.0}, 0.1), EpochLog(2, {"loss": 0.5}, 0.1))
    return result(candidate, fold, score, **{"epochs": epochs} | changes)


def make_run(runs_dir, scores=SCORES, *, end="finished", definitions=(), results=None, **about):
    """A run whose candidates have the keys of `scores` as their `units`, and its values on their folds.

    Parameters
    ----------
    runs_dir : Path
        Where.
    scores : dict of object to sequence of float
        By units.
    end : {"finished", "interrupted"} or None
        None leaves it as a process does that is killed.
    definitions : iterable
        Of which to keep the source.
    results : list of TrialResult or None
        Instead of those that follow from `scores`.
    **about
        As of `description`.

    Returns
    -------
    Path
        Its directory.
    """
    candidates = [Candidate(index, {"units": units}) for index, units in enumerate(scores)]
    n_folds = len(next(iter(scores.values())))
    specs = [TrialSpec(candidate, fold) for candidate in candidates for fold in range(n_folds)]
    if results is None:
        results = [
            trial(index, fold, score) for index, own in enumerate(scores.values()) for fold, score in enumerate(own)
        ]
    described = description(**about)
    with Run.create(runs_dir, described["searcher"], described, definitions) as run:
        run.begin_round(candidates, specs)
        for kept in results:
            run.keep(kept)
        if end is not None:
            run.end_round()
            run.end(end)
    return run.path


def make_halving(runs_dir, rungs):
    """A halving run on one fold: a dict of units to scores a rung, each on three times the epochs of the last."""
    numbers = {units: index for index, units in enumerate(rungs[0])}
    with Run.create(runs_dir, "halving", description("HalvingGridSearchCV"), []) as run:
        for rung, scores in enumerate(rungs):
            candidates = [Candidate(numbers[units], {"units": units}) for units in scores]
            run.begin_round(candidates, [TrialSpec(candidate, 0) for candidate in candidates])
            for candidate, score in zip(candidates, scores.values(), strict=True):
                run.keep(trial(candidate.index, 0, score, budget=Budget(3 * 3**rung, rung)))
            run.end_round()
        run.end("finished")
    return run.path


def dated(path, created):
    """The same run, begun at another time."""
    file = path / "run.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"created": created}))
    return path


def failed(candidate, fold, message):
    """A trial that raised."""
    error = f'Traceback (most recent call last):\n  File "build.py", line 3, in build\nValueError: {message}\n'
    return result(candidate, fold, status=TrialStatus.FAILED, test_scores={}, error=error)
