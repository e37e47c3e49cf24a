"""Bayesian search: each batch of candidates is chosen by what those before it have scored."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from skhpt.strategies._base import Strategy
from skhpt.strategies._parameter_space import Point
from skhpt.strategies._report import Report
from skhpt.strategies._request import Request
from skhpt.strategies._sampler import Sampler
from skhpt.trials import Candidate, Round


class BayesianStrategy(Strategy):
    """Asks for what a sampler suggests: at first for all that does not depend on any score, and then batch by batch.

    No setting is asked for twice, as its score would be the same: what a sampler suggests a second time is withdrawn
    and, if it goes on doing so, replaced by a setting drawn at random. A finite space ends with its last setting. A
    score that is not finite counts as a failure.

    Parameters
    ----------
    sampler : Sampler
        Suggests. It must be a new one.
    n_candidates : int
        How many to ask for, at most.
    batch_size : int, default=1
        How many at a time, once there are scores to learn from. The larger it is the more can be trained together, and
        the less is known of those before.
    seed : int, default=0
        Of what is drawn in place of a suggestion.

    Examples
    --------
    >>> from skhpt.strategies import Number, ParameterSpace, make_sampler
    >>> space = ParameterSpace([{"x": Number(-1, 1)}])
    >>> strategy = BayesianStrategy(make_sampler("tpe", space, seed=0, n_initial=5), n_candidates=20, batch_size=5)
    >>> [round_.n_candidates for round_ in strategy.plan()]
    [5, 5, 5, 5]
    >>> while not strategy.is_done:
    ...     for request in strategy.ask():
    ...         strategy.tell(Report(request.candidate.index, -abs(request.candidate.params["x"] - 0.5)))
    """

    def __init__(self, sampler: Sampler, n_candidates: int, batch_size: int = 1, seed: int = 0) -> None:
        self._sampler = sampler
        self._n_candidates = int(min(n_candidates, sampler.space.size))
        self._batch_size = batch_size
        self._rng = np.random.default_rng(seed)
        self._known: set[tuple[object, ...]] = set()
        self._batch: list[Candidate] = []
        self._scores: dict[int, float] = {}

    def ask(self) -> list[Request]:
        self._draw_batch()
        return [Request(candidate) for candidate in self._batch if candidate.index not in self._scores]

    def tell(self, report: Report) -> None:
        self._draw_batch()
        if report.candidate not in {candidate.index for candidate in self._batch} - self._scores.keys():
            raise KeyError(report.candidate)
        self._scores[report.candidate] = report.score
        if len(self._scores) == len(self._batch):
            # In the order of the requests, whatever order they were told in.
            scores = [self._scores[candidate.index] for candidate in self._batch]
            self._sampler.tell([score if math.isfinite(score) else None for score in scores])
            self._batch, self._scores = [], {}

    @property
    def is_done(self) -> bool:
        return not self._batch and len(self._known) >= self._n_candidates

    def plan(self) -> Sequence[Round]:
        rounds = [Round(min(self._size_of_first, self._n_candidates))]
        while (left := self._n_candidates - sum(round_.n_candidates for round_ in rounds)) > 0:
            rounds.append(Round(min(self._batch_size, left)))
        return rounds

    @property
    def _size_of_first(self) -> int:
        return max(self._sampler.n_initial, self._batch_size)

    def _draw_batch(self) -> None:
        if self._batch or self.is_done:
            return
        first = len(self._known)
        n_wanted = self._batch_size if first else self._size_of_first
        for index in range(first, min(first + n_wanted, self._n_candidates)):
            point = self._unknown_point()
            self._known.add(point.key)
            self._batch.append(Candidate(index, self._sampler.space.params(point)))

    def _unknown_point(self) -> Point:
        for _ in range(self._sampler.most_attempts):
            point = self._sampler.suggest()
            if point.key not in self._known:
                return point
            self._sampler.withdraw()
        point = self._drawn_point()
        self._sampler.insist(point)
        return point

    def _drawn_point(self) -> Point:
        space = self._sampler.space
        if space.size > 2 * len(self._known):  # every second draw or more finds one
            while (point := space.draw(self._rng)).key in self._known:
                pass
            return point
        left = [point for index in range(int(space.size)) if (point := space.point(index)).key not in self._known]
        return left[int(self._rng.integers(len(left)))]
