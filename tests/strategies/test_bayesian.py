import logging
import subprocess
import sys

import numpy as np
import optuna
import pytest
from bayes_opt import BayesianOptimization
from bayes_opt.acquisition import ExpectedImprovement

from skhpt.strategies import BayesianStrategy, Category, Number, ParameterSpace, Report, Steps, make_sampler
from tests.strategies.contract import StrategyContract

MIXED = {
    "rate": Number(1e-4, 1e-1, log=True),
    "layers": Number(1, 5, is_int=True),
    "units": Steps((16, 32, 64, 128)),
    "activation": Category(("relu", "tanh", max)),
}
PLANE = {"x": Number(0.0, 1.0), "y": Number(0.0, 1.0)}
RATE = {"rate": Number(0.0, 1.0)}
PARTS = [
    {"kind": Category(("flat",)), **RATE, "width": Number(1, 9, is_int=True)},
    {"kind": Category(("deep",)), **RATE, "width": Number(1, 99, is_int=True), "depth": Steps((2, 4))},
]
SAMPLERS = ["tpe", "gp"]


def make(sampler="tpe", parts=MIXED, n_candidates=12, batch_size=1, n_initial=4, seed=0, **options):
    space = ParameterSpace(parts if isinstance(parts, list) else [parts])
    made = make_sampler(sampler, space, seed=seed, n_initial=n_initial, options=options)
    return BayesianStrategy(made, n_candidates, batch_size, seed)


def make_quick(sampler, *args, **settings):
    """Of the Gaussian process without restarts of its fit, which take most of its time."""
    return make(sampler, *args, **settings | ({"n_restarts_optimizer": 0} if sampler == "gp" else {}))


def play(strategy, score):
    """The parameters that were asked for, in rounds."""
    rounds = []
    while not strategy.is_done:
        requests = strategy.ask()
        rounds.append([dict(request.candidate.params) for request in requests])
        for request in requests:
            strategy.tell(Report(request.candidate.index, score(**request.candidate.params)))
    return rounds


def all_of(rounds):
    return [params for round_ in rounds for params in round_]


def bowl(x, y):
    return -((x - 0.3) ** 2) - (y - 0.6) ** 2


class TestTPE(StrategyContract):
    def make(self):
        return make("tpe")


class TestTPEInBatches(StrategyContract):
    def make(self):
        return make("tpe", batch_size=3)


class TestTPEOnParts(StrategyContract):
    def make(self):
        return make("tpe", PARTS, batch_size=3)


class TestGP(StrategyContract):
    def make(self):
        return make_quick("gp", n_candidates=7)


class TestGPInBatches(StrategyContract):
    def make(self):
        return make_quick("gp", n_candidates=8, batch_size=3)


@pytest.mark.parametrize("seed", [0, 3])
def test_tpe_asks_for_what_optuna_suggests_by_hand(seed):
    def objective(trial):
        rate = trial.suggest_float("rate", 1e-4, 1e-1, log=True)
        layers = trial.suggest_int("layers", 1, 5)
        activation = trial.suggest_categorical("activation", ["relu", "tanh"])
        return score(rate, layers, activation)

    def score(rate, layers, activation):
        return -abs(np.log10(rate) + 2.5) - abs(layers - 3) + (activation == "tanh")

    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=5, multivariate=False), direction="maximize"
    )
    study.optimize(objective, n_trials=25)
    parts = {name: MIXED[name] for name in ("rate", "layers")} | {"activation": Category(("relu", "tanh"))}
    strategy = make("tpe", parts, 25, n_initial=5, seed=seed, multivariate=False)
    assert all_of(play(strategy, score)) == [trial.params for trial in study.trials]


@pytest.mark.parametrize(
    ("seed", "options"),
    [(0, {}), (3, {}), (3, {"acquisition_function": ExpectedImprovement(xi=0.01)}), (3, {"alpha": 1e-3})],
)
def test_gp_asks_for_what_bayesian_optimization_suggests_by_hand(seed, options):
    by_hand = dict(options)
    optimizer = BayesianOptimization(
        bowl, {"x": (0, 1), "y": (0, 1)}, by_hand.pop("acquisition_function", None), random_state=seed, verbose=0
    )
    optimizer.set_gp_params(**by_hand)
    optimizer.maximize(init_points=4, n_iter=8)
    assert all_of(play(make("gp", PLANE, seed=seed, **options), bowl)) == [tried["params"] for tried in optimizer.res]


