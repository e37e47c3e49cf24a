"""The search space that a builder of KerasTuner's defines. No model is trained here."""

import keras
import keras_tuner
import numpy as np
import pytest
from sklearn.model_selection import ParameterGrid, ParameterSampler

from skhpt import KerasClassifier, space_of
from skhpt.estimators._space_of import distribution
from skhpt.exceptions import ModelError
from tests import kerastuner_builders as documented


def space_by(ask):
    """Of a builder whose model depends on nothing."""

    def build(hp):
        ask(hp)
        return keras.Sequential([keras.layers.Dense(1)])

    return space_of(build)


def drawn(entry, n=300):
    rng = np.random.RandomState(0)
    return [entry.rvs(random_state=rng) for _ in range(n)]


def ends(entry):
    return entry.low, entry.high, entry.step, entry.log


def test_what_has_no_order_becomes_a_list():
    def ask(hp):
        hp.Choice("activation", ["relu", "tanh"])
        hp.Choice("filters", [8, 4, 16], ordered=False)
        hp.Boolean("dropout", default=True)
        hp.Fixed("seed", 7)

    assert space_by(ask) == {
        "activation": ["relu", "tanh"], "filters": [8, 4, 16], "dropout": [False, True], "seed": [7],
    }  # fmt: skip


def test_ranges_become_distributions():
    def ask(hp):
        hp.Int("plain", 1, 5)
        hp.Int("stepped", 32, 512, step=32)
        hp.Int("spread", 1, 1000, sampling="log")
        hp.Float("rate", 0, 0.5)
        hp.Float("tenths", 0, 1, step=0.1)
        hp.Float("lr", 1e-4, 1e-2, sampling="log")

    space = space_by(ask)
    assert {name: ends(entry) for name, entry in space.items()} == {
        "plain": (1, 5, 1, False),
        "stepped": (32, 512, 32, False),
        "spread": (1, 1000, 1, True),
        "rate": (0.0, 0.5, None, False),
        "tenths": (0.0, 1.0, 0.1, False),
        "lr": (1e-4, 1e-2, None, True),
    }
    assert {type(entry).__name__ for entry in space.values()} == {"Int", "Float"}
    assert set(drawn(space["plain"])) == {1, 2, 3, 4, 5}


def test_steps_that_multiply_become_the_list_of_the_values():
    def ask(hp):
        hp.Int("batch", 2, 32, step=2, sampling="log")
        hp.Float("lr", 0.001, 10, step=10, sampling="log")

    space = space_by(ask)
    assert space["batch"] == [2, 4, 8, 16, 32]
    assert space["lr"] == pytest.approx([0.001, 0.01, 0.1, 1, 10])


def test_a_range_of_one_value_is_that_value():
    assert space_by(lambda hp: hp.Int("units", 3, 3)) == {"units": [3]}


def test_a_reversed_logarithm_crowds_at_the_upper_end():
    def ask(hp):
        hp.Float("momentum", 0.01, 1, sampling="reverse_log")
        hp.Int("units", 1, 100, sampling="reverse_log")

    space = space_by(ask)
    # The median of the logarithmic range from 0.01 to 1 is 0.1, at a distance of 0.09 from its lower end.
    assert np.median(drawn(space["momentum"], 1000)) == pytest.approx(1 - 0.09, abs=0.02)
    assert 1 <= min(drawn(space["units"])) <= max(drawn(space["units"])) == 100
    assert all(isinstance(value, int) for value in space["units"].rvs(size=5, random_state=0))
    assert space["units"].rvs(size=5, random_state=0) == drawn(space["units"], 5)


def test_layers_that_a_loop_makes_are_all_in():
    assert space_of(documented.tune_depth).keys() == {
        "num_layers", "units_0", "units_1", "units_2", "activation", "dropout", "lr",
    }  # fmt: skip


def test_a_condition_makes_a_space_for_each_value_of_its_parent():
    mlp, cnn = space_of(documented.tune_kind)
    assert (mlp["model_type"], mlp.keys()) == (["mlp"], {"model_type", "units"})
    assert (cnn["model_type"], cnn.keys()) == (["cnn"], {"model_type", "filters"})


def test_scopes_in_a_loop_make_a_space_for_each_depth():
    one, two = space_of(documented.tune_pooling_in_scopes)
    assert (one["conv_layers"], two["conv_layers"]) == ([1], [2])
    assert two.keys() - one.keys() == {"filters_1", "pooling_1"}
    assert two["pooling_1"] == ["max", "avg"]


def test_a_parent_below_another_has_its_values_only_where_it_is_there():
    def ask(hp):
        hp.Choice("kind", ["plain", "deep"])
        with hp.conditional_scope("kind", "deep"):
            hp.Int("depth", 2, 3)
            with hp.conditional_scope("depth", [3]):
                hp.Boolean("skips")

    assert space_by(ask) == [
        {"kind": ["plain"]},
        {"kind": ["deep"], "depth": [2]},
        {"kind": ["deep"], "depth": [3], "skips": [False, True]},
    ]


def test_two_parents_make_a_space_for_each_combination():
    def ask(hp):
        for name in ("a", "b"):
            hp.Boolean(name)
            hp.Fixed(f"of_{name}", 1, parent_name=name, parent_values=[True])

    spaces = space_by(ask)
    assert [sorted(space) for space in spaces].count(["a", "b"]) == 1
    assert {(space["a"][0], space["b"][0], "of_a" in space, "of_b" in space) for space in spaces} == {
        (a, b, a, b) for a in (False, True) for b in (False, True)
    }  # fmt: skip


