"""How a search stands, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from skhpt.reporting._labels import label_of
from skhpt.reporting._standing import Standing
from skhpt.results import short_names
from skhpt.store import shortened

_LONGEST = 24  # characters of a value


def best_text(standing: Standing) -> str:
    """The best candidate so far; nothing where there is none.

    Parameters
    ----------
    standing : Standing
        Of the search.
    """
    if standing.best is None:
        return ""
    settings = settings_text(standing.best.candidate.params)
    return f"best {standing.best.score:.4g}" + (f": {settings}" if settings else "")


def settings_text(params: Mapping[str, Any]) -> str:
    """The parameters of a candidate by their short names, in one line.

    Examples
    --------
    >>> settings_text({"optimizer__learning_rate": 0.00123456, "units": 32})
    'learning_rate=0.001235, units=32'
    """
    names = short_names(params)
    return ", ".join(f"{names[name]}={shortened(label_of(value), _LONGEST)}" for name, value in params.items())


def round_text(standing: Standing) -> str:
    """Which rung or batch is running, of a search that has several; nothing for others.

    Parameters
    ----------
    standing : Standing
        Of the search.
    """
    if standing.round is None or not standing.round.specs:
        return ""
    search, first = standing.search, standing.round.specs[0].budget
    if first is None:
        return f"batch {standing.round.number + 1} of {len(search.rounds)}" if len(search.rounds) > 1 else ""
    counts = Counter(spec.budget for spec in standing.round.specs)
    parts = [(budget, n // search.n_trials_a_candidate) for budget, n in counts.items() if budget is not None]
    unit = (search.resource or "").rpartition("__")[2].removeprefix("n_")
    each = f"{first.amount:,} {unit.removesuffix('s') if first.amount == 1 else unit} each"
    if first.bracket is not None:
        return f"{each}: {', '.join(f'{_candidates(n)} of bracket {budget.bracket}' for budget, n in parts)}"
    return f"rung {first.rung + 1} of {len(search.rounds)}: {_candidates(parts[0][1])}, {each}"


def _candidates(n: int) -> str:
    return f"{n:,} candidate{'' if n == 1 else 's'}"


def trouble_text(standing: Standing) -> str:
    """How many trials failed, and what has ended the search early; nothing where all is well.

    Parameters
    ----------
    standing : Standing
        Of the search.
    """
    parts = [f"{standing.n_failed:,} trial{'' if standing.n_failed == 1 else 's'} failed"] if standing.n_failed else []
    if standing.ending is not None and standing.ending.reason is not None:
        parts.append(f"ended by {standing.ending.reason}")
    return ", ".join(parts)


def further_texts(standing: Standing) -> list[str]:
    """What is said below the bars, a line each.

    Parameters
    ----------
    standing : Standing
        Of the search.
    """
    phase = "" if standing.phase is None else standing.phase.text
    texts = (standing.search.resumed, phase, round_text(standing), best_text(standing), trouble_text(standing))
    return [text for text in texts if text]


def counted_trials(standing: Standing) -> str:
    """How many trials have ended, of how many.

    Parameters
    ----------
    standing : Standing
        Of the search.
    """
    return f"{standing.n_done:,}/{standing.n_trials:,} trials"


def counted_epochs(standing: Standing) -> str:
    """How many epochs of the round have ended, of how many; nothing where that is unknown.

    Parameters
    ----------
    standing : Standing
        Of the search.
    """
    most = standing.n_epochs_planned
    return f"{standing.n_epochs:,}/{most:,} epochs" if most else ""


def time_text(standing: Standing) -> str:
    """How long it has taken, and how long it will about take, where that is known.

    Parameters
    ----------
    standing : Standing
        Of the search.
    """
    left = standing.seconds_left
    return duration(standing.seconds) + (f", about {duration(max(left, 1))} left" if left else "")


def duration(seconds: float) -> str:
    """Seconds, or minutes and hours with them.

    Examples
    --------
    >>> duration(3.2), duration(75), duration(7300)
    ('3 s', '1:15', '2:01:40')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
