"""What `import skhpt` offers, and what it costs."""

import importlib.metadata
import subprocess
import sys

import pytest

import skhpt


def loaded_modules(code):
    """The names of all modules that a fresh interpreter has loaded after some code."""
    script = f"{code}\nimport sys\nprint(*sys.modules)"
    return set(
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    )


@pytest.mark.parametrize("name", skhpt.__all__)
def test_every_public_name_can_be_imported_and_comes_from_skhpt(name):
    assert getattr(skhpt, name).__module__.startswith("skhpt.")


def test_public_names_are_sorted_and_shown_by_dir():
    assert skhpt.__all__ == sorted(skhpt.__all__)
    assert set(skhpt.__all__) <= set(dir(skhpt))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'GridSearch'"):
        _ = skhpt.GridSearch


def test_the_version_is_the_installed_ones():
    assert skhpt.__version__ == importlib.metadata.version("skhpt")
    assert "__version__" in dir(skhpt)


def test_importing_the_package_loads_nothing_but_the_standard_library():
    ours = {name.split(".")[0] for name in loaded_modules("import skhpt") - loaded_modules("")}
    assert ours - sys.stdlib_module_names == {"skhpt"}


def test_planning_and_showing_a_search_without_keras_loads_no_backend():
    code = """
from sklearn.linear_model import LogisticRegression
import skhpt
search = skhpt.GridSearchCV(LogisticRegression(), {"C": [0.5, 1.0]})
repr(search), search._repr_html_(), search.get_params(), search.plan()
"""
    assert not {"tensorflow", "keras", "jax", "torch"} & loaded_modules(code)


def test_searching_without_keras_loads_no_tensorflow():
    code = """
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from skhpt import GridSearchCV
GridSearchCV(LogisticRegression(max_iter=500), {"C": [1.0]}, cv=2).fit(*load_iris(return_X_y=True))
"""
    assert not {"tensorflow", "keras"} & loaded_modules(code)
