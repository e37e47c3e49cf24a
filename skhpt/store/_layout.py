"""The files of a run.

::

    runs/20261121-163312-gridsearchcv-3f9c/
    ├── run.json        what is searched, on which data, with what versions and seeds
    ├── journal         what has happened: rounds, trials with their histories
    ├── splits/         row numbers of the folds, a file a round
    ├── predictions/    what trials said of their test folds, a file a trial, where that was asked for
    ├── checkpoints/    trainings in the middle; empty once the run has finished
    ├── best/           the best model, as `keras.Model.save` writes it, and what its estimator has learnt
    ├── source/         the files that defined the builder, as they were
    ├── failures.log    tracebacks of trials that failed
    ├── log             what else there is to say
    ├── summary.json    what a list of runs shows, once nothing is written
    └── lock            held by the process that writes

Nothing in them is a pickle, or is run when it is read.
"""

from __future__ import annotations

FORMAT = 1
"""Goes up when older versions of skhpt can't read what is written any more."""

DESCRIBED = 2
"""Goes up when the same search is described in other words. 1 knew nothing of what the user's code uses."""

FORMATS = {"format": FORMAT, "described": DESCRIBED}
"""What a description says of itself."""

DESCRIPTION = "run.json"
JOURNAL = "journal"
SPLITS = "splits"
PREDICTIONS = "predictions"
CHECKPOINTS = "checkpoints"
BEST = "best"
FACTS = "refit.json"
SOURCE = "source"
FAILURES = "failures.log"
LOG = "log"
SUMMARY = "summary.json"
LOCK = "lock"