def test_gp_sees_a_log_scale_as_its_unit():
    optimizer = BayesianOptimization(None, {"rate": (0, 1)}, random_state=0, verbose=0)
    expected = []
    for place in range(8):
        unit = (optimizer.random_sample(1)[0] if place < 3 else optimizer.suggest())["rate"]
        optimizer.register({"rate": unit}, -abs(unit - 0.4))
        expected.append(10 ** (3 * unit - 4))
    strategy = make("gp", {"rate": MIXED["rate"]}, 8, n_initial=3)
    asked = all_of(play(strategy, lambda rate: -abs((np.log10(rate) + 4) / 3 - 0.4)))
    assert [params["rate"] for params in asked] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_search_finds_the_bottom_of_a_bowl(sampler):
    asked = all_of(play(make_quick(sampler, PLANE, 25, n_initial=5), bowl))
    assert max(bowl(**params) for params in asked[5:]) > -0.01
    assert max(bowl(**params) for params in asked[5:]) > max(bowl(**params) for params in asked[:5])


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_values_are_those_of_the_space_and_of_plain_types(sampler):
    for params in all_of(play(make_quick(sampler), lambda rate, layers, units, activation: rate * layers)):
        assert type(params["rate"]) is float
        assert 1e-4 <= params["rate"] <= 1e-1
        assert type(params["layers"]) is int
        assert 1 <= params["layers"] <= 5
        assert params["units"] in (16, 32, 64, 128)
        assert params["activation"] in ("relu", "tanh", max)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_first_round_is_of_all_that_depends_on_no_score(sampler):
    strategy = make_quick(sampler, n_candidates=9, n_initial=4, batch_size=2)
    assert [round_.n_candidates for round_ in strategy.plan()] == [4, 2, 2, 1]
    others = make_quick(sampler, n_candidates=9, n_initial=4, batch_size=2)
    assert strategy.ask() == others.ask()
    sizes = [len(round_) for round_ in play(strategy, lambda **params: 0.0)]
    assert sizes == [4, 2, 2, 1]


def test_with_fewer_candidates_than_are_drawn_first_there_is_one_round():
    assert [round_.n_candidates for round_ in make(n_candidates=3, n_initial=10).plan()] == [3]


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("n_told", [0, 2, 5, 8])
def test_a_replay_of_its_reports_restores_it_at_any_step(sampler, n_told):
    whole, again = (make_quick(sampler, PLANE, 9, batch_size=3, n_initial=4) for _ in range(2))
    reports = []
    while not whole.is_done:
        for request in whole.ask():
            reports.append(Report(request.candidate.index, bowl(**request.candidate.params)))
            whole.tell(reports[-1])
    for report in reports[:n_told]:
        again.tell(report)
    there = make_quick(sampler, PLANE, 9, batch_size=3, n_initial=4)
    for report in reports[:n_told]:
        there.ask()
        there.tell(report)
    assert again.ask() == there.ask()


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_batch_is_not_of_one_place(sampler):
    strategy = make_quick(sampler, PLANE, 14, batch_size=4, n_initial=10)
    last = play(strategy, bowl)[-1]
    places = np.array([[params["x"], params["y"]] for params in last])
    distances = np.linalg.norm(places[:, None] - places[None], axis=-1)[np.triu_indices(len(places), 1)]
    assert distances.min() > 1e-3


