"""Progress in a terminal."""

from __future__ import annotations

import sys
from typing import TextIO, cast

from rich.console import Console, Group
from rich.file_proxy import FileProxy
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from skhpt.reporting._progress_text import counted_epochs, counted_trials, further_texts, time_text
from skhpt.reporting._standing import Standing
from skhpt.reporting._terminal import is_terminal

_BAR_WIDTH, _LEAST_BAR_WIDTH = 24, 6


class TerminalDisplay:
    """Some lines at the end of a terminal, below whatever else is printed meanwhile.

    Where there is no terminal, as in a pipe, only the last of it is printed.

    Parameters
    ----------
    file : file or None, default=None
        Where to; None is the standard error.
    """

    def __init__(self, file: TextIO | None = None) -> None:
        self._console = Console(file=file, stderr=file is None, force_jupyter=False)
        self._stdout = sys.stdout
        if self._console.is_terminal and is_terminal(sys.stdout):  # what goes to a file is none of the terminal's
            sys.stdout = cast(TextIO, WholeLines(self._console, sys.stdout))
        # Without a thread of its own: it is refreshed where something has happened.
        self._live = Live(console=self._console, auto_refresh=False, redirect_stdout=False)
        self._live.start()

    def show(self, standing: Standing) -> None:
        """Show how a search stands, in the place of what was shown before."""
        self._live.update(_lines(standing, self._console.width), refresh=True)

    def close(self, standing: Standing) -> None:
        """Show the last of it, which stays, and let go of the terminal."""
        try:
            self._live.update(_lines(standing, self._console.width))
        finally:
            if isinstance(sys.stdout, WholeLines):
                sys.stdout.end()
                sys.stdout = self._stdout
            self._live.stop()
        if not self._console.is_terminal:
            self._console.print()  # Live ends no line there


class WholeLines(FileProxy):
    """Prints what is written to a file above the display, each line once it has ended.

    Keras draws a progress bar again and again in one line, which only works at the end of a terminal: the last of it is
    printed.
    """

    def flush(self) -> None:
        """Leave the beginning of a line until its end comes."""

    def end(self) -> None:
        """Print the beginning of a line whose end does not come."""
        super().flush()

    def isatty(self) -> bool:
        """Whether Keras may draw again what it has drawn."""
        return self.rich_proxied_file.isatty()


def _lines(standing: Standing, width: int) -> Group:
    bars = Table.grid(padding=(0, 1))
    name, trials = standing.search.searcher, f"{counted_trials(standing)}  {time_text(standing)}"
    # Of a narrow terminal the bars have what the words leave.
    n = min(max(width - len(name) - len(trials) - 2, _LEAST_BAR_WIDTH), _BAR_WIDTH)
    bars.add_row(_text(name), _bar(standing.n_done, standing.n_trials, n), _text(trials))
    if epochs := counted_epochs(standing):
        bars.add_row("", _bar(standing.n_epochs, standing.n_epochs_planned, n), _text(epochs))
    # The reason for a new run is at the end of its line, and stays.
    resumed = standing.search.resumed
    return Group(bars, *(Text(text) if text == resumed else _text(text) for text in further_texts(standing)))


def _bar(value: int, most: int, width: int) -> ProgressBar:
    return ProgressBar(most, value, width=width)


def _text(text: str) -> Text:
    return Text(text, no_wrap=True, overflow="ellipsis")
