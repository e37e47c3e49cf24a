"""Arguments that are routed to instances: a copy has them, and all else that the instance holds."""

import copy
import pickle

import keras
import numpy as np
import pytest
from keras import callbacks, losses, metrics, optimizers
from sklearn.base import clone

from skhpt import GridSearchCV, KerasClassifier, KerasRegressor
from skhpt.estimators._alike import differences
from skhpt.estimators._copying import faithful_copy
from skhpt.estimators._routing import make
from skhpt.exceptions import ModelError, UnknownParameterError
from tests import builders

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype("float32")
y = (X @ [1.0, 2.0, 3.0]).astype("float32")
SCHEDULE = optimizers.schedules.ExponentialDecay(0.5, 10, 0.9)


class Threshold(callbacks.Callback):
    """A user's own, without a configuration."""

    def __init__(self, monitor, *, limit=0.5):
        super().__init__()
        self.monitor, self.limit = monitor, limit


class Smooth(losses.Loss):
    """A user's own, which does not hand on all that its base takes."""

    def __init__(self, weight=1.0):
        super().__init__(name="smooth")
        self.weight = weight

    def call(self, y_true, y_pred):
        return self.weight * keras.ops.square(y_true - y_pred)


@pytest.mark.parametrize(
    ("kind", "given", "arguments", "expected"),
    [
        ("optimizer", optimizers.Adam(0.5, clipnorm=2.0), {"learning_rate": 0.25}, optimizers.Adam(0.25, clipnorm=2.0)),
        ("optimizer", optimizers.SGD(0.5, 0.5), {"1": 0.25, "learning_rate": 0.125}, optimizers.SGD(0.125, 0.25)),
        ("loss", losses.Huber(0.5, reduction="sum"), {"delta": 2.0}, losses.Huber(2.0, reduction="sum")),
        ("loss", Smooth(2.0), {"weight": 3.0}, Smooth(3.0)),
        ("metrics", metrics.AUC(50, curve="PR", name="a"), {"curve": "ROC"}, metrics.AUC(50, curve="ROC", name="a")),
        ("metrics", metrics.Precision(thresholds=0.3, name="a"), {"top_k": 2}, metrics.Precision(0.3, 2, name="a")),
        (
            "callbacks",
            callbacks.EarlyStopping("loss", min_delta=0.1, mode="max"),
            {"patience": 2},
            callbacks.EarlyStopping("loss", 0.1, 2, mode="max"),
        ),
        (
            "callbacks",
            callbacks.ReduceLROnPlateau("loss", factor=0.5, cooldown=2),
            {"factor": 0.25},
            callbacks.ReduceLROnPlateau("loss", factor=0.25, cooldown=2),
        ),
        ("callbacks", Threshold("loss"), {"limit": 0.1}, Threshold("loss", limit=0.1)),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "__dict__") else None,
)
def test_a_copy_has_the_argument_and_all_else(kind, given, arguments, expected):
    made = make(kind, faithful_copy(given), arguments)
    assert type(made) is type(expected)
    assert set(differences(made, expected)) <= {"name"}  # of optimizers, which Keras makes up


def test_an_argument_of_an_argument_is_changed():
    made = make("optimizer", faithful_copy(optimizers.SGD(SCHEDULE)), {"learning_rate__decay_rate": 0.5})
    assert float(made._learning_rate(10)) == pytest.approx(0.25)
    scheduler = callbacks.LearningRateScheduler(Threshold("loss"))
    assert make("callbacks", faithful_copy(scheduler), {"0__limit": 0.1}).schedule.limit == 0.1


def test_what_no_argument_says_stays_when_the_learning_rate_is_changed():
    adam = optimizers.AdamW(0.5, weight_decay=0.1)
    adam.exclude_from_weight_decay(var_names=["bias"])
    made = make("optimizer", faithful_copy(adam), {"learning_rate": 0.25})
    assert float(made.learning_rate) == 0.25
    assert set(differences(made, adam)) == {"_learning_rate", "_variables"}
    with pytest.raises(ModelError, match=r"AdamW can't be changed.*Give the class AdamW.*_exclude_from_weight_decay"):
        make("optimizer", faithful_copy(adam), {"beta_1": 0.5})


