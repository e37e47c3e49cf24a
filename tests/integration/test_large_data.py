"""What a search over large data holds in memory, measured in processes of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "examples" / "benchmarks" / "memory.py"


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["per-trial", "fused"])
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="what processes share is told by Linux alone")
def test_all_processes_of_a_search_hold_little_more_than_the_data(engine, tmp_path):
    command = [sys.executable, BENCHMARK, "--gigabytes", "1", "--folder", tmp_path, "--only", f"{engine}:memmap"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    data, peak = map(float, printed.splitlines()[1].split()[2:4])
    assert data == 1
    assert peak < 1.5 * data + 1.8
