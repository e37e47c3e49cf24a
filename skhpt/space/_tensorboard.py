"""Hyper-parameters as TensorBoard's plugin for them describes them: `HParam`, and its domains.

They are known by their attributes, so that TensorBoard need not be installed: of a `HParam` `name`, `domain` and
`display_name`; of a domain `dtype`, `sample_uniform`, and `values` (`Discrete`) or `min_value` and `max_value`
(`IntInterval`, `RealInterval`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skhpt.space._choice import Choice
from skhpt.space._float import Float
from skhpt.space._int import Int

_TYPES = (int, float, bool, str)


def is_hparam(value: Any) -> bool:
    """Whether a value is a `HParam` of TensorBoard's."""
    return all(hasattr(value, name) for name in ("name", "domain", "display_name"))


def by_names(part: Mapping[Any, Any]) -> dict[Any, Any]:
    """A dict of a space, in which a `HParam` as a key stands for its name, as in TensorBoard's tutorial."""
    return {name.name if is_hparam(name) else name: values for name, values in part.items()}


def as_dimension(value: Any) -> Any:
    """A `Choice`, `Int` or `Float` for what is TensorBoard's; anything else as it is.

    Parameters
    ----------
    value : object
        A `HParam`, a domain, or anything.

    Raises
    ------
    ValueError
        If it is a `HParam` without a domain, or a domain that has no values.
    """
    if is_hparam(value):
        if value.domain is None:
            raise ValueError(f"The HParam {value.name!r} has no domain: give it one, such as IntInterval(8, 64).")
        value = value.domain
    if not _is_domain(value):
        return value
    if hasattr(value, "values"):
        return Choice(value.values)
    return (Int if value.dtype is int else Float)(value.min_value, value.max_value)


def _is_domain(value: Any) -> bool:
    # The types are compared by identity: NumPy's dtype of integers equals int, and a pandas.Series has one.
    if not hasattr(value, "sample_uniform") or not any(getattr(value, "dtype", None) is kind for kind in _TYPES):
        return False
    return hasattr(value, "values") or (hasattr(value, "min_value") and hasattr(value, "max_value"))
