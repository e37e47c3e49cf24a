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
    ConflictingParametersError("units", "model__units", "KerasClassifier"),
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


def test_the_drawn_tree_names_every_error_and_warning():
    defined = {
        name for name, obj in vars(exceptions).items() if inspect.isclass(obj) and issubclass(obj, Warning | Exception)
    }
    assert all(name in exceptions.__doc__ for name in defined)
    errors = {name for name in defined if name.endswith("Error")}
    assert all(issubclass(getattr(exceptions, name), SkhptError) for name in errors)
