"""What a call of a wrapper's methods says beyond X and y."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from skhpt.estimators._parameters import Parameters


@dataclass(frozen=True)
class Call:
    """One call of `fit`, `partial_fit` or `initialize`.

    `BaseWrapper._initialize` has the arguments that it has in SciKeras, where subclasses override it, so what else
    there is to say reaches it in this form.

    Parameters
    ----------
    parameters : Parameters
        In force for this call.
    labels : array-like, default=None
        What a new model learns the target from, instead of y.
    groups : array-like, default=None
        For a splitter that holds rows out.
    hold_out : bool
        Whether `validation_split` is to be followed.
    share_model : bool
        Whether a `keras.Model` that was given is to be used itself, and not a copy of it.
    """

    parameters: Parameters
    labels: Any = None
    groups: Any = None
    hold_out: bool = True
    share_model: bool = False
