"""Searches over real networks, for a process on `tests.other_system`. Prints what came of them as JSON."""

import json
import sys
from contextlib import suppress

from sklearn.datasets import load_iris

from skhpt import GridSearchCV, KerasClassifier, SearchListener, _gpus, load_run
from skhpt.fused._memory import memory_budget
from tests.builders import classifier


class Interruption(SearchListener):
    """Counts trials, and presses Ctrl-C after some."""

    def __init__(self, after=None):
        self.after, self.resumed = after, []

    def trial_ended(self, spec, result, *, resumed):
        self.resumed.append(resumed)
        if len(self.resumed) == self.after:
            raise KeyboardInterrupt


def build(meta, units):
    assert not hasattr(_gpus.os, "sysconf")  # in each worker, too
    return classifier(meta, units)


def search(**options):
    X, y = load_iris(return_X_y=True)
    network = KerasClassifier(build, optimizer="adam", optimizer__learning_rate=0.05, epochs=10, batch_size=10, units=2)
    options = {"cv": 2, "random_state": 0} | options
    return GridSearchCV(network, {"units": [4, 8]}, **options).fit(X.astype("float32"), y)


def main(runs_dir):
    fused = search(engine="fused", runs_dir=f"{runs_dir}/fused")
    afar = {"engine": "per-trial", "runs_dir": f"{runs_dir}/afar", "refit": False}
    with suppress(KeyboardInterrupt):
        search(**afar, n_jobs=2, loggers=[Interruption(after=2)])
    rest = Interruption()
    alone = search(**afar, resume=True, loggers=[rest])
    facts = {
        "engines": sorted(set(fused.engine_report_["engine"])),
        "scores": [found.cv_results_["mean_test_score"].tolist() for found in (fused, alone)],
        "stored": load_run(fused.run_).cv_results_["mean_test_score"].tolist(),
        "resumed": rest.resumed,
        "budget": memory_budget(),
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main(sys.argv[1])
