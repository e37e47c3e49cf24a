"""What the code of a search was: a copy of the files that define its functions and classes."""

from __future__ import annotations

import inspect
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

_LARGEST = 1_000_000  # bytes
_PATIENCE = 5  # seconds, for git
_LIBRARIES = [Path(path).resolve() for name, path in sysconfig.get_paths().items() if name in ("stdlib", "purelib")]


def users_definitions(value: Any, *, depth: int = 6) -> Iterator[Any]:
    """The functions and classes in an estimator or a search space that are no library's.

    Parameters
    ----------
    value : object
        An estimator, a function, or a list, tuple or dict of such.
    depth : int, default=6
        How far to look.
    """
    if depth == 0 or isinstance(value, (str, bytes, int, float)) or value is None:
        return
    if isinstance(value, partial):
        yield from users_definitions(value.func, depth=depth - 1)
    elif inspect.ismethod(value):
        yield from users_definitions(type(value.__self__), depth=depth - 1)
    elif inspect.isfunction(value) or isinstance(value, type):
        if is_users(value):
            yield value
    else:
        yield from users_definitions(type(value), depth=depth - 1)
        for part in _parts(value):
            yield from users_definitions(part, depth=depth - 1)


def snapshot(directory: Path, definitions: Iterable[Any]) -> None:
    """Copy the files that define these into a directory; what was typed into a notebook becomes a file by itself.

    Parameters
    ----------
    directory : Path
        Made if it is not there.
    definitions : iterable of function or class
        What to look up.
    """
    directory.mkdir(exist_ok=True)
    for definition in definitions:
        file = _file_of(definition)
        if file is not None and file.stat().st_size <= _LARGEST:
            shutil.copyfile(file, directory / f"{_module(definition, file)}.py")
        elif file is None and (source := _source_of(definition)) is not None:
            name = definition.__qualname__.replace("<", "").replace(">", "")
            (directory / f"{name}.py").write_text(source, encoding="utf-8")


def git_state(directory: Path) -> dict[str, Any] | None:
    """The commit that is checked out in a directory, and whether files differ from it; None where there is no git."""
    commit = _git(directory, "rev-parse", "HEAD")
    if not commit:
        return None
    changed = _git(directory, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "changed": bool(changed)}


def directory_of(definitions: Iterable[Any]) -> Path:
    """Where the first of these stands that is in a file; else the working directory."""
    files = (_file_of(definition) for definition in definitions)
    return next((file.parent for file in files if file is not None), Path.cwd())


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return value.values()
    if isinstance(value, (list, tuple)):
        return value
    if hasattr(value, "get_params"):
        parameters: Iterable[Any] = value.get_params(deep=False).values()
        return parameters
    # Of a Choice, and of a SearchSpace.
    held: Any = getattr(value, "options", getattr(value, "parts", ()))
    return held if isinstance(held, tuple) else ()


def is_users(definition: Any) -> bool:
    """Whether a function or a class was written by the user, and is no library's."""
    if definition.__module__ in ("builtins", None) or is_librarys(definition):
        return False
    # What was typed in has no file; what is compiled has no source either.
    return _file_of(definition) is not None or bool(definition.__module__ == "__main__")


def is_librarys(definition: Any) -> bool:
    """Whether a function or a class is of an installed package, of Python itself, or ours."""
    if (definition.__module__ or "").partition(".")[0] == "skhpt":
        return True
    file = _file_of(definition)
    if file is None:
        return False
    return any(file.is_relative_to(library) for library in _LIBRARIES) or "site-packages" in file.parts


def _file_of(definition: Any) -> Path | None:
    module = sys.modules.get(definition.__module__)
    file = getattr(module, "__file__", None)
    code = getattr(definition, "__code__", None)
    if file is None and code is not None:
        file = code.co_filename
    path = None if file is None else Path(file).resolve()
    return path if path is not None and path.suffix == ".py" and path.is_file() else None


def _module(definition: Any, file: Path) -> str:
    name: str = definition.__module__
    return file.stem if name == "__main__" else name


def _source_of(definition: Any) -> str | None:
    try:
        return inspect.getsource(definition)
    except (OSError, TypeError):
        return None


def _git(directory: Path, *command: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and nothing of the user's in it
            ["git", "-C", str(directory), *command],  # noqa: S607 - whichever git the user has
            capture_output=True, encoding="utf-8", errors="replace", timeout=_PATIENCE, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
