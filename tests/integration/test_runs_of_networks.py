"""Runs of searches over real networks: what is stored of them, and how they go on."""

import json
import os
import pickle

import keras
import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.random_projection import GaussianRandomProjection

from skhpt import GridSearchCV, HalvingGridSearchCV, KerasClassifier, load_run
from skhpt.exceptions import DamagedRunError
from skhpt.store import Run, StoredRun


def build(units=8):
    return keras.Sequential([keras.layers.Dense(units, activation="relu"), keras.layers.Dense(3, activation="softmax")])


def classifier(**settings):
    return KerasClassifier(build, optimizer="adam", epochs=3, batch_size=32, random_state=0, **settings)


def iris():
    X, y = load_iris(return_X_y=True)
    return X.astype("float32"), np.array(["setosa", "versicolor", "virginica"])[y]


def search(tmp_path, estimator=None, **settings):
    estimator = classifier() if estimator is None else estimator
    units = "units" if isinstance(estimator, KerasClassifier) else "kerasclassifier__units"
    return GridSearchCV(estimator, {units: [4, 8]}, cv=2, runs_dir=tmp_path / "runs", resume=True, **settings)


@pytest.fixture
def finished(tmp_path):
    return search(tmp_path).fit(*iris())


def no_training(monkeypatch):
    def refuse(*ignored, **options):
        raise AssertionError("something is trained again")

    monkeypatch.setattr(keras.Model, "fit", refuse)
    monkeypatch.setattr("skhpt.fused._engine.FusedEngine.refit", refuse)
    monkeypatch.setattr("skhpt.fused._engine.FusedEngine.admit", refuse)


@pytest.mark.parametrize("engine", ["fused", pytest.param("per-trial", marks=pytest.mark.slow)])
@pytest.mark.parametrize("piped", [False, True], ids=["alone", "pipeline"])
def test_a_finished_search_is_there_again_without_training_anything(tmp_path, monkeypatch, engine, piped):
    X, y = iris()

    def make():
        estimator = make_pipeline(StandardScaler(), classifier()) if piped else classifier()
        return search(tmp_path, estimator, engine=engine)

    before = make().fit(X, y)
    no_training(monkeypatch)
    after = make().fit(X, y)
    assert after.run_.id == before.run_.id
    np.testing.assert_array_equal(after.predict(X), before.predict(X))
    np.testing.assert_array_equal(after.predict_proba(X), before.predict_proba(X))
    assert after.best_history_ == before.best_history_
    assert after.histories_.equals(before.histories_)
    assert after.refit_time_ == before.refit_time_
    for one, other in zip(after.best_model_.get_weights(), before.best_model_.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_another_refit_than_the_stored_one_is_trained(tmp_path, finished):
    again = search(tmp_path, scoring=None, refit=lambda results: 1 - finished.best_index_).fit(*iris())
    assert again.run_.id == finished.run_.id
    assert again.best_model_.layers[0].units != finished.best_model_.layers[0].units
    assert load_run(again.run_.path).best_model_.layers[0].units == again.best_model_.layers[0].units


@pytest.mark.slow
def test_a_stored_model_that_can_not_be_read_is_trained_again(tmp_path, finished):
    (finished.run_.path / "best" / "model.keras").write_bytes(b"nothing")
    again = search(tmp_path).fit(*iris())
    np.testing.assert_allclose(again.best_model_.get_weights()[0], finished.best_model_.get_weights()[0], rtol=1e-5)
    assert "the stored model is not used" in (again.run_.path / "log").read_text()


@pytest.mark.slow
def test_a_stored_model_is_not_put_behind_other_steps(tmp_path):
    def make():
        steps = make_pipeline(StandardScaler(), GaussianRandomProjection(3), classifier(validation_split=0.0))
        return search(tmp_path, steps, engine="per-trial")

    X, y = iris()
    before = make().fit(X, y)
    after = make().fit(X, y)
    assert after.run_.id == before.run_.id
    assert "the steps before it are others now" in (after.run_.path / "log").read_text()
    first, second = (np.sign(fitted.best_model_.get_weights()[0]) for fitted in (before, after))
    assert (first != second).any() or before.best_history_ != after.best_history_


@pytest.mark.slow
def test_metrics_and_optimizers_that_are_made_again_are_the_same(tmp_path):
    def make():
        optimizers = [keras.optimizers.Adam(0.01), keras.optimizers.SGD(0.01)]
        network = classifier(metrics=[keras.metrics.SparseCategoricalAccuracy()]).set_params(optimizer="sgd")
        grid = {"optimizer": optimizers}
        return GridSearchCV(network, grid, cv=2, runs_dir=tmp_path / "runs", resume=True)

    assert make().fit(*iris()).run_.id == make().fit(*iris()).run_.id


@pytest.mark.slow
def test_a_disk_that_is_full_at_the_end_costs_no_trained_model(tmp_path, monkeypatch):
    from skhpt.exceptions import RunStorageError

    def full(*ignored):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("skhpt.search._refit.store_model", full)
    fitting = search(tmp_path)
    with pytest.raises(RunStorageError, match="No space left on device"):
        fitting.fit(*iris())
    assert fitting.best_estimator_.predict(iris()[0]).shape == (150,)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["fused", pytest.param("per-trial", marks=pytest.mark.slow)])
