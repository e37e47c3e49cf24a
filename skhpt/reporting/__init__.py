"""What a search shows of itself: read from results and stored runs, by nobody above."""

from skhpt.reporting._best_so_far import best_so_far, best_so_far_data
from skhpt.reporting._importance import parameter_importance, parameter_importance_data
from skhpt.reporting._learning_curves import learning_curves, learning_curves_data
from skhpt.reporting._parallel_coordinates import parallel_coordinates, parallel_coordinates_data
from skhpt.reporting._rungs import rungs, rungs_data
from skhpt.reporting._scatter_matrix import scatter_matrix, scatter_matrix_data
from skhpt.reporting._score_by_parameter import score_by_parameter, score_by_parameter_data

__all__ = [
    "best_so_far",
    "best_so_far_data",
    "learning_curves",
    "learning_curves_data",
    "parallel_coordinates",
    "parallel_coordinates_data",
    "parameter_importance",
    "parameter_importance_data",
    "rungs",
    "rungs_data",
    "scatter_matrix",
    "scatter_matrix_data",
    "score_by_parameter",
    "score_by_parameter_data",
]
