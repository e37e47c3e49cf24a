import inspect
import pickle

import pytest

from skhpt import exceptions
from skhpt.exceptions import (
    ConflictingParametersError,
    MissingExtraError,
    SkhptError,
    UnknownParameterError,
    WorkerDiedError,
)

INSTANCES = [
    UnknownParameterError("unts", "KerasClassifier", {"units", "epochs"}),
    UnknownParameterError("unts", "KerasClassifier", {"units", "epochs"}, "there are none."),
    ConflictingParametersError("units", "model__units", "KerasClassifier"),
    ConflictingParametersError("net__epochs", "epochs", "GridSearchCV", "Both are given."),
    MissingExtraError("plot_history", "plot"),
    WorkerDiedError({"units": 3}, 1, "The worker died."),
]


@pytest.mark.parametrize("error", INSTANCES, ids=lambda error: type(error).__name__)
def test_errors_survive_the_way_back_from_a_worker(error):
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def test_an_unknown_parameter_carries_what_a_program_needs():
    error = UnknownParameterError("lerning_rate", "Adam", {"learning_rate", "beta_1"})
    assert (error.name, error.owner, error.suggestion) == ("lerning_rate", "Adam", "learning_rate")
    assert error.valid == ["beta_1", "learning_rate"]


def test_an_unknown_parameter_is_told_in_full_by_the_estimator_above():
    error = UnknownParameterError("unts", "KerasClassifier", {"units"}).below("mlp")
    assert (error.name, error.suggestion, error.owner) == ("mlp__unts", "mlp__units", "KerasClassifier")


def test_no_suggestion_where_nothing_is_near():
    assert UnknownParameterError("gamma", "X", {"epochs"}).suggestion is None
    assert "Did you mean" not in str(UnknownParameterError("gamma", "X", {"epochs"}))


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("optimizer__lr", "optimizer__learning_rate"),
        ("lr", "optimizer__learning_rate"),
        ("learning_rate", "optimizer__learning_rate"),
        ("optimiser__learning_rate", "optimizer__learning_rate"),
        ("optimizer__wd", "optimizer__weight_decay"),
        ("net__units", "net__regressor__units"),
        ("units", "net__regressor__units"),
        ("net__funk", "net__func"),
        ("Epochs", "epochs"),
    ],
)
def test_the_nearest_parameter_is_the_one_that_was_meant(name, right):
    valid = {
        "epochs", "net__func", "net__regressor", "net__regressor__units", "optimizer", "optimizer__learning_rate",
        "optimizer__rho", "optimizer__weight_decay",
    }  # fmt: skip
    assert UnknownParameterError(name, "X", valid).suggestion == right


def test_the_parameter_that_holds_what_is_asked_for_is_no_suggestion():
    assert UnknownParameterError("callbacks__patience", "X", {"callbacks", "epochs"}).suggestion is None


def test_of_many_valid_names_five_are_shown_and_the_nearest_first():
    error = UnknownParameterError("units_", "X", {f"units{number}" for number in range(30)} | {"units"})
    shown = str(error).partition("The nearest valid parameters are: ")[2]
    assert shown.count("units") == 5
    assert shown.startswith("['units',")
    assert len(error.valid) == 31


def test_a_reason_takes_the_place_of_a_suggestion():
    error = UnknownParameterError("a__b", "X", {"a__c"}, "it is made already.").below("net")
    assert str(error) == "Invalid parameter 'net__a__b' for estimator X: it is made already."


def test_the_drawn_tree_names_every_error_and_warning():
    defined = {
        name for name, obj in vars(exceptions).items() if inspect.isclass(obj) and issubclass(obj, Warning | Exception)
    }
    assert all(name in exceptions.__doc__ for name in defined)
    errors = {name for name in defined if name.endswith("Error")}
    assert all(issubclass(getattr(exceptions, name), SkhptError) for name in errors)
