"""Making the lanes of a round's trials, with as little done twice as can be."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import cached_property
from numbers import Real
from typing import Any, cast

import keras
import numpy as np
import numpy.typing as npt

from skhpt._compat.keras_objects import learning_rate_of
from skhpt._compat.sklearn import validate_params
from skhpt.estimators import (
    KERAS_BATCH_SIZE,
    BaseWrapper,
    Call,
    FitArguments,
    ModelState,
    Rows,
    fresh_metric_names,
    show_validation,
    watched_batch_size,
)
from skhpt.evaluation import AllRows, FitTask, Fold, TrialSetup, can_pause, names_of, network_step
from skhpt.exceptions import CannotFuseError
from skhpt.fused._births import Births
from skhpt.fused._data import Source, weighted
from skhpt.fused._frozen import frozen
from skhpt.fused._lane import AskedRows, Lane, PausedLane
from skhpt.fused._learnt import Learnt
from skhpt.fused._noted import noted
from skhpt.fused._reasons import check_callbacks, check_estimator, check_fit, check_model, check_rows
from skhpt.fused._settings import settings_of
from skhpt.fused._steps import SharedSteps, Steps
from skhpt.trials import Budget, Checkpoint, TrialSpec, naming_trial, parts_of_rows

# The parameters of a wrapper that decide what it learns from the data, and those that have no part in its model,
# unless its builder asks for them.
_FOR_LEARNING = {"", "allow_nan", "fit__validation_split", "random_state", "validation_split"}
_NOT_FOR_MODEL = {
    "allow_nan", "batch_size", "callbacks", "class_weight", "epochs", "random_state", "shuffle",
    "validation_batch_size", "validation_split", "verbose", "warm_start",
}  # fmt: skip
_NOT_FOR_MODEL_ROUTES = ("callbacks__", "fit__", "predict__", "score__")
_LEARNING_RATE = "optimizer__learning_rate"


class Nursery:
    """Makes lanes.

    Parameters
    ----------
    setup : TrialSetup
        What the trials share.
    """

    def __init__(self, setup: TrialSetup) -> None:
        self._setup = setup
        self._folds: dict[int, Fold] = {}
        self._steps = SharedSteps()
        self._learnt: dict[Hashable, Learnt] = {}
        self._births: dict[Hashable, Births | CannotFuseError] = {}
        self._optimizers: dict[Hashable, Hashable] = {}
        self._proven: set[str] = set()  # of models whose constants do not follow from the seed
        self._rows: dict[Hashable, Any] = {}
        self.sources: dict[int, Source] = {}
        self._casts: dict[tuple[int, str], npt.NDArray[Any]] = {}

    @classmethod
    def for_all_rows(cls, setup: TrialSetup) -> Nursery:
        """One for an estimator that is fitted and not scored: its fold 0 is all rows."""
        nursery = cls(replace(setup, record_validation=False, return_train_score=False))
        nursery._folds[0] = AllRows(setup)
        return nursery

    def serves(self, setup: TrialSetup) -> bool:
        """Whether this can go on with the trials of a later round."""
        return setup.splits is self._setup.splits

    def fold(self, number: int) -> Fold:
        """The rows of a split, taken once."""
        if number not in self._folds:
            self._folds[number] = Fold(self._setup, number)
        return self._folds[number]

    def note_source(self, taken: Any, numbers: npt.NDArray[np.intp]) -> None:
        """Note that arrays hold rows of the search's own, so that folds need not be held by themselves."""
        for place, (X, part) in enumerate(zip(parts_of_rows(self._setup.X), parts_of_rows(taken), strict=False)):
            self._note_source_of_part(place, X, part, numbers)

    def _note_source_of_part(self, place: int, X: Any, taken: Any, numbers: npt.NDArray[np.intp]) -> None:
        plain = type(X) is type(taken) is np.ndarray and X.dtype.kind in "fiu"
        if not plain or (len(numbers), *X.shape[1:]) != taken.shape:
            return
        cast_to = place, taken.dtype.str
        if cast_to not in self._casts:
            self._casts[cast_to] = X.astype(taken.dtype, copy=False)
        whole, ends = self._casts[cast_to], [0, -1]
        if np.array_equal(whole[numbers[ends]], taken[ends], equal_nan=taken.dtype.kind == "f"):
            self.sources[id(taken)] = Source(whole, numbers)

    def lane(self, spec: TrialSpec, task: FitTask) -> Lane:
        """The lane of a trial, ready to train.

        Raises
        ------
        CannotFuseError
            If it has to run by itself.
        Exception
            What the user's own parts raise.
        """
        if isinstance(spec.paused, PausedLane):
            return self._taken_up(spec, spec.paused.lane, task)
        if not isinstance(spec.paused, Checkpoint | None):
            raise CannotFuseError("its earlier rungs were trained by themselves")
        setup, params = self._setup, spec.candidate.params
        seed = setup.seeds.trial(spec.fold, spec.repeat)
        with naming_trial(setup.shared_paths, setup.within, **names_of(spec)):
            lane = self.lane_of(setup.prepare(params, seed=seed, repeat=spec.repeat), spec, task)
        if spec.paused is not None:
            lane.take_up(spec.paused)
        return lane

    def lane_of(self, estimator: Any, spec: TrialSpec, task: FitTask) -> Lane:
        """The lane of an estimator that is prepared already. Errors as of `lane`."""
        check_estimator(estimator)
        fold = self.fold(spec.fold)
        with task.fitting(estimator, *fold.train, fold.fit_params):
            steps = self._steps.of(spec, estimator, fold)
            return _Birth(self, spec, estimator, steps).lane()

    def _taken_up(self, spec: TrialSpec, lane: Lane, task: FitTask) -> Lane:
        """A lane that goes on where an earlier rung has left it."""
        fold = lane.steps.fold
        with task.fitting(lane.estimator, *fold.train, fold.fit_params):
            pass  # but for what scikit-learn's callbacks are told
        budget = cast(Budget, spec.budget)  # or there would have been no earlier rung
        lane.estimator.set_params(**{cast(str, self._setup.epochs): budget.amount})
        lane.spec, lane.epochs, lane.close = spec, budget.amount, budget.last
        lane.n_earlier, lane.fit_seconds, lane.together = lane.done, 0.0, None
        return lane


