"""What stands in a report."""

import base64
import re
import sys
import warnings
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from skhpt import GridSearchCV, HyperbandSearchCV, Int, RandomizedSearchCV, export_report, load_run
from skhpt.exceptions import DamagedRunError, MissingExtraError, RunNotFoundError
from skhpt.reporting._picture_file import picture_uri
from skhpt.reporting._report_details import source_texts
from skhpt.reporting._report_table import report_table
from tests.fakes import result
from tests.reporting.drawn import FOLDS, Tunable, X, searched, searched_with_failures, y
from tests.reporting.pages import Page
from tests.store.runs import failed, make_halving, make_run, trial
from tests.store.test_hostile_runs import VALUES, change

EVIL = "</script><script>alert(1)</script>"

RUNS = {
    "finished": lambda runs_dir: make_run(runs_dir),
    "one candidate without a history": lambda runs_dir: make_run(runs_dir, {1: (0.5,)}, results=[result(0, 0, 0.5)]),
    "all failed": lambda runs_dir: make_run(
        runs_dir, {1: (0,), 2: (0,)}, results=[failed(0, 0, "a"), failed(1, 0, "b")]
    ),
    "killed in the first candidate": lambda runs_dir: make_run(runs_dir, results=[trial(0, 0, 0.5)], end=None),
    "without a trial": lambda runs_dir: make_run(runs_dir, results=[], end=None),
    "a halving": lambda runs_dir: make_halving(runs_dir, [{"a": 0.5, "b": 0.6, EVIL: 0.9}, {EVIL: 0.95}]),
    "hyperband": lambda runs_dir: hyperband(runs_dir),
    "not kept": lambda runs_dir: searched({"units": [10, 20], "kind": ["a", EVIL]}, runs_dir=None),
}


def hyperband(runs_dir):
    options = {"resource": "epochs", "max_resources": 4, "factor": 2, "random_state": 0, "runs_dir": runs_dir}
    return HyperbandSearchCV(Tunable(), {"units": Int(1, 50), "kind": ["a", "b"]}, cv=FOLDS, **options).fit(X, y)


def page_of(search, **options):
    return Page(export_report(search, **options))


def without_time(text):
    return re.sub(r"on \d{4}-.* UTC", "", text)


@pytest.mark.parametrize("name", RUNS)
def test_a_run_of_any_kind_gives_a_page_that_a_screen_reader_can_read(name, tmp_path):
    page = page_of(RUNS[name](tmp_path))
    assert [len(page.all(each)) for each in ("h1", "main", "header", "footer", "nav")] == [1] * 5
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(head.get("scope") in ("col", "row") for head in page.all("th"))
    assert all(picture["alt"].strip() for picture in page.all("img"))
    assert all(region.get("aria-label") or region.get("aria-labelledby") for region in page.all("section"))
    headings = [int(element["tag"][1]) for element in page.elements if re.fullmatch(r"h\d", element["tag"])]
    assert all(after - before <= 1 for before, after in pairwise(headings))
    ids = [element["id"] for element in page.elements if element.get("id")]
    assert len(ids) == len(set(ids))
    referred = [value for each in page.elements for key, value in each.items() if key == "aria-labelledby"]
    referred += [link["href"].removeprefix("#") for link in page.all("a")]
    assert set(referred) <= set(ids)