@pytest.mark.parametrize(("sampler", "missing"), [("tpe", np.nan), ("tpe", -np.inf), ("tpe", np.inf), ("gp", np.nan)])
def test_a_place_without_a_score_is_kept_away_from(sampler, missing):
    def score(x, y):
        return missing if x > 0.5 else bowl(0.3, y)

    asked = all_of(play(make(sampler, PLANE, 24, n_initial=8), score))
    drawn = np.mean([params["x"] > 0.5 for params in asked[:8]])
    learnt = np.mean([params["x"] > 0.5 for params in asked[-8:]])
    assert learnt < min(drawn, 0.4)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_without_any_score_it_goes_on(sampler):
    assert len(all_of(play(make_quick(sampler, PLANE, 8, batch_size=2), lambda x, y: float("nan")))) == 8


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("batch_size", [1, 4])
def test_a_finite_space_is_tried_to_its_end_and_nothing_twice(sampler, batch_size):
    parts = {name: MIXED[name] for name in ("layers", "units")}
    strategy = make_quick(sampler, parts, 100, batch_size=batch_size)
    assert sum(round_.n_candidates for round_ in strategy.plan()) == 5 * 4
    asked = all_of(play(strategy, lambda layers, units: -abs(layers - 3)))
    assert sorted((params["layers"], params["units"]) for params in asked) == [
        (layers, units) for layers in range(1, 6) for units in (16, 32, 64, 128)
    ]


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_corner_that_a_sampler_goes_back_to_is_tried_once(sampler):
    asked = all_of(play(make_quick(sampler, PLANE, 20), lambda x, y: x + y))
    assert len({(params["x"], params["y"]) for params in asked}) == 20


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_space_of_one_setting_is_tried_once(sampler):
    parts = {"a": Category(("only",)), "b": Number(2, 2, is_int=True), "c": Number(0.5, 0.5), "d": Steps((7,))}
    assert play(make_quick(sampler, parts), lambda **params: 1.0) == [[{"a": "only", "b": 2, "c": 0.5, "d": 7}]]


def test_the_parts_of_a_space_are_not_mixed_and_the_better_one_is_found():
    asked = all_of(play(make("tpe", PARTS, 40, n_initial=10), lambda kind, **params: float(kind == "deep")))
    for params in asked:
        assert params.keys() == (PARTS[1] if params["kind"] == "deep" else PARTS[0]).keys()
        assert params["kind"] == "deep" or params["width"] <= 9
    assert sum(params["kind"] == "deep" for params in asked[-15:]) >= 10  # one in two if it had learnt nothing


def test_finite_parts_are_tried_to_their_end():
    parts = [{"a": Category((1, 2))}, {"a": Category((2, 3)), "b": Number(1, 2, is_int=True)}]
    asked = all_of(play(make("tpe", parts, 100), lambda **params: params["a"]))
    second = [(a, b) for a in (2, 3) for b in (1, 2)]
    assert sorted(tuple(params.values()) for params in asked) == sorted([(1,), (2,), *second])


def test_the_gaussian_process_refuses_parts():
    with pytest.raises(ValueError, match=r"sampler='gp' can't search a list of several dicts.*Use sampler='tpe'"):
        make("gp", PARTS)


@pytest.mark.parametrize(
    ("sampler", "option", "nearest"), [("tpe", "n_ei_candidate", "n_ei_candidates"), ("gp", "kernal", "kernel")]
)
def test_an_option_that_the_library_does_not_have_is_refused(sampler, option, nearest):
    with pytest.raises(ValueError, match=f"has no option '{option}'. Did you mean '{nearest}'"):
        make(sampler, **{option: 1})


def test_what_the_strategy_decides_is_no_option():
    with pytest.raises(ValueError, match="no option 'seed'"):
        make_sampler("tpe", ParameterSpace([MIXED]), seed=0, n_initial=1, options={"seed": 1})


def test_an_acquisition_function_of_the_caller_stays_as_it_is():
    mine = ExpectedImprovement(xi=0.01)
    play(make("gp", PLANE, 6, acquisition_function=mine), bowl)
    assert mine.i == 0


def test_a_new_study_is_not_told_of_and_other_lines_of_optuna_are(caplog):
    logger = logging.getLogger("optuna.storages._in_memory")
    logger.addHandler(caplog.handler)
    try:
        make("tpe")
        assert caplog.text == ""
        optuna.create_study()
        assert "new study" in caplog.text
    finally:
        logger.removeHandler(caplog.handler)


@pytest.mark.parametrize(("sampler", "library"), [("tpe", "optuna"), ("gp", "bayes_opt")])
def test_without_its_library_a_sampler_names_the_extra(sampler, library):
    code = f"""
import sys
sys.modules[{library!r}] = None
from skhpt.exceptions import MissingExtraError
from skhpt.strategies import ParameterSpace, make_sampler
try:
    make_sampler({sampler!r}, ParameterSpace([{{}}]), seed=0, n_initial=1)
except MissingExtraError as error:
    print(error)
"""
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == (
        f"sampler={sampler!r} needs packages that are not installed. Install them by: pip install 'skhpt[bayes]'"
    )
