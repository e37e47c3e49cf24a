"""What the classifier and the regressor share."""

from __future__ import annotations

from abc import abstractmethod
from numbers import Integral, Real
from typing import Any, Self

import keras
import numpy as np
import numpy.typing as npt
from sklearn.base import is_classifier
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from skhpt._sklearn import (
    HasMethods,
    Interval,
    Options,
    StrOptions,
    check_sample_weight,
    fit_context,
    validate_parameter_constraints,
)
from skhpt.estimators._callbacks import fresh_callbacks
from skhpt.estimators._compiling import check_compiled_as_asked, compile_arguments, make_optimizer
from skhpt.estimators._epoch_recorder import EpochRecorder
from skhpt.estimators._keras_internals import compile_again, copying_models, ends_linear, fresh_metric_names
from skhpt.estimators._outputs import output_width
from skhpt.estimators._parameters import Parameters
from skhpt.estimators._parametrised import Parametrised
from skhpt.estimators._rows import Rows
from skhpt.estimators._seeding import draw_seed, dropout_states, seeded, set_dropout_states
from skhpt.estimators._training import Training
from skhpt.estimators._validation_split import split_validation

# What Keras takes as it is; everything else is cast to Keras' float type, the first in the list that scikit-learn gets.
_INTEGERS = [np.dtype(code).type for code in "bBhHiIlLqQ"]


