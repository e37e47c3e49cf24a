"""Pure functions from the results of trials to what a fitted search shows."""

from skhpt.results._best_epoch import best_epoch
from skhpt.results._cv_results import Column, failure_counts, metric_names, score_table
from skhpt.results._engine_report import engine_table
from skhpt.results._histories import history_table

__all__ = ["Column", "best_epoch", "engine_table", "failure_counts", "history_table", "metric_names", "score_table"]