def test_a_rung_goes_on_from_the_epochs_that_were_stored(tmp_path, monkeypatch, engine):
    X, y = iris()
    epochs = []
    counting = keras.callbacks.LearningRateScheduler(lambda epoch, rate: epochs.append(epoch) or float(rate))

    def make():
        network = KerasClassifier(
            build, optimizer="adam", epochs=9, batch_size=64, random_state=0, callbacks=[counting]
        )
        return HalvingGridSearchCV(
            network, {"units": [2, 3, 4, 5, 6, 7, 8, 9, 10]}, resource="epochs", min_resources=1, cv=2, refit=False,
            engine=engine, random_state=0, runs_dir=tmp_path / "runs", resume=True, checkpoint_seconds=0,
        )  # fmt: skip

    real = Run.begin_round

    def interrupt_in_the_third(run, candidates, specs):
        if len(specs) == 2:
            raise KeyboardInterrupt
        return real(run, candidates, specs)

    monkeypatch.setattr(Run, "begin_round", interrupt_in_the_third)
    with pytest.raises(KeyboardInterrupt):
        make().fit(X, y)
    assert sorted(set(epochs)) == [0, 1, 2]
    monkeypatch.setattr(Run, "begin_round", real)
    epochs.clear()
    again = make().fit(X, y)
    assert min(epochs) == 3, "epochs that were stored are trained again"
    assert again.run_.status == "finished"


def test_the_best_model_and_its_history_come_back_from_disk(finished):
    run = load_run(finished.run_.path)
    X, _ = iris()
    np.testing.assert_allclose(run.best_model_.predict(X, verbose=0), finished.predict_proba(X), rtol=1e-5)
    assert run.best_history_ == finished.best_history_
    assert run.best_params_ == finished.best_params_
    assert "def build(units=8):" in run.source[f"{__name__}.py"]


@pytest.mark.slow
def test_a_model_that_keras_can_not_store_costs_no_more_than_its_file(tmp_path):
    def with_lambda(units=8):
        layers = [keras.layers.Dense(units), keras.layers.Lambda(lambda x: x + 1), keras.layers.Dense(3, "softmax")]
        return keras.Sequential(layers)

    with pytest.warns(UserWarning, match=r"The best model is not stored in .*Lambda"):
        fitted = search(tmp_path, classifier().set_params(model=with_lambda)).fit(*iris())
    assert fitted.predict(iris()[0]).shape == (150,)
    assert fitted.run_.status == "finished"
    with pytest.raises(AttributeError, match="has no best model"):
        _ = fitted.run_.best_model_


