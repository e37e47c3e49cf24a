"""What a search refuses before it builds a model: arguments of `fit` that undo its candidates, idle callbacks."""

import keras
import numpy as np
import pytest
import sklearn
import sklearn.model_selection
from keras.callbacks import CSVLogger, EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
from scipy.stats import randint
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import VotingClassifier
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import skhpt
from skhpt import Choice, Int, KerasClassifier, KerasRegressor, SearchSpace
from skhpt.exceptions import ConflictingParametersError

X, KIND = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 2

# The spaces of all searchers are of the same lists. On epochs, those that have a resource.
SEARCHERS = {
    "grid": lambda estimator, space, **options: skhpt.GridSearchCV(estimator, space, **options),
    "random": lambda estimator, space, **options: skhpt.RandomizedSearchCV(estimator, space, n_iter=2, **options),
    "halving": lambda estimator, space, **options: skhpt.HalvingGridSearchCV(
        estimator, space, factor=2, resource="n_samples", **options
    ),
    "Hyperband": lambda estimator, space, **options: skhpt.HyperbandSearchCV(
        estimator, space, resource="n_samples", max_resources=40, min_resources=20, factor=2, **options
    ),
    "Bayesian": lambda estimator, space, **options: skhpt.BayesianSearchCV(estimator, space, n_iter=2, **options),
}


@pytest.fixture(params=SEARCHERS)
def make_search(request):
    return SEARCHERS[request.param]


@pytest.fixture(params=["fused", "per-trial"])
def engine(request):
    return request.param


def build(units=2):
    raise AssertionError("a model is built before the search is checked")


def classifier(**params):
    return KerasClassifier(build, **params)


def conflict_of(search, **fit_params):
    with pytest.raises(ConflictingParametersError) as caught:
        search.fit(X, KIND, **fit_params)
    return caught.value


ARGUMENTS = {
    "epochs": ([1, 2], 3),
    "batch_size": ([8, 16], 4),
    "callbacks": ([None, CSVLogger("{trial}.csv")], []),
    "validation_split": ([0.1, 0.2], 0.3),
    "validation_batch_size": ([8, 16], 4),
    "class_weight": ([None, "balanced"], None),
    "shuffle": ([True, False], True),
    "verbose": ([0, 1], 2),
}


@pytest.mark.parametrize("argument", ARGUMENTS)
def test_what_candidates_set_is_not_given_to_fit_as_well(make_search, engine, argument):
    values, said = ARGUMENTS[argument]
    error = conflict_of(make_search(classifier(), {argument: values}, engine=engine), **{argument: said})
    assert error.names == (argument, argument)
    assert "varies" in str(error)
    assert "to fit as well" in str(error)


@pytest.mark.parametrize(
    ("name", "values", "argument", "said"),
    [
        ("fit__epochs", [1, 2], "epochs", 3),
        ("fit__validation_freq", [1, 2], "validation_freq", 3),
        ("callbacks__patience", [1, 2], "callbacks", []),
        ("validation_split", [0.1, 0.2], "validation_data", (X, KIND)),
        ("fit__validation_split", [0.1, 0.2], "X_val", X[:9]),
    ],
)
def test_a_parameter_is_known_by_all_its_names(make_search, name, values, argument, said):
    estimator = classifier(callbacks=EarlyStopping, callbacks__monitor="loss")
    extra = {"y_val": KIND[:9]} if argument == "X_val" else {}
    error = conflict_of(make_search(estimator, {name: values}), **{argument: said}, **extra)
    assert error.names == (name, argument)


ON_EPOCHS = {
    "halving": lambda estimator, **options: skhpt.HalvingGridSearchCV(
        estimator, {"units": [1, 2]}, resource="epochs", factor=2, **options
    ),
    "Hyperband": lambda estimator, **options: skhpt.HyperbandSearchCV(
        estimator, {"units": [1, 2]}, factor=2, **options
    ),
}


@pytest.mark.parametrize("make", ON_EPOCHS.values(), ids=ON_EPOCHS)
def test_a_resource_is_not_given_to_fit_as_well(make, engine):
    error = conflict_of(make(classifier(epochs=4), engine=engine), epochs=3)
    assert error.names == ("epochs", "epochs")
    assert "is the resource of" in str(error)


def regressor():
    return KerasRegressor(build)


