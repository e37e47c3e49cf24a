"""`results_`, and how a fitted search looks."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone

from skhpt import GridSearchCV, HalvingGridSearchCV, load_run
from tests.fakes import FakeEstimator
from tests.search.runs import SLOPES, Interrupted


@pytest.mark.parametrize("searcher", [GridSearchCV, HalvingGridSearchCV])
def test_a_run_on_disk_has_the_same_results_as_its_search(rows, tmp_path, searcher):
    search = searcher(FakeEstimator(), {"slope": SLOPES}, cv=3, runs_dir=tmp_path).fit(*rows)
    assert load_run(search.run_.id, tmp_path).results_.equals(search.results_)


def test_the_best_candidate_is_the_first(rows):
    search = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, cv=3).fit(*rows)
    first = search.results_.iloc[0]
    assert (first.name, first["slope"], first["mean"]) == (search.best_index_, 3.0, search.best_score_)
    assert first["epochs"] == 2


def test_without_a_metric_that_decides_the_first_ranks(rows):
    metrics = ["r2", "neg_mean_squared_error"]
    search = GridSearchCV(FakeEstimator(), {"slope": SLOPES}, cv=3, scoring=metrics, refit=False).fit(*rows)
    assert search.results_["rank"].tolist() == [1, 2, 3, 4]
    assert search.results_["mean_r2"].is_monotonic_decreasing


def test_a_search_that_was_interrupted_has_those_of_what_is_complete(rows, switch):
    search = GridSearchCV(Interrupted(at=3.0, while_there=str(switch)), {"slope": SLOPES}, cv=3)
    with pytest.raises(KeyboardInterrupt):
        search.fit(*rows)
    assert sorted(search.results_["slope"]) == [1.0, 2.0]


def test_a_run_without_a_complete_candidate_has_no_results(rows, tmp_path, switch):
    search = GridSearchCV(Interrupted(at=1.0, while_there=str(switch)), {"slope": SLOPES}, cv=3, runs_dir=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        search.fit(*rows)
    with pytest.raises(AttributeError, match="has no results: of no candidate have all trials ended"):
        _ = search.run_.results_


def test_a_notebook_shows_the_diagram_and_the_ten_best(rows):
    search = GridSearchCV(FakeEstimator(), {"slope": np.linspace(0, 6, 12).tolist()}, cv=2)
    assert "skhpt-results" not in search._repr_html_()
    page = search.fit(*rows)._repr_mimebundle_()["text/html"]
    assert "sk-top-container" in page
    assert "The best 10 of 12 candidates" in page.partition("</body>")[0]
    assert page.count('<th scope="row">') == 10
    assert "skhpt-results" not in clone(search)._repr_html_()
    with config_context(display="text"):
        assert not hasattr(search, "_repr_html_")