class Runs:
    """Leaves a file when it is unpickled."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return os.mkdir, (self.file,)


def save_harmful(file, harm):
    """A model that makes a directory when its layer is called."""
    function = eval(f"lambda x: (__import__('os').makedirs({str(harm)!r}), x)[1]")  # noqa: S307 - a literal path
    keras.Sequential([keras.Input((4,)), keras.layers.Lambda(function)]).save(file)
    assert harm.exists(), "Keras has called it while it built the model"
    harm.rmdir()


def test_nothing_in_a_hostile_run_is_run(tmp_path, finished):
    harm, run, stored = tmp_path / "harm", finished.run_, finished.run_.path / "best"
    save_harmful(stored / "model.keras", harm)
    with pytest.raises(DamagedRunError, match="Keras can't read"):
        _ = run.best_model_
    for file in (stored / "model.keras", stored / "estimator.json", stored / "history.json", run.path / "run.json"):
        file.write_bytes(pickle.dumps(Runs(str(harm))))
    with pytest.raises(DamagedRunError, match="Keras can't read"):
        _ = run.best_model_
    with pytest.raises(DamagedRunError, match="not what was written"):
        _ = run.best_history_
    with pytest.raises(DamagedRunError):
        StoredRun(run.path)
    assert not harm.exists()


def test_a_hostile_run_that_is_gone_on_with_is_not_run_either(tmp_path, finished):
    harm = tmp_path / "harm"
    save_harmful(finished.run_.path / "best" / "model.keras", harm)
    again = search(tmp_path).fit(*iris())
    assert again.run_.id == finished.run_.id
    assert not harm.exists()


def test_ctrl_c_in_a_fused_program_loses_no_epoch(tmp_path, monkeypatch):
    from skhpt.fused._group import Group

    X, y = iris()
    undisturbed = search(tmp_path / "undisturbed", engine="fused").fit(X, y)
    real, n_epochs = Group._epoch, []

    def epoch(group):
        if len(n_epochs) == 2:
            raise KeyboardInterrupt
        n_epochs.append(group)
        real(group)

    monkeypatch.setattr("skhpt.fused._side_by_side.n_at_once", lambda: 1)
    monkeypatch.setattr(Group, "_epoch", epoch)
    with pytest.raises(KeyboardInterrupt):
        search(tmp_path, engine="fused").fit(X, y)
    monkeypatch.setattr(Group, "_epoch", lambda group: (n_epochs.append(group), real(group)))
    again = search(tmp_path, engine="fused").fit(X, y)
    name = "mean_test_score"
    np.testing.assert_allclose(again.cv_results_[name], undisturbed.cv_results_[name], rtol=1e-5)
    np.testing.assert_allclose(
        again.histories_["loss"].to_numpy(), undisturbed.histories_["loss"].to_numpy(), rtol=1e-5
    )


def test_the_time_may_be_over_in_the_middle_of_a_fused_program(tmp_path, monkeypatch):
    from skhpt.trials import Deadline

    X, y = iris()
    left = [1]

    class OverAfterAnEpoch(Deadline):
        @property
        def is_over(self):
            return self.is_set and not left

    from skhpt.fused._group import Group

    real = Group._epoch
    monkeypatch.setattr(Group, "_epoch", lambda group: (real(group), left.clear()))
    monkeypatch.setattr("skhpt.search._base.Deadline", OverAfterAnEpoch)
    with pytest.raises(ValueError, match=r"max_time=1 seconds were over before any candidate.*resume=True"):
        search(tmp_path, engine="fused", max_time=1).fit(X, y)
    (run,) = (tmp_path / "runs").iterdir()
    assert StoredRun(run).status == "interrupted"
    assert len(list((run / "checkpoints").glob("group-*.npz"))) > 0
    again = search(tmp_path, engine="fused").fit(X, y)
    assert again.run_.id == run.name
    assert json.loads((run / "summary.json").read_text())["status"] == "finished"
    assert again.histories_["epoch"].max() == 3


@pytest.mark.slow
def test_why_a_training_could_not_go_on_is_in_the_log(tmp_path):
    class Own(keras.callbacks.Callback):
        pass

    fitted = search(tmp_path, classifier(callbacks=[Own()]), engine="fused", checkpoint_seconds=0).fit(*iris())
    log = (fitted.run_.path / "log").read_text()
    assert "candidate 0, fold 0, repeat 0 would start over, because" in log
    assert "Own" in log