@pytest.mark.parametrize("name", RUNS)
def test_a_page_refers_to_nothing_outside_of_it_and_forbids_to(name, tmp_path):
    page = page_of(RUNS[name](tmp_path))
    for element in page.elements:
        for key in ("src", "href", "action", "srcset", "data", "poster"):
            assert element.get(key, "#").startswith(("#", "data:"))
        assert not [key for key in element if key.startswith("on") or key == "style"]
    assert "url(" not in page.texts("style")[0]
    assert "@import" not in page.texts("style")[0]
    (policy,) = [meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    assert all(re.fullmatch(r"'sha256-[\w+/=]+'", rules[name]) for name in ("script-src", "style-src"))
    assert [viewport["content"] for viewport in page.all("meta") if viewport.get("name") == "viewport"]


def test_the_summary_says_what_was_searched_and_how_it_came_out(tmp_path):
    page = page_of(make_run(tmp_path, scoring="accuracy"))
    facts = page.facts
    assert facts["Search"] == "GridSearchCV"
    assert facts["Estimator"] == "KerasClassifier"
    assert (facts["Status"], facts["Trials"], facts["Folds"]) == ("finished", "6", "2")
    assert facts["Scoring"] == "accuracy"
    assert facts["Mean score"] == "0.85, standard deviation 0.05 over folds"
    assert facts["On each fold"] == "0.8, 0.9"
    assert facts["units"] == "2"  # of the best
    assert facts["python"] == "3.11"
    assert "Best mean score: 0.85" in page.texts("header")[0]


def test_the_summary_has_the_space_and_the_shape_of_the_data(tmp_path):
    facts = page_of(searched({"units": [10, 20]}, runs_dir=tmp_path)).facts
    assert facts["Data"] == "X 40 x 1, y 40"
    assert page_of(searched({"units": [10, 20]}, runs_dir=None)).texts("dd").count("[10, 20]") == 1


def test_an_unfinished_run_says_how_far_it_is(tmp_path):
    results = [trial(0, 0, 0.5), trial(0, 1, 0.7), trial(1, 0, 0.8)]
    page = page_of(make_run(tmp_path, results=results, end="interrupted"))
    assert page.facts["Status"] == "interrupted"
    assert page.facts["Trials"] == "3 of 6 that were asked for"
    assert page.facts["Candidates"] == "1 with all their trials"
    assert [row["candidate"] for row in page.candidates] == ["0"]


def test_the_table_has_a_row_a_candidate_the_best_first(tmp_path):
    rows = page_of(make_run(tmp_path)).candidates
    assert [row["candidate"] for row in rows] == ["1", "0", "2"]
    assert [row["units"] for row in rows] == ["2", "1", "3"]
    assert [row["mean"] for row in rows] == ["0.85", "0.6", "0.6"]


def test_a_parameter_that_a_candidate_does_not_set_is_an_empty_cell(tmp_path):
    page = page_of(searched([{"units": [10], "kind": ["a"]}, {"units": [20]}], runs_dir=tmp_path))
    assert [(row["units"], row["kind"]) for row in page.candidates] == [("20", ""), ("10", "a")]
    assert "Space, part 2" in page.texts("h3")


def test_numbers_have_keys_to_be_sorted_by_and_missing_values_have_none():
    table = report_table(
        pd.DataFrame({"candidate": [0, 1], "mean": [1 / 3, np.nan], "kind": ["a", None]}), "candidates"
    )
    assert table.numeric == [True, True, False]
    assert [[cell.key for cell in row] for row in table.rows] == [["0", repr(1 / 3), ""], ["1", "", ""]]
    assert [[cell.text for cell in row] for row in table.rows] == [["0", "0.3333", "a"], ["1", "", ""]]


def test_whatever_users_have_named_is_text(tmp_path):
    results = [trial(0, 0, 0.5), failed(1, 0, EVIL)]
    run = make_run(tmp_path, {EVIL: (0,), 16: (0,)}, results=results, scoring=EVIL, searcher=EVIL)
    (run / "source" / f"{EVIL.replace('/', '')}.py").write_text(f"raise SystemExit({EVIL!r})")
    text = export_report(run)
    page = Page(text)
    assert len(page.all("script")) == 1
    assert "alert" not in page.texts("script")[0]
    assert EVIL in page.facts["Scoring"]
    assert EVIL in [row["units"] for row in page.candidates]
    assert f"raise SystemExit({EVIL!r})" in page.texts("pre")
    assert len([said for said in page.texts("summary") if EVIL in said]) == 1  # the failure


def test_a_name_that_is_markup_is_text_in_pictures_too(tmp_path):
    search = searched({"units": [10, 20], "kind": [EVIL, "-->", "\x1b\x00", "好"]}, runs_dir=tmp_path)
    for picture in page_of(search).all("img"):
        kind, content = picture["src"].split(";base64,")
        assert kind in ("data:image/svg+xml", "data:image/png")
        if kind.endswith("xml"):
            assert not re.search(rb"<script|<!--|\x1b", base64.b64decode(content))


def test_failures_are_told_by_kind_the_most_frequent_first(tmp_path):
    results = [failed(0, 0, "rare"), failed(0, 1, "often"), failed(1, 0, "often"), trial(1, 1, 0.5)]
    page = page_of(make_run(tmp_path, {1: (0, 0), 2: (0, 0)}, results=results))
    assert [said for said in page.texts("summary") if "ValueError" in said] == [
        "2 x ValueError: often",
        "1 x ValueError: rare",
    ]
    assert "candidate 0 on fold 1, candidate 1 on fold 0. The traceback of the first:" in page.texts("p")
    assert "ValueError: often" in page.texts("pre")[0]


def test_histories_are_those_of_the_best_five_candidates(tmp_path):
    run = make_run(tmp_path, {units: (units / 10,) for units in range(1, 8)})
    captions = [caption for caption in page_of(run).texts("caption") if "epochs" in caption]
    assert [int(re.search(r"Candidate (\d)", caption)[1]) for caption in captions] == [6, 5, 4, 3, 2]
    assert captions[0] == "Candidate 6, the best: means over folds, 2 epochs"


def test_of_a_long_history_there_are_fifty_epochs_the_first_and_the_last_among_them(tmp_path):
    page = page_of(searched({"units": [10], "epochs": [200]}, runs_dir=tmp_path, refit=False))
    (caption,) = [caption for caption in page.texts("caption") if "epochs" in caption]
    assert caption.endswith("50 of 200 epochs")
    heads = [head["text"] for head in page.all("th") if head.get("scope") == "row"][1:]
    assert (len(heads), heads[0], heads[-1]) == (50, "1", "200")


def test_pictures_that_do_not_apply_are_left_out(tmp_path):
    assert page_of(RUNS["one candidate without a history"](tmp_path)).all("img") == []
    assert page_of(RUNS["without a trial"](tmp_path)).all("img") == []
    assert page_of(RUNS["killed in the first candidate"](tmp_path)).texts("figcaption") == ["Learning curves"]
    one_parameter = ["Learning curves", "Best score so far", "Score by units"]
    assert page_of(RUNS["finished"](tmp_path)).texts("figcaption") == one_parameter
    assert page_of(RUNS["hyperband"](tmp_path)).texts("figcaption") == [
        "Learning curves",
        "Best score so far",
        "Rungs",
        "Score by units",
        "Score by kind",
        "Importance of parameters",
        "Parallel coordinates",
        "Scatter-plot matrix",
    ]


def test_of_many_parameters_pictures_show_as_many_as_can_be_read(tmp_path):
    space = {f"slope{place}": Int(1, 9) for place in range(12)}
    search = RandomizedSearchCV(Loose(), space, n_iter=3, cv=FOLDS, random_state=0, runs_dir=tmp_path).fit(X, y)
    captions = page_of(search).texts("figcaption")
    assert sum(caption.startswith("Score by") for caption in captions) == 6
    assert "Parallel coordinates of 10 of 12 parameters" in captions
    assert "Scatter-plot matrix of 7 of 12 parameters" in captions


class Loose(Tunable):
    """Takes any parameter."""

    def __init__(self, **slopes):
        super().__init__()
        self.slopes = slopes

    def get_params(self, deep=True):
        return dict(self.slopes)

    def set_params(self, **slopes):
        self.slopes |= slopes
        return self


def test_without_matplotlib_a_line_says_what_to_install_for_pictures(tmp_path, monkeypatch):
    run = RUNS["finished"](tmp_path)
    monkeypatch.setitem(sys.modules, "matplotlib.style", None)
    page = page_of(run)
    assert page.all("img") == []
    (note,) = [said for said in page.texts("p") if "Left out" in said]
    assert note.startswith("Left out: Learning curves, Best score so far, Score by units. ")
    assert note.endswith("pip install 'skhpt[plot]'")


def test_without_optuna_a_line_says_what_to_install_for_importances(tmp_path, monkeypatch):
    search = RUNS["hyperband"](tmp_path)
    monkeypatch.setitem(sys.modules, "optuna", None)
    page = page_of(search)
    assert "Importance of parameters" not in page.texts("figcaption")
    assert "Scatter-plot matrix" in page.texts("figcaption")
    (note,) = [said for said in page.texts("p") if "Left out" in said]
    assert re.search(r"^Left out: Importance of parameters\. .*skhpt\[bayes\]", note)


def test_without_jinja2_the_error_says_what_to_install(tmp_path, monkeypatch):
    run = RUNS["without a trial"](tmp_path)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match=r"export_report needs .* pip install 'skhpt\[report\]'"):
        export_report(run)


