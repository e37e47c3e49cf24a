"""`compare_runs`: what is different about two runs."""

from __future__ import annotations

import difflib
import html
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from skhpt.store._differences import differing
from skhpt.store._find import opened
from skhpt.store._reading import reading
from skhpt.store._stored_run import StoredRun
from skhpt.store._summary import summary_of
from skhpt.store._text_table import printable, shortened, shown, text_table

_WIDTH = 80


@dataclass(frozen=True)
class RunComparison:
    """What is different about two runs. Prints in 80 columns, and as HTML in a notebook.

    Parameters
    ----------
    a, b : str
        Their ids.
    settings : DataFrame of shape (n_differences, 3)
        ``what``, ``a``, ``b``: each setting that differs, with versions, the seed and data. ``"nothing"`` is what one
        of them does not have.
    scores : DataFrame of shape (n_scores_and_parameters, 4)
        ``what``, ``a``, ``b``, ``difference``: the scores of the best candidates and their parameters.
    source : str
        From a's source to b's, as a unified diff.
    """

    a: str
    b: str
    settings: pd.DataFrame
    scores: pd.DataFrame
    source: str

    def __str__(self) -> str:
        names = f"a  {shortened(self.a, _WIDTH - 3)}\nb  {shortened(self.b, _WIDTH - 3)}"
        parts = [names, f"Settings that differ\n{self._settings_as_text() or 'none'}"]
        if not self.scores.empty:
            scores = self.scores.astype(object).where(self.scores.notna(), "-")
            parts.append(f"Best candidates\n{text_table(scores, _WIDTH, longest=16)}")
        diff = "\n".join(_cut(line, _WIDTH) for line in self.source.splitlines())
        return "\n\n".join([*parts, f"Source\n{diff or 'the same'}"])

    def _repr_html_(self) -> str:
        settings, scores = (table.to_html(index=False, escape=True) for table in (self.settings, self.scores))
        return (
            f"<p>a: {html.escape(self.a)}<br>b: {html.escape(self.b)}</p>"
            f"<p>Settings that differ</p>{settings}<p>Best candidates</p>{scores}"
            f"<p>Source</p><pre>{html.escape(self.source) or 'the same'}</pre>"
        )

    def _settings_as_text(self) -> str:
        return "\n".join(
            f"{shortened(str(what), _WIDTH)}\n"
            f"  a  {shortened(shown(a), _WIDTH - 5)}\n"
            f"  b  {shortened(shown(b), _WIDTH - 5)}"
            for what, a, b in self.settings.itertuples(index=False)
        )


def compare_runs(
    a: str | os.PathLike[str] | StoredRun,
    b: str | os.PathLike[str] | StoredRun,
    runs_dir: str | os.PathLike[str] = "runs",
) -> RunComparison:
    """What is different about two runs: settings, scores, and the source of what they searched.

    Parameters
    ----------
    a, b : str, path or StoredRun
        Their ids or directories, or what `load_run` returned.
    runs_dir : str or path, default="runs"
        Where to look for ids.

    Returns
    -------
    RunComparison

    Raises
    ------
    RunNotFoundError
        If one of them is not there.
    DamagedRunError
        If one of them can't be read.
    """
    first, second = opened(a, runs_dir), opened(b, runs_dir)
    with reading(f"{first.path} or {second.path}"):
        different = differing(_settings(first), _settings(second))
        settings = pd.DataFrame(different, columns=["what", "a", "b"], dtype=object)
        scores = pd.DataFrame(_scores(first, second), columns=["what", "a", "b", "difference"], dtype=object)
        scores["difference"] = scores["difference"].astype(float)
    return RunComparison(first.id, second.id, settings, scores, "".join(_diff(first.source, second.source)))


def _settings(run: StoredRun) -> dict[str, Any]:
    """All of a run's description that somebody chose, the search's own settings by their plain names."""
    search = {name: part for name, part in run.search.items() if name != "settings"}
    about = {name: run.description.get(name) for name in ("searcher", "versions", "git")}
    about["seed"] = run.description.get("seeds", {}).get("entropy")
    return {**search, **run.search["settings"], **run.description["other_settings"], **about}


def _scores(first: StoredRun, second: StoredRun) -> Iterator[tuple[str, Any, Any, float | None]]:
    a, b = summary_of(first.path), summary_of(second.path)
    for name in dict.fromkeys([*a["best"], *b["best"]]):
        one, other = a["best"].get(name), b["best"].get(name)
        yield name, one, other, None if one is None or other is None else other - one
    for name in dict.fromkeys([*a["params"], *b["params"]]):
        yield f"param_{name}", a["params"].get(name), b["params"].get(name), None


def _diff(a: dict[str, str], b: dict[str, str]) -> Iterator[str]:
    for name in sorted({*a, *b}):
        before, after = (source.get(name, "").splitlines() for source in (a, b))
        origins = (f"a/{name}" if name in a else "nothing", f"b/{name}" if name in b else "nothing")
        yield from (f"{line}\n" for line in difflib.unified_diff(before, after, *origins, lineterm=""))


def _cut(line: str, longest: int) -> str:
    """A line of code, whose blanks stay, in so many characters at most."""
    text = printable(line.expandtabs())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
