"""Searches of skhpt next to those of others, on fixed work: seconds, scores and memory.

Run it from a checkout, with the package installed::

    python examples/benchmarks/peers.py --json peers.json

All rows take hours on 2 cores; ``--rows A`` takes some minutes, and ``--quick`` does a fraction of each row's work. The
arms of a row are

- ``fused`` and ``per-trial``: skhpt with that engine, the latter with two workers;
- ``sklearn-1`` and ``sklearn-2``: scikit-learn's searches over SciKeras' wrappers, in one process and with two workers;
- ``keras-tuner`` (row A only, ``pip install keras-tuner tensorboard``): the same settings, each trained as often as the
  others have folds. It has no cross-validation: its score is the best epoch's accuracy on the last 20 % of the rows.

All have the same builder, rows and folds, and refit the best setting on all training rows. Each run has a fresh
process. The seconds are those of the search's `fit`, with the start of workers and without imports and data; arms take
turns, so that a change of the machine's speed meets all of them. Test scores, on rows held out before, are accuracies,
and R² in row E. Memory is the peak over the process and its workers, TensorFlow included, read from `/proc` and so only
known on Linux. Of what the fused engine takes, the last column is the training itself, without building and tracing.
Every figure is the median of the repeats. They vary with the machine and from run to run; ratios vary less.
"""

import argparse
import json
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import joblib
import numpy as np
from peers_work import RATE, ROWS

# What imports TensorFlow is imported where it is used: the process that starts the others needs none of it.

ARMS = ("fused", "per-trial", "sklearn-1", "sklearn-2", "keras-tuner")
BASELINE = "sklearn-2"
FIGURES = ("wall_seconds", "cv_score", "test_score", "peak_mb", "compiled_seconds")
SECONDS_BETWEEN_SAMPLES = 0.2


def make_search(row, arm):
    """The search of `arm`, unfitted. What differs between arms is here and nowhere else."""
    from sklearn import model_selection

    if arm.startswith("sklearn"):
        import scikeras.wrappers as wrappers

        searches, options = model_selection, {"n_jobs": int(arm[-1])}
    else:
        import skhpt as wrappers

        searches, options = wrappers, {"engine": arm, "n_jobs": 2 if arm == "per-trial" else None}
        if row.n_iter is None:
            options["random_state"] = 0

    # A splitter, as scikit-learn 1.9 doesn't see that SciKeras' classifiers are ones, and wouldn't stratify.
    splitter = model_selection.KFold if row.regression else model_selection.StratifiedKFold
    options |= {"cv": splitter(row.folds, shuffle=True, random_state=0), "error_score": "raise"}
    wrapper = wrappers.KerasRegressor if row.regression else wrappers.KerasClassifier
    estimator = wrapper(model=row.build, optimizer="adam", verbose=0, **row.compiled_with, **row.fixed)
    if row.n_iter is None:
        return searches.GridSearchCV(estimator, row.space, **options)
    return searches.RandomizedSearchCV(estimator, row.space, n_iter=row.n_iter, random_state=0, **options)


def run_search(row, arm, X_train, X_test, y_train, y_test):
    search = make_search(row, arm)
    start = time.perf_counter()
    search.fit(X_train, y_train)
    wall = time.perf_counter() - start
    return {
        "wall_seconds": wall,
        "cv_score": float(search.best_score_),
        "test_score": float(search.score(X_test, y_test)),
        "compiled_seconds": getattr(search, "fused_seconds_", None) if arm == "fused" else None,
    }


def run_keras_tuner(row, X_train, X_test, y_train, y_test):
    import keras
    import keras_tuner
    import tensorboard.plugins.hparams.api  # noqa: F401 - KerasTuner would import it in its first trial

    def build(hp):
        chosen = {name: hp.Choice(name, values) for name, values in row.space.items()}
        model = row.build(units=chosen["model__units"])
        model.compile(keras.optimizers.Adam(chosen[RATE]), **row.compiled_with)
        return model

    n_candidates = int(np.prod([len(values) for values in row.space.values()]))
    options = {"max_trials": n_candidates, "executions_per_trial": row.folds, "seed": 0}
    options["max_consecutive_failed_trials"] = 1  # it tells of no failure otherwise
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        tuner = keras_tuner.GridSearch(build, objective="val_accuracy", directory=folder, **options)
        tuner.search(X_train, y_train, validation_split=0.2, verbose=0, **row.fixed)
        model = tuner.hypermodel.build(tuner.get_best_hyperparameters()[0])
        model.fit(X_train, y_train, verbose=0, **row.fixed)
        wall = time.perf_counter() - start
        cv_score = float(tuner.oracle.get_best_trials()[0].score)
    right = model.predict(X_test, verbose=0).argmax(axis=1) == y_test
    return {"wall_seconds": wall, "cv_score": cv_score, "test_score": float(right.mean()), "compiled_seconds": None}


def run_here(row, arm, quick):
    """One run, in this process."""
    import keras

    keras.utils.set_random_seed(0)
    data = row.load(quick)
    if quick:
        row = row.quick()
    return run_keras_tuner(row, *data) if arm == "keras-tuner" else run_search(row, arm, *data)