NESTED = {
    "a pipeline": (Pipeline([("scale", StandardScaler()), ("net", classifier())]), "net__epochs", "net__epochs"),
    "a pipeline in one": (
        Pipeline([("outer", Pipeline([("net", classifier())]))]), "outer__net__fit__epochs", "outer__net__epochs",
    ),
    "transformed targets": (TransformedTargetRegressor(regressor()), "regressor__epochs", "epochs"),
    "a pipeline in transformed targets": (
        TransformedTargetRegressor(Pipeline([("net", regressor())])), "regressor__net__epochs", "net__epochs",
    ),
    "one for each output": (MultiOutputRegressor(regressor()), "estimator__epochs", "epochs"),
    "a vote": (VotingClassifier([("net", classifier())]), "net__epochs", "epochs"),
}  # fmt: skip


@pytest.mark.parametrize(("estimator", "name", "argument"), NESTED.values(), ids=NESTED)
def test_arguments_are_followed_to_the_network(estimator, name, argument):
    search = skhpt.GridSearchCV(estimator, {name: [1, 2]}, scoring="r2")
    assert conflict_of(search, **{argument: 3}).names == (name, argument)


@pytest.mark.parametrize("inner", [skhpt.GridSearchCV, sklearn.model_selection.GridSearchCV])
def test_arguments_are_followed_to_the_candidates_of_a_search_inside(inner):
    search = skhpt.GridSearchCV(inner(classifier(), {"epochs": [1, 2]}), {"estimator__units": [1]})
    assert conflict_of(search, epochs=3).names == ("estimator__epochs", "epochs")


def test_arguments_are_followed_by_metadata_routing():
    class Asking(KerasClassifier):
        __metadata_request__fit = {"epochs": True}

    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = Pipeline([("scale", StandardScaler()), ("net", Asking(build))])
        search = skhpt.GridSearchCV(pipeline, {"net__epochs": [1, 2]})
        assert conflict_of(search, epochs=3).names == ("net__epochs", "epochs")


def test_a_network_that_a_candidate_brings_is_looked_at():
    pipeline = Pipeline([("net", StandardScaler())])
    space = [{"net": [StandardScaler()]}, {"net": [classifier()], "net__epochs": [1, 2]}]
    search = skhpt.GridSearchCV(pipeline, space, scoring="accuracy")
    assert conflict_of(search, net__epochs=3).names == ("net__epochs", "net__epochs")


@pytest.mark.parametrize("space", [SearchSpace({"epochs": Choice([1, 2])}), [{"units": [1]}, {"epochs": [1, 2]}]])
def test_a_parameter_is_found_in_any_kind_of_space(space):
    conflict_of(skhpt.GridSearchCV(classifier(), space), epochs=3)


def test_a_plan_says_so_too():
    with pytest.raises(ConflictingParametersError):
        skhpt.GridSearchCV(classifier(), {"epochs": [1, 2]}).plan(X, KIND, epochs=3)


class Linear(KerasClassifier):
    """Of one layer."""

    def _keras_build_fn(self):
        return keras.Sequential([keras.layers.Dense(1)])


def test_networks_that_candidates_bring_are_not_overridden():
    pipeline = Pipeline([("net", classifier())])
    networks = [classifier(epochs=3), classifier(epochs=1)]
    assert conflict_of(skhpt.GridSearchCV(pipeline, {"net": networks}), net__epochs=2).names == ("net", "net__epochs")


def test_transformers_that_are_searched_cost_nothing():
    steps = [(f"step{number}", "passthrough") for number in range(30)]
    space = {name: [StandardScaler(), "passthrough", StandardScaler()] for name, _ in steps}
    search = skhpt.RandomizedSearchCV(Pipeline([*steps, ("net", classifier())]), space, n_iter=2)
    error = conflict_of(search.set_params(param_distributions=space | {"net__epochs": [1, 2]}), net__epochs=3)
    assert "net__epochs" in error.names


def test_what_is_not_searched_is_overridden_as_in_keras():
    search = skhpt.GridSearchCV(Linear(epochs=1, verbose=0), {"batch_size": [16, 32]}, cv=2).fit(X, KIND, epochs=2)
    assert set(search.histories_["epoch"]) == {1, 2}


class Own(EarlyStopping):
    """Of a user's own."""


class Scoring(keras.callbacks.Callback):
    """Puts a score of its own into the logs."""

    def on_epoch_end(self, epoch, logs=None):
        logs["val_score"] = float(epoch)


