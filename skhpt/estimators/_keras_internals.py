"""The one place that uses Keras' private parts, and what for.

`tests/estimators/test_keras_internals.py` fails when Keras changes them.
"""

from __future__ import annotations

import collections
import inspect
import random
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import keras
from keras.src.backend.common import global_state
from keras.src.ops.nn import Sigmoid, Softmax  # what `keras.ops.softmax` leaves in a functional model
from keras.src.random import seed_generator
from keras.src.utils import module_utils
from keras.src.utils.naming import to_snake_case

from skhpt.estimators._backend import has_hidden_state
from skhpt.exceptions import ModelError

_NAMES = {
    keras.activations.linear: "linear",
    keras.activations.softmax: "softmax",
    keras.activations.sigmoid: "sigmoid",
    keras.activations.hard_sigmoid: "sigmoid",
    keras.activations.tanh: "tanh",
}
_KEEP_VALUES = (keras.layers.Flatten, keras.layers.Reshape, keras.layers.Dropout, keras.layers.Identity)


@contextmanager
def fresh_metric_names() -> Iterator[None]:
    """Let Keras count the names that it makes up for metrics from the start, and go on with the old count afterwards.

    Keras calls the second `Precision` of a process ``precision_1``, whichever model it is in. A history, or a
    callback's ``monitor="val_precision"``, would mean something else in every fit of a search. Layers are left alone: a
    builder may add new ones to those of a model that was made before, and their names must differ.
    """
    outer = global_state.get_global_attribute("object_name_uids", collections.defaultdict(int), set_to_default=True)
    metrics = {to_snake_case(cls.__name__) for cls in _subclasses(keras.metrics.Metric)}
    kept = {name: outer.pop(name) for name in metrics & outer.keys()}
    try:
        yield
    finally:
        for name in metrics & outer.keys():
            del outer[name]
        outer.update(kept)


def _subclasses(cls: type) -> Iterator[type]:
    yield cls
    subclasses: list[type] = cls.__subclasses__()
    for subclass in subclasses:
        yield from _subclasses(subclass)


def stable_names(model: keras.Model) -> dict[str, str]:
    """For outputs of a model with several whose names Keras made up, names that are the same in every process.

    Returns
    -------
    dict of str to str
        From ``dense_7`` to ``output_0``, the place among the outputs. The longest names are first: no name comes
        before one that begins with it.
    """
    outputs = getattr(model, "outputs", None) or []
    if len(outputs) < 2:
        return {}
    made_up = {
        name: f"output_{place}"
        for place, (name, output) in enumerate(zip(model.output_names, outputs, strict=True))
        if re.fullmatch(rf"{to_snake_case(type(output._keras_history.operation).__name__)}(_\d+)?", name)
    }
    return dict(sorted(made_up.items(), key=lambda item: -len(item[0])))


def unregistered_objects(model: keras.Model) -> dict[str, Any]:
    """The classes and functions in a model, by name, that Keras would not find when it reads the model."""
    registered = list(keras.saving.get_custom_objects().values())
    return {what.__name__: what for what in _own_definitions(model) if what not in registered}


def _own_definitions(model: keras.Model) -> set[Any]:
    """The classes and functions in a model that are not Keras'."""
    config = getattr(model._compile_config, "config", {}) if model.compiled else {}
    layers = model._flatten_layers()
    activations = (getattr(layer, "activation", None) for layer in layers)
    parts = [
        *layers,
        *activations,
        getattr(model, "optimizer", None),
        *keras.tree.flatten([config.get("loss"), config.get("metrics")]),
    ]
    definitions = {part if inspect.isroutine(part) or isinstance(part, type) else type(part) for part in parts}
    return {what for what in definitions if not what.__module__.startswith(("keras.", "builtins", "functools"))}


def has_unknown_state(model: keras.Model) -> bool:
    """Whether a model that was trained has, or may have, a state that is in none of the variables that Keras knows."""
    own_code = _own_definitions(model) or any(isinstance(layer, keras.layers.Lambda) for layer in _layers(model))
    return bool(own_code) and has_hidden_state(model)


def _layers(model: keras.Model) -> list[keras.layers.Layer]:
    layers: list[keras.layers.Layer] = model._flatten_layers()
    return layers


class CustomObjects:
    """Classes and functions that Keras gets to know, by their names, when this is unpickled; until `forget`.

    A pickle holds what is needed to read it: put before a model, this lets Keras find what is in it.
    """

    def __init__(self, objects: Mapping[str, Any]) -> None:
        self._objects = dict(objects)
        self._before: dict[str, Any] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {"objects": self._objects}

    def __setstate__(self, state: dict[str, Any]) -> None:
        known = keras.saving.get_custom_objects()
        self._objects = state["objects"]
        self._before = {name: known[name] for name in self._objects if name in known}
        known.update(self._objects)

    def forget(self) -> None:
        """Let Keras know what it knew before."""
        known = keras.saving.get_custom_objects()
        for name in self._objects:
            known.pop(name, None)
        known.update(self._before)


