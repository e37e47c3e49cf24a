"""The command ``skhpt``."""

import json
import os
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import skhpt
from skhpt import cli
from skhpt.store import Run
from tests.store.runs import failed, make_run, trial
from tests.test_public_api import loaded_modules


def refuse(token):
    raise AssertionError(f"{token} is no JSON")


@pytest.fixture
def runs_dir(tmp_path, monkeypatch):
    """The directory that the command takes by default."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path / "runs"


@pytest.fixture
def skhpt_command(capsys):
    """Runs the command: its exit status, output and errors."""

    def command(*arguments):
        status = cli.main([str(argument) for argument in arguments])
        return status, *capsys.readouterr()

    return command


def as_json(text):
    return json.loads(text, parse_constant=refuse)


def usage_error(arguments):
    with pytest.raises(SystemExit) as exit_:
        cli.main(arguments)
    return exit_.value.code


def test_ls_lists_runs_in_eighty_columns_the_best_first(runs_dir, skhpt_command):
    poor, good = make_run(runs_dir, {1: (0.25,)}), make_run(runs_dir, {2: (0.75,)}, searcher="HalvingRandomSearchCV")
    status, out, err = skhpt_command("ls")
    lines = out.splitlines()
    assert (status, err) == (0, "")
    assert lines[0].split()[:3] == ["run", "status", "mean_test_score"]
    assert [line.split()[:3] for line in lines[1:3]] == [
        [good.name, "finished", "0.75"],
        [poor.name, "finished", "0.25"],
    ]
    assert lines[3].startswith("Not shown: ")
    assert max(map(len, lines)) <= 80


def test_ls_can_be_ordered_turned_and_limited(runs_dir, skhpt_command):
    names = [make_run(runs_dir, {units: (0.5,)}).name for units in (8, 16, 32)]
    _, out, _ = skhpt_command("ls", "--order", "param_units", "--ascending", "--limit", 2)
    assert [line.split()[0] for line in out.splitlines()[1:3]] == names[:2]
    assert out.endswith("1 more: raise --limit to see them.\n")
    _, out, _ = skhpt_command("ls", "--limit", 1, "--order", "param_units", "--json")
    assert [row["run"] for row in as_json(out)] == names[2:]


def test_ls_of_nothing_says_so_and_is_an_empty_list_in_json(runs_dir, skhpt_command):
    assert skhpt_command("ls", "--runs-dir", "elsewhere") == (0, "No runs in elsewhere.\n", "")
    assert skhpt_command("ls", "--json") == (0, "[]\n", "")


def test_json_has_null_for_what_is_missing(runs_dir, skhpt_command):
    make_run(runs_dir, results=[])
    _, out, _ = skhpt_command("ls", "--json")
    (row,) = as_json(out)
    assert (row["mean_test_score"], row["n_candidates"], row["status"]) == (None, 3, "finished")


def test_show_prints_settings_scores_and_failures(runs_dir, skhpt_command):
    results = [trial(0, 0, 0.25), trial(1, 0, 0.75), failed(2, 0, "no luck")]
    run = make_run(runs_dir, {8: (0,), 16: (0,), 32: (0,)}, results=results, scoring="f1")
    status, out, _ = skhpt_command("show", run.name)
    assert status == 0
    lines = [line.split() for line in out.splitlines()]
    assert ["trials", "3", "of", "3", "candidates,", "1", "failed"] in lines
    assert ["mean_test_score", "0.75"] in lines
    assert ["units", "16"] in lines
    assert ["scoring", "f1"] in lines
    assert "  1 x ValueError: no luck" in out.splitlines()
    assert "Traceback" not in out
    assert max(map(len, out.splitlines())) <= 80


def test_show_adds_trials_source_and_tracebacks_where_asked(runs_dir, skhpt_command):
    run = make_run(runs_dir, {8: (0,)}, results=[failed(0, 0, "no luck")])
    (run / "source" / "model.py").write_text("def build():\n    return 1\n")
    _, out, _ = skhpt_command("show", run, "--trials", "--source", "--failures")
    assert "model.py\ndef build():\n    return 1\n" in out
    assert 'File "build.py", line 3, in build\nValueError: no luck' in out
    assert out.split("Trials\n")[1].splitlines()[1].split()[:4] == ["0", "0", "failed", "ValueError:"]


def test_show_as_json_holds_the_same(runs_dir, skhpt_command):
    run = make_run(runs_dir, scoring="f1")
    _, out, _ = skhpt_command("show", run.name, "--json", "--trials")
    shown = as_json(out)
    assert (shown["run"], shown["params"], shown["settings"]["scoring"]) == (run.name, {"units": 2}, "f1")
    assert shown["settings"]["error_score"] is None
    assert [row["test_score"] for row in shown["trials"]] == [0.5, 0.7, 0.8, 0.9, 0.6, 0.6]
    assert [row["candidate"] for row in shown["candidates"]] == [1, 0, 2]
    assert "source" not in shown


def test_show_says_how_much_of_the_journal_is_damaged(runs_dir, skhpt_command):
    run = make_run(runs_dir)
    journal = (run / "journal").read_bytes().splitlines(keepends=True)
    (run / "journal").write_bytes(b"".join([*journal[:3], b"x\n", *journal[4:]]))
    _, out, _ = skhpt_command("show", run.name)
    assert "1 records of the journal, which are left out" in out


def test_compare_prints_what_differs(runs_dir, skhpt_command):
    a, b = make_run(runs_dir, cv=3), make_run(runs_dir, cv=5)
    _, out, _ = skhpt_command("compare", a.name, b)
    assert "cv\n  a  3\n  b  5\n" in out
    _, out, _ = skhpt_command("compare", a.name, b.name, "--json")
    assert as_json(out)["settings"] == [{"what": "cv", "a": 3, "b": 5}]


@pytest.mark.parametrize(
    ("arguments", "export"),
    [
        ([], skhpt.export_trials),
        (["--trials"], skhpt.export_trials),
        (["--epochs"], skhpt.export_epochs),
    ],
)
def test_export_writes_trials_or_epochs(runs_dir, skhpt_command, arguments, export):
    run = make_run(runs_dir)
    assert skhpt_command("export", run.name, *arguments) == (0, export(run), "")
    assert skhpt_command("export", run.name, *arguments, "--json") == (0, export(run, format="json"), "")
    assert skhpt_command("export", run.name, *arguments, "--format", "json", "-o", "file") == (0, "", "")
    assert Path("file").read_text() == export(run, format="json")


def test_export_for_tensorboard_writes_a_directory_with_one_for_each_trial(runs_dir, skhpt_command):
    run = make_run(runs_dir)
    assert skhpt_command("export", run.name, "--tensorboard", "logs") == (0, "", "")
    assert len([path for path in Path("logs").iterdir() if path.is_dir()]) == 6
    status, out, err = skhpt_command("export", run.name, "--tensorboard", "logs", "-o", "file")
    assert (status, out) == (2, "")
    assert "leave --output out" in err


def test_export_for_tensorboard_loads_no_tensorflow(runs_dir):
    run = make_run(runs_dir)
    code = f"from skhpt.cli import main\nmain(['export', {str(run)!r}, '--tensorboard', 'logs'])"
    loaded = loaded_modules(code)
    assert "tensorboard" in loaded
    assert not {"tensorflow", "keras"} & loaded


def test_report_writes_a_page_named_after_the_run_or_as_asked(runs_dir, skhpt_command):
    run = make_run(runs_dir)
    assert skhpt_command("report", run.name) == (0, f"Wrote {run.name}.html.\n", "")
    assert Path(f"{run.name}.html").read_text().startswith("<!DOCTYPE html>")
    status, out, _ = skhpt_command("report", run, "-o", "report.html", "--json")
    assert (status, as_json(out)) == (0, {"report": "report.html"})
    assert Path("report.html").exists()


def test_report_loads_no_tensorflow(runs_dir):
    run = make_run(runs_dir)
    loaded = loaded_modules(f"from skhpt.cli import main\nmain(['report', {str(run)!r}])")
    assert "jinja2" in loaded
    assert not {"tensorflow", "keras"} & loaded


def test_rm_asks_and_removes_only_if_the_answer_is_yes(runs_dir, skhpt_command, monkeypatch):
    run = make_run(runs_dir)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda prompt: "")
    assert skhpt_command("rm", run.name)[0] == 1
    assert run.exists()
    monkeypatch.setattr("builtins.input", lambda prompt: "y")
    assert skhpt_command("rm", run.name)[0] == 0
    assert not run.exists()


def test_rm_refuses_to_guess_where_nobody_can_be_asked(runs_dir, skhpt_command, monkeypatch):
    run = make_run(runs_dir)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    status, out, err = skhpt_command("rm", run.name)
    assert (status, out) == (2, "")
    assert "--yes" in err
    assert run.exists()


def test_rm_with_yes_removes_by_id_and_by_path(runs_dir, skhpt_command):
    first, second, third = (make_run(runs_dir) for _ in range(3))
    status, out, _ = skhpt_command("rm", "--yes", first.name, second)
    assert (status, out) == (0, f"Removed {first.name}.\nRemoved {second.name}.\n")
    assert list(runs_dir.iterdir()) == [third]
    assert as_json(skhpt_command("rm", "--yes", "--json", third.name)[1]) == {"removed": [third.name]}


def test_rm_removes_nothing_if_one_run_is_not_there(runs_dir, skhpt_command):
    run = make_run(runs_dir)
    status, _, err = skhpt_command("rm", "--yes", run.name, "nothing")
    assert status == 1
    assert "There is no run 'nothing'" in err
    assert run.exists()


def test_rm_leaves_a_run_in_use_and_says_so(runs_dir, skhpt_command):
    path = make_run(runs_dir)
    with Run(path):
        status, out, err = skhpt_command("rm", "--yes", path.name)
    assert (status, out) == (1, "")
    assert "in use" in err
    assert path.exists()


@pytest.mark.parametrize("command", [["show"], ["compare", "other"], ["export"], ["report"], ["rm", "--yes"]])
def test_a_run_that_is_not_there_is_one_sentence_and_status_one(runs_dir, skhpt_command, command):
    status, out, err = skhpt_command(*command, "nothing")
    assert (status, out) == (1, "")
    assert err.startswith("skhpt: There is no run ")
    assert err.count("\n") == 1


def test_a_damaged_run_is_one_sentence_and_status_one(runs_dir, skhpt_command):
    run = make_run(runs_dir)
    (run / "run.json").write_text('{"format": "\x1b[2J')
    status, _, err = skhpt_command("show", run.name)
    assert status == 1
    assert "is not what was written" in err
    assert "\x1b" not in err


def test_an_output_that_cannot_be_written_is_status_one(runs_dir, skhpt_command):
    status, _, err = skhpt_command("export", make_run(runs_dir).name, "-o", "missing/file")
    assert status == 1
    assert "missing/file" in err


def test_what_makes_no_sense_is_status_two(runs_dir, skhpt_command, capsys):
    make_run(runs_dir)
    assert usage_error([]) == usage_error(["list"]) == usage_error(["ls", "--limit", "-1"]) == 2
    assert usage_error(["export", "x", "--trials", "--epochs"]) == usage_error(["export", "x", "--format", "xml"]) == 2
    capsys.readouterr()
    status, _, err = skhpt_command("ls", "--order", "mean_score")
    assert status == 2
    assert "Did you mean 'mean_test_score'" in err


def test_no_name_from_a_disk_reaches_the_terminal_raw(runs_dir, skhpt_command):
    evil = "\x1b]0;gotcha\x07\u202e"
    results = [trial(0, 0, 0.5, reason=evil), failed(0, 1, evil)]
    run = make_run(runs_dir, {evil: (0, 0)}, results=results, scoring=evil)
    (run / "source" / f"{evil}.py").write_text(f"x = '{evil}'\r\n")
    other = run.rename(run.parent / f"{run.name}{evil}")
    damaged = make_run(runs_dir)
    (damaged / "run.json").write_text("{")
    damaged = damaged.rename(damaged.parent / f"{damaged.name}{evil}")
    printed = [
        skhpt_command(*command)
        for command in (
            ["ls"],
            ["show", other, "--trials", "--source", "--failures"],
            ["compare", other, make_run(runs_dir)],
            ["show", evil],
            ["show", damaged],
            ["rm", "--yes", other],
        )
    ]
    text = "".join(out + err for _, out, err in printed)
    assert "gotcha" in text
    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(text)


def process(*arguments, **options):
    command = [sys.executable, "-m", "skhpt", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_the_module_is_the_command(runs_dir):
    run = make_run(runs_dir)
    done = process("ls", "--json", cwd=Path.cwd(), env=environment())
    assert (done.returncode, done.stderr) == (0, "")
    assert [row["run"] for row in as_json(done.stdout)] == [run.name]
    assert process("show", "nothing", cwd=Path.cwd(), env=environment()).returncode == 1


def test_a_reader_that_goes_away_is_no_error(runs_dir):
    results = [trial(0, fold, 0.5) for fold in range(3000)]  # more than a pipe holds
    run = make_run(runs_dir, {1: (0.5,) * 3000}, results=results)
    command = [sys.executable, "-m", "skhpt", "export", run.name]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, env=environment(), **pipes) as started:
        assert started.stdout.readline().startswith("candidate,fold,")
        started.stdout.close()
        assert started.stderr.read() == ""
    assert started.returncode == 0


def test_letters_that_the_terminal_does_not_have_are_no_error(runs_dir):
    run = make_run(runs_dir, scoring="ü" * 200)
    done = process("show", run.name, env=environment() | {"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\xfc" in done.stdout


def test_installing_the_package_installs_the_command():
    project = tomllib.loads((Path(skhpt.__file__).parent.parent / "pyproject.toml").read_text())["project"]
    assert EntryPoint("skhpt", project["scripts"]["skhpt"], "console_scripts").load() is cli.main


def test_the_command_loads_neither_tensorflow_nor_scikit_learn():
    code = "from skhpt.cli import main\nmain(['ls'])"
    assert not {"tensorflow", "keras", "scikeras", "sklearn", "scipy", "matplotlib"} & loaded_modules(code)


def environment():
    """So that a process elsewhere runs this package."""
    return os.environ | {"PYTHONPATH": str(Path(skhpt.__file__).parent.parent)}
