"""The best score of a search, corrected for having been chosen as the best: BBC-CV."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from skhpt.results._resampled_scores import ResampledScores

_LARGEST_BLOCK = 4_000_000  # counts that are in memory at once


@dataclass(frozen=True)
class CorrectedScore:
    """A score with an interval.

    Parameters
    ----------
    score : float
        What to expect of the candidate that a search chooses; NaN where nothing is known.
    low, high : float
        An interval around it.
    n_bootstraps : int
        How many it is made of.
    """

    score: float
    low: float
    high: float
    n_bootstraps: int


def first_best(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Of each row the place of the greatest number, the first of several."""
    best: npt.NDArray[np.intp] = np.where(np.isnan(scores), -np.inf, scores).argmax(axis=1)
    return best


def corrected_score(
    scores: ResampledScores,
    n_rows: int,
    *,
    seed: int,
    n_bootstraps: int = 1000,
    choose: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.intp]] = first_best,
    level: float = 0.95,
) -> CorrectedScore:
    """Bootstrap the choice of the best candidate from what each has said of rows that it was not trained on.

    In each bootstrap so many rows as there are are drawn with replacement; a candidate is chosen by its score on these,
    and scored on the rows that were not drawn, which had no say in that. The corrected score is the mean of these.

    The interval is made of the percentiles of these. An m of the n rows was not drawn, so these scores scatter more
    than a score on all n does, by the root of (n - m) / m, as subsamples without replacement do (Shao and Wu; about
    1.3): the distances from the mean are reduced by that. Tsamardinos et al. take the percentiles as they are.

    Parameters
    ----------
    scores : ResampledScores
        The candidates' scores on any of the rows.
    n_rows : int
        How many there are.
    seed : int
        Of the draws.
    n_bootstraps : int, default=1000
        How often.
    choose : callable, default=first_best
        From scores, of shape (n, n_candidates), to the chosen candidates, of shape (n,).
    level : float, default=0.95
        Of the interval.

    Returns
    -------
    CorrectedScore
        Of those bootstraps in which there are scores.

    References
    ----------
    I. Tsamardinos, E. Greasidou and G. Borboudakis, Bootstrapping the out-of-sample predictions for efficient and
    accurate cross-validation, Machine Learning 107, 2018. https://doi.org/10.1007/s10994-018-5714-4

    J. Shao and C. F. J. Wu, A General Theory for Jackknife Variance Estimation, Annals of Statistics 17, 1989.
    https://doi.org/10.1214/aos/1176347263

    Examples
    --------
    Twenty candidates that guess, on 100 rows:

    >>> from skhpt.results import RowMeans
    >>> right = np.random.default_rng(0).integers(2, size=(20, 100))
    >>> corrected = corrected_score(RowMeans(right), 100, seed=0)
    >>> bool(right.mean(axis=1).max() > 0.58), bool(abs(corrected.score - 0.5) < 0.02)
    (True, True)
    """
    found, shares = [], []
    for counts in _draws(np.random.default_rng(seed), n_rows, n_bootstraps):
        left_out = (counts == 0).astype(np.float64)
        with np.errstate(all="ignore"):  # a bootstrap without a score is left out below
            drawn = scores.of_all(counts)
            scored = scores.of_chosen(left_out, choose(drawn))
            found.append(np.where(np.isnan(drawn).all(axis=1), np.nan, scored))  # there was nothing to choose by
        shares.append(left_out.mean(axis=1))
    outcome, share = np.concatenate(found), float(np.concatenate(shares).mean())
    outcome = outcome[np.isfinite(outcome)]
    if not len(outcome):
        return CorrectedScore(math.nan, math.nan, math.nan, 0)
    score = outcome.mean()
    tails = np.percentile(outcome, [50 * (1 - level), 50 * (1 + level)])
    low, high = score + (tails - score) * math.sqrt(share / (1 - share))
    return CorrectedScore(float(score), float(low), float(high), len(outcome))


def _draws(rng: np.random.Generator, n_rows: int, n_bootstraps: int) -> Iterator[npt.NDArray[np.float64]]:
    """How often each row is drawn in each bootstrap, some bootstraps at a time."""
    block = max(1, _LARGEST_BLOCK // n_rows)
    for begun in range(0, n_bootstraps, block):
        n = min(block, n_bootstraps - begun)
        drawn = rng.integers(n_rows, size=(n, n_rows)) + n_rows * np.arange(n)[:, np.newaxis]
        yield np.bincount(drawn.ravel(), minlength=n * n_rows).reshape(n, n_rows).astype(np.float64)
