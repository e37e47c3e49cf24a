"""Pure functions from the results of trials to what a fitted search shows."""

from skhpt.results._best_epoch import best_epoch
from skhpt.results._columns import column
from skhpt.results._corrected_score import CorrectedScore, corrected_score, first_best
from skhpt.results._cv_results import Column, failure_counts, metric_names, score_table
from skhpt.results._engine_report import engine_table
from skhpt.results._histories import history_table
from skhpt.results._one_standard_error import (
    OneStandardError,
    cheapest_within,
    missing_cost,
    no_numbers,
    unknown_metric,
)
from skhpt.results._resampled_scores import (
    Determination,
    MeanOverRepeats,
    ResampledScores,
    RocAuc,
    RowMeans,
    ScoredAnew,
)
from skhpt.results._results_table import results_table
from skhpt.results._short_names import short_names

__all__ = [
    "Column",
    "CorrectedScore",
    "Determination",
    "MeanOverRepeats",
    "OneStandardError",
    "ResampledScores",
    "RocAuc",
    "RowMeans",
    "ScoredAnew",
    "best_epoch",
    "cheapest_within",
    "column",
    "corrected_score",
    "engine_table",
    "failure_counts",
    "first_best",
    "history_table",
    "metric_names",
    "missing_cost",
    "no_numbers",
    "results_table",
    "score_table",
    "short_names",
    "unknown_metric",
]
