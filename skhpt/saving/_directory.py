"""The directory of a saved pipeline: put in place as a whole, and checked before anything in it is read.

::

    path/
    ├── manifest.json        format, versions, and the files with their SHA-256
    ├── pipeline.skops       everything but the networks; or pipeline.pickle, which has them as well
    └── networks/0/          a Keras wrapper each, as its method `save` stores it

A Keras wrapper that is saved by itself has no manifest: see `BaseWrapper.save`.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from skhpt.estimators import DESCRIPTION_FILE, MODEL_FILE
from skhpt.exceptions import SavingError

MANIFEST_FILE = "manifest.json"
SKOPS_FILE = "pipeline.skops"
PICKLE_FILE = "pipeline.pickle"
_FORMAT = 1
_OF_A_NETWORK = rf"({re.escape(DESCRIPTION_FILE)}|{re.escape(MODEL_FILE)})"
_IN_A_PIPELINE = rf"{re.escape(SKOPS_FILE)}|{re.escape(PICKLE_FILE)}|networks/\d{{1,6}}/{_OF_A_NETWORK}"
_ALL_FILES = re.compile(rf"{re.escape(MANIFEST_FILE)}|{_OF_A_NETWORK}|{_IN_A_PIPELINE}")


@dataclass(frozen=True)
class Manifest:
    """What a directory says of itself.

    Parameters
    ----------
    saved : str
        The class of the estimator.
    versions : dict of str to str
        Of the libraries it was saved with.
    files : dict of str to str
        All others in the directory, by their names within it, with their SHA-256.
    """

    saved: str
    versions: dict[str, str]
    files: dict[str, str]

    def write(self, directory: Path) -> None:
        """Write it into a directory."""
        content = json.dumps({"format": _FORMAT, **asdict(self)}, indent=1)
        (directory / MANIFEST_FILE).write_text(content, "utf-8")

    @classmethod
    def read(cls, directory: Path) -> Manifest:
        """Read it, and hold the files to it.

        Raises
        ------
        SavingError
            If the format is another, or a file is missing, is a link, lies elsewhere or is not what was saved.
        """
        file = directory / MANIFEST_FILE
        check_no_link(directory, MANIFEST_FILE)
        try:
            content = json.loads(file.read_text("utf-8"))
            form = content["format"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise SavingError(f"{file} is damaged: {error!r}. Copy or save it again.") from error
        if form != _FORMAT:
            raise SavingError(f"{file} has the format {form!r}. This skhpt reads {_FORMAT}: install a newer one.")
        try:
            manifest = cls(saved=content["saved"], versions=dict(content["versions"]), files=dict(content["files"]))
        except (KeyError, TypeError, ValueError) as error:
            raise SavingError(f"{file} is damaged: {error!r}. Copy or save it again.") from error
        for name, digest in manifest.files.items():
            _check_file(directory, name, digest)
        found = {name for name in _files_in(directory) if re.fullmatch(_IN_A_PIPELINE, name)}
        if unlisted := sorted(found - manifest.files.keys()):
            raise SavingError(f"{file} does not name {', '.join(unlisted)}. Copy or save it again.")
        return manifest


def _check_file(directory: Path, name: str, digest: str) -> None:
    if not re.fullmatch(_IN_A_PIPELINE, name):
        raise SavingError(
            f"{directory / MANIFEST_FILE} names the file {name!r}, which no saved estimator has. It was not written by "
            "skhpt.save: don't use it unless you know where it is from."
        )
    check_no_link(directory, name)
    try:
        found = _digest(directory / name)
    except OSError as error:
        raise SavingError(f"{directory / name} can't be read: {error}. Copy or save it again.") from error
    if found != digest:
        raise SavingError(f"{directory / name} is damaged: it is not what was saved. Copy or save it again.")


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _files_in(directory: Path) -> list[str]:
    return sorted(file.relative_to(directory).as_posix() for file in directory.rglob("*") if not file.is_dir())


def digests(directory: Path) -> dict[str, str]:
    """The SHA-256 of each file in a directory, by its name within it."""
    return {name: _digest(directory / name) for name in _files_in(directory)}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new directory, which takes the place of `path` once all is written. If anything fails, `path` stays as it is.

    Raises
    ------
    FileExistsError
        If there is something else than an earlier save.
    """
    path = path.resolve()
    _check_replaceable(path)
    new, old = (path.with_name(f".{path.name}.{uuid.uuid4().hex}") for _ in range(2))
    try:
        new.parent.mkdir(parents=True, exist_ok=True)
        yield new
        if path.exists():
            path.rename(old)
        try:
            new.rename(path)
        except OSError:
            if old.exists():
                old.rename(path)
            raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def check_no_link(directory: Path, name: str) -> None:
    """Raise if a file in a directory is a link, or stands behind one.

    Raises
    ------
    SavingError
        If so.
    """
    file = directory / name
    if any(part.is_symlink() for part in (file, *list(file.parents)[: name.count("/")])):
        raise SavingError(f"{file} is a link, and a saved estimator has none. Copy what it should be in its place.")


def _check_replaceable(path: Path) -> None:
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return
    found = _files_in(path)
    if not {MANIFEST_FILE, DESCRIPTION_FILE} & set(found):
        raise FileExistsError(f"{path} exists, and is no saved estimator. Give another `path`, or remove it.")
    if others := sorted(name for name in found if not _ALL_FILES.fullmatch(name)):
        raise FileExistsError(
            f"{path} holds a saved estimator, and also other files, which would be lost: {', '.join(others[:5])}. Give "
            "another `path`, or move them."
        )


def is_pipeline(path: Path) -> bool:
    """Whether a directory holds a saved pipeline; if not, it holds a Keras wrapper by itself.

    Raises
    ------
    FileNotFoundError
        If there is no saved estimator at all.
    """
    if (path / MANIFEST_FILE).exists():
        return True
    if (path / DESCRIPTION_FILE).exists():
        return False
    raise FileNotFoundError(f"There is no saved estimator in {path}: neither {MANIFEST_FILE} nor {DESCRIPTION_FILE}.")


def content_file(manifest: Manifest, directory: Path) -> Path:
    """The file that holds everything but the networks.

    Raises
    ------
    SavingError
        If there is not exactly one.
    """
    names = manifest.files.keys() & {SKOPS_FILE, PICKLE_FILE}
    if len(names) != 1:
        raise SavingError(f"{directory} must have either {SKOPS_FILE} or {PICKLE_FILE}. Copy or save it again.")
    return directory / names.pop()


def network_directories(manifest: Manifest, directory: Path) -> dict[int, Path]:
    """The directories of the networks, by their numbers."""
    numbers = {int(name.split("/")[1]) for name in manifest.files if name.startswith("networks/")}
    return {number: network_directory(directory, number) for number in numbers}


def network_directory(directory: Path, number: int) -> Path:
    """The directory of a network."""
    return directory / "networks" / str(number)


def versions() -> dict[str, str]:
    """Those of the libraries on which it depends whether an estimator predicts what it did."""
    return {name: importlib.metadata.version(name) for name in ("skhpt", "keras", "scikit-learn")}
