"""Running trials together: which can be, and how."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

from skhpt.estimators import Foretold, leaving_nothing_behind, obstacle_in
from skhpt.evaluation import FitTask, Fold, TrialSetup, TrialsOfRound, evaluated, failed, is_users_own
from skhpt.exceptions import CannotFuseError
from skhpt.fused._grouping import MakeGroup, TrainedGroup, groups_of
from skhpt.fused._keeping import Keeping
from skhpt.fused._lane import Lane, PausedLane
from skhpt.fused._nursery import Nursery
from skhpt.fused._programs import Programs
from skhpt.fused._reasons import check_estimator
from skhpt.fused._self_check import obstacle_in_versions
from skhpt.fused._side_by_side import side_by_side
from skhpt.trials import Candidate, Checkpoints, Deadline, Phase, Refusal, TrialResult, TrialSpec


@dataclass(frozen=True)
class Admission:
    """Which trials of a round are trained together.

    Parameters
    ----------
    specs : sequence of TrialSpec
        All that were looked at.
    lanes : list of Lane
        Those that are.
    failures : list of TrialResult
        Those that have failed already, as a transformer or a builder has raised.
    refusals : list of Refusal
        Those that are not, with the reasons.
    """

    specs: Sequence[TrialSpec]
    lanes: list[Lane]
    failures: list[TrialResult]
    refusals: list[Refusal]


class FusedEngine:
    """Trains the models of many trials in one compiled program for each architecture.

    Its contract is that of `run_trial`: the same trials in, the same results out. It keeps its programs for as long as
    it lives, so that later rounds and the refit are not compiled again.

    Parameters
    ----------
    checkpoints : Checkpoints or None, default=None
        Where trainings are kept while they go on; None keeps none.
    deadline : Deadline or None, default=None
        Once it is over, trainings end after their epoch, and their trials are neither reported nor refused; those that
        have not begun don't begin. The refit has none.
    hears : callable or None, default=None
        Is told, before each epoch of a group, of each trial in it and for how many epochs it was trained.
    says : callable, default=does nothing
        Is told that models are built and programs compiled.
    leaves_checkpoints : bool, default=False
        Whether what a trial leaves for a later rung is a checkpoint, that may go to another process.

    Attributes
    ----------
    step_seconds : float
        How long its programs have run.
    """

    def __init__(
        self,
        checkpoints: Checkpoints | None = None,
        deadline: Deadline | None = None,
        hears: Callable[[Iterable[tuple[tuple[int, int, int], int]]], None] | None = None,
        *,
        says: Callable[[Phase], object] = lambda phase: None,
        leaves_checkpoints: bool = False,
    ) -> None:
        self._checkpoints, self._deadline = checkpoints, deadline or Deadline()
        self._leaves_checkpoints = leaves_checkpoints
        self._hears, self._says = hears or (lambda epochs: None), says
        self._programs = Programs()
        self._nursery: Nursery | None = None
        self.step_seconds = 0.0

    @staticmethod
    def takes(estimator: Any) -> bool:
        """Whether trainings of an estimator can be fused, as far as that does not depend on its model."""
        try:
            check_estimator(estimator)
        except CannotFuseError:
            return False
        return True

    def admit(self, specs: Sequence[TrialSpec], trials: TrialsOfRound) -> Admission:
        """See which trials can be trained together, and make everything ready for that.

        Parameters
        ----------
        specs : sequence of TrialSpec
            The trials.
        trials : TrialsOfRound
            What they share.

        Returns
        -------
        Admission
        """
        if (reason := obstacle_in_versions()) is not None:
            return Admission(specs, [], [], [Refusal(spec, reason) for spec in specs])
        nursery, setup = self._nursery_for(trials.setup), trials.setup
        self._says(Phase(f"building {_counted(len(specs), 'model')}"))
        lanes: list[Lane] = []
        refusals: list[Refusal] = []
        failures: list[TrialResult] = []
        for spec in specs:
            start = time.time()
            try:
                with leaving_nothing_behind():
                    lane = nursery.lane(spec, trials.task(spec))
            except CannotFuseError as error:
                refusals.append(Refusal(spec, str(error)))
            except Exception:  # whatever a user's model raises is the outcome of this trial and must not end the others
                if setup.error_score == "raise":
                    raise
                result = failed(spec, setup, fit_seconds=time.time() - start)
                failures.append(replace(result, engine="fused"))
            else:
                lane.fit_seconds += time.time() - start
                lanes.append(lane)
        able: list[Lane] = []
        for lane, reason in self._assign(lanes):
            if reason is None:
                able.append(lane)
            else:
                refusals.append(Refusal(lane.spec, reason))
        return Admission(specs, able, failures, refusals)

    def train(self, admission: Admission, trials: TrialsOfRound) -> Iterator[TrialResult | Refusal]:
        """Train what was admitted.

        Yields
        ------
        TrialResult or Refusal
            One for each trial that was not refused before and that ends before the deadline, as it comes. Seldom one
            has to run by itself after all: its program fails, or a callback stops it where only Keras can.
        """
        nursery = self._nursery_for(trials.setup)
        refused = {refusal.spec.key for refusal in admission.refusals}
        for spec in admission.specs:
            if spec.key not in refused:
                trials.begins(spec)
        specs = {spec.key: spec for spec in admission.specs}
        for result in admission.failures:
            yield self._told(nursery, trials.task(specs[result.key]), result)
        groups = list(groups_of(admission.lanes, nursery.sources))
        if groups:
            self._says(Phase(f"compiling {_counted(len(groups), 'program')}", len(groups)))
        for trained in side_by_side(groups, self._train_group):
            self.step_seconds += trained.step_seconds
            for lane in trained.lanes:
                outcome = trained.failure(lane) or self._result(lane, trained.foretold.get(lane, []), trials.setup)
                if isinstance(outcome, TrialResult):
                    outcome = self._told(nursery, trials.task(lane.spec), outcome)
                yield outcome

    def refit(self, estimator: Any, setup: TrialSetup, params: Mapping[str, Any], task: FitTask) -> None:
        """Fit the estimator of the best candidate on all rows, as its own `fit` would.

        Parameters
        ----------
        estimator : estimator
            With its parameters set.
        setup : TrialSetup
            Of the search.
        params : mapping of str to object
            The parameters.
        task : FitTask
            Of which scikit-learn's callbacks are told.

        Raises
        ------
        CannotFuseError
            If its own `fit` has to be called. It is as it was then.
        """
        if (reason := obstacle_in_versions()) is not None:  # trials of a stored run may have been fused
            raise CannotFuseError(reason)
        nursery = Nursery.for_all_rows(setup)
        with leaving_nothing_behind():
            lane = nursery.lane_of(estimator, TrialSpec(Candidate(0, params), fold=0), task)
            ((_, reason),) = self._assign([lane])
            if reason is not None:
                raise CannotFuseError(reason)
            (make_group,) = groups_of([lane], nursery.sources)
            trained = self._trained(make_group)
            self.step_seconds += trained.step_seconds
            if (refusal := trained.failure(lane)) is not None:
                raise CannotFuseError(refusal.reason)
            if lane.error is not None:
                raise lane.error
            _finish(lane)
            lane.network.model_  # noqa: B018 - makes it: what a search leaves is an ordinary estimator

    def _nursery_for(self, setup: TrialSetup) -> Nursery:
        if self._nursery is None or not self._nursery.serves(setup):
            self._nursery = Nursery(setup)
        return self._nursery

    def _assign(self, lanes: Sequence[Lane]) -> list[tuple[Lane, str | None]]:
        """Give each lane its program; or the reason why it has none."""
        with leaving_nothing_behind():
            new = [lane for lane in lanes if not lane.entered]  # others come from an earlier rung
            seats = self._programs.of([lane.applicant for lane in new])
            reasons: dict[Lane, str] = {}
            for lane, seat in zip(new, seats, strict=True):
                if isinstance(seat, CannotFuseError):
                    reasons[lane] = str(seat)
                else:
                    lane.enter(seat)
        return [(lane, reasons.get(lane)) for lane in lanes]

    @staticmethod
    def _told(nursery: Nursery, task: FitTask, result: TrialResult) -> TrialResult:
        """Tell scikit-learn's callbacks that a trial has ended."""
        fold = nursery.fold(result.fold)
        task.end(*fold.train, fold.fit_params)
        return result

    def _train_group(self, make: MakeGroup, cancelled: Event) -> TrainedGroup:
        if self._deadline.is_over:
            return TrainedGroup([])
        keeping = None if self._checkpoints is None else Keeping(self._checkpoints)

        def is_over() -> bool:
            self._hears((lane.spec.key, lane.done) for lane in make.lanes)
            return cancelled.is_set() or self._deadline.is_over

        return self._trained(make, is_over, keeping)

    @staticmethod
    def _trained(
        make: MakeGroup, is_over: Callable[[], bool] | None = None, keeping: Keeping | None = None
    ) -> TrainedGroup:
        """Train lanes together, and ask their models for what will be scored."""
        with leaving_nothing_behind():
            try:
                group = make(is_over, keeping)
                ended = list(group.train())
                scored = [lane for lane in ended if lane.error is None]
                foretold: dict[Lane, list[tuple[Any, Any]]] = {lane: [] for lane in scored}
                for which in range(min((len(lane.asked) for lane in scored), default=0)):
                    for lane, outputs in group.predict(scored, which):
                        foretold[lane].append((lane.asked[which].seen, outputs))
            except Exception as error:  # noqa: BLE001 - the library's; what a callback raises is its lane's own
                return TrainedGroup(make.lanes, error=error)
        return TrainedGroup(ended, foretold, group.step_seconds)

    def _result(self, lane: Lane, foretold: list[tuple[Any, ...]], setup: TrialSetup) -> TrialResult:
        if lane.error is not None:
            try:
                raise lane.error
            except Exception:
                if setup.error_score == "raise":
                    raise
                result = failed(lane.spec, setup, fit_seconds=lane.fit_seconds)
                return replace(result, engine="fused", program=lane.seat.number)
        _finish(lane)
        left = {} if lane.close else self._left(lane, setup)  # before a scorer can touch anything
        fold = lane.steps.fold
        if is_users_own(setup.scorer):  # it may change the rows that it is given
            fold = Fold(setup, lane.spec.fold)
            own = [fold.test[0], *([fold.train[0]] if setup.return_train_score else [])]
            foretold = [(X, outputs, seen) for X, (seen, outputs) in zip(own, foretold, strict=False)]
        lane.network._foretold = Foretold(foretold)
        with lane.steps.remembering():
            result = evaluated(
                lane.estimator,
                lane.spec,
                setup,
                fold,
                fit_seconds=lane.fit_seconds,
                n_earlier=lane.n_earlier,
                weights=lane.current.parts[0],
            )
        del lane.network._foretold
        n_parameters = int(lane.births.model.count_params())  # without making the lane's own model
        result = replace(result, engine="fused", program=lane.seat.number, packing=lane.seat.packing)
        return replace(result, n_parameters=n_parameters, **left)

    def _left(self, lane: Lane, setup: TrialSetup) -> dict[str, Any]:
        """What a result holds for a later rung to go on with."""
        left: dict[str, Any] = {} if self._leaves_checkpoints else {"paused": PausedLane(lane)}
        if not (setup.keeps_checkpoints or self._leaves_checkpoints):
            return left
        if (reason := obstacle_in(lane.callbacks)) is not None:
            return {**left, "no_checkpoint": reason}
        checkpoint = lane.checkpoint(lane.progress(lane.current), reported=lane.done)
        kept = {"checkpoint": checkpoint} if setup.keeps_checkpoints else {}
        return {"paused": checkpoint, **left, **kept}


def _counted(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _finish(lane: Lane) -> None:
    """Make of the lane's network a trained one."""
    lane.network.history_, lane.network.epoch_seconds_ = lane.recorder.history, lane.recorder.seconds
    lane.network._put_off_model(lane.own_model)
