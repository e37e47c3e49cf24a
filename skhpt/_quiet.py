"""TensorFlow's own log lines, which are left out unless the user has asked for them.

TensorFlow writes them in C++, to the standard error, and takes its level from ``TF_CPP_MIN_LOG_LEVEL``. Worker
processes inherit that variable.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

VARIABLE = "TF_CPP_MIN_LOG_LEVEL"
_GPU_DEVICES = ("/dev/nvidiactl", "/dev/dxg")  # of Linux, and of Linux in Windows
_FATAL_ONLY, _ERRORS = "3", "2"
_STDERR = 2
_LOG_LINE = re.compile(rb"(?:\d{4}-\d\d-\d\d [\d:.]+: )?([IWE])(?:\d{4})? .*\.cc:\d+\] ")
_LEVEL_THAT_DROPS = {b"I": 1, b"W": 2, b"E": 3}
_REGISTERED_TWICE = re.compile(rb"Unable to register cu\w+ factory")  # an error of no consequence
_HEADINGS = (b"WARNING: All log messages before absl::InitializeLog()", b"To enable the following instructions")


def set_log_level() -> None:
    """Leave out TensorFlow's log lines, unless the user has set ``TF_CPP_MIN_LOG_LEVEL``.

    Errors are shown where there is a GPU. Elsewhere TensorFlow logs as an error that there is none.
    """
    has_gpu = any(map(os.path.exists, _GPU_DEVICES))
    os.environ.setdefault(VARIABLE, _ERRORS if has_gpu else _FATAL_ONLY)


def is_quiet() -> bool:
    """Whether warnings of TensorFlow's are left out."""
    return _level() >= 2


def load_keras() -> None:
    """Import Keras and its backend, without the log lines that TensorFlow writes before it looks at its level."""
    if "keras" in sys.modules:
        return
    with _without_log_lines(_level()):
        import keras  # noqa: F401


def _level() -> int:
    level = os.environ.get(VARIABLE, "")
    return int(level) if level.isdecimal() else 0


@contextmanager
def _without_log_lines(level: int) -> Iterator[None]:
    """Drop TensorFlow's log lines below a level from the standard error of this process, C++ included."""
    try:
        stderr = os.dup(_STDERR) if level else None
    except OSError:  # closed
        stderr = None
    if stderr is None:
        yield
        return
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), _STDERR)
        try:
            yield
        finally:
            with suppress(AttributeError, OSError, ValueError):  # no such stream, or closed
                sys.stderr.flush()
            os.dup2(stderr, _STDERR)
            os.close(stderr)
            file.seek(0)
            if kept := b"".join(line for line in file if not _is_dropped(line, level)):
                with suppress(OSError):
                    os.write(_STDERR, kept)


def _is_dropped(line: bytes, level: int) -> bool:
    if line.startswith(_HEADINGS):
        return True
    logged = _LOG_LINE.match(line)
    if logged is None:
        return False
    least = 2 if _REGISTERED_TWICE.search(line) else _LEVEL_THAT_DROPS[logged[1]]
    return level >= least
