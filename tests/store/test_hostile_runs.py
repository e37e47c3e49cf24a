"""Directories that somebody has damaged, or made to do harm: nothing is run, nothing hangs, errors are of one kind."""

import json
import os
import random
import shutil
import zlib

import pandas as pd
import pytest

import skhpt
from skhpt.exceptions import DamagedRunError, RunError
from skhpt.store import StoredRun
from skhpt.store import strict_json as as_json
from tests.store.runs import make_run, trial

DEEP = 900
HUGE = 10**4000  # as many digits as JSON is read with
VALUES = [
    None, True, -1, 2.5, HUGE, 10**30, float("nan"), float("inf"), "", "\ud800", "\x1b[2J", "<script>", "../..", [],
    [[]], {}, {"tuple": 3}, {"distribution": "x", "arguments": 3}, {"number": []}, {"object": []}, {"array": {}},
    {"params": 1}, {"attributes": {"n_splits": []}},
]  # fmt: skip


def everything(path):
    """All that can be read of a run."""
    run = StoredRun(path)
    parts = [repr(run), run.status, run.settings, run.search, run.rounds, run.trials, run.complete, run.cv_results_]
    parts += [run.histories_, run.engine_report_, run.source, run.failures, str(run.best)]
    parts += [skhpt.ls_trials(run), skhpt.export_trials(run), skhpt.export_epochs(run, format="json")]
    comparison = skhpt.compare_runs(run, run)
    return [*parts, str(comparison), comparison._repr_html_()]


def reads_or_refuses(path):
    """Whether all can be read; a RunError is the only way in which it may not be."""
    listed = skhpt.ls_runs(path.parent)
    if (path / "run.json").is_file() and not (path / "run.json").is_symlink():
        assert path.name in listed["run"].tolist()
    as_json(listed)
    try:
        everything(path)
    except RunError:
        return False
    return True


def lines_of(path):
    return [json.loads(line[9:]) for line in path.joinpath("journal").read_bytes().splitlines()]


def write_journal(path, records, raw=()):
    """A journal of these, with the right checksums."""
    contents = [json.dumps(record).encode() for record in records] + list(raw)
    path.joinpath("journal").write_bytes(b"".join(b"%08x %s\n" % (zlib.crc32(c), c) for c in contents))
    path.joinpath("summary.json").unlink(missing_ok=True)


def change(path, name, **changes):
    file = path / name
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "runs")


def test_the_run_that_is_not_damaged_can_be_read(run):
    assert reads_or_refuses(run)


@pytest.mark.parametrize("name", ["run.json", "journal", "summary.json", "source", "failures.log", "lock"])
@pytest.mark.parametrize("kind", ["link", "pipe", "directory", "garbage", "nothing"])
def test_anything_in_the_place_of_a_file(run, tmp_path, name, kind):
    secret = tmp_path / "secret.py"
    secret.write_text("a secret")
    path = run / name
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    if kind == "link":
        path.symlink_to(tmp_path if name == "source" else secret)
    elif kind == "pipe":
        os.mkfifo(path)  # opening it would wait forever
    elif kind == "directory":
        path.mkdir()
    elif kind == "garbage":
        path.write_bytes(bytes(range(256)))
    reads_or_refuses(run)
    try:
        shown = repr(everything(run))
    except RunError as error:
        shown = str(error)
    assert "a secret" not in shown
    assert secret.read_text() == "a secret"


def test_a_file_of_the_source_that_is_a_link_or_a_pipe_is_left_out(run, tmp_path):
    (tmp_path / "secret").write_text("a secret")
    (run / "source" / "link.py").symlink_to(tmp_path / "secret")
    os.mkfifo(run / "source" / "pipe.py")
    (run / "source" / "model.py").write_bytes(b"\xff\x00build")
    assert list(StoredRun(run).source) == ["model.py"]


def test_asking_whether_a_run_is_in_use_does_not_empty_what_its_lock_links_to(run, tmp_path):
    (tmp_path / "secret").write_text("a secret")
    (run / "lock").unlink()
    (run / "lock").symlink_to(tmp_path / "secret")
    write_journal(run, lines_of(run)[:-1])  # without an end, so that the lock decides
    assert StoredRun(run).status == "interrupted"
    assert (tmp_path / "secret").read_text() == "a secret"


@pytest.mark.parametrize("name", ["run.json", "summary.json"])
@pytest.mark.parametrize("text", ["[" * DEEP + "]" * DEEP, "[" * 100_000, "1" * 10_000, "null", "[]", "3", "1e999"])
def test_json_of_another_shape(run, name, text):
    (run / name).write_text(text)
    assert reads_or_refuses(run) == (name == "summary.json")


@pytest.mark.parametrize("part", ["estimator", "space", "data", "cv", "fit_params", "settings"])
def test_a_description_with_anything_in_it(run, part):
    deep = json.loads("[" * DEEP + "]" * DEEP)
    for value in [*VALUES, deep, {"params": {"steps": [deep]}}]:
        search = json.loads((run / "run.json").read_text())["search"] | {part: value}
        backup = (run / "run.json").read_text()
        change(run, "run.json", search=search)
        reads_or_refuses(run)
        (run / "run.json").write_text(backup)