class BaseWrapper(Parametrised):
    """A Keras model builder as a scikit-learn estimator.

    Not for use by itself: see `KerasClassifier` and `KerasRegressor`.
    """

    model_: keras.Model
    history_: dict[str, list[float]]
    epoch_seconds_: list[float]

    _parameter_constraints: dict[str, Any] = {
        "batch_size": [Interval(Integral, 1, None, closed="left"), Options(Integral, {-1}), None],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "verbose": [StrOptions({"auto"}), Interval(Integral, 0, 2, closed="both"), "boolean"],
        "validation_split": [Interval(Real, 0, 1, closed="left"), HasMethods("split")],
        "validation_batch_size": [Interval(Integral, 1, None, closed="left"), None],
        "shuffle": ["boolean"],
        "allow_nan": ["boolean"],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        model: Any = None,
        *,
        optimizer: Any = None,
        loss: Any = None,
        metrics: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: Any = 0.0,
        validation_batch_size: int | None = None,
        shuffle: bool = True,
        warm_start: bool = False,
        allow_nan: bool = False,
        build_fn: Any = None,
        random_state: Any = None,
        **params: Any,
    ) -> None:
        self.model = model
        self.build_fn = build_fn
        self.optimizer = optimizer
        self.loss = loss
        self.metrics = metrics
        self.batch_size = batch_size
        self.epochs = epochs
        self.verbose = verbose
        self.callbacks = callbacks
        self.validation_split = validation_split
        self.validation_batch_size = validation_batch_size
        self.shuffle = shuffle
        self.warm_start = warm_start
        self.allow_nan = allow_nan
        self.random_state = random_state
        self._extra_params = params

    def __sklearn_clone__(self) -> Self:
        with copying_models():  # `model` may be one
            clone: Self = super().__sklearn_clone__()
        return clone

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        return state | {"_dropout_states": dropout_states(self.model_)} if hasattr(self, "model_") else state

    def __setstate__(self, state: dict[str, Any]) -> None:
        states = state.pop("_dropout_states", None)
        super().__setstate__(state)
        if states is not None:
            set_dropout_states(self.model_, states)
            self.model_.history = keras.callbacks.History()  # Keras stores no history with a model
            self.model_.history.history = getattr(self, "history_", {})

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.allow_nan
        tags.non_deterministic = self.random_state is None
        return tags

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Build a new model and train it.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Images and sequences have more than two dimensions. Floats are cast to Keras' float type.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights in the loss.

        Returns
        -------
        self : object

        Raises
        ------
        UnknownParameterError, ConflictingParametersError
            If a parameter's name is nobody's, or two name the same argument.
        ModelError
            If the builder returns no model, or one that does not fit the target or the parameters.
        """
        return self._fit(X, y, sample_weight, again=self.warm_start and hasattr(self, "model_"))

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train for one more epoch, whatever `epochs` says; build a model first if there is none.

        With the same rows each time, so many calls train exactly the model that `fit` trains in so many epochs,
        callbacks aside (each call has new ones), and but for an optimizer with ``use_ema``. A model that is there stays
        as it was built and compiled: parameters changed since then that say how have no effect.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            The rows, of the shape that they had before.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights in the loss.

        Returns
        -------
        self : object
        """
        return self._partial_fit(X, y, sample_weight)

    @property
    def current_epoch(self) -> int:
        """How many epochs the model has been trained for."""
        return len(getattr(self, "epoch_seconds_", ()))

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any, *, labels: Any = None) -> Self:
        again = hasattr(self, "model_")
        epoch = self.current_epoch if again else 0
        return self._fit(X, y, sample_weight, again=again, labels=labels, from_epoch=epoch, epochs=epoch + 1)

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        again: bool = False,
        labels: Any = None,
        from_epoch: int = 0,
        epochs: int | None = None,
        close: bool = True,
    ) -> Self:
        """Train from one epoch to another.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.
        again : bool
            Go on with the model that is there.
        labels : array-like, default=None
            What a new model learns the target from, instead of y.
        from_epoch : int
            With `again`, how many epochs of the history to go on from.
        epochs : int, default=None
            How many epochs there are to be in all; None is the parameter.
        close : bool
            Whether the callbacks are told that this is the end. If not, `_continue_fit` goes on.
        """
        parameters = self._parameters()
        parameters.check()
        self._validate_routed(parameters)
        X, y = self._validate_training_data(X, y, reset=not again)
        with fresh_metric_names():
            if not again:
                self._start(parameters, X, y if labels is None else labels)
            recorder = EpochRecorder(self.history_, self.epoch_seconds_) if from_epoch else EpochRecorder()
            callbacks = fresh_callbacks(parameters.made("callbacks"), type(self).__name__)
            with seeded(self._seed):  # for a splitter that has no seed of its own
                split = split_validation(parameters.settings["validation_split"], X, y, classify=is_classifier(self))
            self._training = Training(self.model_, seed=self._seed, callbacks=callbacks, recorder=recorder, split=split)
            self._train(parameters, X, y, sample_weight, epochs=epochs, close=close)
        return self

    def _continue_fit(self, X: Any, y: Any, sample_weight: Any = None, *, epochs: int, close: bool = True) -> Self:
        """Go on after a `_fit` or `_continue_fit` that was not closed, exactly as one longer fit would have.

        Parameters
        ----------
        X, y, sample_weight
            The same rows.
        epochs : int
            How many epochs there are to be in all.
        close : bool
            Whether this is the end.
        """
        X, y = self._validate_training_data(X, y, reset=False)
        with fresh_metric_names():
            self._train(self._parameters(), X, y, sample_weight, epochs=epochs, close=close)
        return self

    @abstractmethod
    def _validate_training_data(self, X: Any, y: Any, *, reset: bool) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Validated arrays, with scikit-learn's errors. Without `reset` they must be like those before."""

    @abstractmethod
    def _learn_target(self, y: npt.NDArray[Any]) -> None:
        """Set the attributes that describe the target, which a builder sees as `meta`."""

    @abstractmethod
    def _default_loss(self, width: int | None, *, logits: bool | None) -> keras.losses.Loss:
        """The loss that fits the target, and the model's output once it is known.

        Parameters
        ----------
        width : int or None
            Units of the output; None before there is a model.
        logits : bool or None
            Whether the output has no activation; None where that can't be told.
        """

    @abstractmethod
    def _check_width(self, width: int) -> None:
        """Raise a `ModelError` if a model with that many output units can't fit the target."""

    @abstractmethod
    def _make_target_encoder(self, y: npt.NDArray[Any], width: int) -> Any:
        """A fitted transformer from the target to what the compiled model, with `width` output units, takes."""

    def _start(self, parameters: Parameters, X: npt.NDArray[Any], y: npt.NDArray[Any]) -> None:
        """Learn what the data look like, and build a new model for them."""
        self.history_, self.epoch_seconds_ = {}, []
        self._seed = draw_seed(parameters.settings["random_state"])
        self.X_shape_, self.X_dtype_ = X.shape, X.dtype
        self._learn_target(y)
        with seeded(self._seed):
            self.model_, width = self._build_model(parameters)
        self.target_encoder_ = self._make_target_encoder(y, width)

    def _weigh(self, y: npt.NDArray[Any], sample_weight: Any, settings: dict[str, Any]) -> npt.NDArray[Any] | None:
        """The weight of each row in the loss."""
        weights: npt.NDArray[Any] | None = sample_weight
        return weights

    def _validate_routed(self, parameters: Parameters) -> None:
        """Hold what came as ``fit__<name>`` to what is asked of the parameter of that name."""
        routed = {name: value for name, value in parameters.routed("fit").items() if name in parameters.own}
        constraints = {f"fit__{name}": self._parameter_constraints[name] for name in routed}
        values = {f"fit__{name}": value for name, value in routed.items()}
        validate_parameter_constraints(constraints, values, caller_name=parameters.owner)

    def _validate_rows(self, X: Any, y: Any = "no_validation", *, reset: bool, **checks: Any) -> Any:
        accepted = [keras.backend.floatx(), *_INTEGERS]
        finite = "allow-nan" if self.allow_nan else True
        checks |= {"dtype": accepted, "allow_nd": True, "ensure_all_finite": finite}
        validated = validate_data(self, X, y, reset=reset, **checks)
        shape = (validated[0] if isinstance(validated, tuple) else validated).shape
        if not reset and shape[1:] != self.X_shape_[1:]:
            raise ValueError(
                f"X has rows of shape {shape[1:]}, but {type(self).__name__} is expecting rows of shape "
                f"{self.X_shape_[1:]}."
            )
        return validated

    def _meta(self) -> dict[str, Any]:
        """What is known of the data, by the names of the fitted attributes."""
        products = {"model_", "history_", "epoch_seconds_", "target_encoder_"}
        return {name: value for name, value in vars(self).items() if name.endswith("_") and name not in products}

    def _build_model(self, parameters: Parameters) -> tuple[keras.Model, int]:
        """The compiled model, and how many units its output has."""
        builder = parameters.builder
        optimizer = make_optimizer(parameters)
        compile_kwargs = compile_arguments(parameters, optimizer, self._default_loss(None, logits=False))
        model = builder.build(
            parameters.builder_arguments(optimizer),
            {"meta": self._meta(), "compile_kwargs": compile_kwargs, "params": self.get_params()},
        )
        width = output_width(model, self.X_shape_[1:], self.X_dtype_)
        self._check_width(width)
        if not model.compiled:
            if parameters.settings["loss"] is None:
                compile_kwargs["loss"] = self._default_loss(width, logits=ends_linear(model))
            model.compile(**compile_kwargs)
            return model, width
        check_compiled_as_asked(model, parameters, compile_kwargs)
        if parameters.settings["loss"] is None and model.loss is compile_kwargs["loss"]:
            # That was a guess, made before the output was known.
            compile_again(model, loss=self._default_loss(width, logits=ends_linear(model)))
        return model, width

    def _train(
        self, parameters: Parameters, X: Any, y: Any, sample_weight: Any, *, epochs: int | None, close: bool
    ) -> None:
        """Go on with the training that has been begun, and keep its history."""
        settings = parameters.settings
        if sample_weight is not None:
            sample_weight = check_sample_weight(sample_weight, X, dtype=keras.backend.floatx())
        targets = np.asarray(self.target_encoder_.transform(y)).reshape(len(y), -1)
        keras_own = {name: value for name, value in parameters.routed("fit").items() if name not in parameters.own}
        ours = ("batch_size", "shuffle", "verbose", "validation_batch_size")
        paused = False
        try:
            self._training.run(
                Rows(X, targets, self._weigh(y, sample_weight, settings)),
                epochs=settings["epochs"] if epochs is None else epochs,
                close=close,
                **keras_own | {name: settings[name] for name in ours},
            )
            paused = not close
        finally:  # also of a training that was interrupted
            recorder = self._training.recorder
            self.history_, self.epoch_seconds_ = recorder.history, recorder.seconds
            if not paused:
                del self._training  # callbacks hold the model and perhaps open files, and are not for pickles

    def _outputs(self, X: Any) -> npt.NDArray[np.floating[Any]]:
        """What the model puts out for each row, of shape (n_samples, n_units)."""
        check_is_fitted(self, "model_")
        X = self._validate_rows(X, reset=False)
        parameters = self._parameters()
        settings = {name: parameters.settings[name] for name in ("batch_size", "verbose")} | parameters.routed(
            "predict"
        )
        if settings["batch_size"] == -1:
            settings["batch_size"] = len(X)
        outputs = self.model_.predict(X, **settings)
        return np.asarray(outputs).reshape(len(X), -1)
