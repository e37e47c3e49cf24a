"""Pictures of a search (extra `plot`), and for each the table of what it draws.

Each takes a fitted search or what `load_run` returned, and draws into the `ax` that it is given, or into a new figure.
"""

from skhpt.reporting import (
    best_so_far,
    best_so_far_data,
    learning_curves,
    learning_curves_data,
    parallel_coordinates,
    parallel_coordinates_data,
    parameter_importance,
    parameter_importance_data,
    rungs,
    rungs_data,
    scatter_matrix,
    scatter_matrix_data,
    score_by_parameter,
    score_by_parameter_data,
)

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
