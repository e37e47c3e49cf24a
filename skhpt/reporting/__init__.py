"""What a search looks like: reads events, results and runs, which know nothing of it."""

from skhpt.reporting._event_writer import EventWriter
from skhpt.reporting._tensorboard_export import export_tensorboard
from skhpt.reporting._tensorboard_logger import TensorBoardLogger

__all__ = ["EventWriter", "TensorBoardLogger", "export_tensorboard"]
