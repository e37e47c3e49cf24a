"""The seam to Keras: its private parts, and what happens where one is missing.

`tests/compat/test_keras.py` says what we rely on, and `tests/compat/test_missing_parts.py` that searches end right
without it, one trial after the other.
"""

from __future__ import annotations

import collections
import random
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import keras

from skhpt._compat._parts import private_part
from skhpt._compat.keras_objects import calls_of, history_of
from skhpt.exceptions import ModelError

_GLOBAL_STATE = "keras.src.backend.common.global_state"
_get_global = private_part(
    _GLOBAL_STATE,
    "get_global_attribute",
    loses="The names of metrics in a history may be those of a second one, such as precision_1.",
)
_set_global = private_part(_GLOBAL_STATE, "set_global_attribute")
_seed_generator = private_part("keras.src.random", "seed_generator")
_own_random = private_part(
    "keras.src.random.seed_generator",
    "python_random",
    loses="`random_state` does not decide the seeds of layers such as dropout.",
)
_module_utils = private_part("keras.src.utils", "module_utils")
# What `keras.ops.softmax` leaves in a functional model.
_SigmoidOperation = private_part("keras.src.ops.nn", "Sigmoid", instead=())
_SoftmaxOperation = private_part("keras.src.ops.nn", "Softmax", instead=())


def existing(module: Any, *names: str) -> tuple[Any, ...]:
    """What a module of Keras' has of some names: older versions lack the newest ones.

    Examples
    --------
    >>> [found.__name__ for found in existing(keras.activations, "relu", "no_such_activation")]
    ['relu']
    """
    return tuple(getattr(module, name) for name in names if hasattr(module, name))


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
    if _get_global is None:
        yield
        return
    outer = _get_global("object_name_uids", collections.defaultdict(int), set_to_default=True)
    metrics = {snake_case(cls.__name__) for cls in _subclasses(keras.metrics.Metric)}
    kept = {name: outer.pop(name) for name in metrics & outer.keys()}
    try:
        yield
    finally:
        for name in metrics & outer.keys():
            del outer[name]
        outer.update(kept)


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


snake_case = private_part("keras.src.utils.naming", "to_snake_case", instead=_snake_case)
"""The name that Keras makes up of the name of a class."""


def _subclasses(cls: type) -> Iterator[type]:
    yield cls
    subclasses: list[type] = cls.__subclasses__()
    for subclass in subclasses:
        yield from _subclasses(subclass)


_hiding = threading.Lock()
_before_hiding: list[bool | None] = []


@contextmanager
def without_loading_tensorflow() -> Iterator[None]:
    """Keep Keras from loading TensorFlow, as a model is written, only to see that there is nothing of it in the model.

    Keras does so on every backend, if TensorFlow is installed. A model with a layer that needs it has loaded it.
    """
    if "tensorflow" in sys.modules or not hasattr(getattr(_module_utils, "tensorflow", None), "_available"):
        yield
        return
    with _hiding:
        _before_hiding.append(_module_utils.tensorflow._available)
        _module_utils.tensorflow._available = False
    try:
        yield
    finally:
        with _hiding:  # whichever thread ends last brings back what the first one met
            _module_utils.tensorflow._available = _before_hiding.pop()


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
    inputs = model.inputs[0] if len(model.inputs) == 1 else model.inputs  # or older versions warn of the list
    return keras.Model(inputs, calls_of(found)[-1].output_tensors[0])


def from_tensor(model: keras.Model, tensor: keras.KerasTensor) -> keras.Model:
    """The part of a model that goes on from a tensor in it, with the same layers.

    Raises
    ------
    ModelError
        If the output needs more than that.
    """
    try:
        part = keras.Model(tensor, model.outputs)
        # Older versions look for missing inputs only as they compute, and not for the shapes that they know.
        part.compute_output_spec(keras.KerasTensor((1, *tensor.shape[1:]), tensor.dtype))
        return part
    except (KeyError, ValueError) as error:
        raise ModelError(f"The model's output can't be computed from this layer alone. Keras says: {error}") from error


def last_activations(model: keras.Model) -> list[str | None]:
    """For each output of a functional or sequential model, the activation that was applied last.

    Follows the outputs back through nested models and layers that keep values as they are.

    Returns
    -------
    list of {"linear", "softmax", "sigmoid", "tanh"} or None
        None where that can't be told.
    """
    if len(model.outputs) == 1 and history_of(model.outputs[0]) is None:
        return [_activation_of_layers(model.layers)]
    return [_last_activation(output) for output in model.outputs]


def _last_activation(tensor: Any) -> str | None:
    while (history := history_of(tensor)) is not None:
        operation = history.operation
        if isinstance(operation, keras.Model):
            tensor = (getattr(operation, "outputs", None) or [None])[history.tensor_index]
        elif isinstance(operation, _KEEP_VALUES):
            tensor = calls_of(operation)[history.node_index].input_tensors[0]
        else:
            return _activation_of(operation)
    return None


def _activation_of_layers(layers: list[keras.layers.Layer]) -> str | None:
    """The same where Keras does not tell what a tensor comes from: of layers in a row."""
    last = next((layer for layer in reversed(layers) if not isinstance(layer, _KEEP_VALUES)), None)
    return _activation_of_layers(last.layers) if isinstance(last, keras.Model) else _activation_of(last)


def _activation_of(operation: Any) -> str | None:
    if isinstance(operation, (keras.layers.Softmax, _SoftmaxOperation)):
        return "softmax"
    return "sigmoid" if isinstance(operation, _SigmoidOperation) else _NAMES.get(getattr(operation, "activation", None))


@contextmanager
def drawing_layer_seeds_from(generator: random.Random) -> Iterator[None]:
    """Let layers that are made for a while draw their seeds from a generator, and not from the process's own.

    Other threads may draw from that meanwhile: those of a dask worker do so twice a second. Random numbers without a
    seed, which a builder may ask for, come from the same generator: Keras makes a new source for them if it finds none.
    """
    if _own_random is None:
        yield
        return
    shared = _seed_generator.python_random
    _seed_generator.python_random = generator
    try:
        with _drawing_unseeded_numbers_from(None):
            yield
    finally:
        _seed_generator.python_random = shared


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
    name = getattr(_seed_generator, "GLOBAL_SEED_GENERATOR", "global_seed_generator")
    if _get_global is None or _set_global is None:
        yield
        return
    outer = _get_global(name)
    _set_global(name, source)
    try:
        yield
    finally:
        _set_global(name, outer)
