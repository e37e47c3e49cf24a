"""Runs on disk: a directory for each search, in which nothing is lost and nothing is a pickle."""

from skhpt.store._candidates_table import candidates_table
from skhpt.store._clean import clean_runs
from skhpt.store._comparison import RunComparison, compare_runs
from skhpt.store._describe import describe, describe_names, same_description, without_code
from skhpt.store._differences import differences
from skhpt.store._export import export_epochs, export_trials
from skhpt.store._files import write_whole
from skhpt.store._find import find_run, opened
from skhpt.store._fingerprint import fingerprint, fingerprint_of_rows
from skhpt.store._layout import DESCRIBED
from skhpt.store._no_run import NoRun
from skhpt.store._readable import readable
from skhpt.store._reading import reading
from skhpt.store._run import Run
from skhpt.store._runs_table import estimator_name, ls_runs, splitter_name
from skhpt.store._source import users_definitions
from skhpt.store._stored_run import StoredRun
from skhpt.store._strict_json import strict_json
from skhpt.store._summary import best_row, deciding_score, summary_of
from skhpt.store._text_table import printable, shortened, shown, text_table
from skhpt.store._trials_table import error_line, ls_trials
from skhpt.store._versions import installed_versions

__all__ = [
    "DESCRIBED",
    "NoRun",
    "Run",
    "RunComparison",
    "StoredRun",
    "best_row",
    "candidates_table",
    "clean_runs",
    "compare_runs",
    "deciding_score",
    "describe",
    "describe_names",
    "differences",
    "error_line",
    "estimator_name",
    "export_epochs",
    "export_trials",
    "find_run",
    "fingerprint",
    "fingerprint_of_rows",
    "installed_versions",
    "ls_runs",
    "ls_trials",
    "opened",
    "printable",
    "readable",
    "reading",
    "same_description",
    "shortened",
    "shown",
    "splitter_name",
    "strict_json",
    "summary_of",
    "text_table",
    "users_definitions",
    "without_code",
    "write_whole",
]
