"""Estimators on disk: a directory of JSON and Keras' own format, with nothing in it that could run.

::

    path/
    ├── estimator.json    class, parameters, what was learnt of the data, history
    └── model.keras       architecture, weights, state of the optimizer; only of a fitted estimator
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import shutil
import uuid
from pathlib import Path
from typing import Any

import keras
from sklearn import config_context

from skhpt._compat.keras import fresh_metric_names, without_loading_tensorflow
from skhpt._compat.sklearn import requests_of
from skhpt.estimators._model_file import MODEL_FILE
from skhpt.estimators._outputs import losses_of, outputs_of
from skhpt.estimators._own_definitions import unregistered_objects
from skhpt.estimators._plain import NotPlainError, from_plain, to_plain
from skhpt.estimators._seeding import dropout_states, set_dropout_states
from skhpt.estimators._targets import TargetEncoder
from skhpt.estimators._unchanged import Unchanged, UnchangedTarget
from skhpt.exceptions import ModelError, SavingError

DESCRIPTION_FILE = "estimator.json"
_FORMAT = 1
_ELSEWHERE = {"model_", "encoder_model_", "target_encoder_", "feature_encoder_"}


def write(estimator: Any, path: Path, custom_objects: dict[str, Any] | None = None) -> None:
    """Store a fitted estimator; what was stored there before is replaced, but only once all is written.

    Raises
    ------
    FileExistsError
        If the path is taken by something else.
    ModelError
        If the model could not be read back, or the estimator has encoders of its own.
    """
    if path.exists() and not (path / DESCRIPTION_FILE).exists():
        raise FileExistsError(f"{path} exists, and is no stored estimator.")
    new = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        store(estimator, new, custom_objects)
        path.mkdir(exist_ok=True)
        for file in (MODEL_FILE, DESCRIPTION_FILE):
            (new / file).replace(path / file)
    finally:
        shutil.rmtree(new, ignore_errors=True)


@without_loading_tensorflow()
def store(estimator: Any, directory: Path, custom_objects: dict[str, Any] | None = None) -> None:
    """Store an estimator, fitted or not, in a directory, which is made.

    Raises
    ------
    ModelError
        As of `write`.
    """
    description = _describe(estimator)
    directory.mkdir(parents=True)
    (directory / DESCRIPTION_FILE).write_text(json.dumps(description, indent=1, allow_nan=False), "utf-8")
    if estimator.initialized_:
        estimator.model_.save(directory / MODEL_FILE)
        _check_readable(estimator.model_, directory / MODEL_FILE, custom_objects)


def read_description(directory: Path) -> dict[str, Any]:
    """What is stored of an estimator besides its model.

    Raises
    ------
    SavingError
        If it is of a later format, or not what was written.
    """
    file = directory / DESCRIPTION_FILE
    try:
        description = json.loads(file.read_text("utf-8"))
        form, _ = description.get("format", _FORMAT), description["class"]
        description["versions"] = dict(description.get("versions", {}))
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise SavingError(f"{file} is damaged: {error!r}. Save the estimator again.") from error
    if form != _FORMAT:
        raise SavingError(f"{file} has the format {form!r}. This skhpt reads {_FORMAT}: install a newer one.")
    return dict(description)


def read(cls: type, path: Path, params: dict[str, Any], custom_objects: dict[str, Any] | None) -> Any:
    """A stored estimator.

    Parameters
    ----------
    cls : type
        Its class.
    path : Path
        Where it is stored.
    params : dict
        Parameters to set, such as the builder, which is not stored.
    custom_objects : dict or None
        For `keras.saving.load_model`.

    Raises
    ------
    ValueError
        If it is of another class.
    SavingError
        If it can't be read.
    """
    description = read_description(path)
    if description["class"] != cls.__name__:
        raise ValueError(f"{path} holds a {description['class']}. Load it by `{description['class']}.load`.")
    try:
        estimator = cls(**from_plain(description["parameters"]) | params)
        _set_requests(estimator, description.get("requests", {}))
        estimator._not_stored = {k: v for k, v in description["not_stored"].items() if k not in params}
        if description.get("fitted", True):
            _read_learnt(estimator, description, path, custom_objects)
    except (KeyError, AttributeError, TypeError) as error:
        raise SavingError(f"{path / DESCRIPTION_FILE} is damaged: {error!r}. Save the estimator again.") from error
    return estimator


def _read_learnt(
    estimator: Any, description: dict[str, Any], path: Path, custom_objects: dict[str, Any] | None
) -> None:
    for name, value in description["learnt"].items():
        if not _is_learnt(name) or hasattr(type(estimator), name):
            raise ValueError(f"{path} can't be read: {name!r} is nothing that a fit learns.")
        setattr(estimator, name, from_plain(value))
    estimator._seed = int(description["seed"])
    with fresh_metric_names():
        estimator.model_ = _read_model(path / MODEL_FILE, custom_objects, description.get("custom_objects", []))
    set_dropout_states(estimator.model_, from_plain(description["dropout_states"]))
    estimator.feature_encoder_ = Unchanged()
    if description["target_encoder"] is not None:
        estimator.target_encoder_ = _read_encoder(estimator, from_plain(description["target_encoder"]))
    estimator._take_up()


def _read_model(file: Path, custom_objects: dict[str, Any] | None, needed: list[str]) -> keras.Model:
    try:
        return keras.saving.load_model(file, custom_objects=custom_objects, safe_mode=True)
    except Exception as error:  # whatever a file that is not what was written makes Keras raise
        known = {*(custom_objects or {}), *keras.saving.get_custom_objects()}
        missing = [name for name in needed if name not in known]
        advice = (
            f"Its model has classes or functions that Keras does not know. Give them by their names, as "
            f"custom_objects={{{', '.join(f'{name!r}: {name}' for name in missing)}}}"
            if missing
            else "The file is damaged, or Keras would have to run what is in it. Save the estimator again"
        )
        raise SavingError(f"Keras can't read {file}. {advice}. Keras says: {error}") from error


def _describe(estimator: Any) -> dict[str, Any]:
    # With what holds by the builder's defaults, since there may be no builder when it is read.
    params = estimator.get_params(deep=False) | _from_builder(estimator)
    stored = {name: value for name, value in params.items() if _is_plain(value)}
    lost = {name: _name_of(value) for name, value in params.items() if name not in stored}
    description = {
        "format": _FORMAT,
        "versions": {name: importlib.metadata.version(name) for name in ("skhpt", "keras", "scikit-learn")},
        "module": type(estimator).__module__,
        "class": type(estimator).__name__,
        "fitted": estimator.initialized_,
        "parameters": to_plain(stored),
        "not_stored": {**estimator._not_stored, **lost},
        "requests": _requests(estimator),
    }
    return description | _describe_learnt(estimator) if estimator.initialized_ else description


def _describe_learnt(estimator: Any) -> dict[str, Any]:
    learnt = {name: value for name, value in vars(estimator).items() if _is_learnt(name) and name not in _ELSEWHERE}
    return {
        "learnt": {name: _plain_attribute(name, value) for name, value in learnt.items()},
        "seed": estimator._seed,
        "dropout_states": to_plain(dropout_states(estimator.model_)),
        "target_encoder": to_plain(_describe_encoder(estimator)),
        "custom_objects": sorted(unregistered_objects(estimator.model_)),
    }


def _requests(estimator: Any) -> dict[str, dict[str, Any]]:
    """What the estimator was told to ask for by its ``set_<method>_request``, by the methods."""
    if requests_of(estimator) is None:
        return {}
    routing = estimator.get_metadata_routing()
    methods = [found[1] for name in dir(type(estimator)) if (found := re.fullmatch(r"set_(\w+)_request", name))]
    said = {method: getattr(routing, method).requests.items() for method in methods}
    return {method: {name: value for name, value in items if value is not None} for method, items in said.items()}


def _set_requests(estimator: Any, requests: dict[str, dict[str, Any]]) -> None:
    with config_context(enable_metadata_routing=True):  # whether or not it is now: it may be when they are used
        for method, said in requests.items():
            if said:
                getattr(estimator, f"set_{method}_request")(**said)


def _name_of(value: Any) -> str:
    return str(getattr(value, "__qualname__", type(value).__qualname__))


def _from_builder(estimator: Any) -> dict[str, Any]:
    parameters = estimator._parameters()
    if not parameters.has_builder:
        return {}
    defaults = parameters.builder.defaults
    return {name: parameters.settings[name] for name in parameters.own if name in defaults}


def _is_learnt(name: str) -> bool:
    return name.isidentifier() and name.endswith("_") and not name.startswith("_")


def _plain_attribute(name: str, value: Any) -> Any:
    try:
        return to_plain(value)
    except NotPlainError as error:
        raise ModelError(f"The attribute {name!r} can't be stored: {error}. Pickle the estimator instead.") from None


def _is_plain(value: Any) -> bool:
    try:
        to_plain(value)
    except NotPlainError:
        return False
    return True


def _describe_encoder(estimator: Any) -> dict[str, Any] | None:
    encoder = getattr(estimator, "target_encoder_", None)
    known = encoder is None or isinstance(encoder, (TargetEncoder, Unchanged))
    if not known or not isinstance(estimator.feature_encoder_, Unchanged):
        raise ModelError(
            f"{type(estimator).__name__} has encoders of its own, which can't be stored. Save it by skhpt.save(..., "
            "serializer='cloudpickle'), or save its model_."
        )
    if encoder is None:
        return None
    return encoder.describe() if isinstance(encoder, (TargetEncoder, UnchangedTarget)) else {}


def _read_encoder(estimator: Any, description: dict[str, Any]) -> TargetEncoder | Unchanged:
    encoder: TargetEncoder | Unchanged = estimator.target_encoder
    if isinstance(encoder, UnchangedTarget):
        return encoder.restore(description) if description else Unchanged()  # before, shapes were not learnt
    if isinstance(encoder, Unchanged):
        return encoder
    encoder.restore(description)
    outputs = outputs_of(estimator.model_, estimator._no_rows())
    encoder.match(outputs)
    encoder.match_losses(losses_of(estimator.model_, len(outputs)))
    return encoder


def _check_readable(model: keras.Model, file: Path, custom_objects: dict[str, Any] | None) -> None:
    """Raise if what was written is of no use to anybody who reads it."""
    try:
        keras.saving.load_model(file, custom_objects=custom_objects, safe_mode=True)
    except (TypeError, ValueError, NotImplementedError) as error:
        names = ", ".join(sorted(unregistered_objects(model)))
        advice = f" ({names})" if names else ""
        raise ModelError(
            f"The stored model could not be read back. Register your own layers, losses and metrics{advice} with "
            f"@keras.saving.register_keras_serializable(), or give them as `custom_objects` to save and to load. Use a "
            f"layer of your own in the place of a Lambda. "
            f"Keras says: {error}"
        ) from error
