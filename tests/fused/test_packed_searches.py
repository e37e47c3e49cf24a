"""Searches over widths, whose candidates share programs."""

import pickle

import keras
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpt import HalvingGridSearchCV
from skhpt.exceptions import CannotFuseError
from skhpt.fused import FusedEngine, _family, _made_program
from skhpt.fused._made_program import kept_programs
from skhpt.fused._packed import PackedProgram
from tests.fused import architectures as nets
from tests.fused.architectures import BODIES, DIGIT, DIGITS, IRIS, KIND, PROGRESS
from tests.fused.comparison import assert_engines_agree, regressor, searched
from tests.fused.rounds import Memory, Round, network, setup_of, specs_of, trained
from tests.fused.test_checkpoints import assert_same_results

slow = pytest.mark.slow
WIDTHS = {"units": [4, 9, 6]}


@pytest.fixture
def made(monkeypatch):
    """The widths of the programs that are made and not found."""
    kept_programs.clear()
    widths = []

    def make(model, *arguments, halts):
        widths.append(next(layer.units for layer in model.layers if hasattr(layer, "units")))
        return _make_program(model, *arguments, halts=halts)

    _make_program = _made_program.make_program
    monkeypatch.setattr(_made_program, "make_program", make)
    return widths


def the_last(results):
    return 2


def packing(search):
    """What the report says of each candidate."""
    return search.engine_report_.drop_duplicates("candidate")["packing"].tolist()


def test_candidates_of_all_widths_train_in_one_program(made):
    search, _ = assert_engines_agree(network(epochs=3), WIDTHS, IRIS, KIND)
    assert made == [9]
    assert search.engine_report_["program"].unique().tolist() == [0]
    assert packing(search) == ["4-3 in 9-3", "9-3 in 9-3", "6-3 in 9-3"]


def test_what_comes_back_is_as_wide_as_its_candidate(tmp_path):
    search = searched(network(epochs=3), WIDTHS, IRIS, KIND, engine="fused", refit=the_last)
    assert search.best_params_ == {"units": 6}
    assert search.best_model_.count_params() == 4 * 6 + 6 + 6 * 3 + 3
    search.best_model_.save(tmp_path / "best.keras")
    read = keras.models.load_model(tmp_path / "best.keras")
    assert [weight.shape for weight in read.get_weights()] == [(4, 6), (6,), (6, 3), (3,)]
    assert (pickle.loads(pickle.dumps(search)).predict_proba(IRIS) == search.predict_proba(IRIS)).all()


class Looking(keras.callbacks.Callback):
    """Notes how wide the model is that it is shown, and writes to its first units."""

    def on_epoch_end(self, epoch, logs=None):
        first = self.model.layers[0]
        assert first.get_weights()[0].shape == (4, first.units)
        first.set_weights([weight * 0.9 for weight in first.get_weights()])


@slow
@pytest.mark.parametrize("name", ["stopping early", "their own"])
def test_callbacks_see_a_model_of_their_own_width(name):
    stopping = keras.callbacks.EarlyStopping("loss", patience=0, min_delta=0.2, restore_best_weights=True)
    callbacks = {"stopping early": [stopping], "their own": [Looking()]}[name]
    search, _ = assert_engines_agree(network(callbacks=callbacks), WIDTHS, IRIS, KIND)
    assert search.engine_report_["program"].unique().tolist() == [0]


@slow
def test_a_factor_that_several_regularizers_share_is_each_candidates_own():
    def build(meta, units=8, factor=0.1):
        shared = keras.regularizers.L2(factor)
        options = {"kernel_regularizer": shared, "activity_regularizer": shared}
        return nets.stacked(meta, keras.layers.Dense(units, "relu", **options), keras.layers.Dense(5, **options))

    search, _ = assert_engines_agree(network(build, epochs=2), {"units": [4, 9], "factor": [0.01, 0.3]}, IRIS, KIND)
    assert search.engine_report_["program"].unique().tolist() == [0]


@slow
def test_rungs_go_on_in_the_program_of_the_first():
    options = {"search": HalvingGridSearchCV, "resource": "epochs", "min_resources": 1, "max_resources": 4, "factor": 2}
    grid = {"units": [4, 5, 7, 9], "dropout": [0.1, 0.4]}
    search, _ = assert_engines_agree(network(nets.mlp), grid, IRIS, KIND, **options)
    assert search.engine_report_["program"].unique().tolist() == [0]


@slow
def test_images_and_pipelines_are_packed():
    assert_engines_agree(network(nets.convolutional, epochs=3), {"filters": [2, 5, 3]}, DIGITS, DIGIT)
    pipeline = make_pipeline(StandardScaler(), network(nets.normalized_batches, epochs=3))
    grid = {"kerasclassifier__units": [4, 8], "standardscaler__with_mean": [True, False]}
    search, _ = assert_engines_agree(pipeline, grid, IRIS, KIND)
    assert search.engine_report_["program"].unique().tolist() == [0]


def test_checkpoints_of_packed_lanes_are_those_of_their_own_models():
    grid, setup, memory = [{"units": 4}, {"units": 9}], setup_of(network()), Memory()
    whole = trained(FusedEngine(memory), setup, specs_of(grid))
    assert memory.kept
    alone = {spec.key: Round(setup)(spec) for spec in specs_of(grid, memory.kept[0])}
    assert_same_results(alone, whole, rtol=1e-5)


