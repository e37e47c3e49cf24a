"""Fitted estimators on disk: a directory of JSON and Keras' own format, with nothing in it that could run.

::

    path/
    ├── estimator.json    class, parameters, what was learnt of the data, history
    └── model.keras       architecture, weights, state of the optimizer
"""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import uuid
from pathlib import Path
from typing import Any

import keras

from skhpt._compat.keras import fresh_metric_names, without_loading_tensorflow
from skhpt.estimators._model_file import MODEL_FILE
from skhpt.estimators._outputs import losses_of, outputs_of
from skhpt.estimators._own_definitions import unregistered_objects
from skhpt.estimators._plain import NotPlainError, from_plain, to_plain
from skhpt.estimators._seeding import dropout_states, set_dropout_states
from skhpt.estimators._targets import TargetEncoder
from skhpt.estimators._unchanged import Unchanged
from skhpt.exceptions import ModelError

_DESCRIPTION = "estimator.json"
_ELSEWHERE = {"model_", "encoder_model_", "target_encoder_", "feature_encoder_"}


@without_loading_tensorflow()
def write(estimator: Any, path: Path) -> None:
    """Store a fitted estimator; what was stored there before is replaced, but only once all is written.

    Raises
    ------
    FileExistsError
        If the path is taken by something else.
    ModelError
        If the model could not be read back, or the estimator has encoders of its own.
    """
    if path.exists() and not (path / _DESCRIPTION).exists():
        raise FileExistsError(f"{path} exists, and is no stored estimator.")
    description = _describe(estimator)
    new = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    new.mkdir(parents=True)
    try:
        (new / _DESCRIPTION).write_text(json.dumps(description, indent=1, allow_nan=False), "utf-8")
        estimator.model_.save(new / MODEL_FILE)
        _check_readable(estimator.model_, new / MODEL_FILE)
        path.mkdir(exist_ok=True)
        for file in (MODEL_FILE, _DESCRIPTION):
            (new / file).replace(path / file)
    finally:
        shutil.rmtree(new, ignore_errors=True)


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
    """
    description = json.loads((path / _DESCRIPTION).read_text("utf-8"))
    if description["class"] != cls.__name__:
        raise ValueError(f"{path} holds a {description['class']}. Load it by `{description['class']}.load`.")
    estimator = cls(**from_plain(description["parameters"]) | params)
    for name, value in description["learnt"].items():
        if not _is_learnt(name) or hasattr(cls, name):
            raise ValueError(f"{path} can't be read: {name!r} is nothing that a fit learns.")
        setattr(estimator, name, from_plain(value))
    estimator._seed = int(description["seed"])
    with fresh_metric_names():
        estimator.model_ = keras.saving.load_model(path / MODEL_FILE, custom_objects=custom_objects, safe_mode=True)
    set_dropout_states(estimator.model_, from_plain(description["dropout_states"]))
    estimator.feature_encoder_ = Unchanged()
    if description["target_encoder"] is not None:
        estimator.target_encoder_ = _read_encoder(estimator, from_plain(description["target_encoder"]))
    estimator._take_up()
    return estimator


def _describe(estimator: Any) -> dict[str, Any]:
    # With what holds by the builder's defaults, since there may be no builder when it is read.
    params = estimator.get_params(deep=False) | _from_builder(estimator)
    stored = {name: value for name, value in params.items() if _is_plain(value)}
    learnt = {name: value for name, value in vars(estimator).items() if _is_learnt(name) and name not in _ELSEWHERE}
    return {
        "versions": {name: importlib.metadata.version(name) for name in ("skhpt", "keras")},
        "class": type(estimator).__name__,
        "parameters": to_plain(stored),
        "not_stored": {name: repr(value) for name, value in params.items() if name not in stored},
        "learnt": {name: _plain_attribute(name, value) for name, value in learnt.items()},
        "seed": estimator._seed,
        "dropout_states": to_plain(dropout_states(estimator.model_)),
        "target_encoder": to_plain(_describe_encoder(estimator)),
    }


def _from_builder(estimator: Any) -> dict[str, Any]:
    parameters = estimator._parameters()
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
            f"{type(estimator).__name__} has encoders of its own, which can't be stored. Pickle it, or save its model_."
        )
    if encoder is None:
        return None
    return encoder.describe() if isinstance(encoder, TargetEncoder) else {}


def _read_encoder(estimator: Any, description: dict[str, Any]) -> TargetEncoder | Unchanged:
    encoder: TargetEncoder | Unchanged = estimator.target_encoder
    if isinstance(encoder, Unchanged):
        return encoder
    encoder.restore(description)
    outputs = outputs_of(estimator.model_, estimator._no_rows())
    encoder.match(outputs)
    encoder.match_losses(losses_of(estimator.model_, len(outputs)))
    return encoder


def _check_readable(model: keras.Model, file: Path) -> None:
    """Raise if what was written is of no use to anybody who reads it."""
    try:
        keras.saving.load_model(file, safe_mode=True)
    except (TypeError, ValueError, NotImplementedError) as error:
        names = ", ".join(sorted(unregistered_objects(model)))
        advice = f" ({names})" if names else ""
        raise ModelError(
            f"The stored model could not be read back. Register your own layers, losses and metrics{advice} with "
            f"@keras.saving.register_keras_serializable(), and use a layer of your own in the place of a Lambda. "
            f"Keras says: {error}"
        ) from error
