"""What is shown of a search, while it runs and afterwards."""

from skhpt.reporting._epoch_logger import EpochLogger
from skhpt.reporting._event_writer import EventWriter
from skhpt.reporting._search_html import results_html
from skhpt.reporting._showing_progress import progress_of
from skhpt.reporting._tensorboard_export import export_tensorboard
from skhpt.reporting._tensorboard_logger import TensorBoardLogger

__all__ = [
    "EpochLogger",
    "EventWriter",
    "TensorBoardLogger",
    "export_tensorboard",
    "progress_of",
    "results_html",
]
