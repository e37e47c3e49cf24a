"""How a fitted wrapper looks in a notebook: the layers of its model, and a small chart of its history."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

import keras

_WIDTH, _HEIGHT, _MARGIN = 360, 140, 8
_COLOURS = {"loss": "#1b7fbd", "val_loss": "#d95f02"}  # told apart by colour-blind people too


def model_html(model: keras.Model, history: Mapping[str, Sequence[float]]) -> str:
    """A table of the layers and a chart of the losses, as HTML that needs nothing else.

    Parameters
    ----------
    model : keras.Model
        Built.
    history : mapping of str to sequence of float
        An entry an epoch.
    """
    return (
        f'<details class="skhpt-model"><summary>Model and history</summary>{_layers(model)}{_chart(history)}</details>'
    )


def _layers(model: keras.Model) -> str:
    rows = "".join(
        f"<tr><td>{escape(layer.name)}</td><td>{escape(type(layer).__name__)}</td>"
        f"<td>{escape(_shape(layer))}</td><td>{_n_parameters(layer)}</td></tr>"
        for layer in model.layers
    )
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Layer", "Class", "Output", "Parameters"))
    caption = f"{escape(model.name)}, {_n_parameters(model)} parameters"
    return f"<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _n_parameters(layer: keras.layers.Layer) -> str:
    try:
        return f"{layer.count_params():,}"
    except ValueError:
        return "unknown"  # a layer that was made and not used


def _shape(layer: keras.layers.Layer) -> str:
    try:
        return str(keras.tree.map_structure(lambda tensor: tensor.shape, layer.output))
    except (AttributeError, ValueError):  # a layer of a subclassed model has no output of its own
        return ""


def _chart(history: Mapping[str, Sequence[float]]) -> str:
    """The losses by epoch as SVG; nothing where there are none."""
    losses = {name: history[name] for name in _COLOURS if name in history}
    shown = [value for values in losses.values() for value in values if math.isfinite(value)]
    if not shown:
        return ""
    n_epochs = len(history["loss"])
    said = ", ".join(f"{name} {values[0]:.4g} to {values[-1]:.4g}" for name, values in losses.items())
    lines = "".join(_line(values, min(shown), max(shown), _COLOURS[name]) for name, values in losses.items())
    legend = ", ".join(f'<span style="color:{_COLOURS[name]}">{name}</span>' for name in losses)
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" role="img">'
        f"<title>{said} in {n_epochs} epochs</title>{lines}</svg>"
        f"<figcaption>{legend}: {said}, {n_epochs} epochs</figcaption></figure>"
    )


def _line(values: Sequence[float], low: float, high: float, colour: str) -> str:
    span = (high - low) or 1.0
    step = (_WIDTH - 2 * _MARGIN) / max(len(values) - 1, 1)
    points: list[tuple[float, float]] = [
        (_MARGIN + place * step, _MARGIN + (high - value) / span * (_HEIGHT - 2 * _MARGIN))
        for place, value in enumerate(values)
        if math.isfinite(value)
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    if len(points) == 1:
        return f'<circle cx="{points[0][0]:.1f}" cy="{points[0][1]:.1f}" r="3" fill="{colour}"/>'
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
