"""Every notebook runs from a fresh kernel without errors or warnings, and shows the progress of its searches."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parent.parent / "examples" / "notebooks").glob("*.ipynb"))

# The least that they may find on rows held out, and how many trials their search is done with in the end.
FOUND = {"classification": (r"Test accuracy: (\S+)", 0.95, 60), "regression": (r"Test R²: (\S+)", 0.35, 200)}
INTENDED = "max_epochs_total=400 epochs were used up"  # the limit that classification shows


def test_there_is_one_for_classification_and_one_for_regression():
    assert {path.stem for path in NOTEBOOKS} == FOUND.keys()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_stored_without_outputs(path):  # which would grow old, and fill diffs with pictures
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_in_a_fresh_kernel_and_shows_progress_results_and_pictures(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    printed = {name: "".join(out.text for out in outputs if out.get("name") == name) for name in ("stdout", "stderr")}
    pages = [output.data.get("text/html", "") for output in outputs if "data" in output]

    pattern, least, n_trials = FOUND[path.stem]
    assert float(re.search(pattern, printed["stdout"])[1]) >= least
    warned = [line for line in printed["stderr"].splitlines() if re.search(r"Warning\b|WARNING:tensorflow", line)]
    assert [line for line in warned if INTENDED not in line] == []
    assert any(f'<progress value="{n_trials}" max="{n_trials}"' in page for page in pages)
    assert any("skhpt-results" in page for page in pages)
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 5
    assert list(tmp_path.iterdir()) == []