def test_a_search_its_run_its_id_and_its_path_give_the_same_report(tmp_path):
    search = searched({"units": [10, 20]}, runs_dir=tmp_path)
    run = search.run_
    texts = [export_report(search), export_report(run), export_report(load_run(run.path))]
    texts += [export_report(run.path), export_report(run.id, runs_dir=tmp_path)]
    assert len({without_time(text) for text in texts}) == 1


def test_the_report_does_not_depend_on_the_style_of_the_users_pictures(tmp_path):
    run = RUNS["finished"](tmp_path)
    text = export_report(run)
    with plt.style.context("dark_background"):
        assert without_time(export_report(run)) == without_time(text)
    assert plt.get_fignums() == []


def test_what_is_not_kept_shows_its_table_and_pictures(tmp_path):
    search = RUNS["not kept"](tmp_path)
    page = page_of(search)
    assert page.facts["Status"] == "fitted, not kept on disk"
    assert len(page.candidates) == 4
    assert page.facts["kind"] in ("a", EVIL)
    assert "Parallel coordinates" in page.texts("figcaption")


def test_failed_candidates_of_a_search_that_is_not_kept_have_no_score():
    page = page_of(searched_with_failures({"units": [10, 20], "fail_if": [None, "always"]}))
    assert "2 of them without a score" in page.facts["Candidates"]


