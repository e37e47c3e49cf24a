"""Each trial writes the files of its callbacks to its own path, if trials were given the same one."""

import keras
import numpy as np
import pandas as pd
import pytest
from keras.callbacks import BackupAndRestore, CSVLogger, ModelCheckpoint
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skhpt import BayesianSearchCV, GridSearchCV, KerasClassifier, nested_scores

X, KIND = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2
TRIALS = ["c0000-f00-r00", "c0000-f01-r00", "c0001-f00-r00", "c0001-f01-r00"]


def build(units=2):
    return keras.Sequential([keras.layers.Dense(units), keras.layers.Dense(1)])


def classifier(**params):
    return KerasClassifier(build, **{"epochs": 1, "random_state": 0} | params)


def names_in(directory):
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())


def refit_of(search):
    return f"c{search.best_index_:04}-refit-r00"


class OwnLogger(CSVLogger):
    """Of a user's own."""


@pytest.mark.parametrize("engine", ["fused", "per-trial"])
def test_trials_and_the_refit_have_files_of_their_own(tmp_path, caplog, engine):
    callbacks = [
        OwnLogger(str(tmp_path / "log.csv")),
        ModelCheckpoint(tmp_path / "best.keras", monitor="loss", save_best_only=True),
        ModelCheckpoint(str(tmp_path / "made" / "{epoch}.weights.h5"), save_weights_only=True),
    ]
    if engine == "per-trial":
        callbacks.append(BackupAndRestore(str(tmp_path / "backup"), delete_checkpoint=False))
    search = GridSearchCV(classifier(callbacks=callbacks, epochs=2), {"units": [2, 3]}, cv=2, engine=engine)
    search.fit(X, KIND)
    assert set(search.engine_report_["engine"]) == {engine}
    expected = []
    for trial in [*TRIALS, refit_of(search)]:
        expected += [f"log-{trial}.csv", f"best-{trial}.keras", *(f"made/{n}-{trial}.weights.h5" for n in (1, 2))]
        if engine == "per-trial":
            expected += [f"backup/{trial}/latest.weights.h5", f"backup/{trial}/training_metadata.json"]
    assert names_in(tmp_path) == sorted(expected)
    told = search.histories_.set_index(["candidate", "fold", "epoch"])["loss"]
    log = pd.read_csv(tmp_path / "log-c0001-f00-r00.csv")
    assert log["loss"].tolist() == pytest.approx(told.loc[1, 0].tolist())
    (message,) = [record.getMessage() for record in caplog.records if record.name == "skhpt"]
    assert "best.keras' becomes" in message
    assert "best-{trial}.keras'" in message


def test_paths_that_say_which_trial_are_left_as_they_are(tmp_path, caplog):
    shared = str(tmp_path / "shared.csv")  # of a parameter, in whose place `fit` gives others
    space = {"units": [2, 3]}
    for path in ("{trial}.csv", "{candidate}_{fold}.csv"):
        log = CSVLogger(str(tmp_path / path))
        GridSearchCV(classifier(callbacks=CSVLogger(shared)), space, cv=2).fit(X, KIND, callbacks=log)
    assert len([name for name in names_in(tmp_path) if "_" in name]) == 2 * 2 + 1
    assert len(names_in(tmp_path)) == 2 * (2 * 2 + 1)
    space = {"callbacks": [[CSVLogger(str(tmp_path / f"own_{name}_{{fold}}.csv"))] for name in "ab"]}
    search = GridSearchCV(classifier(), space, cv=2).fit(X, KIND)
    of_refit = f"own_{'ab'[search.best_index_]}_refit.csv"
    own = [f"own_{name}_{fold}.csv" for name in "ab" for fold in (0, 1)]
    assert [name for name in names_in(tmp_path) if name.startswith("own")] == sorted([*own, of_refit])
    assert not [record for record in caplog.records if record.name == "skhpt"]


def test_one_file_is_known_by_any_spelling(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    space = {"callbacks": [[CSVLogger("{fold}.csv")], [CSVLogger("./{fold}.csv")]]}
    search = GridSearchCV(classifier(), space, cv=2).fit(X, KIND)
    names = [f"{trial.split('-')[1][-1]}-{trial}.csv" for trial in TRIALS]
    assert names_in(tmp_path) == sorted([*names, f"refit-{refit_of(search)}.csv"])


def test_candidates_of_later_rounds_share_files_too(tmp_path, caplog):
    estimator = classifier(callbacks=CSVLogger(str(tmp_path / "{fold}.csv")))
    BayesianSearchCV(estimator, {"units": [2, 3]}, n_iter=2, batch_size=1, cv=2, refit=False).fit(X, KIND)
    assert names_in(tmp_path) == sorted(f"{trial.split('-')[1][-1]}-{trial}.csv" for trial in TRIALS)
    assert len([record for record in caplog.records if record.name == "skhpt"]) == 1  # in the first round


def test_a_run_that_goes_on_finds_the_same_paths(tmp_path):
    """Also behind the names of a pipeline, and as an argument of `fit`."""
    pipeline = Pipeline([("scale", StandardScaler()), ("net", classifier())])
    search = GridSearchCV(pipeline, {"net__units": [2, 3]}, cv=2, refit=False, runs_dir=tmp_path / "runs", resume=True)
    (tmp_path / "logs").mkdir()
    log = CSVLogger(str(tmp_path / "logs" / "log.csv"))
    search.fit(X, KIND, net__callbacks={"log": [log]})
    trials = [f"log-{trial}.csv" for trial in TRIALS]
    assert names_in(tmp_path / "logs") == trials
    for trial in trials:
        (tmp_path / "logs" / trial).unlink()
    search.set_params(refit=True).fit(X, KIND, net__callbacks={"log": [log]})
    assert names_in(tmp_path / "logs") == [f"log-{refit_of(search)}.csv"]


@pytest.mark.slow
def test_workers_write_to_the_same_paths(tmp_path):
    estimator = classifier(callbacks=CSVLogger(str(tmp_path / "log.csv")))
    search = GridSearchCV(estimator, {"units": [2, 3]}, cv=2, n_jobs=2, engine="per-trial").fit(X, KIND)
    assert names_in(tmp_path) == sorted(f"log-{trial}.csv" for trial in [*TRIALS, refit_of(search)])


def test_outside_of_a_search_paths_are_as_given(tmp_path):
    classifier(callbacks=CSVLogger(str(tmp_path / "log.csv")), verbose=0).fit(X, KIND)
    assert names_in(tmp_path) == ["log.csv"]


def test_each_outer_fold_of_nested_scores_has_its_own(tmp_path):
    search = GridSearchCV(classifier(callbacks=[CSVLogger(str(tmp_path / "log.csv"))]), {"units": [2]}, cv=2)
    nested_scores(search, X, KIND, cv=2)
    folds = ["f00.00", "f00.01", "f00.refit", "f01.00", "f01.01", "f01.refit"]
    assert names_in(tmp_path) == [f"log-c0000-{fold}-r00.csv" for fold in folds]