@pytest.mark.parametrize(
    "part", ["status", "n_candidates", "n_trials", "n_failed", "seconds", "best", "params", "journal_bytes"]
)
def test_a_summary_that_is_something_else_is_made_again(run, part):
    before = skhpt.ls_runs(run.parent).drop(columns="seconds")
    backup = (run / "summary.json").read_text()
    for value in [[], "x", None, -1, {"mean_test_score": "x"}][: 4 if part == "params" else 5]:
        change(run, "summary.json", **{part: value})
        pd.testing.assert_frame_equal(skhpt.ls_runs(run.parent).drop(columns="seconds"), before)
        (run / "summary.json").write_text(backup)


def test_records_with_anything_in_them(run):
    records = lines_of(run)
    for place in (0, 1, 2, -1):  # the beginnings of the session and of the round, a trial, the end
        record, before, after = records[place], records[:place], records[place:][1:]
        for name in record:
            for value in VALUES[::3]:
                write_journal(run, [*before, record | {name: value}, *after])
                reads_or_refuses(run)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("candidate", 10**30),
        ("fold", -1),
        ("status", "splendid"),
        ("test_scores", {"score": "high"}),
        ("test_scores", [0.5]),
        ("epochs", {"first": 10**30, "seconds": [0.1], "metrics": {"loss": [1.0]}}),
        ("epochs", {"first": 1, "seconds": [0.1], "metrics": {"loss": [1.0, 2.0]}}),
        ("fit_seconds", HUGE),
        ("budget", [1]),
        ("budget", [1, 0, True, -1]),
        ("budget", [1, 0, True, 0, 0]),
        ("engine", ["fused"]),
        ("error", 3),
    ],
)
def test_a_trial_that_is_none_is_said_to_be_damaged(run, name, value):
    records = lines_of(run)
    write_journal(run, [*records[:2], records[2] | {name: value}])
    with pytest.raises(DamagedRunError, match="A record of a trial is not what was written"):
        _ = StoredRun(run).trials
    assert skhpt.ls_runs(run.parent)["status"].tolist() == ["damaged"]
    assert repr(StoredRun(run)).endswith("damaged>")


def test_rounds_that_contradict_each_other(run):
    session, begun, *trials = lines_of(run)
    other = begun | {"round": 1, "n_trials": 3, "candidates": begun["candidates"][:1]}
    more = [trials[0] | {"round": 1, "fold": fold, "budget": [HUGE, 10**50, True]} for fold in range(3)]
    twice = begun | {"candidates": begun["candidates"] * 2}
    for records in (
        [session, begun, other, *trials, *more],
        [session, twice, *trials],
        [session, begun, begun, *trials],
        [session, *trials],
        [*trials, begun],
    ):
        write_journal(run, records)
        reads_or_refuses(run)


def test_parameters_with_anything_in_them(run):
    session, begun, *trials = lines_of(run)
    deep = json.loads("[" * DEEP + "]" * DEEP)
    for value in [*VALUES, deep]:
        for name in ("units", "<script>", "\ud800", ""):
            candidates = [[index, {name: value}] for index, _ in begun["candidates"]]
            candidates[0][1][name] = 0.5
            write_journal(run, [session, begun | {"candidates": candidates}, *trials])
            reads_or_refuses(run)


def test_lines_that_are_no_records_are_left_out(run):
    write_journal(run, lines_of(run), raw=[b"[" * 100_000, b"[1]", b"\xff", b"1" * 10_000, b"{}"])
    assert reads_or_refuses(run)
    assert len(StoredRun(run).trials) == 6


def test_a_metric_may_be_called_anything(run, tmp_path):
    for name in ("score", "fold", "candidate", "epoch", "<b>", "\x00", "epoch_seconds", "status"):
        results = [trial(0, 0, 0.5, test_scores={name: 0.5})]
        assert reads_or_refuses(make_run(tmp_path / f"of {len(name)}", {name: (0,)}, results=results))


def test_one_damaged_run_hides_no_other(run):
    for value in VALUES:
        bad = make_run(run.parent, {1: (0.1, 0.1)})
        change(bad, "summary.json", params={"units": value}, best={"mean_test_score": 0.1, "mean_test_other": HUGE})
    assert run.name in skhpt.ls_runs(run.parent)["run"].tolist()


def mutated(content, rng):
    """Some bytes changed, moved or lost."""
    content = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(content) + 1)
        match rng.randrange(4):
            case 0:
                content[place : place + 1] = bytes([rng.randrange(256)])
            case 1:
                del content[place : place + rng.randint(1, 40)]
            case 2:
                content[place:place] = content[rng.randrange(len(content) + 1) :][:40]
            case 3:
                content[place:place] = rng.choice([b"1e999", b"[", b"{}", b'"', b"-", b"9" * 400, b"null"])
    return bytes(content)


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_changed_in_its_files_a_run_can_be_read_or_is_refused(run, seed):
    rng = random.Random(seed)  # noqa: S311 - no secret
    names = ["run.json", "journal", "summary.json"]
    whole = {name: (run / name).read_bytes() for name in names}
    for _ in range(25):
        name = rng.choice(names)
        if name == "journal":  # with checksums that are right, as of somebody who means it
            lines = [line[9:] for line in whole[name].splitlines()]
            place = rng.randrange(len(lines))
            lines[place] = mutated(lines[place], rng).replace(b"\n", b"")
            write_journal(run, [], raw=lines)
        else:
            (run / name).write_bytes(mutated(whole[name], rng))
        reads_or_refuses(run)
        for kept, content in whole.items():
            (run / kept).write_bytes(content)
