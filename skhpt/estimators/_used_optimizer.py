"""An optimizer that was used, as it was before."""

from __future__ import annotations

import keras

from skhpt._compat.keras import existing
from skhpt._compat.keras_objects import lasting_variables, unbuild
from skhpt.exceptions import ModelError


def forget_training(optimizer: keras.optimizers.Optimizer) -> None:
    """Let an optimizer be as it was before it was built for the variables of a model.

    Raises
    ------
    ModelError
        If it is the user's own and it can't be told which of its variables it had before.
    """
    inner = [optimizer.inner_optimizer] if isinstance(optimizer, keras.optimizers.LossScaleOptimizer) else []
    if isinstance(optimizer, existing(keras.optimizers, "MultiOptimizer")):
        inner += optimizer.optimizers
    for each in inner:
        forget_training(each)
    if not optimizer.built:
        return
    own = lasting_variables(optimizer)
    ids = set(map(id, own))
    others = [each for each in vars(optimizer).values() if isinstance(each, keras.Variable) and id(each) not in ids]
    if others and not type(optimizer).__module__.startswith("keras."):
        raise ModelError(
            f"The optimizer {optimizer.name!r} has been used, and which of its variables it had before can't be told. "
            f"Give its class, or a new one."
        )
    unbuild(optimizer, own)
    optimizer.iterations.assign(0)
