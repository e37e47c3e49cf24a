"""`skhpt.load`."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sklearn.exceptions import InconsistentVersionWarning

from skhpt.estimators import (
    DESCRIPTION_FILE,
    MODEL_FILE,
    BaseWrapper,
    InputSplitter,
    KerasClassifier,
    KerasRegressor,
    KerasTransformer,
    read_description,
    read_estimator,
    unpack,
)
from skhpt.exceptions import CompatibilityWarning, SavingError, UntrustedTypesError
from skhpt.saving._directory import (
    PICKLE_FILE,
    Manifest,
    check_no_link,
    content_file,
    is_pipeline,
    network_directories,
    versions,
)
from skhpt.saving._parts import Exchange, NotStored, StoredNetwork
from skhpt.saving._save import import_skops

_WRAPPERS: dict[str, type] = {
    cls.__name__: cls for cls in (BaseWrapper, KerasClassifier, KerasRegressor, KerasTransformer)
}
_OURS = {f"{cls.__module__}.{cls.__qualname__}" for cls in (InputSplitter, NotStored, StoredNetwork)}


def load(
    path: Any,
    *,
    trusted: Iterable[str | type] | None = None,
    custom_objects: dict[str, Any] | None = None,
    allow_pickle: bool = False,
    **params: Any,
) -> Any:
    """Load an estimator that `save`, or the method `save` of a Keras wrapper, has saved.

    It predicts without its model builder and without the script that trained it.

    Parameters
    ----------
    path : str or path
        The directory.
    trusted : list of str or type, default=None
        Types in it, besides those that are known to be harmless, whose modules may be imported. Without them, an error
        lists those that there are. Such types run code of their modules: read the list before you trust it.
    custom_objects : dict of str to object, default=None
        Classes and functions in the networks that are not registered with Keras, by their names.
    allow_pickle : bool, default=False
        Whether to load what was saved with ``serializer="cloudpickle"``. This runs whatever code is in the directory:
        only do it with what you, or somebody you trust, has saved.
    **params : object
        Parameters to be set, such as the model builder, which is needed to fit the estimator again: ``model=build``
        for a Keras wrapper by itself, ``net__model=build`` for one that is the step ``net`` of a pipeline.

    Returns
    -------
    estimator
        Fitted, of the class that was saved; the best estimator of a search.

    Raises
    ------
    FileNotFoundError
        If there is no saved estimator.
    UntrustedTypesError
        If there are types that are neither known to be harmless nor trusted. Its `types` lists them.
    SavingError
        If the directory is damaged, of a later format, or holds a pickle that is not allowed.

    Warns
    -----
    CompatibilityWarning
        If it was saved with other versions of skhpt, Keras or scikit-learn.

    See Also
    --------
    save : The way there.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> import skhpt
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     skhpt.save(make_pipeline(StandardScaler()).fit([[1.0], [3.0]]), f"{directory}/scaler")
    ...     skhpt.load(f"{directory}/scaler").transform([[2.0]])
    array([[0.]])
    """
    trust = _names_of(trusted)
    directory = Path(path)
    if not is_pipeline(directory):
        for name in (DESCRIPTION_FILE, MODEL_FILE):
            check_no_link(directory, name)
        _check_trust(directory, _classes_of([directory]), trust)
        _warn_of_versions(directory, read_description(directory)["versions"])
        return read_estimator(_class_in(directory, trust), directory, params, custom_objects)
    manifest = Manifest.read(directory)
    file = content_file(manifest, directory)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InconsistentVersionWarning)  # is one of ours
        if file.name == PICKLE_FILE:
            estimator = _read_pickle(file, allow_pickle)
        else:
            estimator = _read_with_skops(manifest, file, trust, custom_objects)
    _warn_of_versions(directory, manifest.versions)
    return estimator.set_params(**params) if params else estimator


def _names_of(trusted: Iterable[str | type] | None) -> set[str]:
    if trusted is None:
        return set()
    types: Any = [trusted] if isinstance(trusted, (str, type)) else trusted
    if not isinstance(types, Iterable) or not all(isinstance(each, (str, type)) for each in types):
        raise TypeError(
            f"The 'trusted' parameter of load must be a list of types or of their names. Got {trusted!r} instead. "
            "Without it, an error lists those that there are."
        )
    return {each if isinstance(each, str) else f"{each.__module__}.{each.__qualname__}" for each in types}


def _read_pickle(file: Path, allow_pickle: bool) -> Any:
    if not allow_pickle:
        raise SavingError(
            f"{file.parent} was saved with serializer='cloudpickle'. To load it runs whatever code is in it. If you "
            "trust whoever saved it, and whoever could have changed it since: skhpt.load(path, allow_pickle=True)."
        )
    try:
        return unpack(file.read_bytes())
    except Exception as error:  # whatever a class that is not there or has changed makes a pickle raise
        raise SavingError(
            f"{file} can't be read: {error}. It was saved with modules, or with versions of libraries, that are not "
            "here: install the same, or save it again."
        ) from error


def _read_with_skops(manifest: Manifest, file: Path, trusted: set[str], custom_objects: dict[str, Any] | None) -> Any:
    skops = import_skops("skhpt.load")
    networks = network_directories(manifest, file.parent)
    try:
        types = skops.types_to_ask_for(file) - _OURS
    except Exception as error:  # whatever a file that is not what was written makes skops raise
        raise _unreadable(file, error) from error
    _check_trust(file.parent, types | _classes_of(networks.values()), trusted)
    try:
        content = skops.read(file, trusted | _OURS)
    except Exception as error:
        raise _unreadable(file, error) from error

    def replacement(value: Any) -> Any:
        if not isinstance(value, StoredNetwork):
            return value
        if getattr(value, "number", None) not in networks:
            raise SavingError(f"{file} names a network that is not there. Copy or save it again.")
        directory = networks[value.number]
        return read_estimator(_class_in(directory, trusted), directory, {}, custom_objects)

    return Exchange(replacement).of(content)


def _unreadable(file: Path, error: Exception) -> SavingError:
    return SavingError(
        f"skops can't read {file}: {error!r}. It is damaged, or was saved with other versions of skops or "
        "scikit-learn: install the same, or save it again."
    )


def _class_name(directory: Path) -> str:
    description = read_description(directory)
    module, name = str(description.get("module", "skhpt.")), str(description["class"])
    return name if module.startswith("skhpt.") and name in _WRAPPERS else f"{module}.{name}"


def _classes_of(directories: Iterable[Path]) -> set[str]:
    """The wrappers' classes that are the user's own."""
    return {name for directory in directories if (name := _class_name(directory)) not in _WRAPPERS}


def _class_in(directory: Path, trusted: set[str]) -> type:
    """The class of a stored wrapper, which is ours, or trusted."""
    name = _class_name(directory)
    if name in _WRAPPERS:
        return _WRAPPERS[name]
    module, _, qualified = name.rpartition(".")
    try:
        cls = getattr(importlib.import_module(module), qualified) if name in trusted else None
    except (ImportError, AttributeError, ValueError) as error:
        raise SavingError(f"{directory} holds a {name}, which can't be imported: {error}. Install it.") from error
    if not (isinstance(cls, type) and issubclass(cls, BaseWrapper)):
        raise SavingError(f"{directory} holds a {name}, which is no Keras wrapper. Copy or save it again.")
    return cls


def _check_trust(path: Path, types: set[str], trusted: set[str]) -> None:
    if unknown := types - trusted:
        raise UntrustedTypesError(path, unknown)


def _warn_of_versions(path: Path, there: Mapping[str, str]) -> None:
    here = versions()
    others = [f"{name} {was} (here {here[name]})" for name, was in there.items() if here.get(name, was) != was]
    if others:
        warnings.warn(
            f"{path} was saved with other versions: {', '.join(others)}. Compare some predictions to those of before, "
            "or install the same versions.",
            CompatibilityWarning,
            stacklevel=3,
        )