def process_tree(root):
    """Ids of a process and of all that it has started, directly or not."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            # The name, in parentheses, may hold spaces.
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    tree = {root}
    while more := {pid for pid, parent in parents.items() if parent in tree} - tree:
        tree |= more
    return tree


def resident_mb(root):
    """Memory of a process tree. Pages that processes can share (libraries, mapped arrays) count once."""
    private = shared = 0
    for pid in process_tree(root):
        with suppress(OSError, KeyError):  # a process that ends has no such fields any more
            fields = dict(line.split(":") for line in Path(f"/proc/{pid}/status").read_text().splitlines())
            anonymous, file, shmem = (int(fields[name].split()[0]) for name in ("RssAnon", "RssFile", "RssShmem"))
            private += anonymous
            shared = max(shared, file + shmem)
    return (private + shared) / 1024


def run_in_child(name, arm, quick):
    """One run, in a fresh process that is watched: its figures, or the reason why there are none."""
    command = [sys.executable, __file__, "--child", name, arm, *(["--quick"] if quick else [])]
    peak = 0.0
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = subprocess.Popen(command, stdout=out, stderr=err)  # noqa: S603 - it is this very file
        while child.poll() is None:
            peak = max(peak, resident_mb(child.pid))
            time.sleep(SECONDS_BETWEEN_SAMPLES)
        out.seek(0)
        err.seek(0)
        if child.returncode == 0:
            return {**json.loads(out.read().splitlines()[-1]), "peak_mb": peak or None}
        _, traceback, frames = err.read().rpartition("Traceback (most recent call last):")
    reasons = (line for line in frames.splitlines() if line and not line.startswith(" "))
    return {"error": next(reasons, "no reason given") if traceback else f"exit status {child.returncode}"}


def summary(runs):
    """Medians of the runs that came to an end, and the reason of one that did not."""
    ended = [run for run in runs if "error" not in run]
    result = {"runs": runs, "error": next((run["error"] for run in runs if "error" in run), None)}
    for figure in FIGURES:
        values = [run[figure] for run in ended if run[figure] is not None]
        result[figure] = statistics.median(values) if values else None
    return result


def run_row(name, arms, repeats, quick):
    """All arms of a row, one after the other, as often as asked."""
    runs = {arm: [] for arm in arms if arm != "keras-tuner" or ROWS[name].keras_tuner}
    skipped = {}
    if "keras-tuner" in runs and not (find_spec("keras_tuner") and find_spec("tensorboard")):
        del runs["keras-tuner"]
        skipped["keras-tuner"] = summary([{"error": "not installed: pip install keras-tuner tensorboard"}])
    for number in range(repeats):
        for arm, so_far in runs.items():
            print(f"row {name}, run {number + 1} of {repeats}: {arm}", file=sys.stderr, flush=True)
            so_far.append(run_in_child(name, arm, quick))
    results = {arm: summary(so_far) for arm, so_far in runs.items()} | skipped
    baseline = results.get(BASELINE, {}).get("wall_seconds")
    for result in results.values():
        wall = result["wall_seconds"]
        result["times_faster"] = baseline / wall if baseline and wall else None
    return results


def print_row(name, results, quick):
    print(f"\n{name}  {ROWS[name].title}{' (a fraction of it)' if quick else ''}")
    headings = ("wall s", f"x {BASELINE}", "best CV", "test", "peak MB", "compiled s")
    print(f"   {'':12}" + "".join(f"{heading:>12}" for heading in headings))
    formats = {"wall_seconds": ".1f", "times_faster": ".1f", "cv_score": ".4f", "test_score": ".4f"}
    formats |= {"peak_mb": ".0f", "compiled_seconds": ".2f"}
    for arm, result in results.items():
        cells = ("" if result[figure] is None else format(result[figure], form) for figure, form in formats.items())
        if result["wall_seconds"] is not None:
            print(f"   {arm:12}" + "".join(f"{cell:>12}" for cell in cells))
        if result["error"] is not None:
            print(f"   {arm:12}  {result['error'][:85]}")
    sys.stdout.flush()


def machine():
    """What the figures depend on."""
    versions = {}
    for package in ("tensorflow", "keras", "scikit-learn", "scikeras", "keras-tuner"):
        with suppress(PackageNotFoundError):
            versions[package] = version(package)
    return {"cores": joblib.cpu_count(), "system": platform.platform(), "python": platform.python_version(), **versions}


def listed(known):
    """A type for argparse: names from `known`, with commas between them."""

    def parse(text):
        names = text.split(",")
        if unknown := set(names) - set(known):
            raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: not among {', '.join(known)}")
        return names

    return parse


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=listed(ROWS), default=list(ROWS), help="such as A,C; all by default")
    parser.add_argument("--arms", type=listed(ARMS), default=list(ARMS), help=f"of {','.join(ARMS)}; all by default")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each arm, whose medians are told")
    parser.add_argument("--json", type=Path, help="a file for all figures, written after each row")
    parser.add_argument("--quick", action="store_true", help="a fraction of each row's work")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()

    if arguments.child:
        name, arm = arguments.child
        print(json.dumps(run_here(ROWS[name], arm, arguments.quick)))
        return

    command = shlex.join(["python", *sys.argv])
    report = {"command": command, "machine": machine(), "quick": arguments.quick, "rows": {}}
    for name in arguments.rows:
        results = run_row(name, arguments.arms, arguments.repeats, arguments.quick)
        report["rows"][name] = {"title": ROWS[name].title, "arms": results}
        print_row(name, results, arguments.quick)
        if arguments.json:
            arguments.json.write_text(json.dumps(report, indent=1))
    print("\n" + ", ".join(f"{what} {which}" for what, which in report["machine"].items()))
    print(f"medians of {arguments.repeats}, made by: {command}")


if __name__ == "__main__":
    main()
