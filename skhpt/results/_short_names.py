"""Names of parameters as tables and lines show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable


def short_names(names: Iterable[str], taken: Collection[str] = ()) -> dict[str, str]:
    """As much of the end of each name as tells it from the others: one whose whole name others end with keeps it.

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
    >>> short_names(["units", "model__units", "metrics__0"])
    {'units': 'units', 'model__units': 'model__units', 'metrics__0': 'metrics__0'}
    """
    endings = {name: _endings(name) for name in dict.fromkeys(names)}
    counts = Counter(ending for own in endings.values() for ending in own)
    free = {ending for ending, count in counts.items() if count == 1}.difference(taken)
    return {
        name: next((ending for ending in own if ending in free), f"param_{name}" if name in taken else name)
        for name, own in endings.items()
    }


def _endings(name: str) -> list[str]:
    """A name without its prefixes, then with one after the other. What begins with a number says nothing by itself."""
    parts = name.split("__")
    endings = ["__".join(parts[place:]) for place in reversed(range(len(parts)))]
    return [ending for ending in endings[:-1] if ending and not ending[0].isdigit()] + [name]
