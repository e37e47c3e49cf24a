"""Tables for a terminal."""

import pandas as pd
import pytest

from skhpt.store import printable, shortened, text_table

WIDE = pd.DataFrame({"run": ["r" * 40], **{f"column_{place}": [1 / 3] for place in range(40)}})


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal(width):
    assert max(map(len, text_table(WIDE, width).splitlines())) <= width


def test_columns_without_room_are_named():
    printed = text_table(pd.DataFrame({"run": ["abc"], "score": [0.5], "note": ["n" * 20]}), width=16)
    assert printed.splitlines() == ["run  score", "abc    0.5", "Not shown: note."]


def test_a_column_that_fits_is_shown_behind_one_that_does_not():
    printed = text_table(pd.DataFrame({"run": ["abc"], "note": ["n" * 20], "score": [0.5]}), width=16)
    assert printed.splitlines()[:2] == ["run  score", "abc    0.5"]


def test_columns_in_which_there_is_nothing_are_left_out():
    assert text_table(pd.DataFrame({"run": ["a"], "reason": [None], "score": [float("nan")]})) == "run\na"


def test_numbers_stand_on_the_right_and_text_on_the_left():
    printed = text_table(pd.DataFrame({"name": ["x", "yyyyy"], "seconds": [1.23456, 123.0]}))
    assert printed.splitlines() == ["name   seconds", "x        1.235", "yyyyy      123"]


def test_what_a_terminal_would_act_on_is_spelt_out():
    assert printable("a\x1b]0;title\x07\u202eb") == r"a\x1b]0;title\x07\u202eb"
    assert printable("two\nlines\tüber") == "two\nlines\tüber"
    assert text_table(pd.DataFrame({"a\x1b": ["\x1b[31m", "two\nlines"]})).splitlines() == [
        r"a\x1b",
        r"\x1b[31m",
        "two lines",
    ]


def test_of_a_long_name_over_short_values_the_end_is_shown():
    table = pd.DataFrame({"run": ["a"], "param_optimizer__learning_rate": [0.1]})
    assert text_table(table).splitlines() == ["run  …__learning_rate", f"a    {'0.1':>16}"]


def test_long_text_is_cut():
    assert shortened("x" * 10, 5) == "xxxx…"
    assert shortened("x" * 5, 5) == "xxxxx"
    assert len(shortened("\x1b" * 10_000_000, 20)) == 20
