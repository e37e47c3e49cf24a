"""Private attributes of Keras' objects: layers, models, losses, optimizers and their graphs.

Keras is not imported here: who only looks at objects need not load it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from skhpt.exceptions import ModelError

if TYPE_CHECKING:
    import keras

BOOKKEEPING = {"_distribution_strategy", "_tracker", "_trainable_variables_indices"}
"""Attributes in which optimizers and metrics keep what belongs to a process, besides their variables."""
VARIABLES = {"_metrics", "_trainable_variables", "_variables"}
"""Attributes in which they keep their variables."""
OF_MODELS = {
    "_compile_config", "_compiled_trainable_state", "_functional", "_inputs", "_inputs_struct", "_is_graph_network",
    "_nodes", "_nodes_by_depth", "_operations", "_operations_by_depth", "_outputs", "_outputs_struct", "history",
    "optimizer", "output_names", "stop_training",
}  # fmt: skip
"""Attributes of a model that follow from its configuration, or that a training sets."""
TRAINABLE = {"_trainable", "trainable"}
"""The attributes of the flag whether a layer or a variable is trained."""
GIVEN_SEED = "_init_seed"
"""The seed that an object was given; what it draws by may be another."""
ADDED_BY_TENSORFLOW = "_self_"
"""How attributes begin that TensorFlow adds to objects."""


# Layers and models


def layers_of(model: keras.layers.Layer) -> list[keras.layers.Layer]:
    """A model or a layer, and all layers in it, at any depth."""
    if hasattr(model, "_flatten_layers"):
        return list(model._flatten_layers())
    from keras.layers import Layer

    found: dict[int, Any] = {}  # also containers, which may hold each other
    left: list[Any] = [model]
    while left:
        value = left.pop()
        if id(value) not in found:
            found[id(value)] = value
            left.extend(part for part in _held(value) if isinstance(part, (dict, list, tuple, Layer)))
    return [value for value in found.values() if isinstance(value, Layer)]


def _held(value: Any) -> list[Any]:
    """What a container holds, or a layer has as its attributes."""
    if isinstance(value, dict):
        return list(value.values())
    return list(value if isinstance(value, (list, tuple)) else vars(value).values())


def own_variables(layer: keras.layers.Layer) -> tuple[list[keras.Variable], list[keras.Variable]]:
    """The variables of a layer without those of layers in it: the weights, and the others, such as statistics."""
    if hasattr(layer, "_trainable_variables"):
        return list(layer._trainable_variables), list(layer._non_trainable_variables)
    inner = {id(variable) for part in layers_of(layer)[1:] for variable in part.variables}
    own = [variable for variable in layer.variables if id(variable) not in inner]
    weights = set(map(id, layer.trainable_variables))
    return [v for v in own if id(v) in weights], [v for v in own if id(v) not in weights]


def own_metrics(layer: keras.layers.Layer) -> list[keras.metrics.Metric]:
    """The metrics of a layer without those of layers in it."""
    return list(getattr(layer, "_metrics", ()))


def takes_training(model: keras.Model) -> bool:
    """Whether the `call` of a model has an argument ``training``."""
    if hasattr(model, "_call_has_training_arg"):
        return bool(model._call_has_training_arg)
    return "training" in inspect.signature(model.call).parameters


# Compiled models


def compile_config(model: keras.Model) -> dict[str, Any]:
    """The arguments that a model was compiled with; none if it was not, or that can't be told."""
    return dict(getattr(getattr(model, "_compile_config", None), "config", None) or {})


def compile_again(model: keras.Model, **changes: Any) -> None:
    """Compile a model as it was, but for the given arguments.

    Raises
    ------
    ModelError
        If its arguments can't be told.
    """
    config = compile_config(model)
    if not config:
        raise ModelError(f"How the model was compiled can't be told. Give {' and '.join(changes)} by name.")
    model.compile(**config | changes)


def computed_loss(model: keras.Model, **arguments: Any) -> Any:
    """The loss of a batch, with those of regularizers, as the model's step computes it."""
    compute = getattr(model, "_compute_loss", None) or model.compute_loss
    return compute(**arguments)


def loss_tracker(model: keras.Model) -> keras.metrics.Metric:
    """The metric that holds the mean loss of an epoch."""
    tracker = getattr(model, "_loss_tracker", None)
    return next(metric for metric in model.metrics if metric.name == "loss") if tracker is None else tracker


def compiled_metrics(model: keras.Model) -> Any:
    """The container of the metrics that a model was compiled with; None if it has none."""
    return getattr(model, "_compile_metrics", None)


def loss_arguments(loss: Any) -> dict[str, Any] | None:
    """The arguments of a loss' function, as the loss holds them."""
    return getattr(loss, "_fn_kwargs", None)


# Optimizers


def learning_rate_of(optimizer: keras.optimizers.Optimizer) -> Any:
    """The variable or the schedule of an optimizer's learning rate."""
    return getattr(optimizer, "_learning_rate", None)


def optimized_variables(optimizer: keras.optimizers.Optimizer) -> list[keras.Variable]:
    """The variables that an optimizer was built for; none where that can't be told."""
    return list(getattr(optimizer, "_trainable_variables", ()))


def unbuild(optimizer: keras.optimizers.Optimizer, own: Iterable[keras.Variable]) -> None:
    """Let an optimizer have no variables but some, and be built for none."""
    own = list(own)
    optimizer.built = False
    optimizer._variables[:] = own
    optimizer._tracker.stored_ids["variables"] = set(map(id, own))
    optimizer._trainable_variables = []
    for known in (optimizer._trainable_variables_indices, vars(optimizer).get("_exclude_from_weight_decay_cache", {})):
        known.clear()


def lasting_variables(optimizer: keras.optimizers.Optimizer) -> list[keras.Variable]:
    """The variables that an optimizer has before it is built: the number of its steps, and its learning rate."""
    return [each for each in (optimizer.iterations, learning_rate_of(optimizer)) if hasattr(each, "assign")]


# Callbacks


def profiles(callback: keras.callbacks.TensorBoard) -> bool:
    """Whether a callback was told to profile batches; where that can't be told, it may."""
    return bool(getattr(callback, "_should_trace", True))


# Graphs of functional models


def calls_of(layer: Any) -> list[Any]:
    """The calls of a layer or an operation, in order; each has the tensors that went in and came out."""
    return list(getattr(layer, "_inbound_nodes", ()))


def history_of(tensor: Any) -> Any:
    """The operation that a symbolic tensor comes from, and the numbers of its call and output. Else None."""
    return getattr(tensor, "_keras_history", None)
