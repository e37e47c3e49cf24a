"""Compiling a model: the optimizer, the loss and the metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from skhpt._compat.keras_objects import optimized_variables
from skhpt._compat.scikeras import loss_name
from skhpt.estimators._alike import differences
from skhpt.estimators._parameters import Parameters
from skhpt.estimators._used_optimizer import forget_training
from skhpt.exceptions import ModelError


def make_optimizer(parameters: Parameters) -> keras.optimizers.Optimizer:
    """A new optimizer, with what was routed to it.

    Raises
    ------
    ModelError
        If the parameter is neither a name nor a class nor an instance of an optimizer.
    """
    optimizer = parameters.made("optimizer")
    if isinstance(optimizer, str):
        return keras.optimizers.get(optimizer)
    if isinstance(optimizer, keras.optimizers.Optimizer):
        model = parameters.copy_of(parameters.given_model)
        known = [] if model is None else list(map(id, model.trainable_variables))
        if any(id(variable) not in known for variable in optimized_variables(optimizer)):
            forget_training(optimizer)  # that of another model
        return optimizer
    raise ModelError(
        f"The 'optimizer' parameter of {parameters.owner} must be the name, the class or an instance of a Keras "
        f"optimizer. Got {optimizer!r} instead."
    )


def compile_arguments(
    parameters: Parameters, optimizer: keras.optimizers.Optimizer, default_loss: Any
) -> dict[str, Any]:
    """The arguments for `keras.Model.compile`, which a builder may take as `compile_kwargs`.

    Parameters
    ----------
    parameters : Parameters
        The estimator's.
    optimizer : keras.optimizers.Optimizer
        From `make_optimizer`.
    default_loss : str or keras.losses.Loss
        The loss if none was given.
    """
    loss, metrics = parameters.made("loss"), parameters.made("metrics")
    several = metrics is None or isinstance(metrics, (Mapping, list, tuple))
    return {
        "optimizer": optimizer,
        "loss": default_loss if loss is None else loss,
        "metrics": metrics if several else [metrics],
        **({"run_eagerly": True} if parameters.settings["run_eagerly"] else {}),
        **{name: parameters.copy_of(value) for name, value in parameters.routed("compile").items()},
    }


def check_compiled_as_asked(model: keras.Model, parameters: Parameters, compile_kwargs: Mapping[str, Any]) -> None:
    """Raise if the builder compiled its model without regard to a parameter that says how.

    A search over such a parameter would compare candidates that are all the same.

    Parameters
    ----------
    model : keras.Model
        Compiled by its builder.
    parameters : Parameters
        What was asked for.
    compile_kwargs : mapping of str to object
        What the builder was offered. Of the optimizer and the loss it is checked that they were taken.

    Raises
    ------
    ModelError
        Names the parameter and the two ways out.
    """
    builder = parameters.builder
    offered = builder.takes_any or builder.takes("compile_kwargs")
    for name in _asked_for(parameters):
        if builder.takes("params") or builder.takes(name.partition("__")[0]):
            continue  # it has got the value in another way, and may do with it what it likes
        if name.startswith("optimizer"):
            regarded = offered and _inner(model.optimizer) is compile_kwargs["optimizer"]
            regarded |= name == "optimizer" and _same_optimizer(model.optimizer, parameters.optimizer)
        elif name.startswith("loss"):
            regarded = _same_loss(model.loss, compile_kwargs["loss"])
        else:
            regarded = offered
        if not regarded and parameters.given_model is not None:
            raise ModelError(
                f"The {name!r} parameter of {parameters.owner} has no effect: the model that was given is compiled "
                f"already. Give it uncompiled, or compile it as it should be."
            )
        if not regarded:
            raise ModelError(
                f"The {name!r} parameter of {parameters.owner} has no effect: the model builder compiles its model "
                f"itself. Let the builder take an argument `compile_kwargs` and call "
                f"`model.compile(**compile_kwargs)`, or return the model uncompiled."
            )


def _asked_for(parameters: Parameters) -> list[str]:
    """The parameters that say how to compile, as far as they were given."""
    plain = [name for name in ("optimizer", "loss", "metrics", "run_eagerly") if parameters.given(name)]
    routes = ("optimizer__", "loss__", "metrics__", "compile__")
    return plain + [name for name in parameters.extra if name.startswith(routes)]


def _inner(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """The optimizer inside the one that scales the loss, in mixed precision."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def _same_optimizer(compiled: keras.optimizers.Optimizer, asked: Any) -> bool:
    """Whether a bare name or class asks for what is there; an instance has settings, which are not compared."""
    if isinstance(asked, str):
        asked = type(keras.optimizers.get(asked))
    return type(_inner(compiled)) is asked


def _same_loss(compiled: Any, asked: Any) -> bool:
    if compiled is asked:
        return True
    if isinstance(compiled, keras.losses.Loss) and isinstance(asked, keras.losses.Loss):
        # By all that they hold but for names, which Keras makes up: not all of it is in their configurations.
        return type(compiled) is type(asked) and set(differences(compiled, asked)) <= {"name"}
    simple = (str, type, keras.losses.Loss)
    return isinstance(compiled, simple) and isinstance(asked, simple) and loss_name(compiled) == loss_name(asked)