class _Birth:
    """Makes one lane.

    Parameters
    ----------
    nursery : Nursery
        Knows what other lanes have in common with it.
    spec : TrialSpec
        The trial.
    estimator : estimator
        Fitted but for its network.
    steps : Steps
        What comes before the network.
    """

    def __init__(self, nursery: Nursery, spec: TrialSpec, estimator: Any, steps: Steps) -> None:
        self._nursery, self._setup = nursery, nursery._setup
        self._spec, self._estimator, self._steps = spec, estimator, steps
        self._network = network_step(estimator)
        arguments = dict(steps.seen.params)
        self._sample_weight = arguments.pop("sample_weight", None)
        self._arguments = FitArguments.of(**arguments)
        self._parameters = self._network._parameters_for_call(self._arguments.settings)

    def lane(self) -> Lane:
        """The lane, ready to train."""
        network, parameters, validation = self._network, self._parameters, self._arguments.validation
        validate_params(network)
        network._validate_settings(parameters)
        check_fit(parameters.settings, {name: parameters.settings_of(name) for name in ("fit", "predict")}, validation)
        call = Call(parameters, groups=self._arguments.groups, hold_out=validation is None)
        with fresh_metric_names(), network._calling(call):
            learnt = self._learn(call)
            check_rows(learnt.X)
            key, births = self._born(call, learnt)
            network._adopt(births.model, network._encode_rows(learnt.X))
            made = network._make_callbacks(parameters)
            callbacks = [callback for callback in made if type(callback) is not keras.callbacks.ProgbarLogger]
            check_callbacks(callbacks)
            rows, held_out, watched = self._fed(key, learnt)
            feed = network._row_feed(parameters.settings, rows, held_out)
            if births.architecture is None:  # now: what it reads may be another when the next model is built
                births.trace(births.sample(rows, feed.batch_size))
        show_validation(callbacks, held_out)
        return Lane(
            spec=self._spec,
            estimator=self._estimator,
            network=network,
            steps=self._steps,
            births=births,
            state=self._with_learning_rate(births.state(network._seed), births.model),
            feed=feed,
            callbacks=callbacks,
            epochs=parameters.settings["epochs"],
            close=self._closes,
            build=self._builder(call, learnt),
            watched=watched,
            watched_batch_size=watched_batch_size(parameters.settings) or KERAS_BATCH_SIZE,
            verbose=parameters.settings["verbose"],
            trajectory=None if callbacks or not can_pause(self._estimator) else self._trajectory,
            asked=self._asked(),
        )

    @cached_property
    def _own(self) -> dict[str, Any]:
        """What the candidate says of the network, by the network's own names; by "" if it says which network."""
        params = self._spec.candidate.params
        if self._network is self._estimator:
            return dict(params)
        prefix = self._estimator.steps[-1][0]
        return {
            name.removeprefix(prefix).removeprefix("__"): value
            for name, value in params.items()
            if name.partition("__")[0] == prefix
        }

    def _learn(self, call: Call) -> Learnt:
        """Learn from the rows what a lane with the same settings has not learnt before."""
        every = type(self._network).__module__.partition(".")[0] != "skhpt"  # a subclass may have encoders of its own
        names = self._own if every else self._own.keys() & _FOR_LEARNING
        key = (self._steps.number, frozen({name: self._own[name] for name in names}))
        known = self._nursery._learnt
        if key in known:
            self._network._learn_from(known[key].network)
            self._network._split = known[key].split
        else:
            X, y = self._network._learn_data(call, self._steps.seen.X, self._steps.seen.y)
            known[key] = Learnt(self._network, X, y, self._network._split)
        self._learn_key = key
        return known[key]

    def _born(self, call: Call, learnt: Learnt) -> tuple[Hashable, Births]:
        """The initial states of this architecture, and what it is known by."""
        known, seed = self._nursery._births, self._network._seed
        keys = [key for some in self._model_keys for key in ((some, seed), some)]
        key = next((key for key in keys if key in known and self._serves(known[key], seed)), None)
        if key is None:
            key, born = self._give_birth(call, learnt)
            known[key] = born
        births = known[key]
        if isinstance(births, CannotFuseError):
            raise births
        return key, births

    def _serves(self, births: Births | CannotFuseError, seed: int) -> bool:
        return isinstance(births, CannotFuseError) or births.serves(seed, self._nursery._proven)

    def _give_birth(self, call: Call, learnt: Learnt) -> tuple[Hashable, Births | CannotFuseError]:
        """The initial states of a new architecture, and all that it depends on."""
        self._parameters.check()
        self._saw_n_rows = False
        keys, seed = self._model_keys, self._network._seed
        try:
            births = Births(self._builder(call, learnt), seed)
        except CannotFuseError as error:
            return keys[self._saw_n_rows], error
        key = keys[self._saw_n_rows]
        known = self._nursery._births
        return ((key, seed) if births.by_seed or key in known else key), births

    @property
    def _model_keys(self) -> tuple[Hashable, Hashable]:
        """All that the model depends on but for the seed: for a builder that does not look at how many rows there are,
        and for one that does.
        """
        sees = self._parameters.builder_sees
        needless = {
            name
            for name in self._own
            if (name in _NOT_FOR_MODEL or name.startswith(_NOT_FOR_MODEL_ROUTES)) and not sees(name)
        }
        of_optimizer = None
        if self._learning_rate is not None:
            needless |= {_LEARNING_RATE}
            of_optimizer = self._settings_of_optimizer
        of_candidate = frozen({name: value for name, value in self._own.items() if name not in needless})
        meta = self._network._meta()
        n_rows = meta.pop("X_shape_")
        meta["row_shapes"] = keras.tree.map_structure(lambda array: array.shape[1:], self._network._no_rows())
        sees_rows = sees("X") or sees("y")
        seed = self._network._seed if sees("random_state") else None
        rows = (self._learn_key, self._spec.candidate.index) if sees_rows else None
        key = of_candidate, of_optimizer, frozen(meta), seed, rows
        return (key, None), (key, frozen(n_rows))

    def _note_n_rows(self) -> None:
        self._saw_n_rows = True

    @cached_property
    def _learning_rate(self) -> float | None:
        """The learning rate that the candidate has for an optimizer that only the wrapper deals with."""
        rate = self._own.get(_LEARNING_RATE)
        may_see = any(map(self._parameters.builder_sees, ("compile_kwargs", "optimizer")))
        plain = isinstance(rate, Real) and not isinstance(rate, bool)
        alone = plain and not may_see and self._parameters.given_model is None
        return float(rate) if alone and rate is not None else None

    @property
    def _settings_of_optimizer(self) -> Hashable:
        """What its optimizer holds but for the learning rate, from which a user's own may derive something."""
        optimizer = self._parameters.optimizer
        if isinstance(optimizer, str) or str(optimizer.__module__).startswith("keras."):
            return True
        given = frozen({name: value for name, value in self._own.items() if name.partition("__")[0] == "optimizer"})
        known = self._nursery._optimizers
        if given not in known:
            settings = settings_of(self._parameters.made("optimizer"), of_any_class=True)
            known[given] = ("not to be told", given) if settings is None else settings
        return known[given]

    def _with_learning_rate(self, state: ModelState, model: keras.Model) -> ModelState:
        """The lane's own state: its lists are its own, its learning rate the candidate's."""
        optimizer = list(state.optimizer)
        if self._learning_rate is not None:
            rate = learning_rate_of(model.optimizer)
            place = next(p for p, v in enumerate(model.optimizer.variables) if v is rate)
            optimizer[place] = np.asarray(self._learning_rate, optimizer[place].dtype)
        return ModelState(list(state.weights), list(state.others), optimizer)

    def _builder(self, call: Call, learnt: Learnt) -> Callable[[], keras.Model]:
        network = self._network

        def build() -> keras.Model:
            with fresh_metric_names(), network._calling(call):
                network._split = learnt.split
                shapes = network.X_shape_
                network.X_shape_ = noted(shapes, self._note_n_rows)
                try:
                    model = network._build_model(call, network._encode_rows(learnt.X), learnt.y)
                finally:
                    network.X_shape_ = shapes
            check_model(model)
            if not model.optimizer.built:
                model.optimizer.build(model.trainable_variables)
            return model

        return build

    def _fed(self, key: Hashable, learnt: Learnt) -> tuple[Rows, Rows | None, Rows | None]:
        """The rows to train on, those to evaluate and those to watch: the same objects for all lanes that can."""
        settings = self._parameters.settings
        of_weights = frozen(settings.get("class_weight"))
        known_as = (self._learn_key, key, of_weights)
        if known_as not in self._nursery._rows:
            given = (settings, learnt.X, learnt.y, self._sample_weight, self._arguments.validation, learnt.split)
            rows, held_out = self._network._rows_to_feed(*given)
            parts = [rows, held_out, self._watched()]
            if any(part is not None and part.sample_weight is not None for part in parts):
                parts = [None if part is None else weighted(part) for part in parts]
            self._nursery._rows[known_as] = tuple(parts)
            self._note_source(rows.X, training=True)
        rows, held_out, watched = self._nursery._rows[known_as]
        return rows, held_out, watched

    def _watched(self) -> Rows | None:
        """The test fold with its target, if it is to be evaluated after each epoch."""
        if not self._setup.record_validation:
            return None
        _, y = self._steps.fold.test
        watched: Rows | None = self._network._watched_rows(self._steps.test_rows, y)
        return watched

    def _asked(self) -> list[AskedRows]:
        """The rows that the scorer will ask predictions for, as far as they can be encoded.

        Where that fails, so will the scorer, and say why.
        """
        if not self._steps.fold.is_scored:
            return []
        known_as = ("asked", self._learn_key)
        if known_as not in self._nursery._rows:
            asked = []
            try:
                asked.append(self._asked_for(self._steps.test_rows))
                if self._setup.return_train_score:
                    asked.append(self._asked_for(self._steps.train_rows))
            except Exception:  # noqa: BLE001 - whatever a transformer raises, it raises again
                asked = []
            self._nursery._rows[known_as] = asked
        size = self._network._predict_settings(self._steps.seen.X).get("batch_size") or KERAS_BATCH_SIZE
        asked_rows: list[AskedRows] = self._nursery._rows[known_as]
        return [replace(asked, batch_size=size) for asked in asked_rows]

    def _asked_for(self, X: Any) -> AskedRows:
        asked = AskedRows(X, Rows(self._network._encode_rows(self._network._validate_rows(X, reset=False))))
        self._note_source(asked.rows.X, training=X is self._steps.train_rows)
        return asked

    def _note_source(self, X: Any, *, training: bool) -> None:
        """Note which of the search's rows these are, if nothing has been made of them."""
        fold = self._steps.fold
        unchanged = type(self._network).feature_encoder is BaseWrapper.feature_encoder
        if fold.is_scored and unchanged and self._network is self._estimator:
            self._nursery.note_source(X, fold.numbers[0 if training else 1])

    @property
    def _closes(self) -> bool:
        """Whether no later rung can go on with this training."""
        budget = self._spec.budget
        return budget is None or budget.last or self._setup.epochs is None or not can_pause(self._estimator)

    @property
    def _trajectory(self) -> Hashable:
        """What lanes have in common that differ in nothing but for how many epochs they train."""
        own = {name: value for name, value in self._own.items() if name not in ("epochs", "fit__epochs")}
        return self._steps.number, frozen(own)
