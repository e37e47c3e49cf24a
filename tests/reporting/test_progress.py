import io
import sys
from types import ModuleType, SimpleNamespace

import pytest

from skhpt import GridSearchCV
from skhpt.reporting import progress_of
from skhpt.reporting._notebook_display import progress_html, progress_line
from skhpt.reporting._progress import SearchProgress
from skhpt.reporting._standing import Standing
from skhpt.reporting._terminal_display import TerminalDisplay
from skhpt.trials import (
    Budget,
    Candidate,
    EpochLog,
    Round,
    RoundBeginning,
    SearchEnding,
    TrialSpec,
    TrialStatus,
    naming_trial,
)
from tests.fakes import FakeEstimator
from tests.reporting.searches import HALVING, Clock, beginning, ended, round_of


@pytest.fixture
def clock():
    return Clock()


class Terminal(io.StringIO):
    """Says that it is a terminal."""

    def isatty(self):
        return True


class Shown:
    """A display that takes note of what it is shown."""

    def __init__(self):
        self.lines = []
        self.is_closed = False

    def show(self, standing):
        assert not self.is_closed
        self.lines.append(progress_line(standing))

    def close(self, standing):
        self.show(standing)
        self.is_closed = True


class TestStanding:
    def test_the_best_candidate_is_one_all_of_whose_trials_have_ended(self, clock):
        standing, round_ = Standing(beginning(), clock), round_of()
        standing.round_begins(round_)
        standing.trial_ended(*ended(round_.specs[0], 0.7), resumed=False)
        assert standing.best is None
        standing.trial_ended(*ended(round_.specs[2], 1.0), resumed=False)
        standing.trial_ended(*ended(round_.specs[1], 0.9), resumed=False)
        assert (standing.best.candidate.index, standing.best.score) == (0, pytest.approx(0.8))
        assert (standing.n_done, standing.n_trials) == (3, 6)

    def test_failures_count_as_ended_and_never_as_the_best(self, clock):
        standing, round_ = Standing(beginning(), clock), round_of()
        standing.round_begins(round_)
        for spec in round_.specs[:2]:
            standing.trial_ended(*ended(spec, test_scores={}), resumed=False)
        assert (standing.n_done, standing.best) == (2, None)

    def test_a_failure_counts_as_the_error_score(self, clock):
        standing, round_ = Standing(beginning(error_score=-1.0), clock), round_of()
        standing.round_begins(round_)
        for spec in round_.specs[:2]:
            standing.trial_ended(*ended(spec, test_scores={}), resumed=False)
        assert standing.best.score == -1.0

    def test_of_a_halving_the_best_is_one_of_the_last_rung(self, clock):
        standing = Standing(beginning(*HALVING), clock)
        for candidates, budget, score in [(range(4), HALVING[0].budget, 0.9), ([2, 3], HALVING[1].budget, 0.6)]:
            round_ = round_of(candidates, budget, number=budget.rung)
            standing.round_begins(round_)
            for spec in round_.specs:
                standing.trial_ended(*ended(spec, score), resumed=False)
        assert (standing.best.candidate.index, standing.best.score) == (2, 0.6)
        assert standing.n_done == standing.n_trials == 12

    def test_time_left_is_by_the_budgets(self, clock):
        standing, round_ = Standing(beginning(*HALVING), clock), round_of(range(4), HALVING[0].budget)
        standing.round_begins(round_)
        assert standing.seconds_left is None
        clock.now = 8.0
        for spec in round_.specs:
            standing.trial_ended(*ended(spec), resumed=False)
        assert standing.seconds_left == 8.0, "four trials of twice the budget are to come"

    def test_trials_of_an_earlier_process_took_no_time(self, clock):
        standing, round_ = Standing(beginning(), clock), round_of()
        standing.round_begins(round_)
        for spec in round_.specs[:3]:
            standing.trial_ended(*ended(spec), resumed=True)
        assert standing.seconds_left is None
        clock.now = 5.0
        standing.trial_ended(*ended(round_.specs[3]), resumed=False)
        assert standing.seconds_left == 10.0

    def test_epochs_of_trials_that_are_running_count(self, clock):
        standing, round_ = Standing(beginning(), clock), round_of(epochs=10)
        standing.round_begins(round_)
        clock.now = 3.0
        standing.epochs_ended({spec.key: 5 for spec in round_.specs})
        assert (standing.n_epochs, standing.n_epochs_planned) == (30, 60)
        assert standing.seconds_left == 3.0
        log = EpochLog(7, {"loss": 0.1}, 0.1)
        standing.trial_ended(*ended(round_.specs[0], epochs=(log,)), resumed=False)
        assert standing.n_epochs == 35, "what stopped early needs no more"


