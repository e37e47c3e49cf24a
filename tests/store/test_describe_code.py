"""How the code of functions and classes of the user's own is described."""

import abc
import enum
import functools
import importlib
import linecache
import logging
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass

import pytest
from sklearn.linear_model import Ridge

from skhpt.store import describe


def scaled(factor):
    def function(x):
        return factor * x

    return function


def make(source, name):
    names = {"__name__": "typed", "Ridge": Ridge, "Enum": enum.Enum, "ABC": abc.ABC, "dataclass": dataclass}
    names |= {"cached_property": functools.cached_property, "lru_cache": functools.lru_cache}
    names |= {"partialmethod": functools.partialmethod, "Lock": threading.Lock, "getLogger": logging.getLogger}
    exec(source, names)  # noqa: S102 - written here
    return names[name]


@pytest.mark.parametrize("use", [lambda cls: cls, lambda cls: cls(), lambda cls: cls().build, lambda cls: [cls()]])
def test_the_code_of_a_users_class_is_part_of_it(use):
    one, again, other = (
        make(f"class Mine(Ridge):\n    {note}\n    def build(self):\n        return {units}\n", "Mine")
        for note, units in [("", 2), ("# a comment", 2), ("", 64)]
    )
    assert describe(use(one)) == describe(use(again))
    assert describe(use(one)) != describe(use(other))


CLASSES = {
    "attribute": "class Mine:\n    units = {}\n",
    "attribute of a base": "class Base:\n    units = {}\nclass Mine(Base):\n    pass\n",
    "attribute of a library's child": "class Mine(Ridge):\n    units = {}\n",
    "object": "class Held:\n    units = {}\nclass Mine:\n    held = Held()\n",
    "default": "class Mine:\n    def build(self, units={}): return units\n",
    "keyword": "class Mine:\n    def build(self, *, units={}): return units\n",
    "call": "class Mine:\n    def __call__(self, units={}): return units\n",
    "class method": "class Mine:\n    @classmethod\n    def build(cls, units={}): return units\n",
    "property": "class Mine:\n    @property\n    def units(self, units={}): return units\n",
    "cached property": "class Mine:\n    @cached_property\n    def units(self, units={}): return units\n",
    "cached": "class Mine:\n    @lru_cache\n    def units(self, units={}): return units\n",
    "partial": "class Mine:\n    build = partialmethod(print, {})\n",
    "closure": "def scaled(n):\n    return lambda self: n\nclass Mine:\n    build = scaled({})\n",
    "super": "class Mine(Ridge):\n    units = {}\n    def __init__(self): super().__init__()\n",
    "itself": "class Mine:\n    units = {}\nMine.first, Mine.kind = Mine(), Mine\n",
    "member": "class Mine(Enum):\n    A = {}\n",
    "missing": "class Mine(Enum):\n    A = 1\n    @classmethod\n    def _missing_(cls, n): return {}\n",
    "slots": "class Mine:\n    __slots__ = ()\n    units = {}\n",
    "data class": "@dataclass\nclass Mine:\n    units: int = {}\n",
    "abstract": "class Mine(ABC):\n    units = {}\n    lock, log = Lock(), getLogger('a')\n",
}
"""Classes of the user's own, and where in them a number stands."""


@pytest.mark.parametrize("use", [lambda cls: cls, scaled], ids=["class", "closure"])
@pytest.mark.parametrize("kind", CLASSES)
def test_what_a_users_class_holds_is_part_of_it(kind, use):
    one, again, other = (make(CLASSES[kind].format(units), "Mine") for units in (2, 2, 64))
    assert describe(use(one)) == describe(use(again))
    assert describe(use(one)) != describe(use(other))


@pytest.mark.parametrize("kind", [kind for kind in CLASSES if kind not in ("member", "missing")])
def test_what_the_class_of_an_object_holds_is_part_of_it(kind):
    one, again, other = (make(CLASSES[kind].format(units), "Mine")() for units in (2, 2, 64))
    assert describe([one, one]) == describe([again, again])
    assert describe(one) != describe(other)


class Counting:
    """Counts on itself in all the ways there are, and has a setting that its objects change for themselves."""

    by_type = by_class = by_name = by_method = 0
    rate = 1.0

    def fit(self):
        type(self).by_type += 1
        self.__class__.by_class = 7
        Counting.by_name += 1
        self.count()
        self.rate *= 0.5

    @classmethod
    def count(cls):
        cls.by_method += 1


class CountingToo(Counting):
    """Has the counts of its objects for itself."""


@pytest.mark.parametrize("cls", [Counting, CountingToo])
def test_what_methods_count_on_their_class_makes_no_difference(cls, monkeypatch):
    before = describe(cls)
    cls().fit()
    assert describe(cls) == before
    monkeypatch.setattr(Counting, "rate", 2.0)
    assert describe(cls) != before


def test_what_they_begin_with_is_part_of_the_class(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    described = []
    for start in (0, 0, 5):
        (tmp_path / "counted.py").write_text(f"class Mine:\n    n = {start}\n    def fit(self): type(self).n += 1\n")
        sys.modules.pop("counted", None)
        linecache.clearcache()
        importlib.invalidate_caches()
        described.append(describe(importlib.import_module("counted").Mine))
        shutil.rmtree(tmp_path / "__pycache__", ignore_errors=True)
    monkeypatch.delitem(sys.modules, "counted")
    assert described[0] == described[1] != described[2]


def test_what_is_set_on_a_function_is_part_of_it():
    def counted(n):
        def function():
            return function.n

        function.n = n
        return function

    assert describe(counted(1)) == describe(counted(1))
    assert describe(counted(1)) != describe(counted(2))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("try:\n  a()\n  b()\n except ValueError:\n  pass", "try:\n  a()\n except ValueError:\n  pass\n else:\n  b()"),
        (
            "try:\n  x = 0\n  x = a()\n except ValueError:\n  x = 1",
            "x = 0\n try:\n  x = a()\n except ValueError:\n  x = 1",
        ),
    ],
)
def test_what_a_function_catches_is_part_of_its_code(one, other):
    assert describe(make(f"def f():\n {one}\n", "f")) != describe(make(f"def f():\n {other}\n", "f"))


@pytest.mark.parametrize("other", ["a, *, b", "a, b, /", "a, *b", "a, **b"])
def test_how_a_function_takes_its_arguments_is_part_of_its_code(other):
    assert describe(make("def f(a, b): return b\n", "f")) != describe(make(f"def f({other}): return b\n", "f"))


def test_a_docstring_makes_no_difference():
    one, other = (make(f"def build():\n    {doc}\n    return 1\n", "build") for doc in ("'one'", "'other'"))
    assert describe(one) == describe(other)


def test_a_comment_and_the_place_of_a_function_make_no_difference():
    plain = make("def build(units=3):\n    return units + 1\n", "build")
    commented = make("# builds\n\n\ndef build(units=3):\n    # one more\n    return units + 1  # like this\n", "build")
    assert describe(plain) == describe(commented)


def test_a_set_and_the_code_that_holds_one_are_described_alike_in_every_process():
    program = """
import json
from skhpt.store import describe
class Mine:
    names, made = {"a", "b", "c", "d"}, object()
    def __init__(self): super().__init__()
print(json.dumps(describe([{"a", "b", "c", "d"}, lambda x: x in {"e", "f", "g", "h"}, Mine, Mine()])))
"""
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for seed in "123"
    }
    assert len(said) == 1
