"""Estimators, pipelines and searches that another process loads."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import skhpt
from skhpt import GridSearchCV, InputSplitter, KerasClassifier, KerasRegressor
from skhpt.exceptions import CompatibilityWarning, ModelError, SavingError, UntrustedTypesError
from tests import builders
from tests.backend import BACKEND
from tests.saved_steps import OwnClassifier, Shifted
from tests.versions import before

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype("float32")
Y = np.where(X[:, 0] > 0, "yes", "no")
PARAMS = {"epochs": 1, "verbose": 0, "random_state": 0}
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

SCRIPT = """
    import sys, warnings
    import keras, numpy as np, pandas as pd
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    import skhpt

    class Doubling(keras.layers.Layer):
        def call(self, rows):
            return 2 * rows

    def build(meta, units=4, own=False):
        hidden = [keras.layers.Dense(units), *([Doubling()] if own else [])]
        return keras.Sequential([*hidden, keras.layers.Dense(meta["n_classes_"], "softmax")])

    if __name__ == "__main__":
        rng = np.random.default_rng(0)
        rows = pd.DataFrame({"age": rng.normal(size=40), "plan": rng.choice(["a", "b"], 40)})
        target = np.where(rows["age"] > 0, "stays", "leaves")
        columns = [("numbers", StandardScaler(), ["age"]), ("plans", OneHotEncoder(sparse_output=False), ["plan"])]
        network = skhpt.KerasClassifier(build, epochs=2, verbose=0, random_state=0)
        pipeline = Pipeline([("columns", ColumnTransformer(columns)), ("net", network)]).fit(rows, target)
        skhpt.save(pipeline, "skops")
        rows.assign(target=target).to_csv("rows.csv", index=False)
        np.save("skops.npy", pipeline.predict_proba(rows))
        pipeline.set_params(net__own=True).fit(rows, target)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            skhpt.save(pipeline, "cloudpickle", serializer="cloudpickle")
        assert "whoever loads this directory runs" in str(caught[-1].message)
        np.save("cloudpickle.npy", pipeline.predict_proba(rows))
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """What a script has saved, which this process does not know."""
    directory = tmp_path_factory.mktemp("trained")
    (directory / "script.py").write_text(textwrap.dedent(SCRIPT))
    environment = os.environ | {"PYTHONPATH": ROOT}
    subprocess.run([sys.executable, "script.py"], cwd=directory, env=environment, check=True)
    return directory


@pytest.fixture
def copied(trained, tmp_path):
    """A copy of the pipeline, to be changed."""
    return shutil.copytree(trained / "skops", tmp_path / "copied")


@pytest.fixture(scope="module")
def classifier():
    return KerasClassifier(builders.classifier, **PARAMS).fit(X, Y)


@pytest.mark.parametrize("serializer", ["skops", "cloudpickle"])
def test_a_pipeline_of_a_script_predicts_in_a_process_that_does_not_have_it(trained, serializer):
    rows = pd.read_csv(trained / "rows.csv")
    target = rows.pop("target")
    loaded = skhpt.load(trained / serializer, allow_pickle=serializer == "cloudpickle")
    expected = np.load(trained / f"{serializer}.npy")
    np.testing.assert_allclose(loaded.predict_proba(rows), expected, rtol=1e-6)
    np.testing.assert_array_equal(loaded.classes_, ["leaves", "stays"])
    assert loaded.score(rows, target) == np.mean(loaded.classes_[expected.argmax(axis=1)] == target)
    assert len(loaded["net"].history_["loss"]) == 2
    np.testing.assert_array_equal(loaded.feature_names_in_, ["age", "plan"])


