"""An estimator that trains its model."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, Self, cast

import keras
import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from skhpt._compat.backend import leaving_nothing_behind
from skhpt._compat.keras import drawing_for, fresh_metric_names
from skhpt._compat.sklearn import check_sample_weight, validate_parameter_constraints
from skhpt.estimators._built import Built
from skhpt.estimators._call import Call
from skhpt.estimators._callback_paths import fill_in
from skhpt.estimators._callbacks import show_validation
from skhpt.estimators._copying import faithful_copy
from skhpt.estimators._dataset import DatasetFeed, inputs_of, is_dataset, read, with_targets
from skhpt.estimators._epoch_recorder import EpochRecorder
from skhpt.estimators._feed import Feed, RowFeed, refuse_steps, whole
from skhpt.estimators._fingerprint import Fingerprint
from skhpt.estimators._finite import are_finite, check_finite, is_finite
from skhpt.estimators._fit_arguments import FitArguments
from skhpt.estimators._foretold import Foretold
from skhpt.estimators._generators import read_ahead, to_the_end
from skhpt.estimators._monitors import blind_monitors, warn_of_blind_monitors, without_repeated_warnings
from skhpt.estimators._outputs import in_full_precision
from skhpt.estimators._parameters import Parameters
from skhpt.estimators._planned_callbacks import PlannedCallbacks
from skhpt.estimators._rows import Rows
from skhpt.estimators._suiting import check_inputs, check_metrics
from skhpt.estimators._targets import TargetEncoder, UnknownLabelError
from skhpt.estimators._training import Training
from skhpt.estimators._unchanged import Unchanged
from skhpt.estimators._validation_split import Split
from skhpt.exceptions import DivergedError, DivergenceWarning
from skhpt.trials import Checkpoint, Resumption, is_in_trial, shared_paths, trial_name, trial_names


class Trained(Built):
    """Trains from one epoch to another, on rows in memory or on a dataset, and asks the model for its outputs."""

    warm_start: bool
    _watched: Callable[[], tuple[Any, Any]] | None = None
    _foretold: Foretold = Foretold()
    _is_rehearsal = False  # in which `fit` ends before it trains

    def _watch(self, rows: Callable[[], tuple[Any, Any]]) -> None:
        """Evaluate rows after each epoch of the next training, into the history alone, as ``test_loss`` and so on.

        Parameters
        ----------
        rows : callable
            Returns X and y; called once there is a model.
        """
        self._watched = rows

    def _planned_callbacks(self, said: Mapping[str, Any]) -> PlannedCallbacks:
        """The callbacks that a `fit` with these arguments would train with."""
        return PlannedCallbacks.of(self._parameters_for_call, said)

    def _make_callbacks(self, parameters: Parameters) -> list[keras.callbacks.Callback]:
        """Those of one training, with paths of its own."""
        callbacks = parameters.callbacks("fit")
        names = trial_names()
        fill_in(callbacks, {**names, "trial": trial_name(**names)}, shared_paths())
        return callbacks

    @property
    def current_epoch(self) -> int:
        """How many epochs the model has been trained for."""
        return len(getattr(self, "epoch_seconds_", ()))

    def _begin_fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        close: bool = True,
        resumption: Resumption | None = None,
        **said: Any,
    ) -> Self:
        """Do what `fit` does, all but the end if it is not to `close`, and all but what a resumption has done."""
        arguments = FitArguments.of(**said)
        call = Call(self._parameters_for_call(arguments.settings), groups=arguments.groups)
        again = bool(self.warm_start and self.initialized_)
        options = {"again": again, "validation": arguments.validation, "close": close, "resumption": resumption}
        return self._fit(X, y, sample_weight, call=call, **options)

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any, *, labels: Any = None, **said: Any) -> Self:
        if "epochs" in said:
            raise TypeError(f"{type(self).__name__}.partial_fit takes no 'epochs': each call trains for one.")
        again = self.initialized_
        epoch = self.current_epoch if again else 0
        arguments = FitArguments.of(**said)
        call = Call(self._parameters_for_call(arguments.settings), labels=labels, groups=arguments.groups)
        options = {"again": again, "validation": arguments.validation, "from_epoch": epoch, "epochs": epoch + 1}
        return self._fit(X, y, sample_weight, call=call, **options)

    @leaving_nothing_behind()
    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        call: Call | None = None,
        again: bool = False,
        validation: Any = None,
        from_epoch: int = 0,
        epochs: int | None = None,
        close: bool = True,
        resumption: Resumption | None = None,
    ) -> Self:
        """Train from one epoch to another.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.
        call : Call, default=None
            What else was said; None is what the parameters say.
        again : bool
            Go on with the model that is there.
        validation : tuple or dataset, default=None
            (X, y, sample_weight) to be evaluated after each epoch.
        from_epoch : int
            With `again`, how many epochs of the history to go on from.
        epochs : int, default=None
            How many epochs there are to be in all; None is the parameter.
        close : bool
            Whether the callbacks are told that this is the end. If not, `_continue_fit` goes on.
        resumption : Resumption, default=None
            With a new model, what to go on from if it fits.
        """
        if not again:
            self._check_complete()
        call = call or Call(self._parameters())
        call = replace(call, hold_out=validation is None and not is_dataset(X))
        parameters = call.parameters
        parameters.check()
        self._validate_settings(parameters)
        X = read_ahead(X, parameters.routed("fit").get("steps_per_epoch"))
        validation = read_ahead(validation, parameters.routed("fit").get("validation_steps"))
        if not again:
            call = replace(call, parameters=parameters.fresh())
        with fresh_metric_names(), self._calling(call):
            try:
                X, y = self._prepare(call, X, y, again=again)
                recorder = EpochRecorder(self.history_, self.epoch_seconds_) if from_epoch else EpochRecorder()
                callbacks = self._make_callbacks(call.parameters)
                feed = self._feed(parameters.settings, X, y, sample_weight, validation, self._split)
                if isinstance(feed, RowFeed):
                    refuse_steps(parameters.routed("fit"))
                if isinstance(feed, RowFeed) and not again:
                    check_inputs(self.model_, feed.rows.X)
                    check_metrics(self.model_, feed.rows.y)
            except BaseException:
                if not again:
                    self.__dict__.pop("model_", None)  # one that was never trained predicts nothing
                raise
            if self._is_rehearsal:
                return self
            if not again and not is_in_trial() and (caution := self._caution()) is not None:
                warnings.warn(caution, UserWarning, stacklevel=2)
            if feed.validation is None:
                warn_of_blind_monitors(blind_monitors(callbacks), type(self).__name__)
            self._training = Training(self.model_, callbacks=callbacks, recorder=recorder, split=self._split)
            if isinstance(feed, RowFeed) and (resumption is not None or not close):
                self._training.fingerprint = Fingerprint.of(feed.rows, self._seed)
            epochs = parameters.settings["epochs"] if epochs is None else epochs
            if resumption is not None and not again:
                self._training.go_on_from(resumption, epochs=epochs)
            self._train(parameters, feed, epochs=epochs, close=close)
        return self

    @leaving_nothing_behind()
    def _continue_fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        epochs: int,
        close: bool = True,
        **said: Any,
    ) -> Self:
        """Go on after a `_begin_fit`, `_fit` or `_continue_fit` that was not closed, exactly as one longer fit would.

        Parameters
        ----------
        X, y, sample_weight, **said
            What the first was called with.
        epochs : int
            How many epochs there are to be in all.
        close : bool
            Whether this is the end.
        """
        X, y = self._validate_training_data(X, y, reset=False)
        arguments = FitArguments.of(**said)
        parameters = self._parameters_for_call(arguments.settings)
        feed = self._feed(parameters.settings, X, y, sample_weight, arguments.validation, self._training.split)
        with fresh_metric_names():
            self._train(parameters, feed, epochs=epochs, close=close)
        return self

    def _obstacle(self) -> str | None:
        """Why the paused training can't be stored, in words for the user; None if it can."""
        return self._training.obstacle()

    def _checkpoint(self, *, reported: int) -> Checkpoint:
        """The paused training as plain values, with the number of epochs that are reported."""
        return self._training.checkpoint(reported=reported)

    def _prepare(self, call: Call, X: Any, y: Any, *, again: bool) -> tuple[Any, Any]:
        """Validate the data, and see to it that there is a model for them."""
        if is_dataset(X):
            self._prepare_dataset(call, X, y, again=again)
            return X, None
        if not again:
            X, y = self._initialize(X, y)
            return X, y
        X, y = self._validate_training_data(X, y, reset=False)
        self._check_same_kind(X)
        self._split = self._split_rows(call, X, y)
        self._take_own_model(call)
        return X, y

    def _prepare_dataset(self, call: Call, dataset: Any, y: Any, *, again: bool) -> None:
        self._refuse_beside_dataset(call.parameters, y)
        if again:
            self._split = None
            self._take_own_model(call)
            return
        first_X, first_y, all_y = read(dataset, call.parameters.routed("fit").get("steps_per_epoch"))
        labels = call.labels
        if labels is None:
            labels = self._read_target(self._validate_target(self._plain_target(all_y)), reset=True)
            known = self._all_labels(labels)
            labels = labels if known is None else known
        with self._calling(replace(call, labels=labels)):
            self._initialize(first_X, self._plain_target(first_y))

    def _refuse_beside_dataset(self, parameters: Parameters, y: Any) -> None:
        settings = parameters.settings
        said = {"y": y, "class_weight": settings.get("class_weight"), "batch_size": settings["batch_size"]}
        said |= {"validation_split": settings["validation_split"] or None}
        said |= {name: True for name in ("X", "y") if parameters.builder.takes(name)}
        said |= {"feature_encoder": None if isinstance(self.feature_encoder, Unchanged) else True}
        for name, value in said.items():
            if value is not None:
                raise ValueError(f"{name} can't be used with a dataset, which brings its own batches of rows.")

    def _take_own_model(self, call: Call) -> None:
        """Copy a model that is still the user's own, before it is trained."""
        if self.model_ is call.parameters.given_model:
            self.model_ = faithful_copy(self.model_)

    def _validate_settings(self, parameters: Parameters) -> None:
        """Hold what came as ``fit__<name>``, or in a call, to what is asked of the parameter of that name."""
        routed = parameters.settings_of("fit")
        values = {f"fit__{name}": value for name, value in routed.items() if name in parameters.own}
        values |= {name: value for name, value in parameters.own.items() if value is not getattr(self, name, value)}
        constraints = {name: self._parameter_constraints.get(name.removeprefix("fit__")) for name in values}
        known = {name: constraint for name, constraint in constraints.items() if constraint is not None}
        validate_parameter_constraints(known, {name: values[name] for name in known}, caller_name=parameters.owner)

    def _train(self, parameters: Parameters, feed: Feed, *, epochs: int, close: bool) -> None:
        """Go on with the training that has been begun, and keep its history."""
        settings = parameters.settings
        routed = {name: value for name, value in parameters.settings_of("fit").items() if name not in parameters.own}
        paused = False
        self._training.recorder.evaluate = self._make_evaluation(settings)
        show_validation(self._training.callbacks, feed.validation)
        blind = blind_monitors(self._training.callbacks) if feed.validation is None else []
        try:
            with drawing_for(self.model_, self._seed), without_repeated_warnings(blind):
                self._training.run(feed, epochs=epochs, close=close, verbose=settings["verbose"], **routed)
            paused = not close
        finally:  # also of a training that was interrupted
            recorder = self._training.recorder
            recorder.evaluate = self._watched = None  # the rows are not for pickles
            self.history_, self.epoch_seconds_ = recorder.history, recorder.seconds
            if not paused:
                del self._training  # callbacks hold the model and perhaps open files, and are not for pickles
        if close and not is_in_trial():
            self._warn_if_diverged()

    def _trained_weights(self) -> Iterator[npt.NDArray[Any]]:
        return (variable.numpy() for variable in self.model_.trainable_variables)

    def _warn_if_diverged(self) -> None:
        if not (is_finite(self._last_loss) and are_finite(self._trained_weights())):
            warnings.warn(DivergenceWarning.of(float(self._last_loss)), stacklevel=2)

    def _make_evaluation(self, settings: dict[str, Any]) -> Callable[[], dict[str, float]] | None:
        """What evaluates the rows to be watched, if there are any."""
        if self._watched is None:
            return None
        rows: list[Any] = []

        def evaluate() -> dict[str, float]:
            if not rows:
                X, y = cast(Callable[[], tuple[Any, Any]], self._watched)()
                rows.append(self._watched_rows(X, y))
            if rows[0] is None:
                return {}
            size = watched_batch_size(settings)
            options = {"batch_size": size, "verbose": 0, "return_dict": True}
            return dict(self.model_.evaluate(*whole(rows[0], size), **options))

        return evaluate

    def _watched_rows(self, X: Any, y: Any) -> Rows | None:
        """Encoded; None where there is a label that the training has not, of which no loss can be said."""
        X, y = self._validate_training_data(X, y, reset=False)
        try:
            return Rows(self._encode_rows(X), None if y is None else self._encode_target(y))
        except UnknownLabelError:
            return None

    def _feed(
        self, settings: dict[str, Any], X: Any, y: Any, sample_weight: Any, validation: Any, split: Split | None
    ) -> Feed:
        """What the model is trained on, encoded, and what it is evaluated with."""
        if is_dataset(X):
            if sample_weight is not None:
                raise ValueError("sample_weight can't be used with a dataset, which brings its own weights.")
            options = {name: settings[name] for name in ("shuffle", "validation_batch_size")}
            return DatasetFeed(self._encode_dataset(X), self._encode_validation(settings, validation), **options)
        return self._row_feed(settings, *self._rows_to_feed(settings, X, y, sample_weight, validation, split))

    def _row_feed(self, settings: dict[str, Any], rows: Rows, validation: Any) -> RowFeed:
        options = {name: settings[name] for name in ("batch_size", "shuffle", "validation_batch_size")}
        return RowFeed(rows, validation, seed=self._seed, **options)

    def _rows_to_feed(
        self, settings: dict[str, Any], X: Any, y: Any, sample_weight: Any, validation: Any, split: Split | None
    ) -> tuple[Rows, Any]:
        """What to train on, and what to evaluate."""
        self._learn_weights(settings, y)
        rows = self._rows(settings, X, y, sample_weight)
        validation = self._encode_validation(settings, validation)
        return (rows, validation) if split is None else (rows.take(split[0]), rows.take(split[1]))

    def _encode_validation(self, settings: dict[str, Any], validation: Any) -> Any:
        """Rows or a dataset to be evaluated after each epoch; None where there are none."""
        if not isinstance(validation, tuple):
            return self._encode_dataset(validation) if is_dataset(validation) else validation
        X, y = self._validate_training_data(*validation[:2], reset=False)
        return self._rows(settings, X, y, *validation[2:])

    def _learn_weights(self, settings: dict[str, Any], y: Any) -> None:
        """Learn what rows weigh from those of the fit."""

    def _rows(self, settings: dict[str, Any], X: Any, y: Any, sample_weight: Any = None) -> Rows:
        if sample_weight is not None:
            sample_weight = check_sample_weight(sample_weight, keras.tree.flatten(X)[0], dtype=keras.backend.floatx())
        targets = None if y is None else self._encode_target(y)
        return Rows(self._encode_rows(X), targets, self._weigh(y, sample_weight, settings))

    def _weigh(self, y: Any, sample_weight: Any, settings: dict[str, Any]) -> npt.NDArray[Any] | None:
        """The weight of each row in the loss."""
        weights: npt.NDArray[Any] | None = sample_weight
        if weights is None or not isinstance(self._encoder, TargetEncoder):
            return weights
        return self._encoder.weights_for(y, weights)

    def _encode_dataset(self, dataset: Any) -> Any:
        owner = weakref.ref(self)  # TensorFlow keeps the functions of its datasets for ever

        def encode(y: npt.NDArray[Any]) -> Any:
            wrapper = cast(Trained, owner())
            y = wrapper._validate_target(wrapper._plain_target(y))
            return wrapper._encode_target(wrapper._read_target(y, reset=False))

        return with_targets(dataset, encode)

    @leaving_nothing_behind()
    def _predict_raw(self, X: Any, **predict_params: Any) -> Any:
        """What the model puts out: an array, or a list or dict of an array for each output."""
        if not predict_params and X in self._foretold:
            return self._checked(self._foretold[X])
        check_is_fitted(self, "model_")
        rows = inputs_of(X) if is_dataset(X) else self._encode_rows(self._validate_rows(X, reset=False))
        settings = self._predict_settings(rows, **predict_params)
        asked = (rows,) if is_dataset(rows) else whole(Rows(rows), settings["batch_size"])
        with drawing_for(self.model_, self._seed), to_the_end() if isinstance(rows, Iterator) else nullcontext():
            return self._checked(self.model_.predict(*asked, **settings))

    def _checked(self, outputs: Any) -> Any:
        """What the model puts out, if it is finite."""
        outputs = in_full_precision(outputs)
        check_finite(outputs, self._last_loss)
        return outputs

    @property
    def _last_loss(self) -> npt.NDArray[np.floating[Any]]:
        """Of the training; 0 for a model that was made elsewhere."""
        return np.asarray(getattr(self, "history_", {}).get("loss", [0.0])[-1], dtype=np.float64)

    def _check_training(self, weights: Iterable[Any] | None = None) -> None:
        """Raise if the training has diverged, as far as that can be told without predicting.

        Parameters
        ----------
        weights : iterable of array or None, default=None
            Those that were trained, if they are at hand; None takes them from the model.

        Raises
        ------
        DivergedError
            If the weights are not finite, or outputs that were made ahead.
        """
        for outputs in self._foretold:
            check_finite(in_full_precision(outputs), self._last_loss)
        if not are_finite(self._trained_weights() if weights is None else weights):
            raise DivergedError

    def _predict_settings(self, rows: Any, **said: Any) -> dict[str, Any]:
        """The arguments of `keras.Model.predict` that the parameters say, and those of this call."""
        parameters = self._parameters()
        settings = {name: parameters.settings[name] for name in ("batch_size", "verbose")}
        if callbacks := parameters.callbacks("predict"):
            settings["callbacks"] = callbacks
        settings |= parameters.settings_of("predict") | said
        if is_dataset(rows):
            settings["batch_size"] = None
        elif settings["batch_size"] == -1:
            settings["batch_size"] = len(keras.tree.flatten(rows)[0])
        return settings


def watched_batch_size(settings: Mapping[str, Any]) -> int | None:
    """Rows a step in which the rows to be watched are evaluated; None is Keras' default."""
    size: int | None = settings["validation_batch_size"] or settings["batch_size"]
    return None if size == -1 else size
