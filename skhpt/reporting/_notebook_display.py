"""Progress in a notebook."""

from __future__ import annotations

from html import escape
from typing import Any

from skhpt.reporting._progress_text import counted_epochs, counted_trials, further_texts, time_text
from skhpt.reporting._standing import Standing


class NotebookDisplay:
    """Below a cell, as HTML that needs no widgets, so that a stored notebook shows it as well."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, standing: Standing) -> None:
        """Show how a search stands, in the place of what was shown before."""
        from IPython.display import display  # where there is a notebook, it is loaded already

        data = {"text/html": progress_html(standing), "text/plain": progress_line(standing)}
        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)

    def close(self, standing: Standing) -> None:
        """Show the last of it, which stays."""
        self.show(standing)


def progress_html(standing: Standing) -> str:
    """How a search stands; whatever users have named is text in it.

    Parameters
    ----------
    standing : Standing
        Of the search.
    """
    bars = [_bar(standing.n_done, standing.n_trials, f"{counted_trials(standing)} {time_text(standing)}")]
    if epochs := counted_epochs(standing):
        bars.append(_bar(standing.n_epochs, standing.n_epochs_planned, epochs))
    further = [f"<div>{escape(text)}</div>" for text in further_texts(standing)]
    return f'<div class="skhpt-progress"><b>{escape(standing.search.searcher)}</b>{"".join([*bars, *further])}</div>'


def progress_line(standing: Standing) -> str:
    """The same in one line of text.

    Parameters
    ----------
    standing : Standing
        Of the search.
    """
    parts = counted_trials(standing), time_text(standing), *further_texts(standing)
    return f"{standing.search.searcher}: {'; '.join(parts)}"


def _bar(value: int, most: int, label: str) -> str:
    said = escape(label)
    return f'<div><progress value="{value}" max="{most}" aria-label="{said}"></progress> {said}</div>'
