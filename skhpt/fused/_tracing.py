"""Making the trace of a model, with as little traced as can be."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import keras

from skhpt._compat.keras_objects import compile_config
from skhpt.estimators import ModelState, Rows, complete_compilation, output_structure, stable_names
from skhpt.exceptions import CannotFuseError
from skhpt.fused._data import Tables
from skhpt.fused._settings import settings_of
from skhpt.fused._shelf import Shelf
from skhpt.fused._trace import Section, Trace

_MOST_KEPT = 256
_sections: Shelf[Section] = Shelf(_MOST_KEPT)  # of optimizers and metrics whose settings say all


def trace_of(model: keras.Model, rows: Rows) -> Trace:
    """What a model's training on such rows computes.

    Parameters
    ----------
    model : keras.Model
        Built and compiled.
    rows : Rows
        A few.

    Raises
    ------
    CannotFuseError
        If there is no fused engine for Keras' backend, or the model has a state that Keras does not know.
    """
    complete_compilation(model, rows.few().arrays)
    record = _backend().record
    settings = _settings(model)

    def known(name: str, train: str) -> Section | None:
        return None if settings[name] is None else _sections.peek((name, settings[name], train))

    sections = record(model, Tables([rows]), known)
    for name in ("optimizer", "metrics", "results"):
        if settings[name] is not None:
            _sections.get((name, settings[name], sections["train"].structure), lambda: sections[name])  # noqa: B023
    return Trace(dict(sorted(sections.items())), _names(model, rows))


def loss_of(model: keras.Model, rows: Rows, state: ModelState) -> float:
    """The loss of a batch in training, of a model in some state. The model itself stays as it is."""
    complete_compilation(model, rows.few().arrays)
    tables = Tables([rows])
    steps = _backend().steps(model, tables.structure)
    tensor = keras.ops.convert_to_tensor
    batch = tables.structure.pack([[tensor(array) for array in part] for part in tables.arrays])
    parts = [*state.parts[:3], [variable.numpy() for variable in model.metrics_variables]]
    loss, *_ = steps._forward([[tensor(value) for value in part] for part in parts], *batch)
    return float(loss)


def _backend() -> Any:
    """What knows how Keras' backend traces."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        from skhpt.fused import _tensorflow_tracer

        return _tensorflow_tracer
    if backend == "jax":
        from skhpt.fused import _jax_tracer

        return _jax_tracer
    raise CannotFuseError(f"there is no fused engine for Keras on {backend}")


def _settings(model: keras.Model) -> dict[str, Hashable | None]:
    """What decides what the sections compute that need not be traced again; None where only a trace tells.

    It goes with the structure of ``train``, which says what the sections are given.
    """
    config = compile_config(model)
    metrics = [config.get("metrics"), config.get("weighted_metrics")]
    are_names = all(metric is None or isinstance(metric, str) for metric in keras.tree.flatten(metrics))
    of_metrics = (repr(metrics), keras.config.epsilon()) if are_names else None
    return {"optimizer": _of_optimizer(model), "metrics": of_metrics, "results": of_metrics}


def _of_optimizer(model: keras.Model) -> Hashable | None:
    variables = model.trainable_variables
    keys = [settings_of(part) for part in (model.optimizer, *(variable.constraint for variable in variables))]
    # Some optimizers choose by the names of variables, in which Keras counts the layers of the process.
    names = tuple(re.sub(r"_\d+(?=/|$)", "", variable.path) for variable in variables)
    return None if None in keys else (tuple(keys), names, keras.config.epsilon())


def _names(model: keras.Model, rows: Rows) -> Hashable:
    """How rows and outputs are nested, and what logs are called."""
    nested = keras.tree.map_structure(lambda array: None, (rows.X, rows.y, output_structure(model)))
    # One of Keras' metrics stands for all that the model was compiled with.
    metrics = [each.name for metric in model.metrics for each in (metric, *getattr(metric, "metrics", ()))]
    for name, stable in stable_names(model).items():
        metrics = [re.sub(rf"^{re.escape(name)}(?=_)", stable, metric) for metric in metrics]
    return repr(nested), tuple(metrics), keras.config.floatx()