def test_it_is_written_to_a_file(tmp_path):
    run = RUNS["finished"](tmp_path)
    file = tmp_path / "report.html"
    assert export_report(run, file) is None
    assert without_time(file.read_text("utf-8")) == without_time(export_report(run))


def test_what_is_neither_a_run_nor_fitted_is_refused(tmp_path):
    with pytest.raises(NotFittedError, match=r"^export_report needs a run or a fitted search of skhpt"):
        export_report(GridSearchCV(Tunable(), {"units": [1]}))
    with pytest.raises(RunNotFoundError):
        export_report("nothing", runs_dir=tmp_path)


def test_a_damaged_run_is_refused(tmp_path):
    run = make_run(tmp_path)
    (run / "run.json").write_text("{")
    with pytest.raises(DamagedRunError):
        export_report(run)


@pytest.mark.slow
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_run_whose_description_holds_anything_gives_a_report_or_is_refused(value, tmp_path):
    run = make_run(tmp_path, {1: (0.5,), 2: (0.6,)}, scoring=value)
    change(run, "run.json", searcher=value, git=value, created=value, versions={"skhpt": value})
    try:
        Page(export_report(run))
    except DamagedRunError as error:
        assert "is not what was written" in str(error)  # noqa: PT017 - or there is a report


def test_the_table_of_a_large_search_ends_at_a_thousand_candidates_and_sixty_columns():
    table = pd.DataFrame({f"c{place}": ["x" * 500] * 1200 for place in range(70)})
    shown = report_table(table, "candidates")
    assert shown.caption == "The first 1000 of 1200 candidates, without the last 10 columns"
    assert (len(shown.rows), len(shown.heads), len(shown.rows[0][0].text)) == (1000, 60, 80)


def test_of_much_code_the_beginnings_and_ends_of_files_are_shown():
    texts = source_texts({"a.py": "a" * 300_000, "b.py": "b" * 10})
    assert texts[0].text.split("\n") == ["a" * 50_000, "[200000 characters left out]", "a" * 50_000]
    assert texts[1].text == "b" * 10


def test_a_picture_of_very_many_points_is_of_pixels():
    from matplotlib.figure import Figure

    points = np.random.default_rng(0).normal(size=(2, 20_000))
    figures = Figure(figsize=(3, 2)), Figure(figsize=(3, 2))
    figures[0].add_subplot().scatter(*points[:, :50])
    figures[1].add_subplot().scatter(*points)
    few, many = map(picture_uri, figures)
    assert few.startswith("data:image/svg+xml;base64,")
    assert many.startswith("data:image/png;base64,")


@pytest.mark.slow
def test_the_report_of_hundreds_of_candidates_is_a_few_megabytes_at_most(tmp_path):
    space = {"units": Int(1, 90), "kind": ["a", "b", EVIL], "fail_if": [None] * 9 + ["always"], "epochs": [30]}
    search = RandomizedSearchCV(Tunable(), space, n_iter=500, cv=FOLDS, random_state=0, runs_dir=tmp_path, refit=False)
    with warnings.catch_warnings(action="ignore"):
        search.fit(X, y)
    text = export_report(search)
    assert len(Page(text).candidates) == 500
    assert len(text) < 4_000_000
