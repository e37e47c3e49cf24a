"""Runs on disk: a directory for each search, in which nothing is lost and nothing is a pickle."""

from skhpt.store._describe import describe, readable
from skhpt.store._differences import differences
from skhpt.store._find import find_run
from skhpt.store._fingerprint import fingerprint, fingerprint_of_rows
from skhpt.store._no_run import NoRun
from skhpt.store._run import Run
from skhpt.store._source import users_definitions
from skhpt.store._stored_run import StoredRun
from skhpt.store._summary import best_row, deciding_score

__all__ = [
    "NoRun",
    "Run",
    "StoredRun",
    "best_row",
    "deciding_score",
    "describe",
    "differences",
    "find_run",
    "fingerprint",
    "fingerprint_of_rows",
    "readable",
    "users_definitions",
]
