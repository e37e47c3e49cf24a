"""A program that kills searches over a fake estimator with SIGKILL, at random moments, and looks at what is left.

``python -m tests.search.kill_loop DIRECTORY N_KILLS SEED``. Raises if a run goes back, runs something twice, or ends in
another way than a search that nobody disturbed.
"""

import os
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path

import numpy as np

from skhpt import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV
from skhpt.store._journal import read_journal
from tests.fakes import FakeEstimator

X = np.random.default_rng(0).normal(size=(60, 2))
Y = 3 * X[:, 0] + np.random.default_rng(1).normal(size=60)


class SlowFake(FakeEstimator):
    """Takes a few milliseconds."""

    def fit(self, X, y, sample_weight=None):
        time.sleep(0.004)
        return super().fit(X, y, sample_weight)


def search(number, **settings):
    """One of several kinds of search, none of which needs a seed to be gone on with."""
    kinds = [
        lambda: GridSearchCV(SlowFake(), {"slope": np.linspace(1, 4, 12).tolist()}, cv=3, **settings),
        lambda: RandomizedSearchCV(
            SlowFake(), {"slope": np.linspace(1, 4, 200).tolist()}, n_iter=12, cv=3, random_state=number, **settings
        ),
        lambda: HalvingGridSearchCV(
            SlowFake(), {"slope": np.linspace(1, 4, 9).tolist()}, cv=3, random_state=0, min_resources=12, **settings
        ),
    ]
    return kinds[number % len(kinds)]()


def in_another_process(number, runs_dir, results):
    """Fit, in a process that ends here."""
    try:
        fitted = search(number, runs_dir=runs_dir, resume=True).fit(X, Y)
        np.savez(results, **{name: fitted.cv_results_[name] for name in scores(fitted.cv_results_)})
        os._exit(0)
    finally:
        traceback.print_exc()
        os._exit(1)


def scores(table):
    return [name for name in table if "test_score" in name]


def trials_of(runs_dir):
    """The trials in the journal of the one run there, each with its round."""
    journals = list(Path(runs_dir).glob("*/journal"))
    assert len(journals) <= 1, f"another run was begun: {journals}"
    records = read_journal(journals[0]).records if journals else []
    return [
        (record["round"], record["candidate"], record["fold"], record["repeat"], record["test_scores"]["score"])
        for record in records
        if record["kind"] == "trial"
    ]


def kill_until_it_ends(number, directory, draw, kills_left):
    """Let a search go on again and again. Returns how often it was killed."""
    runs_dir, results, n_kills, before = directory / f"runs{number}", directory / f"{number}.npz", 0, []
    while True:
        child = os.fork()
        if child == 0:
            in_another_process(number, runs_dir, results)
        if n_kills < kills_left:
            time.sleep(draw.uniform(0, 0.1))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        ended = trials_of(runs_dir)
        assert ended[: len(before)] == before, "progress went back"
        assert len({trial[:4] for trial in ended}) == len(ended), "a trial was run again"
        before = ended
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0, "the search has failed"
            break
        n_kills += 1
    undisturbed = search(number).fit(X, Y).cv_results_
    with np.load(results) as found:
        for name in scores(undisturbed):
            np.testing.assert_array_equal(found[name], undisturbed[name], err_msg=name)
    return n_kills


def main(directory, n_kills, seed):
    draw, done, number = np.random.default_rng(seed), 0, 0
    while done < n_kills:
        done += kill_until_it_ends(number, directory, draw, n_kills - done)
        number += 1
    sys.stdout.write(f"{done} kills of {number} searches\n")


if __name__ == "__main__":
    warnings.simplefilter("error")
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
