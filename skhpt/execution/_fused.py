"""Trials trained together where they can be, and one by one where not."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from skhpt.evaluation import Evaluation, TrialsOfRound
from skhpt.exceptions import CannotFuseError
from skhpt.execution._active_cluster import ActiveCluster
from skhpt.execution._base import Executor
from skhpt.execution._shares import Share, TrainedShare, TrainShare, shares, timed
from skhpt.trials import Deadline, Refusal, TrialResult, TrialSpec

if TYPE_CHECKING:  # they need TensorFlow, and dask
    from skhpt.execution._cluster_tasks import ClusterTasks
    from skhpt.fused import FusedEngine


Outcomes = Generator[Sequence[TrialResult | Refusal], None, None]


class FusedExecutor(Executor):
    """Trains trials together; those that are refused run as they would without.

    They are trained in this process, or in shares on the workers of a cluster, if joblib's active backend is one.

    Parameters
    ----------
    engine : FusedEngine
        Trains trials together here.
    alone : Executor or None
        Runs the others; None lets nothing be refused.
    deadline : Deadline or None, default=None
        Of the search, as the engine has it.
    cluster : ActiveCluster or None, default=None
        For whatever else of the search runs there, too.
    """

    def __init__(
        self,
        engine: FusedEngine,
        alone: Executor | None,
        deadline: Deadline | None = None,
        cluster: ActiveCluster | None = None,
    ) -> None:
        self._engine = engine
        self._alone = alone
        self._deadline = deadline or Deadline()
        self._cluster = cluster or ActiveCluster(self._deadline)
        self._n_programs_there = 0

    def run(self, evaluate: Evaluation, specs: Sequence[TrialSpec]) -> Iterator[TrialResult]:
        """Evaluate each spec.

        Parameters
        ----------
        evaluate : TrialsOfRound
            Of the round.
        specs : sequence of TrialSpec
            The trials.

        Yields
        ------
        TrialResult
            One for each spec, in any order; fewer if the time is over.

        Raises
        ------
        CannotFuseError
            If a trial is refused and there is nobody else to run it. In this process nothing was trained then, unless
            it is a program that fails as it runs, or a callback that stops a training where only Keras can.
        """
        trials = cast(TrialsOfRound, evaluate)
        tasks = self._cluster.tasks
        parts = self._here(trials, specs) if tasks is None else self._there(tasks, trials, specs)
        refusals: list[Refusal] = []
        with closing(parts):  # so that nothing is left running there
            for outcomes in parts:
                refused = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
                if refused and self._alone is None:
                    raise CannotFuseError(_sentence(refused, len(specs)))
                refusals += refused
                yield from (outcome for outcome in outcomes if isinstance(outcome, TrialResult))
        if self._alone is None:
            return
        reasons = {refusal.spec.key: refusal.reason for refusal in refusals}
        for result in self._alone.run(evaluate, [refusal.spec for refusal in refusals]):
            yield replace(result, reason=reasons[result.key])

    def builds_here(self, estimator: Any) -> bool:
        trains_here = self._cluster.tasks is None and self._engine.takes(estimator)
        return trains_here or (self._alone is not None and self._alone.builds_here(estimator))

    def _here(
        self, trials: TrialsOfRound, specs: Sequence[TrialSpec]
    ) -> Generator[Sequence[TrialResult | Refusal], None, None]:
        """What becomes of the trials in this process: first those that are refused before anything is trained."""
        admission = self._engine.admit(specs, trials)
        yield admission.refusals
        for outcome in self._engine.train(admission, trials):
            yield [outcome]

    def _there(self, tasks: ClusterTasks, trials: TrialsOfRound, specs: Sequence[TrialSpec]) -> Outcomes:
        """What becomes of the trials on a cluster, share by share."""
        left = deque(shares(specs, len(tasks.workers)))
        with tasks.waiting():
            while left and not self._deadline.is_over:  # again, where the data were lost and are to be sent once more
                parts = timed(left, self._deadline)
                with closing(tasks.side_by_side(TrainShare(trials), parts, one_a_worker=True)) as ended:
                    for share, outcome in ended:
                        yield self._outcomes(share, outcome)

    def _outcomes(self, share: Share, trained: Any) -> list[TrialResult | Refusal]:
        """What has become of a share, its programs numbered as this search's own; what is lost has to run by itself."""
        if not isinstance(trained, TrainedShare):
            return [Refusal(spec, f"its program was lost: {trained.reason}") for spec in share.specs]
        self._engine.step_seconds += trained.step_seconds
        before, outcomes = self._n_programs_there, list[TrialResult | Refusal]()
        for one in trained.outcomes:
            if isinstance(one, TrialResult) and one.program is not None:
                number = before + one.program
                self._n_programs_there = max(self._n_programs_there, number + 1)
                outcomes.append(replace(one, program=number))
            else:
                outcomes.append(one)
        return outcomes


def _sentence(refused: Sequence[Refusal], n_trials: int) -> str:
    """Who can't be fused, and why."""
    candidates: dict[str, set[int]] = defaultdict(set)
    for refusal in refused:
        candidates[refusal.reason].add(refusal.spec.candidate.index)
    because = "; ".join(f"{reason} (candidates {_some(numbers)})" for reason, numbers in candidates.items())
    return (
        f"engine='fused' can't train {len(refused)} of {n_trials} trials, because {because}. "
        f"With engine='auto' they run one by one."
    )


def _some(numbers: set[int], most: int = 5) -> str:
    first = ", ".join(map(str, sorted(numbers)[:most]))
    return first if len(numbers) <= most else f"{first} and {len(numbers) - most} more"