def test_later_candidates_join_a_program_that_has_room():
    engine, setup = FusedEngine(), setup_of(network())

    def programs(*widths):
        admission = engine.admit(specs_of([{"units": units} for units in widths]), Round(setup))
        return {lane.spec.candidate.params["units"]: lane.seat.number for lane in admission.lanes}

    assert programs(4, 9) == {4: 0, 9: 0}
    assert programs(6) == {6: 0}
    assert programs(9, 12) == {9: 1, 12: 1}


def test_what_cannot_be_packed_says_why():
    grid = {"units": [4, 8]}
    search = searched(network(nets.normalized_layers, epochs=1), grid, IRIS, KIND, engine="fused", refit=False)
    assert packing(search) == ["by itself: LayerNormalization works across an axis whose width differs"] * 2
    assert sorted(search.engine_report_["program"].unique()) == [0, 1]


def test_what_is_not_worth_packing_says_so(monkeypatch):
    monkeypatch.setattr(_family, "trace_seconds", lambda model: -1.0)
    search = searched(network(epochs=1), {"units": [4, 8]}, IRIS, KIND, engine="fused", refit=False)
    assert packing(search) == ["by itself: padding would cost more than a program of its own"] * 2


def test_where_widths_do_not_differ_nothing_is_said_of_packing():
    search = searched(network(epochs=1), {"dropout": [0.1, 0.2]}, IRIS, KIND, engine="fused", refit=False)
    assert packing(search) == [None, None]


def test_a_later_search_finds_the_programs_of_an_earlier_one(made):
    first = searched(network(epochs=2), WIDTHS, IRIS, KIND, engine="fused")
    again = searched(network(epochs=2), WIDTHS, IRIS[::-1], KIND[::-1], engine="fused")
    assert made == [9]
    fresh = [kept_programs.clear(), searched(network(epochs=2), WIDTHS, IRIS[::-1], KIND[::-1], engine="fused")][1]
    assert made == [9, 9]
    assert again.cv_results_["mean_test_score"].tolist() == fresh.cv_results_["mean_test_score"].tolist()
    assert first.best_params_.keys() == again.best_params_.keys()


@slow
def test_a_later_search_with_another_number_has_a_program_of_its_own(made):
    searched(network(dropout=0.2, epochs=1), {}, IRIS, KIND, engine="fused", refit=False)
    other = searched(network(dropout=0.5, epochs=1), {}, IRIS, KIND, engine="fused", refit=False)
    assert made == [8, 8]
    alone = searched(network(dropout=0.5, epochs=1), {}, IRIS, KIND, engine="per-trial", refit=False)
    assert other.histories_["loss"].tolist() == pytest.approx(alone.histories_["loss"].tolist(), rel=1e-4)


@slow
def test_programs_are_not_kept_that_a_later_search_must_not_find(made, monkeypatch):
    search = {"engine": "fused", "refit": False}
    searched(regressor(loss="mape", epochs=1), {}, BODIES, PROGRESS, **search)
    epsilon = keras.config.epsilon()
    try:
        keras.config.set_epsilon(1e-3)  # which this loss reads as it is traced
        searched(regressor(loss="mape", epochs=1), {}, BODIES, PROGRESS, **search)
    finally:
        keras.config.set_epsilon(epsilon)
    assert made == [8, 8]
    for _ in range(2):  # the callback may change the model
        searched(network(nets.small, epochs=1, callbacks=[Looking()]), {}, IRIS, KIND, **search)
    assert made == [8, 8, 8, 8]
    monkeypatch.setattr(_made_program, "_LARGEST_KEPT", 10)
    searched(network(epochs=1), {}, IRIS, KIND, **search)
    assert made == [8, 8, 8, 8, 8]


def test_a_layer_that_keras_cannot_make_again_is_a_reason_not_to_pack(monkeypatch):
    def fail(*arguments):
        raise ValueError("no such layer")

    monkeypatch.setattr(_family, "WideModel", fail)
    search = searched(network(epochs=1), {"units": [4, 8]}, IRIS, KIND, engine="fused", refit=False)
    assert packing(search) == ["by itself: Keras says: no such layer"] * 2


@slow
def test_a_program_of_several_widths_that_fails_leaves_each_its_own(monkeypatch):
    def check(self, *, evaluates):
        raise CannotFuseError("it fails")

    monkeypatch.setattr(PackedProgram, "check", check)
    kept_programs.clear()
    search = searched(network(epochs=1), {"units": [4, 8]}, IRIS, KIND, engine="fused", refit=False)
    assert packing(search) == ["by itself: it fails"] * 2


@slow
def test_models_with_parts_of_ones_own_are_found_by_later_searches(made):
    def build(meta, units=8):
        return nets.stacked(meta, keras.layers.Dense(units, activation=lambda x: keras.ops.maximum(x, 0)))

    for _ in range(2):
        searched(network(build, epochs=1), {}, IRIS, KIND, engine="fused", refit=False)
    assert made == [8]
