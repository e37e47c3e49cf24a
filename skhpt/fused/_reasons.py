"""What can't be fused, in words for the user: each reason goes on after "because"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
from sklearn.pipeline import Pipeline

from skhpt._compat.keras_objects import compile_config, layers_of, profiles
from skhpt.estimators import KerasTransformer, is_text
from skhpt.evaluation import network_step, overridden
from skhpt.exceptions import CannotFuseError

STRANGE_STATE = "the model has a state that Keras does not know, which all lanes would share"
CHANGING_INFERENCE = "its outputs in inference follow from state that it changes there, such as a random seed"
ANOTHER_TRACE = "its Python code computes something else each time that it is traced"

# What a subclass of a wrapper may define, all of which the engine asks it for.
_MAY_OVERRIDE = {"_keras_build_fn", "feature_encoder", "scorer", "target_encoder"}
_FIT_ARGUMENTS = {"verbose", "epochs", "batch_size", "shuffle", "validation_split", "validation_batch_size"}
_STEPS = ("train_step", "test_step", "predict_step", "compute_metrics", "fit", "evaluate", "predict", "reset_metrics",
          "get_metrics_result", "make_train_function", "make_test_function", "make_predict_function")  # fmt: skip
_BATCH_HOOKS = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end", "on_test_batch_begin",
                "on_test_batch_end")  # fmt: skip


def check_estimator(estimator: Any) -> None:
    """Raise if an estimator's training can't be fused, whatever its model is.

    Raises
    ------
    CannotFuseError
        With the reason.
    """
    for reason in _against_estimator(estimator):
        raise CannotFuseError(reason)


def check_fit(settings: Mapping[str, Any], routed: Mapping[str, Mapping[str, Any]], validation: Any) -> None:
    """The same for the settings of a fit.

    Parameters
    ----------
    settings : mapping of str to object
        The parameters in force.
    routed : mapping of str to mapping
        What was given as ``fit__<name>`` and ``predict__<name>``.
    validation : tuple, dataset or None
        To be evaluated after each epoch.
    """
    if settings["run_eagerly"]:
        raise CannotFuseError("run_eagerly asks for Keras' own steps")
    if unknown := routed["fit"].keys() - _FIT_ARGUMENTS:
        raise CannotFuseError(f"fit__{min(unknown)} is for Keras' own fit")
    if unknown := routed["predict"].keys() - {"batch_size", "verbose"}:
        raise CannotFuseError(f"predict__{min(unknown)} is for Keras' own predict")
    if validation is not None and not isinstance(validation, tuple):
        raise CannotFuseError("the validation data are a dataset, which brings its own batches")


def check_rows(X: Any) -> None:
    """The same for validated rows."""
    if is_text(X):
        raise CannotFuseError(
            "the model is given text, of which only Keras' own fit makes numbers; a step of a pipeline before the "
            "network can do it, too"
        )


def check_callbacks(callbacks: Sequence[keras.callbacks.Callback]) -> None:
    """The same for callbacks: they are told of epochs, and not of batches."""
    for callback in callbacks:
        if isinstance(callback, keras.callbacks.TensorBoard) and (argument := _beyond_epochs(callback)) is not None:
            raise CannotFuseError(
                f"the argument {argument} of the callback {type(callback).__name__} asks for what only Keras' "
                f"own fit can write"
            )
        if _acts_on_batches(callback):
            raise CannotFuseError(f"the callback {type(callback).__name__} acts on batches")


def acts_before_training(callback: keras.callbacks.Callback) -> bool:
    """Whether code of the user's own is called before Keras looks at what it is to train."""
    hooks = ("on_train_begin", "on_epoch_begin", "set_model", "set_params")
    own = not type(callback).__module__.startswith("keras.")
    return any(hook in vars(callback) or (own and _differs(callback, keras.callbacks.Callback, hook)) for hook in hooks)