def test_it_says_what_is_missing_to_fit_it_again_and_takes_it(trained, tmp_path):
    rows = pd.read_csv(trained / "rows.csv")
    target = rows.pop("target")
    loaded = skhpt.load(trained / "skops")
    for again in (loaded, GridSearchCV(loaded, {"net__units": [3]}, cv=2, runs_dir=None)):
        with pytest.raises(ModelError, match=r"model \(build\).* skhpt.load\(path, model=...\) or by set_params"):
            again.fit(rows, target)
    skhpt.save(loaded, tmp_path / "again")
    loaded = skhpt.load(tmp_path / "again", net__model=builders.classifier, net__units=5)
    assert loaded.fit(rows, target)["net"].model_.layers[0].units == 5


def test_nothing_that_was_not_stored_is_left_out_when_it_is_fitted_again(tmp_path):
    stop = keras.callbacks.EarlyStopping("loss")
    KerasClassifier(builders.classifier, callbacks=[stop], **PARAMS).fit(X, Y).save(tmp_path / "saved")
    loaded = skhpt.load(tmp_path / "saved", model=builders.classifier)
    with pytest.raises(ModelError, match=r"callbacks \(list\)"):
        loaded.fit(X, Y)
    assert loaded.set_params(callbacks=None).fit(X, Y).score(X, Y) > 0


def test_wrappers_at_any_depth_are_stored_and_searches_as_their_best_estimators(tmp_path):
    search = GridSearchCV(KerasRegressor(builders.regressor, **PARAMS), {"units": [2, 3]}, cv=2, runs_dir=None)
    steps = make_pipeline(StandardScaler(), SelectKBest(f_regression, k=1), search)
    numbers = TransformedTargetRegressor(steps, transformer=StandardScaler())
    numbers.fit(X[:, 1:], X[:, 0])
    skhpt.save(numbers, tmp_path / "saved")
    loaded = skhpt.load(tmp_path / "saved")
    np.testing.assert_array_equal(loaded.predict(X[:, 1:]), numbers.predict(X[:, 1:]))
    assert isinstance(loaded.regressor_[-1], KerasRegressor)
    assert isinstance(numbers.regressor_[-1], GridSearchCV)  # what was saved is as it was
    with pytest.raises(ModelError, match="of a GridSearchCV in it only the best estimator"):
        loaded.fit(X[:, 1:], X[:, 0])

    calibrated = CalibratedClassifierCV(KerasClassifier(builders.classifier, **PARAMS), cv=2, ensemble=True)
    classes = VotingClassifier([("network", calibrated)], voting="soft").fit(X, Y)
    skhpt.save(classes, tmp_path / "saved")
    np.testing.assert_array_equal(skhpt.load(tmp_path / "saved").predict_proba(X), classes.predict_proba(X))


def test_a_network_of_several_inputs_behind_an_input_splitter(tmp_path):
    def build(meta):
        inputs = {name: keras.Input((shape[1],), name=name) for name, shape in meta["X_shape_"].items()}
        return keras.Model(inputs, layers.Dense(2, "softmax")(layers.Concatenate()(list(inputs.values()))))

    splitter = InputSplitter({"first": [0], "others": [1, 2]})
    pipeline = make_pipeline(splitter, KerasClassifier(build, **PARAMS)).fit(X, Y)
    skhpt.save(pipeline, tmp_path / "saved")
    np.testing.assert_array_equal(skhpt.load(tmp_path / "saved").predict_proba(X), pipeline.predict_proba(X))


@pytest.mark.parametrize("engine", ["fused", pytest.param("per-trial", marks=pytest.mark.slow)])
def test_a_search_over_a_wrapper_is_stored_as_a_wrapper(tmp_path, engine):
    wrapper = KerasClassifier(builders.classifier, **PARAMS)
    search = GridSearchCV(wrapper, {"units": [2, 3]}, cv=2, runs_dir=None, engine=engine).fit(X, Y)
    skhpt.save(search, tmp_path / "saved")
    for loaded in (skhpt.load(tmp_path / "saved"), KerasClassifier.load(tmp_path / "saved")):
        np.testing.assert_array_equal(loaded.predict_proba(X), search.predict_proba(X))
        assert loaded.get_params()["units"] == search.best_params_["units"]