MONITORS = {
    "stopping": EarlyStopping("val_loss"),
    "plateau": ReduceLROnPlateau("val_accuracy"),
    "checkpoint": ModelCheckpoint("{trial}.keras", save_best_only=True),
    "own": [Own("val_loss")],
    "class": EarlyStopping,  # whose default it is
    "named": {"a": [ReduceLROnPlateau]},
}


@pytest.mark.parametrize("place", ["parameter", "candidates", "fit"])
@pytest.mark.parametrize("callbacks", MONITORS.values(), ids=MONITORS)
def test_what_can_never_act_is_refused(make_search, callbacks, place):
    estimator = classifier(callbacks=callbacks if place == "parameter" else None)
    space = {"units": [1, 2]} | ({"callbacks": [None, callbacks]} if place == "candidates" else {})
    with pytest.raises(ValueError, match=r"monitors 'val_\w+', but .* Set the parameter 'validation_split'"):
        make_search(estimator, space).fit(X, KIND, **({"callbacks": callbacks} if place == "fit" else {}))


@pytest.mark.parametrize(
    "space",
    [
        {"validation_split": [0.2, 0.0]},
        {"fit__validation_split": [0.2, 0]},
        [{"units": [1], "validation_split": [0.2]}, {"units": [2]}],
        {"callbacks__monitor": ["loss", "val_loss"], "units": [1, 2]},
    ],
    ids=["a split of none", "routed", "one part without", "what is monitored"],
)
def test_each_kind_of_candidate_is_looked_at(make_search, space):
    estimator = classifier(callbacks=EarlyStopping, callbacks__patience=1)
    if "fit__validation_split" not in space:
        estimator.set_params(callbacks__monitor="val_loss")
    with pytest.raises(ValueError, match="monitors 'val_loss', but"):
        make_search(estimator, space).fit(X, KIND)


def checked(search, **fit_params):
    """Get past the check: only then a model is built."""
    with pytest.raises(AssertionError, match="a model is built"):
        search.set_params(error_score="raise", engine="per-trial").fit(X, KIND, **fit_params)


@pytest.mark.parametrize(
    ("params", "space", "fit_params"),
    [
        ({"validation_split": 0.2}, {}, {}),
        ({}, {"validation_split": [0.1, 0.2]}, {}),
        ({}, {}, {"validation_split": 0.2}),
        ({}, {}, {"validation_data": (X, KIND)}),
        ({}, {}, {"X_val": X[:9], "y_val": KIND[:9]}),
        ({"callbacks__monitor": "loss"}, {}, {}),
        ({"callbacks": ModelCheckpoint("{trial}.keras")}, {}, {}),  # of every epoch
        ({"callbacks": [Scoring(), EarlyStopping("val_score")]}, {}, {}),
    ],
    ids=["parameter", "candidates", "fit", "data", "rows", "another", "all epochs", "a score of one's own"],
)
def test_what_can_act_is_not_refused(params, space, fit_params):
    estimator = classifier(**{"callbacks": EarlyStopping} | params)
    checked(skhpt.GridSearchCV(estimator, {"units": [1]} | space), **fit_params)


def watching_loss(patience):
    return EarlyStopping("loss", patience=patience)


@pytest.mark.parametrize("space", [{"callbacks__patience": Int(1, 5)}, {"callbacks__patience": randint(1, 5)}])
def test_callbacks_may_need_a_number_from_a_range(space):
    search = skhpt.RandomizedSearchCV(classifier(callbacks=watching_loss), space, n_iter=2)
    checked(search)


@pytest.mark.parametrize("inner", [skhpt.GridSearchCV, sklearn.model_selection.GridSearchCV])
def test_a_search_inside_may_set_what_is_missing(inner):
    within = inner(classifier(callbacks=EarlyStopping), {"validation_split": [0.1]}, error_score="raise")
    checked(skhpt.GridSearchCV(within, {"estimator__units": [1]}))


class Splitting(KerasClassifier):
    """Holds rows out by itself."""

    def fit(self, X, y, **said):
        return super().fit(X[9:], y[9:], X_val=X[:9], y_val=y[:9], **said)


def test_a_fit_of_ones_own_may_validate():
    checked(skhpt.GridSearchCV(Splitting(build, callbacks=EarlyStopping), {"units": [1]}))
