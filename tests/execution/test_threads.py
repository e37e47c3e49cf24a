"""Keras' backend, real and in a real worker, keeps to the threads that it is given."""

import os
import subprocess
import sys

import pytest

from skhpt.execution._threads import THREAD_VARIABLES
from tests.backend import BACKEND

# What says how many threads there may be, and what they call themselves.
LIMIT, POOL = {
    "tensorflow": ("TF_NUM_INTRAOP_THREADS", "tf_Compute"),
    "jax": ("PJRT_NPROC", "tf_XLAEigen"),
}.get(BACKEND, ("", ""))

SCRIPT = """
import os
import sys
from pathlib import Path
from skhpt.execution import JoblibExecutor
from skhpt.trials import Candidate, TrialSpec
from tests.fakes import result

def count_threads(spec):
    limited = os.environ["LIMIT"] if "keras" not in sys.modules else "too late"
    import keras
    keras.ops.matmul(keras.ops.ones((500, 500)), keras.ops.ones((500, 500)))
    names = [path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm")]
    return result(test_scores={"limit": float(limited), "threads": float(names.count("POOL"))})

if __name__ == "__main__":
    import skhpt.execution._joblib as module
    module.cpu_count = lambda: int(sys.argv[1])
    (seen,) = JoblibExecutor(2).run(count_threads, [TrialSpec(Candidate(0, {}), 0)])
    print(seen.test_scores["limit"], seen.test_scores["threads"])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
@pytest.mark.skipif(not LIMIT, reason=f"joblib limits the threads of {BACKEND}")
@pytest.mark.parametrize(("cores", "threads"), [(2, 1), (6, 3)])
def test_a_worker_computes_with_its_share_of_the_cores(cores, threads, tmp_path, pytestconfig):
    (tmp_path / "script.py").write_text(SCRIPT.replace("LIMIT", LIMIT).replace("POOL", POOL))
    environment = {name: value for name, value in os.environ.items() if name not in THREAD_VARIABLES}
    environment["PYTHONPATH"] = str(pytestconfig.rootpath)
    command = [sys.executable, "script.py", str(cores)]
    printed = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout
    assert printed.split() == [f"{threads}.0", f"{threads}.0"]