def test_one_name_under_two_conditions_has_the_range_of_its_condition():
    def ask(hp):
        hp.Choice("kind", ["narrow", "wide"])
        hp.Int("units", 1, 4, parent_name="kind", parent_values=["narrow"])
        hp.Int("units", 10, 40, parent_name="kind", parent_values=["wide"])

    narrow, wide = space_by(ask)
    assert (ends(narrow["units"])[:2], ends(wide["units"])[:2]) == ((1, 4), (10, 40))


def test_of_a_parent_without_a_list_of_values_those_that_are_named_stand_apart():
    def ask(hp):
        hp.Float("rate", 0, 1)
        hp.Boolean("noisy", parent_name="rate", parent_values=[0.0])

    named, others = space_by(ask)
    assert named == {"rate": [0.0], "noisy": [False, True]}
    assert others.keys() == {"rate"}
    assert ends(others["rate"])[:2] == (0, 1)


def test_a_prefix_is_that_of_a_step_of_a_pipeline():
    assert space_of(documented.tune_units, prefix="net").keys() == {"net__units"}
    assert {name for space in space_of(documented.tune_kind, prefix="net") for name in space} == {
        "net__model_type", "net__units", "net__filters",
    }  # fmt: skip


def test_a_hyper_model_has_the_space_of_its_builder():
    assert ends(space_of(documented.HyperDense(10))["units"]) == (32, 512, 32, False)


@pytest.mark.parametrize("build", [documented.tune_depth, documented.tune_kind, documented.tune_pooling])
def test_scikit_learns_sampler_draws_what_kerastuner_could_have_drawn(build):
    known = keras_tuner.HyperParameters()
    for params in ParameterSampler(space_of(build), 20, random_state=0):
        known.values = dict(params)
        build(known)
        for each in known.space:
            if each.name in params and hasattr(each, "min_value"):
                assert each.min_value <= params[each.name] <= each.max_value
            elif each.name in params:
                assert params[each.name] in each.values


def test_a_space_of_lists_is_a_grid():
    assert len(ParameterGrid(space_by(lambda hp: (hp.Boolean("a"), hp.Choice("b", [1, 2, 3]))))) == 6


@pytest.mark.parametrize("build", [lambda units: None, lambda: None, {"units": [1]}, keras_tuner.HyperParameters()])
def test_what_is_no_builder_of_kerastuners_is_refused(build):
    with pytest.raises(ModelError, match=r"'build' parameter of space_of must be .*Got"):
        space_of(build)


def twice_in_scopes(hp):
    hp.Int("units", 8, 16)
    if hp.Boolean("deep"):
        with hp.conditional_scope("deep", [True]):
            hp.Int("units", 32, 64)


TWICE = {
    "ranges": (lambda hp: (hp.Int("units", 8, 16), hp.Int("units", 32, 64)), r"Int\(8, 16\) and as Int\(32, 64\)"),
    "steps": (
        lambda hp: (hp.Int("units", 8, 16), hp.Int("units", 8, 16, step=4)),
        r"Int\(8, 16\) and as Int\(8, 16, step=4\)",
    ),
    "scales": (
        lambda hp: (hp.Float("units", 1, 9), hp.Float("units", 1, 9, sampling="log")),
        r"Float\(1.0, 9.0\) and as Float\(1.0, 9.0, sampling='log'\)",
    ),
    "types": (lambda hp: (hp.Int("units", 1, 9), hp.Float("units", 1, 9)), r"Int\(1, 9\) and as Float\(1.0, 9.0\)"),
    "kinds": (lambda hp: (hp.Int("units", 1, 2), hp.Choice("units", [1, 2])), r"Int\(1, 2\) and as Choice of 1, 2"),
    "options": (
        lambda hp: (hp.Choice("units", ["a", "b"]), hp.Choice("units", ["a", "c"])),
        "Choice of 'a', 'b' and as Choice of 'a', 'c'",
    ),
    "in a scope": (twice_in_scopes, r"Int\(8, 16\) and as Int\(32, 64\)"),
    "by another": (
        lambda hp: hp.Int("units", 8, hp.Int("most", 16, 64)),
        r"Int\(8, 16\) and as Int\(8, \d+\)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TWICE)
def test_of_a_name_that_is_defined_twice_the_first_counts_as_for_kerastuner_and_both_are_named(case):
    ask, said = TWICE[case]
    with pytest.warns(UserWarning, match=f"'build' defines the hyper-parameter 'units' twice: as {said}"):
        space = space_by(ask)
    hp = keras_tuner.HyperParameters()
    ask(hp)
    first = next(each for each in hp.space if each.name == "units")
    for each in space if isinstance(space, list) else [space]:
        assert each["units"] == distribution(first)


@pytest.mark.parametrize(
    "ask",
    [
        lambda hp: (hp.Int("units", 8, 16), hp.Int("units", 8, 16, default=12)),
        lambda hp: (hp.Choice("units", [8, 16]), hp.Choice("units", [16, 8])),
        lambda hp: [hp.Int(f"units_{i}", 8, 16) for i in range(hp.Int("layers", 1, 3))],
    ],
    ids=["default", "order", "loop"],
)
def test_a_name_that_is_asked_for_again_with_the_same_values_is_no_second_one(ask):
    space_by(ask)


def test_a_wrapper_warns_of_a_name_that_is_defined_twice_as_well():
    def build(hp):
        hp.Int("units", 8, 16)
        return keras.Sequential([keras.layers.Dense(hp.Int("units", 32, 64)), keras.layers.Dense(1)])

    with pytest.warns(UserWarning, match="'build' defines the hyper-parameter 'units' twice"):
        KerasClassifier(build).fit(np.zeros((4, 1)), [0, 1, 0, 1])