def test_types_of_the_users_own_are_asked_for_before_they_are_imported(tmp_path, monkeypatch):
    path = tmp_path / "saved"
    pipeline = make_pipeline(Shifted(2.0), OwnClassifier(builders.classifier, **PARAMS)).fit(X, Y)
    skhpt.save(pipeline, path)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "tests.saved_steps", None)  # which makes its import an error
        with pytest.raises(
            UntrustedTypesError, match=r"runs code.*trusted=\['tests.saved_steps.OwnClassifier"
        ) as caught:
            skhpt.load(path)
        with pytest.raises(SavingError, match="skops can't read"):
            skhpt.load(path, trusted=caught.value.types)
    assert caught.value.types == ["tests.saved_steps.OwnClassifier", "tests.saved_steps.Shifted"]
    with pytest.raises(UntrustedTypesError) as caught:
        skhpt.load(path, trusted=[Shifted])
    assert caught.value.types == ["tests.saved_steps.OwnClassifier"]
    loaded = skhpt.load(path, trusted=[Shifted, "tests.saved_steps.OwnClassifier"])
    np.testing.assert_array_equal(loaded.predict_proba(X), pipeline.predict_proba(X))
    with pytest.raises(TypeError, match="'trusted' parameter of load must be a list"):
        skhpt.load(path, trusted=True)


def test_a_function_that_could_run_anything_is_not_loaded(tmp_path):
    skhpt.save(make_pipeline(FunctionTransformer(os.system)).fit(X), tmp_path / "saved")
    with pytest.raises(UntrustedTypesError, match=r"'(posix|nt)\.system'"):
        skhpt.load(tmp_path / "saved")


def test_what_no_other_process_could_load_is_refused(tmp_path, classifier, monkeypatch):
    class Local(KerasClassifier):
        pass

    monkeypatch.setattr(Shifted, "__module__", "__main__")
    monkeypatch.setattr(sys.modules["__main__"], "Shifted", Shifted, raising=False)
    for step in (FunctionTransformer(lambda rows: rows), Shifted()):
        with pytest.raises(SavingError, match=r"in a module that the loading process can import.*cloudpickle"):
            skhpt.save(make_pipeline(step, StandardScaler()).fit(X), tmp_path / "saved")
    with pytest.raises(SavingError, match="class Local is no part of a module"):
        skhpt.save(Local(builders.classifier, **PARAMS).fit(X, Y), tmp_path / "saved")
    assert list(tmp_path.iterdir()) == []


def test_without_skops_there_is_an_error_with_both_ways(tmp_path, classifier, monkeypatch, copied):
    monkeypatch.setitem(sys.modules, "skops", None)
    monkeypatch.delitem(sys.modules, "skhpt._compat.skops", raising=False)
    monkeypatch.delattr("skhpt._compat.skops", raising=False)
    ways = r"pip install 'skhpt\[save\]'.*serializer='cloudpickle'"
    with pytest.raises(SavingError, match=ways):
        skhpt.save(make_pipeline(StandardScaler()).fit(X), tmp_path / "saved")
    with pytest.raises(SavingError, match=ways):
        skhpt.load(copied)
    skhpt.save(classifier, tmp_path / "saved")  # a wrapper by itself needs none
    np.testing.assert_array_equal(skhpt.load(tmp_path / "saved").predict(X), classifier.predict(X))


def changed(file, **changes):
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def rename_in_manifest(path, old, new):
    manifest = path / "manifest.json"
    manifest.write_text(manifest.read_text().replace(old, new))


def link(file):
    other = file.with_name("other")
    file.rename(other)
    file.symlink_to(other)


