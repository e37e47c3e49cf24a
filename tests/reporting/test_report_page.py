"""What somebody sees who opens a report."""

import pytest

from skhpt import export_report
from tests.reporting.browsing import browser, needs_browser, requests_of
from tests.reporting.drawn import searched

EVIL = "<script>alert(1)</script>"
SHOWN = "[...document.querySelectorAll('#candidates-table tbody tr:not([hidden])')]"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Of five candidates, whose units are their scores in percent; one is named like a script, one fails."""
    directory = tmp_path_factory.mktemp("report")
    grid = [{"units": [9, 10, 80]}, {"units": [30], "kind": [EVIL]}, {"units": [20], "kind": ["a b"]}]
    export_report(searched(grid, runs_dir=directory), directory / "report.html")
    return directory / "report.html"


@pytest.fixture
def opened(report):
    with browser() as driver:
        driver.get(report.as_uri())
        yield driver


def column(driver, name):
    heads = [head.text.split()[0] for head in driver.find_elements("css selector", "#candidates-table thead th")]
    return driver.execute_script(f"return {SHOWN}.map((row) => row.cells[{heads.index(name)}].textContent)")


def head(driver, name):
    heads = driver.find_elements("css selector", "#candidates-table thead th")
    return next(head for head in heads if head.text.split()[0] == name)


@needs_browser
@pytest.mark.slow
def test_no_request_leaves_the_file_and_nothing_in_it_is_refused(opened, report):
    asked = requests_of(opened)
    assert asked[0] == report.as_uri()
    assert all(address.startswith("data:") for address in asked[1:])
    assert opened.get_log("browser") == []  # which would have errors, and what the policy has refused
    widths = opened.execute_script("return [...document.images].map((image) => image.naturalWidth)")
    assert len(widths) >= 5
    assert min(widths) > 0


@needs_browser
@pytest.mark.slow
def test_the_table_is_sorted_by_a_click_and_by_a_key(opened):
    from selenium.webdriver.common.keys import Keys

    assert column(opened, "units") == ["80", "30", "20", "10", "9"]  # by rank
    assert head(opened, "rank").get_attribute("aria-sort") == "ascending"
    button = head(opened, "units").find_element("tag name", "button")
    button.click()
    assert column(opened, "units") == ["9", "10", "20", "30", "80"]  # as numbers, not as text
    assert head(opened, "units").get_attribute("aria-sort") == "ascending"
    assert head(opened, "rank").get_attribute("aria-sort") is None
    button.send_keys(Keys.ENTER)
    assert column(opened, "units") == ["80", "30", "20", "10", "9"]
    assert head(opened, "units").get_attribute("aria-sort") == "descending"
    kinds = head(opened, "kind").find_element("tag name", "button")
    kinds.send_keys(Keys.SPACE)
    assert column(opened, "kind") == [EVIL, "a b", "", "", ""]
    kinds.send_keys(Keys.SPACE)
    assert column(opened, "kind") == ["a b", EVIL, "", "", ""]  # what is missing stays last


@needs_browser
@pytest.mark.slow
def test_the_table_shows_the_rows_that_have_all_the_words(opened):
    from selenium.webdriver.common.keys import Keys

    box = opened.find_element("id", "filter")
    box.send_keys("A B 20")
    assert column(opened, "units") == ["20"]
    assert opened.find_element("id", "filter-count").text == "1 of 5 rows"
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys(Keys.DELETE)
    assert len(column(opened, "units")) == 5


@needs_browser
@pytest.mark.slow
def test_a_candidate_named_like_a_script_is_text(opened):
    from selenium.common.exceptions import NoAlertPresentException

    with pytest.raises(NoAlertPresentException):
        opened.switch_to.alert.dismiss()
    assert EVIL in column(opened, "kind")
    assert opened.execute_script("return document.scripts.length") == 1


@needs_browser
@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_takes_the_colours_that_are_asked_for(opened, scheme):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    assert opened.execute_script("return document.documentElement.scrollWidth") == 390
    rgb = opened.execute_script("return getComputedStyle(document.body).backgroundColor")
    is_dark = sum(int(part) for part in rgb.strip("rgb()").split(",")) < 3 * 128
    assert is_dark == (scheme == "dark")
