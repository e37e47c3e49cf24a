"""What a worker loads: nothing that only the search's own process needs."""

import io
import pickle

import cloudpickle
import pytest
from joblib.externals.loky import get_reusable_executor
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

import skhpt
from skhpt import SearchListener
from skhpt.execution import JoblibExecutor
from tests import builders
from tests.fakes import FakeEstimator
from tests.integration.noting import Noting

# Who searches, stores and shows. (Not pandas, rich and scipy.stats: scikit-learn itself loads them.)
UNNEEDED = {
    "skhpt.search", "skhpt.strategies", "skhpt.results", "skhpt.store", "skhpt.reporting", "skhpt.plots",
    "skhpt.callbacks", "skhpt.fused", "bayes_opt", "dask", "distributed", "jinja2", "keras_tuner", "optuna",
    "tensorboard",
}  # fmt: skip
BACKENDS = {"jax", "keras", "tensorflow", "torch"}
SEARCHES = {
    "GridSearchCV": {},
    "RandomizedSearchCV": {"n_iter": 2},
    "HalvingGridSearchCV": {"min_resources": 20, "resource": "n_samples"},
    "HyperbandSearchCV": {"resource": "epochs", "max_resources": 4},
}


class _Names(pickle.Unpickler):
    def __init__(self, content):
        super().__init__(io.BytesIO(content))
        self.modules = set()

    def find_class(self, module, name):
        self.modules.add(module)
        return super().find_class(module, name)


def modules_named_in(content):
    names = _Names(content)
    names.load()
    return names.modules


@pytest.fixture
def sent(monkeypatch):
    """The modules that what workers are sent asks for, while nothing is sent."""
    modules = set()
    run = JoblibExecutor.run

    def spied(self, evaluate, specs):
        modules.update(modules_named_in(cloudpickle.dumps((evaluate, specs))))
        return run(self, evaluate, specs)

    monkeypatch.setattr(JoblibExecutor, "run", spied)
    return modules


@pytest.mark.parametrize("loggers", [None, [SearchListener()]], ids=["unheard", "heard"])
@pytest.mark.parametrize("name", SEARCHES)
def test_workers_are_sent_nothing_that_belongs_to_a_search(name, loggers, sent, rows):
    options = SEARCHES[name] | {"cv": 2, "repeats": 2, "loggers": loggers, "verbose": 0}
    getattr(skhpt, name)(FakeEstimator(), {"slope": [1.0, 3.0]}, **options).fit(*rows)
    packages = {module.split(".")[1] for module in sent if module.startswith("skhpt.")}
    assert packages - {"_compat"} == {"evaluation", "trials"}  # in place of what older versions of scikit-learn lack


def loaded_by_workers(estimator, grid, folder):
    """By each worker, up to its first score."""
    get_reusable_executor().shutdown(wait=True)
    X, y = load_iris(return_X_y=True)
    options = {"engine": "per-trial", "refit": False, "loggers": [SearchListener()]}
    skhpt.GridSearchCV(estimator, grid, cv=2, n_jobs=2, scoring=Noting(folder), **options).fit(X, y)
    return [set(path.read_text().split()) for path in folder.iterdir()]


@pytest.mark.slow
def test_a_worker_of_a_search_without_keras_loads_no_backend(tmp_path):
    for modules in loaded_by_workers(LogisticRegression(max_iter=500), {"C": [0.5, 1.0]}, tmp_path):
        assert not modules & (UNNEEDED | BACKENDS | {"skhpt.estimators", "skhpt.space"})


@pytest.mark.slow
def test_a_worker_of_a_search_over_networks_loads_nothing_of_searches_and_extras(tmp_path):
    classifier = skhpt.KerasClassifier(builders.classifier, epochs=1)
    for modules in loaded_by_workers(classifier, {"batch_size": [50, 75]}, tmp_path):
        assert "skhpt.estimators" in modules
        assert not modules & UNNEEDED
