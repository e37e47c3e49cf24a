"""What runs on disk cost: to list a thousand of them, and to write a record of a trial.

Prints the seconds of `ls_runs` of 1,000 finished runs, and the milliseconds that a record of a trial with 20 epochs
takes in a journal: synced about once a second, as within a round of a search, and after each batch of 20 as well.
Takes about half a minute, most of it for making the runs.
"""

import argparse
import tempfile
import time
from pathlib import Path

import skhpt
from skhpt.store import Run
from skhpt.trials import Candidate, EpochLog, TrialResult, TrialSpec, TrialStatus

N_EPOCHS, BATCH = 20, 20
DESCRIPTION = {
    "searcher": "GridSearchCV",
    "versions": {"skhpt": skhpt.__version__},
    "search": {"estimator": {"object": "skhpt.KerasClassifier", "params": {"epochs": N_EPOCHS}}, "cv": 5},
    "other_settings": {"refit": True},
}


def trial(candidate, fold):
    epochs = tuple(
        EpochLog(epoch, {"loss": 1 / epoch, "accuracy": 1 - 1 / epoch, "learning_rate": 0.001}, 0.1)
        for epoch in range(1, N_EPOCHS + 1)
    )
    scores = {"score": 0.9 + 0.0001 * candidate + 0.001 * fold}
    return TrialResult(candidate, fold, 0, TrialStatus.COMPLETED, scores, None, False, 2.0, 0.1, epochs=epochs)


def begin(runs_dir, name, n_candidates, n_folds):
    candidates = [Candidate(index, {"units": index, "optimizer__learning_rate": 0.1}) for index in range(n_candidates)]
    specs = [TrialSpec(candidate, fold) for candidate in candidates for fold in range(n_folds)]
    run = Run.create(runs_dir, name, DESCRIPTION, [])
    run.begin_round(candidates, specs)
    return run, [trial(spec.candidate.index, spec.fold) for spec in specs]


def make_finished(runs_dir, name):
    run, results = begin(runs_dir, name, 4, 5)
    with run:
        for result in results:
            run.keep(result)
        run.end_round()
        run.end("finished")


def milliseconds_a_record(runs_dir, n_records, batch):
    """Of a run of its own, synced at its end and, if there are batches, after each."""
    run, results = begin(runs_dir, "journal", n_records // 5, 5)
    with run:
        start = time.perf_counter()
        for place, result in enumerate(results, 1):
            run.keep(result)
            if batch is not None and place % batch == 0:
                run.end_round()
        run.end_round()
        return 1000 * (time.perf_counter() - start) / len(results)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--records", type=int, default=2000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        runs_dir = Path(directory) / "runs"
        for number in range(arguments.runs):
            make_finished(runs_dir, f"number {number}")
        for _ in range(2):  # the first time also loads what pandas needs
            start = time.perf_counter()
            table = skhpt.ls_runs(runs_dir)
            seconds = time.perf_counter() - start
        print(f"ls_runs of {len(table)} finished runs: {seconds:.2f} seconds")
        other = Path(directory) / "written"
        for batch in (None, BATCH):
            each = milliseconds_a_record(other, arguments.records, batch)
            when = "as within a round" if batch is None else f"synced after every {batch}"
            print(f"journal, {N_EPOCHS} epochs a record, {when}: {each:.3f} milliseconds a record")


if __name__ == "__main__":
    main()
