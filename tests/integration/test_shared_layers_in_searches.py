"""Searches whose builder puts its layers on top of a network that is made outside of it."""

import functools

import joblib
import keras
import numpy as np
import pytest
from keras import layers
from sklearn.datasets import load_iris

from skhpt import BayesianSearchCV, GridSearchCV, HalvingGridSearchCV, HyperbandSearchCV, Int, KerasClassifier

X, y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
ENGINES = ["per-trial", "fused"]
UNITS = [4, 6]
SEARCHES = {
    "grid": lambda *args, **options: GridSearchCV(*args, {"units": UNITS}, **options),
    "halving": lambda *args, **options: HalvingGridSearchCV(
        *args, {"units": [3, 4, 5, 6]}, resource="epochs", factor=2, min_resources=1, max_resources=3, **options
    ),
    "hyperband": lambda *args, **options: HyperbandSearchCV(
        *args, {"units": Int(3, 8)}, resource="epochs", max_resources=4, factor=2, **options
    ),
    "bayesian": lambda *args, **options: BayesianSearchCV(
        *args, {"units": Int(3, 8)}, n_iter=4, n_initial=2, batch_size=2, **options
    ),
}


def trained_base():
    """A network with weights of its own, the same in each call."""
    start = keras.initializers.GlorotUniform(seed=1)
    base = keras.Sequential([keras.Input((4,)), layers.Dense(8, "relu", kernel_initializer=start)])
    base.add(layers.BatchNormalization())
    rng = np.random.default_rng(0)
    base.set_weights([rng.uniform(0.5, 1, value.shape) for value in base.get_weights()])
    return base


def on_top_of(get_base):
    def build(units=4, tuned=True):
        base = get_base()
        base.trainable = tuned
        hidden = layers.Dense(units, activation="relu")
        return keras.Sequential([keras.Input((4,)), base, hidden, layers.Dense(3, activation="softmax")])

    return build


def network(build, **params):
    return KerasClassifier(
        build, loss="sparse_categorical_crossentropy", optimizer="adam", optimizer__learning_rate=0.05, **params
    )


def searched(kind, build, *, engine, **options):
    options = {"cv": 2, "random_state": 0, "error_score": "raise"} | options
    params = {"epochs": 2} if kind in ("grid", "bayesian") else {}
    return SEARCHES[kind](network(build, **params), engine=engine, **options).fit(X, y)


def of_each_candidate(search):
    results = search.cv_results_
    scores = np.stack([results["split0_test_score"], results["split1_test_score"]], axis=1)
    return list(zip(map(repr, results["params"]), scores.tolist(), strict=True))


def assert_alike(ours, theirs):
    """The same candidates with the same scores and networks, but for the last digits of sums in another order."""
    for (params, scores), (expected_params, expected) in zip(
        of_each_candidate(ours), of_each_candidate(theirs), strict=True
    ):
        assert params == expected_params
        np.testing.assert_allclose(scores, expected, atol=1e-5)
    for weight, expected in zip(ours.best_model_.get_weights(), theirs.best_model_.get_weights(), strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["hyperband", "bayesian"])  # a Hyperband is made of halvings
def test_a_shared_base_is_as_good_as_one_that_is_made_anew(kind):
    base = trained_base()
    before = base.get_weights()
    anew = searched(kind, on_top_of(trained_base), engine="per-trial")
    for engine in ENGINES:
        assert_alike(searched(kind, on_top_of(lambda: base), engine=engine), anew)
        for value, expected in zip(base.get_weights(), before, strict=True):
            np.testing.assert_array_equal(value, expected)


@pytest.mark.slow
def test_workers_return_what_one_process_returns():
    base = trained_base()
    ours, theirs = (
        searched("grid", on_top_of(lambda: base), engine="per-trial", cv=3, n_jobs=n_jobs) for n_jobs in (2, 1)
    )
    assert of_each_candidate(ours) == of_each_candidate(theirs)


