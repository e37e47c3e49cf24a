"""A search outlives its workers."""

import os
import signal
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from joblib.externals.loky import get_reusable_executor
from sklearn.exceptions import FitFailedWarning

from skhpt import GridSearchCV, HalvingGridSearchCV
from skhpt.exceptions import WorkerDiedError
from tests.search.deadly import Deadly

SLOPES = [0.0, 3.0, 5.0]
pytestmark = pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")


def search(grid, **options):
    return GridSearchCV(Deadly(), grid, **{"cv": 2, "n_jobs": 2, "random_state": 0} | options)


def means(fitted):
    return fitted.cv_results_["mean_test_score"]


@pytest.fixture
def undisturbed(rows):
    return means(search({"slope": SLOPES}, n_jobs=1).fit(*rows))


def test_the_dead_score_error_score_and_the_others_what_they_do_undisturbed(rows, undisturbed):
    grid = [{"slope": SLOPES}, {"how": ["kill", "abort"]}]
    reason = r"(?s)4 fits failed out of a total of 10.*The worker process that ran this trial died 2 times.*SIGKILL"
    with pytest.warns(FitFailedWarning, match=reason):
        fitted = search(grid, error_score=-9.0).fit(*rows)
    np.testing.assert_array_equal(means(fitted), [*undisturbed, -9.0, -9.0])
    assert fitted.best_params_ == {"slope": 3.0}


def test_who_dies_once_is_scored_as_if_nothing_had_happened(rows, undisturbed, tmp_path):
    grid = [{"slope": SLOPES}, {"how": ["once"], "mark": [str(tmp_path / "mark")]}]
    np.testing.assert_array_equal(means(search(grid).fit(*rows)), [*undisturbed, undisturbed[1]])


def test_error_score_raise_ends_the_search_with_an_error_that_names_the_trial(rows):
    with pytest.raises(WorkerDiedError, match=r"died while this trial ran.* It was fold \d of the cand.*'how': 'kill'"):
        search({"how": ["kill"]}, error_score="raise", max_retries=0).fit(*rows)


@pytest.mark.slow
def test_if_all_workers_die_the_search_says_that_all_fits_failed(rows):
    with pytest.raises(ValueError, match=r"(?s)All the 2 fits failed.*A worker process died while this trial ran"):
        search({"how": ["kill"]}, max_retries=0).fit(*rows)


def test_a_fit_without_memory_is_an_ordinary_failure(rows):
    with pytest.warns(FitFailedWarning, match=r"(?s)2 fits failed out of a total of 4.*MemoryError"):
        fitted = search({"how": [None, "limit"]}).fit(*rows)
    assert np.isnan(means(fitted)).tolist() == [False, True]


@contextmanager
def out_of_memory_killer(limit):
    """Kills the workers of this process that hold more than `limit` bytes."""
    stop = threading.Event()

    def watch():
        while not stop.wait(0.01):
            for process in children():
                if resident(process) > limit:
                    os.kill(process, signal.SIGKILL)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def children():
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:  # it has ended
            continue
        if parent == os.getpid():
            yield int(stat.parent.name)


def resident(process):
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read in /proc")
def test_a_trial_that_grows_until_it_is_killed_costs_the_search_its_score_only(rows, undisturbed):
    get_reusable_executor().shutdown(wait=True)  # who may hold TensorFlow, for other tests
    with out_of_memory_killer(2**30), pytest.warns(FitFailedWarning, match=r"died 2 times .killed, or out of memory"):
        fitted = search([{"slope": SLOPES}, {"how": ["grow"]}], cv=2).fit(*rows)
    np.testing.assert_array_equal(means(fitted), [*undisturbed, np.nan])


@pytest.mark.slow
def test_a_halving_goes_on_with_those_that_live(rows):
    options = {"cv": 2, "random_state": 0, "factor": 2, "error_score": -99.0}
    grid = [{"slope": [0.0, 3.0, 5.0]}, {"how": ["kill"]}]
    with pytest.warns(FitFailedWarning):
        fitted = HalvingGridSearchCV(Deadly(), grid, n_jobs=2, **options).fit(*rows)
    assert fitted.best_params_ == {"slope": 3.0}


@pytest.mark.parametrize("max_retries", [-1, 1.5, None])
def test_retries_are_counted_from_none_on(max_retries, rows):
    with pytest.raises(ValueError, match="The 'max_retries' parameter of GridSearchCV must be an int in the range"):
        search({"slope": SLOPES}, max_retries=max_retries).fit(*rows)
