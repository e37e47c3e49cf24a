"""README's code runs as it stands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def run(*command, cwd):
    return subprocess.run([sys.executable, *command], cwd=cwd, capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_the_ten_lines_work(tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (tmp_path / "ten_lines.py").write_text(code)
    printed = run("ten_lines.py", cwd=tmp_path)
    assert "'units':" in printed
    assert "epoch_seconds" in printed
    assert len([line for line in code.splitlines() if line.strip()]) <= 10


@pytest.mark.slow
def test_the_quickstart_reaches_its_accuracy_and_prints_a_history(tmp_path):
    printed = run(str(ROOT / "examples" / "quickstart.py"), cwd=tmp_path)
    accuracy = float(re.search(r"Test accuracy: (\S+)", printed)[1])
    assert accuracy > 0.95
    assert re.search(r"^epoch\s*$", printed, re.MULTILINE)
    assert re.search(r"^15 +[01]\.\d+ +\d\.\d+$", printed, re.MULTILINE)


def test_it_names_every_layer():
    layers = {path.name for path in (ROOT / "skhpt").iterdir() if (path / "__init__.py").exists()}
    assert all(f"| `{layer}` |" in README for layer in layers)
