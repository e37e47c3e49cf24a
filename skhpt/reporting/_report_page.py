"""A report as a page of HTML."""

from __future__ import annotations

import datetime
import hashlib
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from skhpt.exceptions import MissingExtraError
from skhpt.reporting._report_details import Text
from skhpt.reporting._report_pictures import ReportPicture
from skhpt.reporting._report_table import ReportTable

_PARTS = Path(__file__).parent / "_page"

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class ReportPage:
    """What a page shows, in its order. Texts are as users have named things: the page escapes them.

    Parameters
    ----------
    name, lead : str
        The heading, and a sentence.
    summary, best, best_params, settings, versions : sequence of (str, str)
        Names and values.
    space : sequence of sequences of (str, str)
        The parts of a conditional space.
    candidates : ReportTable
        A row a candidate.
    pictures : sequence of ReportPicture
        Those that apply.
    notes : sequence of str
        On those that are missing.
    histories : sequence of ReportTable
        Of the best candidates.
    failures, source : sequence of Text
        Tracebacks and code.
    n_failures_left_out : int
        How many kinds of failures more there are.
    written_by : str
        The version of skhpt.
    """

    name: str
    lead: str
    summary: Pairs
    space: Sequence[Pairs]
    best: Pairs
    best_params: Pairs
    candidates: ReportTable
    pictures: Sequence[ReportPicture]
    notes: Sequence[str]
    histories: Sequence[ReportTable]
    failures: Sequence[Text]
    n_failures_left_out: int
    source: Sequence[Text]
    settings: Pairs
    versions: Pairs
    written_by: str

    @property
    def contents(self) -> list[tuple[str, str]]:
        """The sections that there are, by their ids."""
        sections = {
            "Summary": True,
            "Best candidate": True,
            "Candidates": True,
            "Pictures": self.pictures or self.notes,
            "Histories": self.histories,
            "Failures": self.failures,
            "Source": self.source,
            "Settings and versions": True,
        }
        return [(title.split()[0].lower(), title) for title, is_there in sections.items() if is_there]

    @property
    def written(self) -> str:
        """Now, in UTC."""
        return f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC"


def as_html(report: ReportPage, owner: str) -> str:
    """The page, which needs nothing else, and whose policy forbids the browser to ask for anything else.

    Parameters
    ----------
    report : ReportPage
        What it shows.
    owner : str
        The function that writes it.

    Raises
    ------
    MissingExtraError
        If jinja2 is not installed.
    """
    try:
        import jinja2
    except ImportError as error:
        raise MissingExtraError(owner, "report") from error
    from markupsafe import Markup  # which jinja2 brings

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_PARTS),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    # Our own files, and the only texts that are not escaped.
    style, script = (Markup((_PARTS / name).read_text("utf-8")) for name in ("page.css", "page.js"))  # noqa: S704 - ours
    hashes = {"style_hash": _policy_hash(style), "script_hash": _policy_hash(script)}
    page = environment.get_template("page.html").render(report=report, style=style, script=script, **hashes)
    return f"{page.strip()}\n"


def _policy_hash(text: str) -> str:
    """By which a Content-Security-Policy knows the one script, or style, that may be used."""
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
