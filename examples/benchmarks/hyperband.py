"""Searches that give more epochs to better candidates, next to those of others, on scikit-learn's digits.

Run it from a checkout, with the package installed::

    python examples/benchmarks/hyperband.py

It takes minutes on 2 cores. There are two pieces of work, over four widths and learning rates between 1e-4 and 3e-2:

- ``halving``: 27 candidates on 3 folds, from 1 to 27 epochs. skhpt's `HalvingRandomSearchCV` goes on with trainings and
  fuses them; scikit-learn's, over SciKeras' wrapper and with two workers, starts each of them over. Both draw the same
  candidates and folds.
- ``hyperband``: up to 27 epochs, with a factor of 3. skhpt's `HyperbandSearchCV` trains 46 candidates on 3 folds each,
  1,026 epochs in all; KerasTuner's `Hyperband` (``pip install keras-tuner tensorboard``; it is left out without) has no
  folds but holds out the last 20 % of the rows, and draws 49 candidates by a formula of its own: 375 epochs in all.

All end with the best candidate trained on all training rows. Each run has a fresh process; the seconds are without
imports and data. Scores are accuracies: the search's own, and that on rows held out before. A ratio is of the medians.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec

from peers import machine
from peers_work import RATE, digits, two_layers

WIDTHS = [16, 32, 48, 64]
LOWEST, HIGHEST = 1e-4, 3e-2
EPOCHS, FACTOR, FOLDS, CANDIDATES = 27, 3, 3, 27
COMPILED_WITH = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
WORK = {"halving": ("skhpt", "sklearn-2"), "hyperband": ("skhpt", "keras-tuner")}


def space():
    from scipy.stats import loguniform

    return {"model__units": WIDTHS, RATE: loguniform(LOWEST, HIGHEST)}


def make_search(work, arm, epochs):
    """The search of an arm, unfitted."""
    from sklearn.model_selection import StratifiedKFold

    if arm == "skhpt":
        import skhpt as searches
        import skhpt as wrappers
    else:
        import scikeras.wrappers as wrappers
        import sklearn.experimental.enable_halving_search_cv  # noqa: F401 - scikit-learn hides its halving without it
        from sklearn import model_selection as searches

    estimator = wrappers.KerasClassifier(
        model=two_layers, model__units=WIDTHS[0], optimizer="adam", batch_size=32, verbose=0, **COMPILED_WITH
    )
    options = {"resource": "epochs", "factor": FACTOR, "min_resources": 1, "max_resources": epochs}
    # A splitter, as scikit-learn 1.9 doesn't see that SciKeras' classifiers are ones, and wouldn't stratify.
    options |= {"cv": StratifiedKFold(FOLDS, shuffle=True, random_state=0), "random_state": 0, "error_score": "raise"}
    if arm != "skhpt":
        options["n_jobs"] = 2
    estimator.set_params(epochs=1)
    if work == "hyperband":
        return searches.HyperbandSearchCV(estimator, space(), **options)
    options["return_train_score"] = False
    return searches.HalvingRandomSearchCV(estimator, space(), n_candidates=CANDIDATES, **options)


def run_search(work, arm, epochs, X_train, X_test, y_train, y_test):
    search = make_search(work, arm, epochs)
    start = time.perf_counter()
    search.fit(X_train, y_train)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "best": float(search.best_score_), "test": float(search.score(X_test, y_test))}


def run_keras_tuner(epochs, X_train, X_test, y_train, y_test):
    import keras
    import keras_tuner
    import tensorboard.plugins.hparams.api  # noqa: F401 - KerasTuner would import it in its first trial

    def build(hp):
        rate = hp.Float("rate", LOWEST, HIGHEST, sampling="log")
        model = two_layers(hp.Choice("units", WIDTHS))
        model.compile(keras.optimizers.Adam(rate), **COMPILED_WITH)
        return model

    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        tuner = keras_tuner.Hyperband(
            build, "val_accuracy", epochs, FACTOR, seed=0, directory=folder, max_consecutive_failed_trials=1
        )
        tuner.search(X_train, y_train, validation_split=0.2, batch_size=32, verbose=0)
        model = build(tuner.get_best_hyperparameters()[0])
        model.fit(X_train, y_train, epochs=epochs, batch_size=32, verbose=0)
        seconds = time.perf_counter() - start
        best = float(tuner.oracle.get_best_trials()[0].score)
    right = model.predict(X_test, verbose=0).argmax(axis=1) == y_test
    return {"seconds": seconds, "best": best, "test": float(right.mean())}


def run_here(work, arm, epochs):
    import keras

    keras.utils.set_random_seed(0)
    data = digits(quick=False)
    return run_keras_tuner(epochs, *data) if arm == "keras-tuner" else run_search(work, arm, epochs, *data)


def run_in_child(work, arm, epochs):
    command = [sys.executable, __file__, "--child", work, arm, "--epochs", str(epochs)]
    child = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - it is this very file
    if child.returncode:
        raise SystemExit(f"{work}, {arm}:\n{child.stderr}")
    return json.loads(child.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", choices=WORK, nargs="+", default=list(WORK))
    parser.add_argument("--repeats", type=int, default=1, help="runs of each arm, whose medians are told")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="fewer make it a quick test of this script")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(run_here(*arguments.child, arguments.epochs)))
        return

    for work in arguments.work:
        runs = {arm: [] for arm in WORK[work]}
        if "keras-tuner" in runs and not (find_spec("keras_tuner") and find_spec("tensorboard")):
            print(f"{work}: keras-tuner is left out: pip install keras-tuner tensorboard")
            del runs["keras-tuner"]
        for _ in range(arguments.repeats):
            for arm, figures in runs.items():  # by turns, so that a change of the machine's speed meets all of them
                figures.append(run_in_child(work, arm, arguments.epochs))
        medians = {
            arm: {name: statistics.median(run[name] for run in figures) for name in figures[0]}
            for arm, figures in runs.items()
        }
        for arm, figure in medians.items():
            ratio = figure["seconds"] / medians["skhpt"]["seconds"]
            print(
                f"{work:10} {arm:12} {figure['seconds']:7.1f} s {ratio:6.1f} x"
                f"  best {figure['best']:.4f}  test {figure['test']:.4f}",
                flush=True,
            )
    print(", ".join(f"{what} {which}" for what, which in machine().items()))


if __name__ == "__main__":
    main()
