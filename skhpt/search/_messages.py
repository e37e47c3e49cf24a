"""Warnings and errors of a search, in scikit-learn's words."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.exceptions import FitFailedWarning

from skhpt.results import failure_counts
from skhpt.trials import TrialResult

_ON_RUN = (
    "Fits that failed before are not run again, as the search goes on with {}. If their cause is mended, begin another "
    "run with resume=False."
)


def warn_or_raise_about_failures(
    trials: Sequence[TrialResult], error_score: float, *, survives: bool = False, run: object | None = None
) -> None:
    """Warn of failed fits; raise if nothing else is left. The sentences are scikit-learn's.

    Parameters
    ----------
    trials : sequence of TrialResult
        Of a round.
    error_score : float
        What stands for the score of a failed fit.
    survives : bool, default=False
        Whether to warn as well where all have failed.
    run : path or None, default=None
        The run that the search goes on with, to be named: trials that failed in an earlier process are not run again.

    Raises
    ------
    ValueError
        If every fit failed and nothing survives that, with each traceback.
    """
    failures = failure_counts(trials)
    n_failed = failures.total()
    if not n_failed:
        return
    rule = "-" * 80
    details = "" if run is None else f"{_ON_RUN.format(run)}\n"
    details += "\n".join(f"{rule}\n{n} fits failed with the following error:\n{error}" for error, n in failures.items())
    if n_failed == len(trials) and not survives:
        raise ValueError(
            f"\nAll the {n_failed} fits failed.\nIt is very likely that your model is misconfigured.\n"
            f"You can try to debug the error by setting error_score='raise'.\n\n"
            f"Below are more details about the failures:\n{details}"
        )
    message = (
        f"\n{n_failed} fits failed out of a total of {len(trials)}.\n"
        f"The score on these train-test partitions for these parameters will be set to {error_score}.\n"
        f"If these failures are not expected, you can try to debug them by setting error_score='raise'.\n\n"
        f"Below are more details about the failures:\n{details}"
    )
    warnings.warn(message, FitFailedWarning, stacklevel=2)


def warn_about_missing_scores(cv_results: Mapping[str, Any]) -> None:
    """Warn of every metric whose mean is not finite for some candidate. The sentence is scikit-learn's."""
    for name, means in cv_results.items():
        kind = next((kind for kind in ("test", "train") if name.startswith(f"mean_{kind}_")), None)
        if kind is not None and not np.isfinite(means).all():
            message = f"One or more of the {kind} scores are non-finite: {means}"
            warnings.warn(message, UserWarning, stacklevel=2)
