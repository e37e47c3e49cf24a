"""TensorBoard's own reader, and a real one to be looked at."""

import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata
from tensorboard.util.tensor_util import make_ndarray


def runs_in(logdir):
    """The names of the runs, sorted."""
    return sorted(path.name for path in Path(logdir).iterdir() if path.is_dir())


def read(directory):
    """A run as TensorBoard reads it."""
    # Without an end to how much is kept, since more than that is thinned out at random.
    board = EventAccumulator(str(directory), size_guidance={"scalars": 0, "tensors": 0})
    return board.Reload()


def points(directory, tag):
    """The steps and values of a scalar."""
    return [(point.step, round(point.value, 6)) for point in read(directory).Scalars(tag)]


def texts(directory, tag="status"):
    """What was said, at each step."""
    return [make_ndarray(each.tensor_proto).item().decode() for each in read(directory).Tensors(tag)]


def hparams(directory):
    """The hyper-parameters of a run, as numbers, bools and text."""
    start = metadata.parse_session_start_info_plugin_data(_content(directory, metadata.SESSION_START_INFO_TAG))
    return {name: getattr(value, value.WhichOneof("kind")) for name, value in start.hparams.items()}


def status(directory):
    """How a run has ended: 1 is success, 2 is failure."""
    return metadata.parse_session_end_info_plugin_data(_content(directory, metadata.SESSION_END_INFO_TAG)).status


def experiment(logdir):
    """The columns of TensorBoard's table."""
    return metadata.parse_experiment_plugin_data(_content(logdir, metadata.EXPERIMENT_TAG))


def _content(directory, tag):
    return read(directory).SummaryMetadata(tag).plugin_data.content


@contextmanager
def served(logdir):
    """A TensorBoard that shows a directory, until the end: its address."""
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir), "--port", "0", "--host", "127.0.0.1"]
    board = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    hangs = Timer(300, board.kill)
    hangs.start()
    try:
        lines = []
        for line in board.stdout:
            lines.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
                yield found[0]
                return
        raise RuntimeError("".join(lines))
    finally:
        hangs.cancel()
        board.terminate()
        board.wait(30)
        board.stdout.close()