@pytest.mark.parametrize("engine", [pytest.param("per-trial", marks=pytest.mark.slow), "fused"])
def test_scores_do_not_depend_on_the_order_of_the_candidates(engine):
    found = []
    for units in (UNITS, UNITS[::-1]):
        base = trained_base()
        options = {"cv": 2, "random_state": 0, "error_score": "raise", "engine": engine}
        search = GridSearchCV(network(on_top_of(lambda base=base: base), epochs=2), {"units": units}, **options)
        found.append(sorted(of_each_candidate(search.fit(X, y))))
    np.testing.assert_allclose([scores for _, scores in found[0]], [scores for _, scores in found[1]], atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_what_an_earlier_search_has_found_stays_as_it_is(engine):
    base = trained_base()
    build = on_top_of(lambda: base)
    first = searched("grid", build, engine=engine, cv=2)
    before = first.predict_proba(X)
    second = searched("grid", build, engine=engine, cv=2)
    np.testing.assert_array_equal(first.predict_proba(X), before)
    np.testing.assert_array_equal(second.predict_proba(X), before)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_candidates_that_freeze_the_base_leave_it_to_others_as_it_was(engine):
    base = trained_base()
    before = base.get_weights()
    grid = {"tuned": [False, True, False]}
    options = {"cv": 2, "random_state": 0, "error_score": "raise", "engine": engine, "refit": False}
    results = GridSearchCV(network(on_top_of(lambda: base), epochs=2), grid, **options).fit(X, y).cv_results_
    anew = GridSearchCV(network(on_top_of(trained_base), epochs=2), grid, **options).fit(X, y).cv_results_
    np.testing.assert_allclose(results["mean_test_score"], anew["mean_test_score"], atol=1e-5)
    assert len(base.trainable_variables) == 4
    for value, expected in zip(base.get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, expected)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_what_a_builder_writes_to_a_frozen_base_is_for_that_candidate_alone(engine):
    base = trained_base()
    base.trainable = False
    start = base.get_weights()

    def builder(get_base):
        def build(units=4, X=None):
            used = get_base()
            scale = units * float(np.abs(X).mean())  # of the rows of a split, or of all
            used.set_weights([scale * value for value in start])
            return on_top_of(lambda: used)(units, tuned=False)

        return build

    build = builder(lambda: base)
    search = searched("halving", build, engine=engine)
    assert_alike(search, searched("halving", builder(trained_base), engine="per-trial"))
    before = search.predict_proba(X)
    searched("grid", build, engine=engine)
    np.testing.assert_array_equal(search.predict_proba(X), before)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_a_variable_that_some_candidates_freeze_is_trained_for_the_others(engine):
    base = trained_base()

    def builder(get_base):
        def build(frozen=True):
            used = get_base()
            if frozen:
                used.layers[0].kernel.trainable = False
            hidden = layers.Dense(4, activation="relu")
            return keras.Sequential([keras.Input((4,)), used, hidden, layers.Dense(3, activation="softmax")])

        return build

    options = {"cv": 2, "random_state": 0, "error_score": "raise", "refit": False, "scoring": "neg_log_loss"}
    ours, anew = (
        GridSearchCV(network(builder(get_base), epochs=2), {"frozen": [True, False, True]}, engine=of, **options)
        .fit(X, y)
        .cv_results_["mean_test_score"]
        for get_base, of in ((lambda: base, engine), (trained_base, "per-trial"))
    )
    np.testing.assert_allclose(ours, anew, atol=1e-5)
    assert ours[0] == ours[2] != ours[1]
    assert base.layers[0].kernel.trainable


@pytest.mark.slow
def test_threads_train_copies_of_their_own():
    base = trained_base()
    grid = {"tuned": [True, False], "units": UNITS}
    options = {"cv": 2, "random_state": 0, "error_score": "raise", "engine": "per-trial", "refit": False}

    def search(n_jobs):
        return GridSearchCV(network(on_top_of(lambda: base), epochs=2), grid, n_jobs=n_jobs, **options).fit(X, y)

    with joblib.parallel_config("threading"):
        in_threads = search(2)
    assert of_each_candidate(in_threads) == of_each_candidate(search(1))


@pytest.mark.slow
def test_a_search_that_goes_on_begins_with_the_base_as_it_was(tmp_path):
    base = trained_base()
    build = on_top_of(lambda: base)
    options = {"runs_dir": tmp_path, "engine": "per-trial", "resume": True}
    whole = searched("halving", build, engine="per-trial")
    with pytest.warns(UserWarning, match="were used up"):
        searched("halving", build, **options, max_epochs_total=6)
    assert of_each_candidate(searched("halving", build, **options)) == of_each_candidate(whole)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_a_base_that_the_builder_makes_once_is_trained_anew_in_each_trial(engine):
    kept = searched("grid", on_top_of(functools.cache(trained_base)), engine=engine)
    assert_alike(kept, searched("grid", on_top_of(trained_base), engine="per-trial"))
