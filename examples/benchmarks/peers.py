"""Searches by skhpt next to the same by others: README's table.

Run it from a checkout, with ``pip install -e '.[test]'``::

    python examples/benchmarks/peers.py

It takes about a quarter of an hour on 2 cores and prints Markdown. Each row's work is a file in ``peers_work/``, with
one function for each library. Each run has a fresh process; arms take turns, so that a change of the machine's speed
meets all of them.

- *seconds*: the whole search with its refit on all training rows, and the start of workers; without imports and data.
- *x skhpt*: how many times as long as skhpt it takes. Below 1, skhpt loses.
- *test score*: of the model that was chosen, on rows that no search has seen: accuracy, or R² where the row says so.
- *peak MB*: the most memory that the process and its workers had at once, libraries included: the sum of what is
  private to each and the largest of what they can share, read from `/proc` five times a second (0 if it isn't there).
- *lines*: of the function, imports included, without comments and blank lines, as ruff formats them at 120 columns.
  Data and the builder of the model, which are shared, don't count.

All have the same candidates, folds, epochs and batch sizes where they can. keras-tuner, optuna and the plain loop of
keras have no folds, and score each candidate once, on a fifth of the training rows. Figures are medians of the repeats.
They vary with the machine and from run to run; ratios vary less.
"""

import argparse
import json
import os
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from peers_work import ROWS
from peers_work._memory import memory_mb
from peers_work._row import lines_of_code

# This process only starts others, so it imports neither TensorFlow nor what needs it.

BASELINE = "skhpt"
COLUMNS = ("work", "with", "seconds", "x skhpt", "test score", "peak MB", "lines")
PACKAGES = ("skhpt", "tensorflow", "keras", "scikit-learn", "scikeras", "keras-tuner", "optuna")
SECONDS_BETWEEN_SAMPLES = 0.2


def run_in_child(name, arm):
    """One run, in a fresh process that is watched: its figures, or the reason why there are none."""
    command = [sys.executable, str(Path(__file__).resolve()), "--child", name, arm]
    peak = 0.0
    with (
        tempfile.TemporaryDirectory() as folder,  # KerasTuner writes where it runs
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
    ):
        child = subprocess.Popen(command, stdout=out, stderr=err, cwd=folder)  # noqa: S603 - it is this very file
        while child.poll() is None:
            peak = max(peak, memory_mb(child.pid))
            time.sleep(SECONDS_BETWEEN_SAMPLES)
        out.seek(0)
        err.seek(0)
        if child.returncode == 0:
            return {**json.loads(out.read().splitlines()[-1]), "peak_mb": peak}
        return {"error": reason_of(err.read(), child.returncode)}


def reason_of(stderr, status):
    """The last line of a traceback that is not indented: what was raised."""
    _, traceback, frames = stderr.rpartition("Traceback (most recent call last):")
    raised = [line for line in frames.splitlines() if line and not line.startswith(" ")]
    return raised[0] if traceback and raised else f"exit status {status}"


def run_row(name, arms, repeats):
    """The figures of each arm of a row, medians of its runs; or the reason why there are none."""
    runs = {arm: [] for arm in ROWS[name].arms if arm in arms}
    for number in range(repeats):
        for arm, so_far in runs.items():
            print(f"{name}, run {number + 1} of {repeats}: {arm}", file=sys.stderr, flush=True)
            so_far.append(run_in_child(name, arm))
    return {arm: summary(so_far) for arm, so_far in runs.items()}


def summary(runs):
    for run in runs:
        if "error" in run:
            return run
    return {figure: statistics.median(run[figure] for run in runs) for figure in runs[0]}


def markdown(cells):
    return f"| {' | '.join(cells)} |"


def short(number):
    """Three digits, or all that stand before the point."""
    return f"{number:.{2 if number < 10 else 1 if number < 100 else 0}f}"


def lines_of_row(name, results):
    """A row's lines of the table: one for each arm, of which the first says what the work is."""
    row = ROWS[name]
    baseline = results.get(BASELINE, {}).get("wall_seconds")
    for number, (arm, figures) in enumerate(results.items()):
        work = "" if number else row.title
        if "error" in figures:
            cells = [figures["error"], "", "", ""]
        else:
            wall = figures["wall_seconds"]
            ratio = short(wall / baseline) if baseline else ""
            cells = [short(wall), ratio, f"{figures['test_score']:.3f}", f"{figures['peak_mb']:.0f}"]
        yield markdown([work, arm, *cells, str(lines_of_code(row.arms[arm]))])


def machine():
    """What the figures depend on."""
    versions = []
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            versions.append(f"{package} {version(package)}")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores, Python {platform.python_version()}, {', '.join(versions)}"


def listed(known):
    """A type for argparse: names from `known`, with commas between them."""

    def parse(text):
        names = text.split(",")
        if unknown := set(names) - set(known):
            raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: not among {', '.join(known)}")
        return names

    return parse


def main():
    arms = list(dict.fromkeys(arm for row in ROWS.values() for arm in row.arms))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=listed(ROWS), default=list(ROWS), help=f"of {','.join(ROWS)}; all by default")
    parser.add_argument("--arms", type=listed(arms), default=arms, help=f"of {','.join(arms)}; all by default")
    parser.add_argument("--repeats", type=int, default=1, help="runs of each arm, whose medians are told")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()

    if arguments.child:
        name, arm = arguments.child
        print(json.dumps(ROWS[name].run(arm)))
        return

    print(markdown(COLUMNS))
    print(markdown(["---"] * len(COLUMNS)))
    for name in arguments.rows:
        for line in lines_of_row(name, run_row(name, arguments.arms, arguments.repeats)):
            print(line, flush=True)
    command = shlex.join(["python", *sys.argv])
    print(f"\nMedians of {arguments.repeats} by `{command}`: {machine()}.")


if __name__ == "__main__":
    main()