def spoil(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda path: (path / "manifest.json").write_text("{"), "manifest.json is damaged"),
        (lambda path: (path / "manifest.json").write_text("[]"), "manifest.json is damaged"),
        (lambda path: (path / "manifest.json").write_text("[" * 100_000), "manifest.json is damaged"),
        (lambda path: changed(path / "manifest.json", files=3), "manifest.json is damaged"),
        (lambda path: changed(path / "manifest.json", format=2), "has the format 2. This skhpt reads 1"),
        (lambda path: changed(path / "manifest.json", files={}), "does not name networks/0/estimator.json"),
        (lambda path: rename_in_manifest(path, "networks/0/", "networks/../../"), "which no saved estimator has"),
        (lambda path: rename_in_manifest(path, "pipeline.skops", "/etc/passwd"), "which no saved estimator has"),
        (lambda path: link(path / "manifest.json"), "is a link"),
        (lambda path: link(path / "networks/0"), "is a link"),
        (lambda path: link(path / "networks/0/model.keras"), "is a link"),
        (lambda path: spoil(path / "networks/0/model.keras"), "model.keras is damaged"),
        (lambda path: spoil(path / "pipeline.skops"), "pipeline.skops is damaged"),
        (lambda path: (path / "pipeline.skops").unlink(), "pipeline.skops can't be read"),
    ],
)
def test_a_directory_that_is_not_what_was_saved_is_refused(copied, harm, sentence):
    harm(copied)
    with pytest.raises(SavingError, match=sentence):
        skhpt.load(copied)


def test_a_forged_manifest_runs_nothing(trained, copied):
    def forge():
        from skhpt.saving._directory import Manifest, digests

        (copied / "manifest.json").unlink()
        Manifest("Pipeline", {}, digests(copied)).write(copied)

    (copied / "pipeline.skops").write_bytes(b"no archive")
    forge()
    with pytest.raises(SavingError, match="skops can't read"):
        skhpt.load(copied)
    shutil.copy(trained / "skops/pipeline.skops", copied)
    changed(copied / "networks/0/estimator.json", module="os", **{"class": "system"})
    forge()
    with pytest.raises(UntrustedTypesError, match=r"\['os.system'\]"):
        skhpt.load(copied)
    with pytest.raises(SavingError, match=r"holds a os.system, which is no Keras wrapper"):
        skhpt.load(copied, trusted=["os.system"])
    shutil.rmtree(copied / "networks")
    forge()
    with pytest.raises(SavingError, match="names a network that is not there"):
        skhpt.load(copied)


def test_a_pickle_is_loaded_by_request_only(trained, tmp_path):
    with pytest.raises(SavingError, match=r"runs whatever code is in it.*allow_pickle=True"):
        skhpt.load(trained / "cloudpickle")


def test_a_damaged_or_later_wrapper_by_itself_is_refused(tmp_path, classifier):
    path = tmp_path / "saved"
    skhpt.save(classifier, path)
    changed(path / "estimator.json", format=2)
    with pytest.raises(SavingError, match="has the format 2"):
        skhpt.load(path)
    changed(path / "estimator.json", format=1, parameters={"dict": 3})
    with pytest.raises(SavingError, match=r"estimator.json is damaged"):
        skhpt.load(path)
    classifier.save(path)
    (path / "model.keras").write_bytes(b"no archive")
    with pytest.raises(SavingError, match="Keras can't read"):
        skhpt.load(path)
    link(path / "model.keras")
    with pytest.raises(SavingError, match="is a link"):
        skhpt.load(path)
    with pytest.raises(FileNotFoundError, match="There is no saved estimator in"):
        skhpt.load(tmp_path)


def test_other_versions_are_warned_of(copied):
    changed(copied / "manifest.json", versions={"keras": "3.0.0"})
    with pytest.warns(CompatibilityWarning, match=rf"keras 3.0.0 \(here {keras.__version__}\)"):
        skhpt.load(copied)


def test_an_empty_directory_may_be_there(tmp_path):
    skhpt.save(make_pipeline(StandardScaler()).fit(X), tmp_path)
    assert skhpt.load(tmp_path).transform(X).shape == X.shape