def check_model(model: keras.Model) -> None:
    """The same for a built and compiled model."""
    for reason in _against_model(model):
        raise CannotFuseError(reason)


def first_line(error: Exception) -> str:
    """What an error of a library says, without the lines that Keras puts around it."""
    lines = [line for line in re.sub(r"\x1b\[\d*m", "", str(error)).splitlines() if line.strip()]
    said = next((line for line in lines if not line.startswith("Exception encountered")), "")
    return f"{type(error).__name__}: {said.strip():.100}"


def _against_estimator(estimator: Any) -> Iterator[str]:
    network = network_step(estimator)
    if network is None:
        yield f"{type(estimator).__name__} is neither a Keras wrapper of skhpt's nor a pipeline that ends in one"
        return
    if isinstance(estimator, Pipeline):
        if estimator.steps[-1][1] is not network:
            yield "the pipeline holds a pipeline"
        yield from (f"{type(estimator).__name__} overrides {name}" for name in overridden(estimator))
    yield from (
        f"{type(network).__name__} overrides {name}"
        for name in overridden(network, "skhpt.")
        if name not in _MAY_OVERRIDE
    )
    if isinstance(network, KerasTransformer):
        yield "a KerasTransformer is not asked for predictions"


def _against_model(model: keras.Model) -> Iterator[str]:
    yield from (f"the model has its own {name}" for name in _STEPS if _differs(model, keras.Model, name))
    optimizer = model.optimizer
    if optimizer is None or not model.trainable_variables:
        yield "the model has nothing to train"
        return
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        yield "in mixed precision the optimizer scales the loss"
    if optimizer.use_ema:
        yield "the optimizer averages its weights (use_ema)"
    if optimizer.gradient_accumulation_steps:
        yield "the optimizer accumulates gradients"
    if type(optimizer).__name__ == "ScheduleFreeAdamW" and keras.backend.backend() == "tensorflow":
        # Keras' step keeps `momentum.value` as the old one: here that is the variable, whose value is the new one.
        yield "on TensorFlow ScheduleFreeAdamW takes other steps by itself"
    if not compile_config(model):
        yield "how the model was compiled can't be told"
    if model.run_eagerly:
        yield "the model is compiled with run_eagerly"
    if model.steps_per_execution != 1:
        yield "the model is compiled with steps_per_execution"
    if any(getattr(layer, "stateful", False) for layer in layers_of(model)):
        yield "a layer keeps a state from one batch to the next"
    if any(tensor.shape[0] is not None for tensor in keras.tree.flatten(getattr(model, "inputs", None) or [])):
        yield "the model is built for a fixed batch size"


def _differs(thing: Any, base: type, name: str) -> bool:
    """Whether a class, or the object itself, has another method than a base class."""
    return name in vars(thing) or getattr(type(thing), name, None) is not getattr(base, name, None)


def _beyond_epochs(callback: keras.callbacks.TensorBoard) -> str | None:
    """The argument by which it is asked for what Keras alone can write; None if there is none."""
    asked = {
        "update_freq": callback.update_freq != "epoch",
        "profile_batch": profiles(callback),
        "embeddings_freq": callback.embeddings_freq,
        "write_images": callback.write_images and callback.histogram_freq,  # of the weights that histograms are of
    }
    return next((name for name, is_asked in asked.items() if is_asked), None)


def _acts_on_batches(callback: keras.callbacks.Callback) -> bool:
    if type(callback) is keras.callbacks.TerminateOnNaN:
        return False  # the program stops the lane
    base: type = keras.callbacks.Callback
    if isinstance(callback, keras.callbacks.TensorBoard):
        base = keras.callbacks.TensorBoard  # its own hooks for batches write nothing of an epoch
    if isinstance(callback, keras.callbacks.ModelCheckpoint) and callback.save_freq == "epoch":
        base = keras.callbacks.ModelCheckpoint  # its own hooks for batches do nothing then
    return any(_differs(callback, base, name) for name in _BATCH_HOOKS)
