"""What joblib knows of the death of a worker."""

from __future__ import annotations


def in_short(error: Exception) -> str:
    r"""The beginning of joblib's message, and how the workers exited where it says so.

    Examples
    --------
    >>> text = "A worker was terminated. This could be caused by much.\n\nThe exit codes are {SIGKILL(-9)}\nDetails."
    >>> in_short(RuntimeError(text))
    'A worker was terminated. The exit codes are {SIGKILL(-9)}.'
    """
    lines = str(error).splitlines() or [""]
    codes = [line for line in lines if "exit code" in line]
    return " ".join(f"{sentence.rstrip('.')}." for sentence in [lines[0].partition(". ")[0], *codes])