def test_an_earlier_save_is_replaced_as_a_whole_and_nothing_else(copied, classifier):
    with pytest.raises(SavingError):
        skhpt.save(make_pipeline(FunctionTransformer(lambda rows: rows)).fit(X), copied)
    assert skhpt.load(copied)["net"].history_
    skhpt.save(classifier, copied)
    assert sorted(file.name for file in copied.iterdir()) == ["estimator.json", "model.keras"]
    skhpt.save(make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y), str(copied))
    assert sorted(file.name for file in copied.iterdir()) == ["manifest.json", "pipeline.skops"]
    assert skhpt.load(str(copied)).predict(X).shape == (40,)
    (copied / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match=r"also other files, which would be lost: notes.txt"):
        skhpt.save(classifier, copied)
    for other in (copied.parent, copied / "notes.txt"):
        with pytest.raises(FileExistsError, match="is no saved estimator"):
            skhpt.save(classifier, other)
    assert [entry.name for entry in copied.parent.iterdir()] == ["copied"]


class Doubling(layers.Layer):
    def call(self, rows):
        return 2 * rows


def own_loss(y_true, y_pred):
    return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)


@pytest.mark.skipif(before("keras", 3, 15), reason="older versions import unregistered classes by their modules")
def test_classes_and_functions_in_networks_go_by_their_names(tmp_path):
    def build(meta):
        return keras.Sequential([keras.Input((3,)), Doubling(), layers.Dense(2, "softmax")])

    path, own = tmp_path / "saved", {"Doubling": Doubling, "own_loss": own_loss}
    classifier = KerasClassifier(build, loss=own_loss, **PARAMS).fit(X, Y)
    for estimator in (classifier, make_pipeline(StandardScaler(), classifier)):
        estimator.fit(X, Y)
        with pytest.raises(ModelError, match=r"\(Doubling, own_loss\).*or give them as `custom_objects`"):
            skhpt.save(estimator, path)
        skhpt.save(estimator, path, custom_objects=own)
        with pytest.raises(SavingError, match=r"custom_objects=\{'Doubling': Doubling, 'own_loss': own_loss\}"):
            skhpt.load(path)
        loaded = skhpt.load(path, custom_objects=own)
        np.testing.assert_array_equal(loaded.predict_proba(X), estimator.predict_proba(X))
    classifier.save(path.with_name("alone"), custom_objects=own)
    assert KerasClassifier.load(path.with_name("alone"), custom_objects=own).model_.loss is own_loss


def test_what_can_not_be_saved_says_so(tmp_path, classifier):
    path = tmp_path / "saved"
    for unfitted in (KerasClassifier(builders.classifier), make_pipeline(StandardScaler(), LogisticRegression())):
        with pytest.raises(NotFittedError):
            skhpt.save(unfitted, path)
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2, refit=False, runs_dir=None).fit(X, Y)
    with pytest.raises(SavingError, match="as it was fitted with refit=False"):
        skhpt.save(search, path)
    with pytest.raises(TypeError, match=r"Got a Sequential instead. A keras.Model has a method `save`"):
        skhpt.save(classifier.model_, path)
    with pytest.raises(ValueError, match="'serializer' parameter of save must be one of"):
        skhpt.save(classifier, path, serializer="pickle")


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="there is one backend")
def test_what_one_backend_has_saved_predicts_the_same_on_another(trained):
    other = "jax" if BACKEND == "tensorflow" else "tensorflow"
    code = """
        import numpy as np, pandas as pd, keras, skhpt
        rows = pd.read_csv("rows.csv").drop(columns="target")
        np.save("other.npy", skhpt.load("skops").predict_proba(rows))
        print(keras.backend.backend())
    """
    environment = os.environ | {"PYTHONPATH": ROOT, "KERAS_BACKEND": other}
    command = [sys.executable, "-c", textwrap.dedent(code)]
    printed = subprocess.run(command, cwd=trained, env=environment, check=True, capture_output=True, text=True).stdout
    assert printed.split() == [other]
    np.testing.assert_allclose(np.load(trained / "other.npy"), np.load(trained / "skops.npy"), rtol=1e-5)
