"""What is shown of a search, while it runs and afterwards."""

from skhpt.reporting._epoch_logger import EpochLogger
from skhpt.reporting._search_html import results_html
from skhpt.reporting._showing_progress import progress_of

__all__ = ["EpochLogger", "progress_of", "results_html"]
