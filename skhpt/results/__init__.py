"""Pure functions from the results of trials to what a fitted search shows."""

from skhpt.results._cv_results import failure_counts, mean_test_score, metric_names, score_table
from skhpt.results._histories import history_table

__all__ = ["failure_counts", "history_table", "mean_test_score", "metric_names", "score_table"]
