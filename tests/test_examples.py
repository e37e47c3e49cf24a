"""Every example runs, and finds something."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"

# What each prints, and the least that the figure may be. README's own test has the quickstart.
FIGURES = {
    "churn_pipeline": [(r"curve of the other process: (\S+)", 0.75), (r"It predicts (\d+) of 375 rows", 375)],
    "halving_on_epochs": [(r"Test accuracy: (\S+)", 0.95), (r"(\d+) epochs in all", 126)],
    "images": [(r"Test accuracy: (\S+)", 0.94), (r"cross-validated accuracy (\S+)", 0.94)],
    "imbalanced_classes": [(r"Test area under the curve: (\S+)", 0.9), (r"Test balanced accuracy: (\S+)", 0.75)],
    "kerastuner_builders": [(r"Test accuracy: (\S+)", 0.93), (r"best of (\d+) networks", 12)],
    "migration": [
        (r"from scikeras: accuracy (\S+)", 0.9),
        (r"from kerass wrappers: accuracy (\S+)", 0.9),
        (r"from scikit learns searches: accuracy (\S+)", 0.8),
    ],
    "nested_cross_validation": [(r"Mean test score ([\d.]+)", 0.9)],
    "preprocessing": [(r"Test accuracy: (\S+)", 0.9)],
    "regression": [(r"Cross-validated: R² ([\d.]+)", 0.4), (r"Test R²: (\S+)", 0.2)],
    "several_inputs": [(r"Test accuracy: (\S+)", 0.93), (r"Trained together: (\d+) networks", 12)],
    "sparse_categories": [(r"Test accuracy: (\S+)", 0.7), (r"of (\d+) columns", 300)],
    "text": [
        (r"Text read by the network: test accuracy (\S+)", 0.75),
        (r"TF-IDF before the network: .* test accuracy (\S+)", 0.75),
    ],
    "validation_curves": [(r"refitted for (\d+) epochs", 2)],
}


def test_all_examples_are_held_to_something():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {*FIGURES, "quickstart"}


@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURES)
def test_the_example_finds_what_it_should(name, tmp_path):
    command = [sys.executable, str(EXAMPLES / f"{name}.py")]
    printed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    for pattern, least in FIGURES[name]:
        assert float(re.search(pattern, printed)[1].rstrip(",")) >= least
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_benchmark_of_the_wrapper_prints_ratios(tmp_path):
    command = [sys.executable, str(EXAMPLES / "benchmarks/overhead.py"), "--fits", "1", "--predictions", "2"]
    printed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert {result["rounds"] for result in json.loads(printed.splitlines()[-1]).values()} == {1, 2}


def test_the_benchmark_of_runs_on_disk_prints_its_three_figures(tmp_path):
    command = [sys.executable, str(EXAMPLES / "benchmarks/runs.py"), "--runs", "3", "--records", "20"]
    printed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert re.search(r"ls_runs of 3 finished runs: [\d.]+ seconds", printed)
    assert len(re.findall(r"milliseconds a record", printed)) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_benchmark_of_bayesian_search_compares_each_arm_with_random_search(tmp_path):
    work = ["--seeds", "2", "--trials", "8", "--arms", "tpe,gp-2", "--problems", "Hartmann,diabetes", "--n-jobs", "1"]
    command = [sys.executable, str(EXAMPLES / "benchmarks/bayesian.py"), *work]
    printed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^(\S+)(?: +-?[\d.]+){5}", printed, re.MULTILINE) == ["random", "tpe", "gp-2"] * 2
    assert len(re.findall(r" \d/2 +\d   [\d.]+$", printed, re.MULTILINE)) == 2 * 2


@pytest.mark.slow
def test_the_benchmark_against_others_prints_a_line_for_each_arm(tmp_path):
    work = ["--rows", "logistic", "--arms", "skhpt,scikit-learn"]  # those of networks take minutes
    command = [sys.executable, str(EXAMPLES / "benchmarks/peers.py"), *work]
    printed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    figures = r"\| [\d.]+ \| [\d.]+ \| [01]\.\d+ \| \d+ \| \d+ \|$"
    arms = re.findall(r"\| ([\w-]+) " + figures, printed, re.MULTILINE)
    assert arms == ["skhpt", "scikit-learn"]
    assert f"`python {shlex.join(command[1:])}`: " in printed
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_benchmark_of_corrected_scores_prints_its_table(tmp_path):
    command = [sys.executable, str(EXAMPLES / "benchmarks/corrected_score.py"), "--selections", "2"]
    printed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert len(re.findall(r"rows( +-?\d\.\d{1,3}){4}$", printed, re.MULTILINE)) == 6


@pytest.mark.slow
def test_the_benchmark_of_workers_compares_one_with_two(tmp_path):
    command = [sys.executable, str(EXAMPLES / "benchmarks/workers.py"), "--quick", "--backends", "loky"]
    printed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^(\w+): [\d.]+ s with 1 worker, [\d.]+ s with 2: [\d.]+ x$", printed, re.MULTILINE) == ["loky"]
