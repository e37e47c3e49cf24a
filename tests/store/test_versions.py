"""What a run says of the software that it was made with."""

import sys
from types import SimpleNamespace

import pytest

from skhpt.store import installed_versions


def keras_on(name):
    return SimpleNamespace(backend=SimpleNamespace(backend=lambda: name))


@pytest.fixture
def installed(monkeypatch):
    """Every package, in one version."""
    monkeypatch.setattr("skhpt.store._versions.importlib.metadata.version", lambda package: "1.2")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(("name", "others"), [("tensorflow", {"jax", "torch"}), ("jax", {"tensorflow", "torch"})])
def test_the_backend_that_keras_runs_on_is_named_with_its_version_and_no_other(name, others, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", keras_on(name))
    versions = installed_versions()
    assert versions["keras backend"] == name
    assert versions[name] == "1.2"
    assert not others & versions.keys()


@pytest.mark.usefixtures("installed")
def test_where_keras_is_not_loaded_no_backend_counts(monkeypatch):
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    assert not {"keras backend", "tensorflow", "jax", "torch"} & installed_versions().keys()