class TestWords:
    def test_of_a_candidate_that_sets_nothing_the_score_is_told(self, clock):
        standing, spec = Standing(beginning(Round(1), n_folds=1), clock), TrialSpec(Candidate(0, {}), fold=0)
        standing.round_begins(RoundBeginning(0, [spec], {}))
        standing.trial_ended(*ended(spec, 0.5), resumed=False)
        assert progress_line(standing).endswith("; best 0.5")

    def test_a_line_says_all_of_it(self, clock):
        standing, round_ = (
            Standing(beginning(*HALVING, resource="model__epochs"), clock),
            round_of([2, 3], Budget(2, 1)),
        )
        standing.round_begins(round_)
        clock.now = 4.0
        for spec in round_.specs[:2]:
            standing.trial_ended(*ended(spec, 0.98765), resumed=False)
        assert progress_line(standing) == (
            "GridSearchCV: 2/12 trials; 4 s, about 12 s left; rung 2 of 2: 2 candidates, 2 epochs each; "
            "best 0.9877: units=24"
        )

    def test_brackets_and_batches(self, clock):
        standing = Standing(beginning(Round(2, Budget(1, bracket=1)), resource="n_samples"), clock)
        standing.round_begins(round_of([0, 1], Budget(1, bracket=1)))
        assert "1 sample each: 2 candidates of bracket 1" in progress_line(standing)
        standing = Standing(beginning(Round(2), Round(2)), clock)
        standing.round_begins(round_of([2, 3], number=1))
        assert "batch 2 of 2" in progress_line(standing)

    def test_what_went_wrong_is_said(self, clock):
        standing, round_ = Standing(beginning(), clock), round_of()
        standing.round_begins(round_)
        clock.now = 4.0
        for spec in round_.specs[:2]:
            standing.trial_ended(
                *ended(spec, status=TrialStatus.FAILED, test_scores={}, error="It broke."), resumed=False
            )
        assert progress_line(standing).endswith("4 s, about 8 s left; 2 trials failed")
        standing.search_ended(SearchEnding("interrupted", "max_time"))
        assert progress_line(standing).endswith("2/6 trials; 4 s; 2 trials failed, ended by max_time"), "none is left"

    def test_what_users_have_named_is_text_in_a_notebook(self, clock):
        named = "<b>GridSearchCV</b>"
        page = progress_html(Standing(beginning(searcher=named), clock))
        assert named not in page
        assert '<progress value="0" max="6"' in page


class TestShowing:
    def test_it_is_shown_a_few_times_a_second_and_in_the_end(self, clock):
        shown = Shown()
        progress, round_ = SearchProgress(lambda: shown, clock), round_of()
        progress.search_begins(beginning())
        progress.round_begins(round_)
        for spec in round_.specs:
            clock.now += 0.05
            progress.trial_ended(*ended(spec), resumed=False)
        progress.search_ended(SearchEnding("finished"))
        assert [line.split()[1] for line in shown.lines] == ["0/6", "4/6", "6/6"]

    def test_a_display_that_takes_long_is_asked_less_often(self, clock):
        class Slow(Shown):
            def show(self, standing):
                super().show(standing)
                clock.now += 0.01

        shown, round_ = Slow(), round_of(range(100))
        progress = SearchProgress(lambda: shown, clock)
        progress.search_begins(beginning(Round(100)))
        progress.round_begins(round_)
        for spec in round_.specs:
            clock.now += 0.1
            progress.trial_ended(*ended(spec), resumed=False)
        # 20 seconds in all, of which half a percent are 0.1.
        assert len(shown.lines) <= 1 + 10 + 1

    def test_a_terminal_keeps_the_last_of_it_and_what_is_printed_meanwhile(self, clock, monkeypatch):
        terminal, standing = Terminal(), Standing(beginning(), clock)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(sys, "stdout", Terminal())
        display = TerminalDisplay(terminal)
        display.show(standing)
        print("a line in between")
        display.close(standing)
        assert terminal.getvalue().count("a line in between\n") == 1
        assert terminal.getvalue().endswith("\x1b[?25h"), "the cursor is there again"
        print("and one after it")
        assert sys.stdout.getvalue() == "and one after it\n"

    def test_lines_that_go_to_a_file_are_not_printed_in_the_terminal(self, clock, monkeypatch):
        terminal, standing = Terminal(), Standing(beginning(), clock)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(sys, "stdout", io.StringIO())
        display = TerminalDisplay(terminal)
        display.show(standing)
        print("a line in between")
        display.close(standing)
        assert sys.stdout.getvalue() == "a line in between\n"
        assert "a line in between" not in terminal.getvalue()

    @pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
    def test_a_terminal_has_its_cursor_back_if_showing_fails(self, clock, monkeypatch, error):
        def failing(standing, width):
            raise error

        terminal, out = Terminal(), Terminal()
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr("skhpt.reporting._terminal_display._lines", failing)
        with pytest.raises(error):
            SearchProgress(lambda: TerminalDisplay(terminal), clock).search_begins(beginning())
        assert terminal.getvalue().endswith("\x1b[?25h")
        assert sys.stdout is out

    def test_in_a_pipe_only_the_last_of_it_is_printed(self, clock):
        pipe, standing = io.StringIO(), Standing(beginning(), clock)
        display = TerminalDisplay(pipe)
        display.show(standing)
        assert pipe.getvalue() == ""
        display.close(standing)
        assert pipe.getvalue().endswith("\n")
        assert pipe.getvalue().splitlines()[-1].split()[-4:] == ["0/6", "trials", "0", "s"]

    def test_a_narrow_terminal_shortens_the_bar_and_no_word(self, clock, monkeypatch):
        monkeypatch.setenv("COLUMNS", "60")
        pipe, standing = io.StringIO(), Standing(beginning(Round(60_000), searcher="HalvingRandomSearchCV"), clock)
        clock.now = 7300.0
        TerminalDisplay(pipe).close(standing)
        first = pipe.getvalue().splitlines()[0].rstrip()
        assert first.endswith("0/120,000 trials  2:01:40")
        assert len(first) == 60

    def test_a_narrow_terminal_has_all_of_the_reason_for_a_new_run(self, clock, monkeypatch):
        monkeypatch.setenv("COLUMNS", "40")
        resumed = "new run 20261128-gridsearchcv, because `width`, which `build` uses, has changed"
        pipe = io.StringIO()
        TerminalDisplay(pipe).close(Standing(beginning(resumed=resumed), clock))
        assert resumed in " ".join(pipe.getvalue().split())

    def test_names_of_users_are_no_markup(self, clock):
        pipe = io.StringIO()
        display = TerminalDisplay(pipe)
        display.close(Standing(beginning(searcher="[bold]Grid[/bold]"), clock))
        assert "[bold]Grid[/bold]" in pipe.getvalue()


