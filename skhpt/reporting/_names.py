"""Names of parameters as pictures show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable


def short_names(names: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """For each parameter the last parts of its name, as many as it takes to tell it from the others.

    Parameters
    ----------
    names : iterable of str
        With all their prefixes.
    taken : iterable of str, default=()
        What none may be called.

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> short_names(["model__units", "optimizer__learning_rate", "metrics__0"])
    {'model__units': 'units', 'optimizer__learning_rate': 'learning_rate', 'metrics__0': 'metrics__0'}
    >>> short_names(["encoder__units", "decoder__units", "score"], taken=["score"])
    {'encoder__units': 'encoder__units', 'decoder__units': 'decoder__units', 'score': 'param_score'}
    """
    endings = {name: _endings(name) for name in dict.fromkeys(names)}
    owners = Counter(ending for own in endings.values() for ending in own)
    taken = set(taken)
    free = {ending for ending, n_owners in owners.items() if n_owners == 1} - taken
    return {
        name: next((ending for ending in own if ending in free), _whole(name, taken)) for name, own in endings.items()
    }


def _whole(name: str, taken: Collection[str]) -> str:
    return f"param_{name}" if name in taken else name


def _endings(name: str) -> list[str]:
    """The shortest first. One that begins with a number says nothing."""
    parts = name.split("__")
    endings = ["__".join(parts[place:]) for place in reversed(range(len(parts)))]
    return [ending for ending in endings if ending and not ending[0].isdigit()] or [name]
