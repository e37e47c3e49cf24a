"""What is shown of a search, while it runs and afterwards."""

from skhpt.reporting._best_so_far import best_so_far, best_so_far_data
from skhpt.reporting._epoch_logger import EpochLogger
from skhpt.reporting._event_writer import EventWriter
from skhpt.reporting._importance import parameter_importance, parameter_importance_data
from skhpt.reporting._learning_curves import learning_curves, learning_curves_data
from skhpt.reporting._parallel_coordinates import parallel_coordinates, parallel_coordinates_data
from skhpt.reporting._report import export_report
from skhpt.reporting._rungs import rungs, rungs_data
from skhpt.reporting._scatter_matrix import scatter_matrix, scatter_matrix_data
from skhpt.reporting._score_by_parameter import score_by_parameter, score_by_parameter_data
from skhpt.reporting._search_html import results_html
from skhpt.reporting._showing_progress import progress_of
from skhpt.reporting._tensorboard_export import export_tensorboard
from skhpt.reporting._tensorboard_logger import TensorBoardLogger

__all__ = [
    "EpochLogger",
    "EventWriter",
    "TensorBoardLogger",
    "best_so_far",
    "best_so_far_data",
    "export_report",
    "export_tensorboard",
    "learning_curves",
    "learning_curves_data",
    "parallel_coordinates",
    "parallel_coordinates_data",
    "parameter_importance",
    "parameter_importance_data",
    "progress_of",
    "results_html",
    "rungs",
    "rungs_data",
    "scatter_matrix",
    "scatter_matrix_data",
    "score_by_parameter",
    "score_by_parameter_data",
]
