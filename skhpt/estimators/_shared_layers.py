"""Layers that a model builder uses without having made them, such as a base network of the caller's.

Trained as they are, they would carry what one trial has learnt into the next, and change models that were fitted
before. So the model that is trained is a copy that has the values they had when it was built.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import keras

from skhpt._compat.backend import to_share
from skhpt._compat.keras_builds import BuildRecord
from skhpt._compat.keras_objects import compile_config, layers_of, optimized_variables, own_metrics, own_variables
from skhpt.estimators._copying import faithful_copy
from skhpt.estimators._kerastuner import KerasTunerBuilder
from skhpt.estimators._used_optimizer import forget_training
from skhpt.exceptions import ModelError

_STATEFUL = (keras.optimizers.Optimizer, keras.metrics.Metric)

# Variables that are still there, by their ids: those that each builder has made so far, and those that were trained.
_Variables = weakref.WeakValueDictionary[int, keras.Variable]
_made_by: weakref.WeakKeyDictionary[Any, _Variables] = weakref.WeakKeyDictionary()
_trained: _Variables = weakref.WeakValueDictionary()


def note_training(model: keras.Model) -> None:
    """Note that a model is to be trained, so that the values which its variables begin with will be lost."""
    _trained.update({id(variable): variable for variable in model.variables})


def without_shared_layers(
    model: keras.Model, record: BuildRecord, builder: Callable[..., Any], *, given: Iterable[Any] = ()
) -> keras.Model:
    """A model whose training changes nothing that its builder has not made for it.

    Weights that training leaves as they are, those of a frozen base, are not copied: both models use the same numbers.
    (But they are where the builder has written to them; on JAX also where it has frozen them, or in a thread.)

    Parameters
    ----------
    model : keras.Model
        Built and compiled; one that its builder has not made, as it was returned.
    record : BuildRecord
        What was made for it.
    builder : callable
        What has built it.
    given : iterable of object
        Objects of Keras' that were made for this model before.

    Returns
    -------
    keras.Model
        The model itself if its builder has made all of it. Otherwise a copy, and the layers that the builder has not
        made are as they were before it was called.

    Raises
    ------
    ModelError
        If it can't be copied, or if the builder trains or writes to layers of an earlier call, whose model was trained.
    """
    layers = layers_of(model)
    shared = _shared_variables(model, layers, record)
    if shared:
        record.count_as_made(_parts(given))
        shared = _shared_variables(model, layers, record)  # few have any, and to look through what was given costs time
    earlier = _made_by.setdefault(_known_as(builder), weakref.WeakValueDictionary())
    if shared or not record.made(model):
        written = record.written()  # with other values in each call, maybe
        frozen = {key: variable for key, variable in _frozen_variables(layers).items() if key not in written}
        _refuse_trained([shared[key] for key in shared.keys() & earlier.keys() - frozen.keys()], builder)
        model = _with_own_variables(model, record, builder, shared, frozen)
    earlier.update({id(variable): variable for variable in model.variables if record.made(variable)})
    return model


def _with_own_variables(
    model: keras.Model,
    record: BuildRecord,
    builder: Callable[..., Any],
    shared: dict[int, keras.Variable],
    frozen: dict[int, keras.Variable],
) -> keras.Model:
    flags_differ = any(map(record.has_changed, (*layers_of(model), *frozen.values())))
    in_common = map(to_share, frozen.values())
    kept = {id(part) for part in in_common if not (flags_differ and isinstance(part, keras.Variable))}

    def stays(part: Any) -> bool:
        """Whether the copy has the same object: the variables that are the model's own, and what is frozen."""
        return id(part) in kept or (isinstance(part, keras.Variable) and id(part) not in shared)

    try:
        copied: keras.Model = faithful_copy(model, stays)
    except ModelError as error:
        if shared.keys() <= frozen.keys() and not flags_differ:
            return model  # nobody changes what it shares
        names = sorted({variable.path for key, variable in shared.items() if key not in frozen})
        raise ModelError(
            f"The model builder {_name(builder)!r} uses variables that it has not made ({', '.join(names)}), and the "
            f"model that it returns can't be copied, so that all trainings, or calls of the builder, would change the "
            f"same variables. Make the layers in the builder. {error}"
        ) from error
    record.remove_nodes()
    parts = _parts([copied, *_stateful_parts(copied, layers_of(copied))])
    record.count_as_made(part for part in parts if id(part) not in shared)
    _fit_optimizer(copied)
    return copied


