"""What somebody sees who opens TensorBoard."""

import re

import pytest
from sklearn.datasets import load_wine
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpt import GridSearchCV
from skhpt.cli import main
from tests.reporting.boards import served
from tests.reporting.browsing import browser, needs_browser

# TensorBoard's parts hide in shadow trees, one in the other.
FIND = """
function* all(root) {
    for (const e of root.querySelectorAll("*")) {
        yield e;
        if (e.shadowRoot) yield* all(e.shadowRoot);
    }
}
const find = (name) => [...all(document)].filter((e) => e.localName === name);
"""


def waited_for(driver, script):
    """What a script returns, once that is something."""
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(driver, 90).until(lambda driver: driver.execute_script(f"{FIND}\n{script}"))


@pytest.mark.slow
@needs_browser
def test_an_exported_search_of_12_trials_has_12_rows_and_12_lines_under_hparams(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = make_pipeline(StandardScaler(), SGDClassifier(random_state=0))
    grid = {"sgdclassifier__alpha": [1e-4, 1e-2], "sgdclassifier__penalty": ["l1", "l2"]}
    search = GridSearchCV(model, grid, cv=3, runs_dir="runs").fit(*load_wine(return_X_y=True))
    assert main(["export", search.run_.id, "--tensorboard", "logs"]) == 0

    with served("logs") as address, browser() as driver:
        driver.get(f"{address}#hparams")
        table = waited_for(
            driver,
            """
            const text = find("tf-hparams-table-view").map((e) => e.shadowRoot.textContent).join();
            return text.includes("c0003-f02-r00") && text;
            """,
        )
        driver.execute_script(f"{FIND} find('paper-tab').find((e) => e.textContent.includes('PARALLEL')).click()")
        lines, axes = waited_for(
            driver,
            """
            const plot = find("tf-hparams-parallel-coords-plot")[0].shadowRoot;
            const lines = plot.querySelectorAll(".foreground path").length;
            return lines > 0 && [lines, [...plot.querySelectorAll(".axis")].map((axis) => axis.textContent)];
            """,
        )

    assert sorted(re.findall(r"c\d{4}-f\d\d-r\d\d", table)) == [
        f"c{candidate:04}-f{fold:02}-r00" for candidate in range(4) for fold in range(3)
    ]
    columns = ["sgdclassifier__alpha", "sgdclassifier__penalty", "test_score"]
    assert all(column in table for column in columns)
    assert len(re.findall(r"\bl1\b", table)) == 6  # of half of the candidates, on three folds
    assert lines == 12
    assert all(any(column in axis for axis in axes) for column in columns)
