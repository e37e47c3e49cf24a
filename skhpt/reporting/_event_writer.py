"""Writing for TensorBoard during a training."""

from __future__ import annotations

import time
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from skhpt.reporting._event_file import EventFile


class EventWriter:
    """Writes pictures and histograms into a run. It may be copied and pickled at any time.

    Parameters
    ----------
    directory : str or path
        The run's; made when something is written.
    kind : str
        What its files end in.

    Raises
    ------
    MissingExtraError
        If TensorBoard is not installed.

    Examples
    --------
    >>> import tempfile
    >>> directory = Path(tempfile.mkdtemp())
    >>> writer = EventWriter(directory, "example")
    >>> writer.histograms({"weights/kernel": np.arange(4.0)}, step=1)
    >>> [file.suffix for file in directory.iterdir()]
    ['.example']
    """

    def __init__(self, directory: str | PathLike[str], kind: str) -> None:
        from skhpt.reporting import _summaries  # noqa: F401 - if the extra is missing, the time to say so is now

        self._directory = Path(directory)
        self._kind = kind
        self._file: EventFile | None = None

    def clear(self) -> None:
        """Remove what was written by such a writer before."""
        from skhpt.reporting._event_file import remove_files

        remove_files(self._directory, self._kind)
        self._file = None

    def image(self, tag: str, png: bytes, *, width: int, height: int, step: int) -> None:
        """Write a picture, of so many pixels."""
        from skhpt.reporting._summaries import image

        self._write([image(tag, png, width=width, height=height)], step)

    def histograms(self, values_by_tag: dict[str, npt.NDArray[np.generic]], *, step: int) -> None:
        """Write how the values of arrays are distributed."""
        from skhpt.reporting._summaries import histogram

        self._write([histogram(tag, values) for tag, values in values_by_tag.items()], step)

    def _write(self, summaries: list[object], step: int) -> None:
        from skhpt.reporting._event_file import EventFile, event

        self._file = self._file or EventFile(self._directory, self._kind)
        self._file.append(event(summary, step=step, time=time.time()) for summary in summaries)
