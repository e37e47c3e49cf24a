"""The benchmark against others: what it counts and prints, and that README's table is one of its own."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def peers(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "examples" / "benchmarks")
    return importlib.import_module("peers")


@pytest.fixture
def table():
    """The cells of README's table, its heading first."""
    (section,) = re.findall(r"^## Speed$(.*?)^## ", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    lines = [line.strip("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.split("|")] for line in lines]


def some_search(X, y):
    """Not counted,

    nor are blank lines.
    """
    # Nor is a comment.
    return (
        "counted",  # as is what stands before one
        """and
        a text of two lines""",
    )


def test_lines_are_those_with_code(peers):
    assert peers.lines_of_code(some_search) == 6


def test_readmes_table_has_the_columns_of_the_benchmark(peers, table):
    assert table[0] == list(peers.COLUMNS)


def test_readmes_table_has_the_work_the_arms_and_the_lines_of_the_benchmark(peers, table):
    expected = [
        ("" if number else row.title, arm, str(peers.lines_of_code(search)))
        for row in peers.ROWS.values()
        for number, (arm, search) in enumerate(row.arms.items())
    ]
    assert [(work, arm, lines) for work, arm, *_, lines in table[2:]] == expected


def test_readme_names_the_command_and_the_machine(peers):
    named = r"^Medians of \d+ by `python examples/benchmarks/peers\.py.*`:\s\d+ cores, Python"
    assert re.search(named, (ROOT / "README.md").read_text(), re.MULTILINE)


def test_ratios_are_to_skhpt_and_one_that_failed_says_why(peers):
    figures = {"wall_seconds": 8.0, "test_score": 0.96, "peak_mb": 700.4}
    results = {
        "skhpt": figures,
        "scikit-learn": {**figures, "wall_seconds": 100.0},
        "keras-tuner": {"error": "ModuleNotFoundError: No module named 'keras_tuner'"},
    }
    ours, theirs, failed = peers.lines_of_row("grid", results)
    assert ours.startswith("| digits, 6 candidates")
    assert ours.split(" | ")[1:6] == ["skhpt", "8.00", "1.00", "0.960", "700"]
    assert theirs.split(" | ")[:4] == ["| ", "scikit-learn", "100", "12.5"]
    assert "No module named 'keras_tuner'" in failed
    assert len({line.count(" | ") for line in (ours, theirs, failed)}) == 1


def test_the_median_of_runs_is_told_and_a_failed_run_is_not_passed_over(peers):
    runs = [{"wall_seconds": seconds} for seconds in (1, 2, 9)]
    assert peers.summary(runs) == {"wall_seconds": 2}
    assert peers.summary([*runs, {"error": "ValueError: no"}]) == {"error": "ValueError: no"}


def test_the_reason_of_a_failure_is_what_was_raised(peers):
    stderr = "a warning\nTraceback (most recent call last):\n  File x\nValueError: no\n  more"
    assert peers.reason_of(stderr, 1) == "ValueError: no"
    assert peers.reason_of("", -9) == "exit status -9"
