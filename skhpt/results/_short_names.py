"""Names of parameters as tables and lines show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable


def short_names(names: Iterable[str], taken: Collection[str] = ()) -> dict[str, str]:
    """As much of the end of each name as tells it from the others.

    Parameters
    ----------
    names : iterable of str
        Names of parameters, routed as for `set_params`.
    taken : collection of str, default=()
        What stands for something else: a parameter of that name keeps its prefixes, or gets one.

    Returns
    -------
    dict of str to str
        The short name of each.

    Examples
    --------
    >>> short_names(["clf__units", "clf__optimizer__learning_rate", "callbacks__a__patience", "callbacks__b__patience"])
    {'clf__units': 'units', 'clf__optimizer__learning_rate': 'learning_rate', 'callbacks__a__patience': 'a__patience',
    'callbacks__b__patience': 'b__patience'}
    >>> short_names(["clf__epochs", "rank"], taken=["epochs", "rank"])
    {'clf__epochs': 'clf__epochs', 'rank': 'param_rank'}
    """
    endings = {name: _endings(name) for name in dict.fromkeys(names)}
    counts = Counter(ending for own in endings.values() for ending in own)
    return {
        name: next((ending for ending in own if counts[ending] == 1 and ending not in taken), f"param_{name}")
        for name, own in endings.items()
    }


def _endings(name: str) -> list[str]:
    """A name without its prefixes, then with one after the other."""
    parts = name.split("__")
    return ["__".join(parts[place:]) for place in reversed(range(len(parts)))]
