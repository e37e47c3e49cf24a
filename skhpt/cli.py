"""The command ``skhpt``: runs on disk in a terminal."""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from skhpt.exceptions import MissingExtraError, RunError, RunInUseError, UnknownColumnError
from skhpt.store import (
    StoredRun,
    candidates_table,
    clean_runs,
    compare_runs,
    error_line,
    estimator_name,
    export_epochs,
    export_trials,
    find_run,
    ls_runs,
    ls_trials,
    printable,
    shortened,
    shown,
    strict_json,
    summary_of,
    text_table,
)

if TYPE_CHECKING:
    import pandas as pd

_DONE, _FAILED, _USAGE = 0, 1, 2
_INTERRUPTED = 130  # as of any command that Ctrl-C ends
_N_CANDIDATES = 5  # of the best that `show` lists
_N_FAILURES = 3  # kinds of them that it lists
_PARTS = {"best": "Best scores", "params": "Parameters of the best", "settings": "Settings", "versions": "Versions"}
# What matters most comes first, since it is the last columns that a narrow terminal has no room for.
_FIRST_OF_RUNS = ["run", "status"]
_LAST_OF_RUNS = ["n_trials", "n_failed", "seconds", "estimator", "cv", "engine", "scoring", "n_candidates"]
_LAST_OF_RUNS += ["searcher", "created"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    argv : sequence of str or None, default=None
        Its arguments; None takes those of the process.

    Returns
    -------
    int
        The exit status: 0; 1 if a run can't be used as was asked, with a sentence on the standard error; 2 if what was
        asked makes no sense.
    """
    arguments = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], int] = arguments.command
    if isinstance(sys.stdout, io.TextIOWrapper):  # not every terminal has every letter
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = command(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # of `skhpt ls | head`; Python would flush once more as it ends, and complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _DONE
    except KeyboardInterrupt:
        return _INTERRUPTED
    except (MissingExtraError, RunError, OSError) as error:
        return _complain(str(error), _FAILED)
    except UnknownColumnError as error:
        return _complain(str(error), _USAGE)
    return status


def _ls(arguments: argparse.Namespace) -> int:
    table = ls_runs(arguments.runs_dir, arguments.order, not arguments.ascending)
    n_runs = len(table)
    table = table.head(arguments.limit) if arguments.limit is not None else table
    if arguments.json:
        _print(strict_json(table))
    elif not n_runs:
        _print(f"No runs in {arguments.runs_dir}.")
    else:
        middle = [name for name in table.columns if name not in (*_FIRST_OF_RUNS, *_LAST_OF_RUNS)]
        _print(text_table(table[[*_FIRST_OF_RUNS, *middle, *_LAST_OF_RUNS]], _width()))
        if len(table) < n_runs:
            _print(f"{n_runs - len(table)} more: raise --limit to see them.")
    return _DONE


def _show(arguments: argparse.Namespace) -> int:
    run = StoredRun(find_run(arguments.run, arguments.runs_dir))
    about = _about(run)
    extra: dict[str, Any] = {}
    if arguments.trials:
        extra["trials"] = ls_trials(run)
    if arguments.source:
        extra["source"] = run.source
    if arguments.failures:
        extra["failures"] = run.failures
    if arguments.json:
        _print(strict_json(about | {"candidates": candidates_table(run)} | extra))
        return _DONE
    _print(_overview(run, about))
    if arguments.trials:
        _print(f"\nTrials\n{_trials_as_text(extra['trials'])}")
    for name, text in extra.get("source", {}).items():
        _print(f"\n{name}\n{text}")
    if arguments.failures:
        _print(f"\nTracebacks\n{run.failures}")
    return _DONE


def _compare(arguments: argparse.Namespace) -> int:
    comparison = compare_runs(arguments.a, arguments.b, arguments.runs_dir)
    _print(strict_json(vars(comparison)) if arguments.json else str(comparison))
    return _DONE


def _export(arguments: argparse.Namespace) -> int:
    if arguments.tensorboard is not None:
        if arguments.output is not None:
            return _complain("--tensorboard writes a directory, and no file: leave --output out.", _USAGE)
        from skhpt.reporting import export_tensorboard  # loads scikit-learn, which no other command needs

        export_tensorboard(arguments.run, arguments.tensorboard, arguments.runs_dir)
        return _DONE
    export = export_epochs if arguments.epochs else export_trials
    kind: Literal["csv", "json"] = "json" if arguments.json else arguments.format
    text = export(arguments.run, arguments.output, arguments.runs_dir, format=kind)
    if text is not None:
        sys.stdout.write(printable(text) if sys.stdout.isatty() else text)
    return _DONE


def _report(arguments: argparse.Namespace) -> int:
    from skhpt.reporting import export_report  # loads scikit-learn and more, which most commands do without

    run = StoredRun(find_run(arguments.run, arguments.runs_dir))
    file = f"{run.id}.html" if arguments.output is None else arguments.output
    export_report(run, file)
    _print(strict_json({"report": file}) if arguments.json else f"Wrote {file}.")
    return _DONE


def _rm(arguments: argparse.Namespace) -> int:
    found = [Path(os.path.abspath(find_run(run, arguments.runs_dir))) for run in arguments.runs]
    paths = list(dict.fromkeys(found))
    if not arguments.yes:
        if not sys.stdin.isatty():
            return _complain(
                "There is no terminal to ask on whether to remove runs. Give --yes to remove them.", _USAGE
            )
        if not _agreed(paths):
            return _FAILED
    removed = [path for path in paths if clean_runs(path.parent, runs=[path.name])]
    names = [path.name for path in removed]
    _print(strict_json({"removed": names}) if arguments.json else "\n".join(f"Removed {name}." for name in names))
    kept = [str(RunInUseError(path)) for path in paths if path not in removed]
    return _complain(" ".join(kept), _FAILED) if kept else _DONE


def _about(run: StoredRun) -> dict[str, Any]:
    """All that `show` says, but for tables."""
    about: dict[str, Any] = {"run": run.id, "path": str(run.path), "status": run.status, "created": run.created}
    about |= {"searcher": run.searcher, "estimator": estimator_name(run.search.get("estimator"))}
    summary = summary_of(run.path)
    failures = Counter(error_line(trial.error) for trial in run.trials if trial.error is not None)
    return {
        **about,
        **{name: summary[name] for name in ("n_candidates", "n_trials", "n_failed", "seconds", "best", "params")},
        "n_damaged_records": run.journal.n_damaged,
        "settings": run.settings,
        "versions": run.description["versions"],
        "git": run.description.get("git"),
        "failures_by_error": dict(failures),
    }


def _overview(run: StoredRun, about: dict[str, Any]) -> str:
    """What `show` prints in any case."""
    first = {name: about[name] for name in ("run", "status", "created", "searcher", "estimator", "seconds")}
    first["trials"] = f"{about['n_trials']} of {about['n_candidates']} candidates, {about['n_failed']} failed"
    if about["n_damaged_records"]:
        first["damaged"] = f"{about['n_damaged_records']} records of the journal, which are left out"
    lines = _lines(first)
    for name, part in _PARTS.items():
        if about[name]:
            lines += ["", part, *_lines(about[name], "  ")]
    return "\n".join([*lines, *_best_candidates(run), *_failures(about["failures_by_error"])])


def _best_candidates(run: StoredRun) -> list[str]:
    table = candidates_table(run)
    if table.empty:
        return []
    best = table.head(_N_CANDIDATES)
    return ["", f"Best candidates, {len(best)} of {len(table)}", text_table(best, _width())]


def _failures(count_by_error: dict[str, int]) -> list[str]:
    if not count_by_error:
        return []
    kinds = Counter(count_by_error).most_common()
    lines = [f"  {shortened(f'{count} x {error}', _width() - 2)}" for error, count in kinds[:_N_FAILURES]]
    hidden = len(kinds) - len(lines)
    return ["", "Failures", *lines, *([f"  and {hidden} more kinds: see --failures"] if hidden else [])]


def _trials_as_text(table: pd.DataFrame) -> str:
    names = ["candidate", "fold", *(["repeat"] if table["repeat"].any() else [])]
    names += [name for name in table.columns if name in ("bracket", "iter") or name.startswith("test_")]
    names += ["status", "error"]
    others = [name for name in table.columns if name not in (*names, "repeat")]
    return text_table(table[[*names, *others]], _width())


def _lines(values: dict[str, Any], indent: str = "") -> list[str]:
    names = [shortened(name, _width() // 2) for name in values]
    labels = [f"{indent}{name:<{max(map(len, names))}}  " for name in names]
    return [
        label + shortened(shown(value), _width() - len(label))
        for label, value in zip(labels, values.values(), strict=True)
    ]


def _width() -> int:
    return max(shutil.get_terminal_size().columns, 40)


def _print(text: str) -> None:
    if text:
        print(printable(text))


def _complain(sentence: str, status: int) -> int:
    print(f"skhpt: {printable(' '.join(sentence.split()))}", file=sys.stderr)
    return status


def _agreed(paths: Sequence[Path]) -> bool:
    _print("\n".join(path.name for path in paths))
    try:
        answer = input(f"Remove {'this run' if len(paths) == 1 else f'these {len(paths)} runs'}? [y/N] ")
    except EOFError:
        answer = ""
    return answer.strip().lower() in ("y", "yes")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="skhpt", description="Lists, shows, compares, exports, reports on and removes runs."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    ls = _command(commands, "ls", _ls, "list the runs, the best first")
    ls.add_argument("--order", default="mean_test_score", metavar="COLUMN", help="what to order by (%(default)s)")
    ls.add_argument("--ascending", action="store_true", help="the least first")
    ls.add_argument("--limit", type=_count, metavar="N", help="so many runs at most")
    show = _command(commands, "show", _show, "show a run")
    show.add_argument("run", metavar="RUN", help="its id or directory")
    show.add_argument("--trials", action="store_true", help="and its trials")
    show.add_argument("--source", action="store_true", help="and the code that was searched")
    show.add_argument("--failures", action="store_true", help="and tracebacks of trials that failed")
    compare = _command(commands, "compare", _compare, "show what is different about two runs")
    compare.add_argument("a", metavar="A", help="the id or directory of a run")
    compare.add_argument("b", metavar="B", help="of the other")
    _add_export(commands)
    report = _command(commands, "report", _report, "write a report on a run, as a page for browsers")
    report.add_argument("run", metavar="RUN", help="its id or directory")
    report.add_argument("-o", "--output", metavar="FILE", help="where to write (the run's id and .html)")
    rm = _command(commands, "rm", _rm, "remove runs")
    rm.add_argument("runs", nargs="+", metavar="RUN", help="its id or directory")
    rm.add_argument("--yes", action="store_true", help="without asking")
    return parser


def _add_export(commands: Any) -> None:
    export = _command(commands, "export", _export, "write the trials or epochs of a run")
    export.add_argument("run", metavar="RUN", help="its id or directory")
    what = export.add_mutually_exclusive_group()
    what.add_argument("--trials", action="store_true", help="a row a trial (the default)")
    what.add_argument("--epochs", action="store_true", help="a row an epoch of each trial")
    what.add_argument("--tensorboard", metavar="DIR", help="for TensorBoard, into a directory of its own")
    export.add_argument("--format", choices=["csv", "json"], default="csv", help="(%(default)s)")
    export.add_argument("-o", "--output", metavar="FILE", help="where to write (the standard output)")


def _command(
    commands: Any, name: str, function: Callable[[argparse.Namespace], int], what: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=what, description=f"{what.capitalize()}.")
    parser.set_defaults(command=function)
    parser.add_argument("--runs-dir", default="runs", metavar="DIR", help="the directory of all runs (%(default)s)")
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of runs")
    return int(text)
