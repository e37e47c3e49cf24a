"""Compiling a model: the optimizer, the loss and the metrics."""

from __future__ import annotations

import copy
from typing import Any

import keras

from skhpt.estimators._parameters import Parameters
from skhpt.estimators._scikeras import loss_name
from skhpt.exceptions import ModelError


def make_optimizer(parameters: Parameters) -> keras.optimizers.Optimizer:
    """A new optimizer, with what was routed to it.

    Raises
    ------
    ModelError
        If the parameter is neither a name nor a class nor an instance of an optimizer.
    """
    optimizer, arguments = parameters.optimizer, parameters.routed("optimizer")
    if isinstance(optimizer, str):
        return type(keras.optimizers.get(optimizer))(**arguments)
    if isinstance(optimizer, type):
        return optimizer(**arguments)
    if isinstance(optimizer, keras.optimizers.Optimizer):  # the caller's own must stay as it is
        return optimizer.from_config(optimizer.get_config())
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
    loss = parameters.own["loss"]
    return {
        "optimizer": optimizer,
        "loss": default_loss if loss is None else loss,
        "metrics": copy.deepcopy(parameters.own["metrics"]),  # they have a state, which must not be the caller's
        **parameters.routed("compile"),
    }


def check_compiled_as_asked(model: keras.Model, parameters: Parameters) -> None:
    """Raise if the builder compiled its model without regard to a parameter that says how.

    A search over such a parameter would compare candidates that are all the same.

    Raises
    ------
    ModelError
        Names the parameter and the two ways out.
    """
    builder = parameters.builder
    if builder.takes_any or builder.takes("compile_kwargs") or builder.takes("params"):
        return
    asked = [name for name in ("optimizer", "loss", "metrics") if parameters.given(name) and not builder.takes(name)]
    if "optimizer" not in builder.arguments:
        asked += [f"optimizer__{name}" for name in parameters.routed("optimizer")]
    asked += [f"compile__{name}" for name in parameters.routed("compile")]
    for name in asked:
        if name == "loss" and _same_loss(model.loss, parameters.own["loss"]):
            continue
        if name == "optimizer" and _same_optimizer(model.optimizer, parameters.optimizer):
            continue
        raise ModelError(
            f"The {name!r} parameter of {parameters.owner} has no effect: the model builder compiles its model itself. "
            f"Let the builder take an argument `compile_kwargs` and call `model.compile(**compile_kwargs)`, or return "
            f"the model uncompiled."
        )


def _same_loss(compiled: Any, asked: Any) -> bool:
    simple = (str, type, keras.losses.Loss)
    return isinstance(compiled, simple) and isinstance(asked, simple) and loss_name(compiled) == loss_name(asked)


def _same_optimizer(compiled: keras.optimizers.Optimizer, asked: Any) -> bool:
    """Whether a bare name or class asks for what is there; an instance has settings, which are not compared."""
    if isinstance(asked, str):
        return type(compiled) is type(keras.optimizers.get(asked))
    return type(compiled) is asked