class TestAuto:
    @pytest.fixture
    def terminal(self, monkeypatch):
        """Makes one of the standard error; within a test, as pytest replaces it between its phases."""
        monkeypatch.setenv("TERM", "xterm")
        return lambda: monkeypatch.setattr(sys, "stderr", Terminal())

    def test_a_terminal_shows_it(self, terminal):
        terminal()
        assert progress_of("auto", 0) is not None

    @pytest.mark.parametrize("verbose", [1, 3])
    def test_not_beside_what_verbose_prints(self, terminal, verbose):
        terminal()
        assert progress_of("auto", verbose) is None
        assert progress_of(True, verbose) is not None

    def test_not_within_a_trial_of_another_search(self, terminal):
        terminal()
        with naming_trial(candidate=0, fold=0, repeat=0):
            assert progress_of("auto", 0) is None

    def test_not_in_a_simple_terminal(self, terminal, monkeypatch):
        terminal()
        monkeypatch.setenv("TERM", "dumb")
        assert progress_of("auto", 0) is None

    def test_not_in_a_pipe_or_without_a_console(self, monkeypatch):
        for stream in (io.StringIO(), None):
            monkeypatch.setattr(sys, "stderr", stream)
            assert progress_of("auto", 0) is None

    def test_a_search_shows_its_last_state(self, rows, capsys):
        GridSearchCV(FakeEstimator(), {"slope": [1.0, 3.0]}, cv=3, progress=True).fit(*rows)
        out, err = capsys.readouterr()
        assert out == ""
        assert "6/6 trials" in err
        assert "slope=3" in err

    def test_a_search_that_fails_leaves_the_terminal_as_it_was(self, rows, terminal):
        terminal()
        stdout = sys.stdout
        with pytest.raises(ValueError, match="fits failed"):
            GridSearchCV(FakeEstimator(fail_if="always"), {"slope": [1.0]}, cv=3).fit(*rows)
        assert sys.stdout is stdout
        assert sys.stderr.getvalue().endswith("\x1b[?25h")


class TestNotebook:
    @pytest.fixture
    def cell(self, monkeypatch):
        """What is below a cell: a list of what was displayed, each as it was last updated."""
        cell = []

        class Handle:
            def __init__(self, data):
                cell.append(data)

            def update(self, data, raw):
                assert raw
                cell[-1] = data

        def display(data, raw, display_id):
            assert raw
            assert display_id
            return Handle(data)

        package, module = ModuleType("IPython"), ModuleType("IPython.display")
        package.get_ipython = lambda: SimpleNamespace(kernel=object())
        module.display = display
        monkeypatch.setitem(sys.modules, "IPython", package)
        monkeypatch.setitem(sys.modules, "IPython.display", module)
        return cell

    def test_a_cell_shows_one_bar_that_stays(self, rows, cell, capsys):
        GridSearchCV(FakeEstimator(), {"slope": [1.0, 3.0]}, cv=3).fit(*rows)
        (shown,) = cell
        assert '<progress value="6" max="6"' in shown["text/html"]
        assert shown["text/plain"].startswith("GridSearchCV: 6/6 trials")
        assert capsys.readouterr() == ("", "")

    def test_ipython_in_a_terminal_is_no_notebook(self, cell, monkeypatch):
        monkeypatch.setattr(sys.modules["IPython"], "get_ipython", SimpleNamespace)
        assert progress_of("auto", 0) is None
