"""What a search records of its trials, and what follows: validation curves, repeats, the epochs of the refit."""

import keras
import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import shuffle

from skhpt import GridSearchCV, HalvingGridSearchCV, KerasClassifier, KerasRegressor
from tests import builders

X, y = shuffle(*load_iris(return_X_y=True), random_state=0)
CV = StratifiedKFold(2)


def network(**params):
    defaults = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "epochs": 4, "metrics": ["accuracy"]}
    return KerasClassifier(builders.classifier, **defaults | params)


def search(estimator=None, grid=None, **params):
    return GridSearchCV(estimator or network(), grid or {"units": [8]}, cv=CV, random_state=0, **params).fit(X, y)


def halved(**params):
    grid = {"units": [4, 8, 16]}
    return HalvingGridSearchCV(
        network(), grid, resource="epochs", max_resources=3, cv=CV, random_state=0, **params
    ).fit(X, y)


def weights(fitted):
    return np.concatenate([w.ravel() for w in fitted.model_.get_weights()])


class Stopping(keras.callbacks.EarlyStopping):
    """Writes down, where all copies can, what it is shown."""

    seen: list = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(set(logs))
        super().on_epoch_end(epoch, logs)


def test_the_test_fold_is_evaluated_after_each_epoch():
    pipeline = make_pipeline(StandardScaler(), network(callbacks=Stopping("loss"), dropout=0.2))
    recorded = search(pipeline, {"kerasclassifier__units": [8]}, record_validation=True)
    last = recorded.histories_[recorded.histories_["epoch"] == 4]
    scores = [recorded.cv_results_[f"split{fold}_test_score"][0] for fold in range(2)]
    assert list(last["test_accuracy"]) == pytest.approx(scores)
    assert recorded.histories_["test_loss"].notna().all()
    assert Stopping.seen
    assert not any(name.startswith("test_") for seen in Stopping.seen for name in seen)
    assert "test_loss" not in recorded.best_history_


@pytest.mark.slow
def test_recording_changes_nothing_of_the_training():
    def trials(**params):
        estimator = network(
            callbacks=keras.callbacks.EarlyStopping("val_loss", patience=1, restore_best_weights=True),
            validation_split=0.2,
            dropout=0.3,
            epochs=6,
        )
        return search(estimator, {"units": [4, 8]}, **params)

    recorded, plain = trials(record_validation=True), trials()
    np.testing.assert_array_equal(weights(recorded.best_estimator_), weights(plain.best_estimator_))
    for fold in range(2):
        np.testing.assert_array_equal(
            recorded.cv_results_[f"split{fold}_test_score"], plain.cv_results_[f"split{fold}_test_score"]
        )
    columns = [name for name in plain.histories_ if name != "epoch_seconds"]
    np.testing.assert_array_equal(recorded.histories_[columns], plain.histories_[columns])


def test_a_halving_on_epochs_records_each_epoch_once():
    halving = halved(record_validation=True)
    counts = halving.histories_.groupby(["candidate", "fold"])["test_loss"].agg(["size", "count"])
    assert (counts["size"] == counts["count"]).all()
    assert sorted(counts["size"].unique()) == [1, 3]


def test_a_label_that_only_the_test_fold_has_counts_in_its_loss():
    rare = np.where(np.arange(150) == 0, 3, y)
    folds = [(np.arange(75, 150), np.arange(75)), (np.arange(75), np.arange(75, 150))]
    recorded = GridSearchCV(network(), {"units": [8]}, cv=folds, refit=False, record_validation=True).fit(X, rare)
    assert np.isfinite(recorded.histories_["test_loss"]).all()


@pytest.mark.parametrize(
    ("estimator", "params", "message"),
    [
        (LogisticRegression(), {"record_validation": True}, "record_validation needs a Keras wrapper"),
        (network(), {"refit_epochs": "best"}, "needs record_validation=True and a refit"),
        (network(), {"repeats": 0}, "'repeats' parameter of GridSearchCV must be"),
    ],
)
def test_what_can_not_be_recorded_is_refused(estimator, params, message):
    with pytest.raises(ValueError, match=message):
        GridSearchCV(estimator, {}, cv=2, **params).fit(X, y)


