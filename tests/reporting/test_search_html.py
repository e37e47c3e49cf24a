import math
import re
import xml.etree.ElementTree as ET

import pandas as pd

from skhpt.reporting import results_html


def results(means, **columns):
    table = pd.DataFrame({"rank": range(1, len(means) + 1), **columns, "mean": means})
    return table.rename_axis("candidate")


def test_it_is_well_formed_and_its_chart_says_what_it_shows():
    page = ET.fromstring(results_html(results([0.9, 0.8, 0.7])))
    assert page.find(".//svg/title").text == "scores of 3 candidates from 0.7 to 0.9"
    assert page.find(".//caption").text == "All candidates"


def test_what_users_have_named_is_text():
    named = "<script>alert(1)</script>"
    page = results_html(results([0.9], **{named: [named]}))
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2


def test_a_candidate_is_a_point_at_its_place_and_the_best_so_far_never_falls():
    table = results([0.9, 0.7, 0.5]).set_axis([1, 2, 0]).rename_axis("candidate")
    best, dots = (path.get("d") for path in ET.fromstring(results_html(table)).iterfind(".//path"))
    points = [tuple(map(float, point.split())) for point in re.findall(r"M([\d. ]+)h0", dots)]
    assert points == [(8.0, 132.0), (180.0, 8.0), (352.0, 70.0)], "from left to right 0.5, 0.9, 0.7; 0.9 at the top"
    assert best == "M8.0 132.0H180.0V8.0H352.0V8.0"


def test_candidates_without_a_score_are_in_the_table_and_not_in_the_chart():
    page = ET.fromstring(results_html(results([0.9, math.nan])))
    assert [cell.text for cell in page.iterfind(".//tbody/tr/td")] == ["1", "0.9", "2", None]
    assert page.find(".//title").text.startswith("scores of 1 candidates")
    assert "svg" not in results_html(results([math.nan]))


def test_of_several_metrics_there_is_no_chart():
    table = results([0.9]).rename(columns={"mean": "mean_a"}).assign(mean_b=[1.0])
    assert "svg" not in results_html(table)


def test_long_values_are_cut():
    assert "x" * 50 not in results_html(results([0.9], layers=["x" * 50]))
