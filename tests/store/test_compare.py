"""`compare_runs`: what is different."""

import json

import pytest

import skhpt
from skhpt.exceptions import RunNotFoundError
from tests.store.runs import make_run


def change(path, change_description):
    file = path / "run.json"
    description = json.loads(file.read_text())
    change_description(description)
    file.write_text(json.dumps(description))
    return path


def settings_of(comparison):
    return {what: (a, b) for what, a, b in comparison.settings.itertuples(index=False)}


def test_only_settings_that_differ_are_listed(tmp_path):
    a, b = make_run(tmp_path), make_run(tmp_path, cv=5, scoring="accuracy")
    assert settings_of(skhpt.compare_runs(a.name, b.name, tmp_path)) == {"cv": (2, 5), "scoring": (None, "accuracy")}


def test_versions_data_and_nested_parameters_count_as_settings(tmp_path):
    def other(description):
        description["versions"]["keras"] = "4.0"
        description["search"]["data"]["X"]["digest"] = "99"
        description["search"]["estimator"]["params"]["epochs"] = 7

    comparison = skhpt.compare_runs(make_run(tmp_path), change(make_run(tmp_path), other))
    assert settings_of(comparison) == {
        "estimator.epochs": (2, 7),
        "data.X.digest": ("00", "99"),
        "versions.keras": ("nothing", "4.0"),
    }


def test_the_best_candidates_are_compared_by_scores_and_parameters(tmp_path):
    a, b = make_run(tmp_path, {1: (0.5, 0.5)}), make_run(tmp_path, {32: (0.75, 0.75)})
    rows = skhpt.compare_runs(a, b).scores.to_dict("records")
    assert rows[0] == {"what": "mean_test_score", "a": 0.5, "b": 0.75, "difference": 0.25}
    assert [(row["what"], row["a"], row["b"]) for row in rows[1:]] == [("std_test_score", 0, 0), ("param_units", 1, 32)]


def test_the_source_is_compared_line_by_line(tmp_path):
    a, b = make_run(tmp_path), make_run(tmp_path)
    (a / "source" / "model.py").write_text("def build():\n    return 1\n")
    (b / "source" / "model.py").write_text("def build():\n    return 2\n")
    (b / "source" / "more.py").write_text("x = 1\n")
    lines = skhpt.compare_runs(a, b).source.splitlines()
    assert lines[:2] == ["--- a/model.py", "+++ b/model.py"]
    assert lines[3:6] == [" def build():", "-    return 1", "+    return 2"]
    assert lines[6:] == ["--- nothing", "+++ b/more.py", "@@ -0,0 +1 @@", "+x = 1"]


def test_a_run_does_not_differ_from_itself(tmp_path):
    path = make_run(tmp_path)
    comparison = skhpt.compare_runs(path, path)
    assert comparison.settings.empty
    assert comparison.source == ""
    assert set(comparison.scores["difference"].dropna()) == {0}
    assert "Settings that differ\nnone" in str(comparison)
    assert str(comparison).endswith("Source\nthe same")


def test_it_prints_in_eighty_columns(tmp_path):
    a, b = make_run(tmp_path, scoring="x" * 200), make_run(tmp_path, {"y" * 90: (0.5,)}, cv="z" * 300)
    (b / "source" / "model.py").write_text(f"{'w' * 200}\n")
    printed = str(skhpt.compare_runs(a, b))
    assert max(map(len, printed.splitlines())) <= 80
    assert "scoring\n  a  xxx" in printed


def test_a_missing_score_is_shown_as_missing(tmp_path):
    a, b = make_run(tmp_path), make_run(tmp_path, results=[])
    (line,) = [line for line in str(skhpt.compare_runs(a, b)).splitlines() if line.startswith("mean_test_score")]
    assert line.split() == ["mean_test_score", "0.85", "-", "-"]


def test_names_and_source_are_escaped_in_a_notebook(tmp_path):
    evil = "<script>alert(1)</script>"
    a, b = make_run(tmp_path, scoring=evil), make_run(tmp_path, {evil: (0.5,)})
    (b / "source" / "model.py").write_text(evil)
    shown = skhpt.compare_runs(a, b)._repr_html_()
    assert "<script" not in shown
    assert shown.count("&lt;script") >= 3


def test_a_run_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(RunNotFoundError, match="'nothing'"):
        skhpt.compare_runs(make_run(tmp_path), "nothing", tmp_path)