@pytest.mark.slow
@pytest.mark.parametrize("random_state", [None, 7])
def test_repeats_have_seeds_of_their_own(random_state):
    repeated = search(network(epochs=1, random_state=random_state), {"units": [4, 8]}, repeats=2)
    once = search(network(epochs=1, random_state=random_state), {"units": [4, 8]})
    for fold in range(2):
        first, second = (repeated.cv_results_[f"split{fold + 2 * repeat}_test_score"] for repeat in range(2))
        np.testing.assert_array_equal(first, once.cv_results_[f"split{fold}_test_score"])
    losses = repeated.histories_.set_index(["candidate", "fold", "repeat"])["loss"]
    assert len(losses) == 8
    assert losses.nunique() == 8
    means = np.mean([repeated.cv_results_[f"split{split}_test_score"] for split in range(4)], axis=0)
    np.testing.assert_allclose(repeated.cv_results_["mean_test_score"], means)
    assert second.shape == (2,)


@pytest.mark.slow
def test_repeats_of_a_halving_go_on_each_by_itself():
    longest = halved(repeats=2).histories_.groupby(["candidate", "fold", "repeat"])["epoch"].apply(list)
    assert sorted(map(tuple, longest)) == 8 * [(1,)] + 4 * [(1, 2, 3)]


def test_the_refit_trains_for_the_best_epochs():
    recorded = search(network(epochs=8), record_validation=True, refit_epochs="best", scoring="accuracy")
    curves = recorded.histories_.pivot(index="epoch", columns="fold", values="test_accuracy")
    expected = int(np.median([curves.index[curves[fold].argmax()] for fold in curves]))
    assert len(recorded.best_history_["loss"]) == expected < 8
    assert recorded.best_params_ == {"units": 8}


def test_checkpoints_of_trials_are_files_of_their_own(tmp_path):
    path = str(tmp_path / "{candidate}-{fold}.weights.h5")
    checkpoint = keras.callbacks.ModelCheckpoint(path, save_weights_only=True)
    found = search(network(callbacks=[checkpoint], epochs=1), {"units": [4, 8]})
    names = {f"{candidate}-{fold}" for candidate in range(2) for fold in range(2)}
    best = int(np.argmin(found.cv_results_["rank_test_score"]))
    assert {file.name.removesuffix(".weights.h5") for file in tmp_path.iterdir()} == names | {f"{best}-refit"}
    assert checkpoint.filepath == path


def test_one_word_may_stand_for_all_numbers_of_a_trial(tmp_path):
    log = keras.callbacks.CSVLogger(str(tmp_path / "{trial}.csv"))
    search(network(callbacks=[log], epochs=1), {"units": [4]}, repeats=2)
    trials = [f"c0000-f{fold:02}-r{repeat:02}" for fold in range(2) for repeat in range(2)]
    assert sorted(file.stem for file in tmp_path.iterdir()) == [*trials, "c0000-refit-r00"]


def test_a_path_that_repeats_would_share_gets_the_name_of_the_trial(tmp_path):
    log = {"callbacks": keras.callbacks.CSVLogger, "callbacks__filename": str(tmp_path / "{candidate}-{fold}.csv")}
    search(network(**log, epochs=1), {"units": [4]}, repeats=2)
    names = [f"0-{fold}-c0000-f{fold:02}-r{repeat:02}" for fold in range(2) for repeat in range(2)]
    assert sorted(file.stem for file in tmp_path.iterdir()) == [*names, "0-refit-c0000-refit-r00"]


@pytest.mark.slow
def test_a_routed_number_of_epochs_is_the_one_that_counts():
    halving = HalvingGridSearchCV(network(epochs=1, fit__epochs=3), {"units": [4, 8, 16]}, resource="auto", cv=CV)
    assert halving.fit(X, y).n_resources_ == [1, 3]
    recorded = search(network(epochs=1, fit__epochs=3), record_validation=True, refit_epochs="best")
    assert 1 <= len(recorded.best_history_["loss"]) <= 3