_hiding = threading.Lock()
_before_hiding: list[bool | None] = []


@contextmanager
def without_loading_tensorflow() -> Iterator[None]:
    """Keep Keras from loading TensorFlow, as a model is written, only to see that there is nothing of it in the model.

    Keras does so on every backend, if TensorFlow is installed. A model with a layer that needs it has loaded it.
    """
    if "tensorflow" in sys.modules:
        yield
        return
    with _hiding:
        _before_hiding.append(module_utils.tensorflow._available)
        module_utils.tensorflow._available = False
    try:
        yield
    finally:
        with _hiding:  # whichever thread ends last brings back what the first one met
            module_utils.tensorflow._available = _before_hiding.pop()


def up_to(model: keras.Model, layer: str | int) -> keras.Model:
    """The part of a model that ends with a layer, with the same layers.

    Parameters
    ----------
    model : keras.Model
        Functional or sequential.
    layer : str or int
        The name or the index of a layer, or of a model nested in the model.

    Raises
    ------
    ModelError
        If there is no such layer, or the model is neither functional nor sequential.
    """
    if getattr(model, "outputs", None) is None:
        raise ModelError("The model must be functional or sequential, or its layers' outputs can't be had.")
    names = [entry.name for entry in model.layers]
    if layer not in names and not (isinstance(layer, int) and -len(names) <= layer < len(names)):
        raise ModelError(f"The model has no layer {layer!r}. Its layers are {names}.")
    found = model.get_layer(layer) if isinstance(layer, str) else model.layers[layer]
    # `output` of a nested model would be that inside of it.
    return keras.Model(model.inputs, found._inbound_nodes[-1].output_tensors[0])


def from_tensor(model: keras.Model, tensor: keras.KerasTensor) -> keras.Model:
    """The part of a model that goes on from a tensor in it, with the same layers.

    Raises
    ------
    ModelError
        If the output needs more than that.
    """
    try:
        return keras.Model(tensor, model.outputs)
    except ValueError as error:
        raise ModelError(f"The model's output can't be computed from this layer alone. Keras says: {error}") from error


def compile_again(model: keras.Model, **changes: Any) -> None:
    """Compile the model as it was, but for the given arguments."""
    model.compile(**{**model._compile_config.config, **changes})


def last_activation(tensor: Any) -> str | None:
    """The activation that was applied last to what a model puts out.

    Follows the output back through nested models and layers that keep values as they are.

    Parameters
    ----------
    tensor : keras.KerasTensor
        One of ``model.outputs``, or anything else, of which nothing is known.

    Returns
    -------
    {"linear", "softmax", "sigmoid", "tanh"} or None
        None where that can't be told.
    """
    while hasattr(tensor, "_keras_history"):
        history = tensor._keras_history
        operation = history.operation
        if isinstance(operation, keras.Model):
            tensor = (getattr(operation, "outputs", None) or [None])[history.tensor_index]
        elif isinstance(operation, _KEEP_VALUES):
            tensor = operation._inbound_nodes[history.node_index].input_tensors[0]
        elif isinstance(operation, (keras.layers.Softmax, Softmax)):
            return "softmax"
        elif isinstance(operation, Sigmoid):
            return "sigmoid"
        else:
            return _NAMES.get(getattr(operation, "activation", None))
    return None


@contextmanager
def drawing_layer_seeds_from(generator: random.Random) -> Iterator[None]:
    """Let layers that are made for a while draw their seeds from a generator, and not from the process's own.

    Other threads may draw from that meanwhile: those of a dask worker do so twice a second. Random numbers without a
    seed, which a builder may ask for, come from the same generator: Keras makes a new source for them if it finds none.
    """
    shared = seed_generator.python_random
    seed_generator.python_random = generator
    try:
        with _drawing_unseeded_numbers_from(None):
            yield
    finally:
        seed_generator.python_random = shared


@contextmanager
def drawing_for(model: keras.Model, seed: int) -> Iterator[None]:
    """Let ``keras.random`` draw from a model's own source for a while, where a layer calls it without a seed.

    Keras' own source is one for all of a thread, so that numbers depend on all that was drawn before.

    Parameters
    ----------
    model : keras.Model
        Goes on drawing where it ended the last time.
    seed : int
        Of its first numbers.
    """
    if model not in _sources:
        _sources[model] = keras.random.SeedGenerator(seed)
    with _drawing_unseeded_numbers_from(_sources[model]):
        yield


# They live as long as the models: what TensorFlow compiles for a model holds its source.
_sources: WeakKeyDictionary[keras.Model, keras.random.SeedGenerator] = WeakKeyDictionary()


@contextmanager
def _drawing_unseeded_numbers_from(source: keras.random.SeedGenerator | None) -> Iterator[None]:
    name = seed_generator.GLOBAL_SEED_GENERATOR
    outer = global_state.get_global_attribute(name)
    global_state.set_global_attribute(name, source)
    try:
        yield
    finally:
        global_state.set_global_attribute(name, outer)