class Hidden(callbacks.Callback):
    """Does not tell what it was made with."""

    def __init__(self, amount=1):
        super().__init__()
        self.twice = 2 * amount


@pytest.mark.parametrize(
    ("given", "name", "message"),
    [
        ({"optimizer": optimizers.Adam(SCHEDULE)}, "optimizer__learning_rate", "class ExponentialDecay.*can't replace"),
        ({"callbacks": Hidden(3)}, "callbacks__amount", "of this Hidden can't be changed"),
    ],
    ids=["schedule", "nothing told"],
)
def test_what_can_not_be_changed_faithfully_is_refused_before_a_search_trains(given, name, message):
    search = GridSearchCV(KerasRegressor(builders.regressor, verbose=0, **given), {name: [0.1, 0.2]}, cv=2)
    with pytest.raises(ModelError, match=message):
        search.fit(X, y)


@pytest.mark.parametrize(
    ("given", "typo", "meant"),
    [
        ({"optimizer": optimizers.Adam()}, "optimizer__lr", "optimizer__learning_rate"),
        ({"loss": losses.Huber()}, "loss__dleta", "loss__delta"),
        ({"metrics": [metrics.AUC()]}, "metrics__0__curv", "metrics__0__curve"),
        ({"callbacks": {"stop": callbacks.EarlyStopping()}}, "callbacks__stop__patiense", "callbacks__stop__patience"),
    ],
)
def test_an_argument_that_the_class_has_not_is_refused_with_those_that_it_has(given, typo, meant):
    with pytest.raises(UnknownParameterError, match=f"Did you mean '{meant}'"):
        KerasClassifier(builders.classifier, **given, **{typo: 1}).fit(X, y > 0)


@pytest.fixture(scope="module")
def instances():
    return {
        "optimizer": optimizers.Adam(0.01),
        "loss": losses.Huber(),
        "callbacks": {"stop": callbacks.EarlyStopping("loss", min_delta=10.0, patience=9)},
    }


@pytest.mark.parametrize("engine", ["fused", "per-trial"])
def test_a_search_over_arguments_of_instances(instances, engine):
    grid = [
        {"optimizer__learning_rate": [0.001], "loss__delta": [0.5], "callbacks__stop__patience": [0]},
        {"optimizer__learning_rate": [0.5], "loss__delta": [2.0], "callbacks__stop__patience": [2]},
    ]
    estimator = KerasRegressor(builders.regressor, epochs=5, verbose=0, random_state=0, **instances)
    cv = [(np.arange(30), np.arange(30, 40))]
    search = GridSearchCV(estimator, grid, cv=cv, engine=engine).fit(X, y)
    assert set(search.engine_report_["engine"]) == {engine}
    assert search.histories_.groupby("candidate")["epoch"].max().tolist() == [2, 3]
    assert search.best_params_["optimizer__learning_rate"] == 0.5
    # The same as with classes.
    by_class = {"optimizer": "adam", "loss": "huber", "callbacks": {"stop": callbacks.EarlyStopping}}
    told = {"callbacks__stop__monitor": "loss", "callbacks__stop__min_delta": 10.0, **search.best_params_}
    same = clone(estimator).set_params(**by_class, **told).fit(X, y)
    np.testing.assert_allclose(search.predict(X), same.predict(X), rtol=1e-4)
    # The user's own are as they were.
    assert float(instances["optimizer"].learning_rate) == pytest.approx(0.01)
    assert not instances["optimizer"].built
    assert instances["callbacks"]["stop"].patience == 9


def test_parameters_for_instances_are_cloned_pickled_and_set(instances):
    estimator = KerasRegressor(builders.regressor, verbose=0, **instances, optimizer__learning_rate=0.25)
    assert estimator.get_params()["optimizer__learning_rate"] == 0.25
    for twin in (clone(estimator), copy.deepcopy(estimator), pickle.loads(pickle.dumps(estimator))):
        model = twin.initialize(X, y).model_
        assert float(model.optimizer.learning_rate) == 0.25
        assert float(twin.optimizer.learning_rate) == pytest.approx(0.01)
    estimator.set_params(optimizer__learning_rate=0.125)
    assert float(estimator.initialize(X, y).model_.optimizer.learning_rate) == 0.125