def test_candidates_without_a_network_are_not_recorded():
    pipeline = Pipeline([("scale", StandardScaler()), ("last", network(epochs=1))])
    grid = [{"last": [LogisticRegression()]}, {"last__units": [4]}]
    found = GridSearchCV(pipeline, grid, cv=CV, record_validation=True, refit_epochs="best").fit(X, y)
    assert found.best_params_ == {"last": grid[0]["last"][0]}
    assert set(found.histories_["candidate"]) == {1}


@pytest.mark.slow
def test_a_halving_on_rows_goes_by_its_last_rung():
    halving = HalvingGridSearchCV(
        network(epochs=5), {"units": [4, 8, 16]}, cv=CV, random_state=0, record_validation=True, refit_epochs="best"
    ).fit(X, y)
    last = halving.histories_[halving.histories_["iter"] == halving.histories_["iter"].max()]
    curves = last.pivot(index="epoch", columns="fold", values="test_accuracy")
    assert len(halving.best_history_["loss"]) == int(np.median([curves[fold].idxmax() for fold in curves]))


def test_a_wrapper_inside_another_estimator_fills_in_its_paths(tmp_path):
    log = keras.callbacks.CSVLogger(str(tmp_path / "{candidate}-{fold}.csv"))
    inner = KerasRegressor(builders.regressor, callbacks=log, epochs=1)
    GridSearchCV(TransformedTargetRegressor(inner), {"regressor__units": [4]}, cv=2).fit(X, y)
    assert {file.name for file in tmp_path.iterdir()} == {"0-0.csv", "0-1.csv", "0-refit.csv"}


@pytest.mark.slow
def test_a_search_within_a_trial_has_files_of_its_own(tmp_path):
    log = keras.callbacks.CSVLogger(str(tmp_path / "{candidate}-{fold}.csv"))
    inner = GridSearchCV(network(callbacks=log, epochs=1), {"units": [4]}, cv=CV)
    GridSearchCV(inner, {"estimator__dropout": [0.1]}, cv=CV).fit(X, y)
    assert "0.0-1.0.csv" in {file.name for file in tmp_path.iterdir()}
    assert len(list(tmp_path.iterdir())) == 9


def test_outside_of_a_search_the_places_have_names_too(tmp_path):
    checkpoint = keras.callbacks.ModelCheckpoint(str(tmp_path / "{candidate}-{fold}.keras"))
    network(callbacks=checkpoint, epochs=1, verbose=0).fit(X, y)
    assert [file.name for file in tmp_path.iterdir()] == ["0-fit.keras"]


def test_a_path_may_be_a_path_object(tmp_path):
    backup = keras.callbacks.BackupAndRestore(tmp_path / "{candidate}-{fold}", delete_checkpoint=False)
    search(network(callbacks=backup, epochs=1))
    assert {folder.name for folder in tmp_path.iterdir()} == {"0-0", "0-1", "0-refit"}


def test_one_candidate_that_brings_others_does_not_hide_the_path_of_the_rest(tmp_path):
    estimator = network(callbacks=keras.callbacks.CSVLogger(str(tmp_path / "{fold}.csv")), epochs=1)
    GridSearchCV(estimator, [{"units": [4, 8]}, {"callbacks": [None]}], cv=CV, refit=False).fit(X, y)
    names = [f"{fold}-c{candidate:04}-f{fold:02}-r00" for fold in range(2) for candidate in range(2)]
    assert sorted(file.stem for file in tmp_path.iterdir()) == names


def test_paths_that_candidates_bring_by_themselves_are_fine(tmp_path):
    names = [str(tmp_path / f"{name}-{{fold}}.csv") for name in "ab"]
    estimator = network(callbacks=keras.callbacks.CSVLogger, epochs=1)
    GridSearchCV(estimator, {"callbacks__filename": names}, cv=CV, refit=False).fit(X, y)
    assert {file.name for file in tmp_path.iterdir()} == {"a-0.csv", "a-1.csv", "b-0.csv", "b-1.csv"}