def _shared_variables(
    model: keras.Model, layers: list[keras.layers.Layer], record: BuildRecord
) -> dict[int, keras.Variable]:
    """The variables that were not made in the build, or that a layer has which was not: by their ids."""
    holders = [layer for layer in layers if not record.made(layer)]
    holders += [part for part in _stateful_parts(model, layers) if not all(map(record.made, part.variables))]
    theirs = (variable for holder in holders for variable in holder.variables)
    others = (variable for variable in model.variables if not record.made(variable))
    return {id(variable): variable for variables in (theirs, others) for variable in variables}


def _stateful_parts(model: keras.Model, layers: list[keras.layers.Layer]) -> Iterator[Any]:
    """The optimizers and metrics of a model, but not those that a model in it was compiled with, which are not used."""
    yield from (value for value in vars(model).values() if isinstance(value, _STATEFUL))
    for layer in layers:
        yield from own_metrics(layer)
    if model.compiled:
        config = compile_config(model)
        given = keras.tree.flatten([config.get("metrics"), config.get("weighted_metrics")])
        yield from (value for value in given if isinstance(value, _STATEFUL))


def _parts(values: Iterable[Any]) -> Iterator[Any]:
    """The layers and variables in values."""
    for value in keras.tree.flatten(list(values)):
        if isinstance(value, keras.layers.Layer):
            yield from layers_of(value)
        if isinstance(value, (keras.layers.Layer, *_STATEFUL)):
            yield from value.variables


def _frozen_variables(layers: list[keras.layers.Layer]) -> dict[int, keras.Variable]:
    """Those that training does not change, by their ids.

    Of what was not made to be trained (counters, random seeds, the statistics of batches) that is known of batch
    normalisation alone.
    """
    frozen: dict[int, keras.Variable] = {}
    for layer in layers:
        weights, others = own_variables(layer)
        variables = [variable for variable in weights if not variable.trainable]
        if isinstance(layer, keras.layers.BatchNormalization) and not layer.trainable:
            variables += others
        frozen |= {id(variable): variable for variable in variables}
    return frozen


def _refuse_trained(variables: list[keras.Variable], builder: Callable[..., Any]) -> None:
    """Raise if one was trained of the variables that an earlier call of the builder has made."""
    weights = [variable for variable in variables if variable.name != "seed_generator_state"]
    names = sorted({variable.path for variable in weights if id(variable) in _trained})
    if names:
        raise ModelError(
            f"The model builder {_name(builder)!r} must make the layers that it trains anew in each call, or use ones "
            f"that were made before its first call. So it must with those whose weights it sets. It has kept layers "
            f"from an earlier call instead, with the variables {', '.join(names)}. Their model was trained since: what "
            f"they began with is lost, or that model would change."
        )


def _fit_optimizer(model: keras.Model) -> None:
    """Let an optimizer that was used for another model be as new."""
    if not model.compiled or model.optimizer is None:
        return
    known = set(map(id, model.variables))
    if any(id(variable) not in known for variable in optimized_variables(model.optimizer)):
        forget_training(model.optimizer)


def _known_as(builder: Any) -> Any:
    """What a builder is known by, for as long as it is there: also one whose method or partial is made for a call."""
    while (inner := _inside(builder)) is not None:
        builder = inner
    try:
        weakref.WeakKeyDictionary({builder: None})
    except TypeError:
        return type(builder)
    return builder


def _inside(builder: Any) -> Any:
    if isinstance(builder, KerasTunerBuilder):
        return builder.build
    return builder.func if isinstance(builder, functools.partial) else getattr(builder, "__func__", None)


def _name(builder: Any) -> str:
    return str(getattr(builder, "__name__", type(builder).__name__))
