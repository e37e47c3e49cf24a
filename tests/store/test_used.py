"""What a builder uses of its own module and package is part of what it is."""

import importlib
import itertools
import shutil
import sys

import pytest

from skhpt.store import describe, differences
from skhpt.store._used import used_by

PACKAGE = {
    "__init__": "",
    "blocks": """
import functools
from {package} import numbers

RATE = 0.1

def residual(units):
    return [deeper(units), RATE]

def deeper(units):
    if units > 9:
        return residual(1)
    return units * numbers.SCALE

def plain(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)
    return wrapper

class Layer:
    def call(self, x):
        return deeper(x)

class Child(Layer):
    pass

def unused():
    return 1
""",
    "numbers": "SCALE = 2\nFACTORS = {{'a': 1}}\nPAIR = (1, 2)\nNAMES = ['a']\n",
    "build": """
import functools
from {package} import numbers
from {package}.blocks import Child, plain, residual

N_BUILT = 0
SEEN, ORDER = [], {{}}
PARTIAL = functools.partial(residual, 3)
TABLE = {{"residual": residual}}

def direct(units):
    \"\"\"Builds.\"\"\"
    return residual(units)

def by_module(units):
    return numbers.FACTORS["a"] + numbers.PAIR[0] + len(numbers.NAMES) + numbers.SCALE

def of_class(units):
    return Child().call(units)

@plain
def decorated(units):
    return residual(units)

def by_lambda(units):
    return (lambda: residual(units))()

def by_partial(units):
    return PARTIAL()

def by_table(units):
    return TABLE["residual"](units)

def counting(units):
    global N_BUILT
    N_BUILT += 1
    SEEN.append(units)
    ORDER[units] = N_BUILT
    return residual(units)

class Builder:
    def __call__(self, units):
        return residual(units)

    def build(self, units):
        return self(units)

builder = Builder()
method = builder.build
""",
}
BUILDERS = ["direct", "of_class", "decorated", "by_lambda", "by_partial", "by_table", "counting", "builder", "method"]
_names = itertools.count()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Imports the package's builder, after a change of its files, as a process of its own would."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    name = f"used_package_{next(_names)}"

    def imported(change=None, by=None):
        for module in [module for module in sys.modules if module.partition(".")[0] == name]:
            del sys.modules[module]
        shutil.rmtree(tmp_path / name, ignore_errors=True)
        (tmp_path / name).mkdir()
        for module, text in PACKAGE.items():
            source = text.format(package=name)
            if change is not None and change in source:
                source = source.replace(change, by)
            (tmp_path / name / f"{module}.py").write_text(source)
        importlib.invalidate_caches()
        return importlib.import_module(f"{name}.build")

    yield imported
    for module in [module for module in sys.modules if module.partition(".")[0] == name]:
        del sys.modules[module]


@pytest.mark.parametrize("builder", BUILDERS)
def test_functions_and_constants_are_followed_however_they_are_reached(package, builder):
    before = describe(getattr(package(), builder))
    assert describe(getattr(package(), builder)) == before
    for change, by in [("units * numbers", "units + numbers"), ("SCALE = 2", "SCALE = 3")]:
        assert describe(getattr(package(change, by), builder)) != before


@pytest.mark.parametrize("builder", [*BUILDERS, "by_module"])
def test_what_is_not_used_makes_no_difference_nor_do_docstrings_and_comments(package, builder):
    before = describe(getattr(package(), builder))
    docstring = 'def deeper(units):\n    """Deep."""\n'
    for change, by in [
        ("def unused():\n    return 1", "def unused():\n    return 2"),
        ("def deeper(units):\n", docstring),
        ('"""Builds."""', '"""Builds a model."""'),
        ('    """Builds."""\n', ""),
        ("def wrapper(*args):\n", 'def wrapper(*args):\n        "Calls."\n'),
        ("class Child(Layer):\n", 'class Child(Layer):\n    "A child."\n\n'),
        ("RATE = 0.1", "# a rate\n\n\nRATE = 0.1"),
    ]:
        assert describe(getattr(package(change, by), builder)) == before, change


@pytest.mark.parametrize(("change", "by"), [("'a': 1", "'a': 2"), ("(1, 2)", "(1, 3)"), ("['a']", "['a', 'b']")])
def test_what_is_read_of_an_imported_module_is_followed(package, change, by):
    assert describe(package().by_module) != describe(package(change, by).by_module)


def test_what_a_builder_counts_or_collects_is_no_part_of_it(package):
    module = package()
    before = describe(module.counting)
    module.counting(3)
    assert (module.N_BUILT, module.SEEN, module.ORDER) == (1, [3], {3: 1})
    assert describe(module.counting) == before


def test_functions_that_call_each_other_and_libraries_come_to_an_end(package):
    module = package()
    names = [name.rpartition(".")[2] for name in used_by(module.direct)]
    assert names == ["RATE", "deeper", "SCALE", "residual"]


def test_runs_of_before_are_described_as_they_were(package):
    module = package()
    before = describe(module.direct, as_before=True)
    assert before.keys() == {"function", "code", "given"}
    assert describe(package("units * numbers", "units + numbers").direct, as_before=True) == before


@pytest.mark.parametrize(
    ("change", "by", "clause"),
    [
        ("return residual(units)", "return residual(units + 1)", "the builder `direct` has changed"),
        ("units * numbers", "units + numbers", "`deeper`, which `direct` uses, has changed"),
        ("RATE = 0.1", "RATE = 0.2", "`RATE`, which `direct` uses, is 0.1 there and 0.2 here"),
    ],
)
def test_what_has_changed_is_told_by_its_name(package, change, by, clause):
    there, here = ({"model": describe(package(*changes).direct)} for changes in ((), (change, by)))
    assert differences(there, here) == [clause]
