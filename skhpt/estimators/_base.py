"""A Keras model builder as an estimator, whatever the target is."""

from __future__ import annotations

import weakref
from dataclasses import replace
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Self, cast

import keras
import numpy.typing as npt
from sklearn.utils import Tags, estimator_html_repr
from sklearn.utils.validation import check_is_fitted

from skhpt._sklearn import (
    HasMethods,
    Interval,
    Options,
    StrOptions,
    check_sample_weight,
    fit_context,
    validate_parameter_constraints,
)
from skhpt.estimators._built import Built
from skhpt.estimators._call import Call
from skhpt.estimators._callbacks import fresh_callbacks
from skhpt.estimators._dataset import DatasetFeed, inputs_of, is_dataset, read, with_targets
from skhpt.estimators._epoch_recorder import EpochRecorder
from skhpt.estimators._feed import Feed, RowFeed
from skhpt.estimators._history_plot import plot_history
from skhpt.estimators._html import inside_body, model_html
from skhpt.estimators._keras_internals import copy_model, copying_models, fresh_metric_names
from skhpt.estimators._parameters import Parameters
from skhpt.estimators._rows import Rows
from skhpt.estimators._seeding import dropout_states, set_dropout_states
from skhpt.estimators._storage import read as load
from skhpt.estimators._storage import write
from skhpt.estimators._tensorflow_internals import leaving_nothing_behind
from skhpt.estimators._training import Training


class BaseWrapper(Built):
    """A Keras model builder as a scikit-learn estimator, for what is neither a classifier nor a regressor.

    Trains on X and y as they are, with the loss that is given. A subclass gives it a purpose: it may have the builder
    as its method `_keras_build_fn`, override the properties `target_encoder` and `feature_encoder`, the static method
    `scorer`, and `_initialize`, all as in SciKeras.

    Parameters
    ----------
    model, optimizer, loss, metrics, batch_size, epochs, verbose, callbacks, validation_split, validation_batch_size, \
shuffle, warm_start, allow_nan, run_eagerly, build_fn, random_state, **params
        As for `KerasClassifier`, but that there is no default for the loss.

    Attributes
    ----------
    model_ : keras.Model
        The trained model.
    history_ : dict of str to list of float
        The loss and the metrics, an entry an epoch.
    epoch_seconds_ : list of float
        How long each epoch took.
    X_shape_, X_dtype_
        Of the rows of `fit`; lists or dicts of them for several inputs.
    target_encoder_, feature_encoder_ : transformer
        Fitted.

    See Also
    --------
    KerasTransformer : For models that learn to represent the rows.

    Examples
    --------
    A model that forecasts two steps at once, from three:

    >>> import keras, numpy as np
    >>> from skhpt import BaseWrapper
    >>> wave = np.sin(np.arange(200))
    >>> windows = np.lib.stride_tricks.sliding_window_view(wave, 5)
    >>> forecast = BaseWrapper(
    ...     lambda: keras.Sequential([keras.layers.Dense(2)]), loss="mse", epochs=20, verbose=0, random_state=0)
    >>> forecast.fit(windows[:, :3], windows[:, 3:]).predict(windows[:1, :3]).shape
    (1, 2)
    """

    _parameter_constraints: dict[str, Any] = {
        "batch_size": [Interval(Integral, 1, None, closed="left"), Options(Integral, {-1}), None],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "verbose": [StrOptions({"auto"}), Interval(Integral, 0, 2, closed="both"), "boolean"],
        "validation_split": [Interval(Real, 0, 1, closed="left"), HasMethods("split")],
        "validation_batch_size": [Interval(Integral, 1, None, closed="left"), None],
        "shuffle": ["boolean"],
        "allow_nan": ["boolean"],
        "warm_start": ["boolean"],
        "run_eagerly": ["boolean"],
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
        run_eagerly: bool = False,
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
        self.run_eagerly = run_eagerly
        self.random_state = random_state
        self._extra_params = params

    def __sklearn_clone__(self) -> Self:
        with copying_models():  # `model` may be one
            clone: Self = super().__sklearn_clone__()
        return clone

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        return state | {"_dropout_states": dropout_states(self.model_)} if self.initialized_ else state

    @leaving_nothing_behind()
    def __setstate__(self, state: dict[str, Any]) -> None:
        states = state.pop("_dropout_states", None)
        super().__setstate__(state)
        if states is not None:
            set_dropout_states(self.model_, states)
            self._take_up()

    def _take_up(self) -> None:
        """Complete what was read back: Keras stores no history with a model."""
        self.model_.history = keras.callbacks.History()
        self.model_.history.history = getattr(self, "history_", {})

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.allow_nan
        tags.non_deterministic = self.random_state is None
        return tags

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        groups: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
        validation_data: Any = None,
        **fit_params: Any,
    ) -> Self:
        """Build a new model and train it.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...), or list or dict of them, or dataset
            The rows. Images and sequences have more than two dimensions. Floats are cast to Keras' float type. A list
            or dict holds an array for each input of the model. A `tf.data.Dataset` or `keras.utils.PyDataset` brings
            its own targets, weights, batches and order; it is gone over once before, to learn from its targets.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights in the loss.
        groups : array-like of shape (n_samples,), default=None
            For a splitter as `validation_split`, such as `GroupShuffleSplit`.
        X_val, y_val, sample_weight_val : like X, y, sample_weight, default=None
            Evaluated after each epoch. Then nothing is held out by `validation_split`.
        validation_data : tuple or dataset, default=None
            The same in Keras' manner: (X_val, y_val), or with weights; or a dataset.
        **fit_params : object
            Parameters for this call alone, by the names that `keras.Model.fit` has for them: ``fit(X, y, epochs=3)``.

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
        call = Call(self._parameters_for_call(fit_params), groups=groups)
        validation = _validation(X_val, y_val, sample_weight_val, validation_data)
        return self._fit(
            X, y, sample_weight, call=call, again=self.warm_start and self.initialized_, validation=validation
        )

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Train for one more epoch, whatever `epochs` says; build a model first if there is none.

        With the same rows each time, so many calls train exactly the model that `fit` trains in so many epochs,
        callbacks aside (each call has new ones), and but for an optimizer with ``use_ema``. A model that is there stays
        as it was built and compiled: parameters changed since then that say how have no effect.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...), or list or dict of them, or dataset
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

    def initialize(self, X: Any, y: Any = None) -> Self:
        """Build a model without training it; a `keras.Model` that was given is used itself, with the weights it has.

        For models that were trained elsewhere: ``KerasRegressor(trained).initialize(X, y)`` can `predict`. Training
        goes on with `partial_fit`, or with `fit` and ``warm_start=True``, on a copy.

        Parameters
        ----------
        X, y
            As for `fit`, to learn their shape and the classes from.

        Returns
        -------
        self : object
        """
        parameters = self._parameters()
        parameters.check()
        call = Call(parameters, hold_out=False, share_model=parameters.given_model is not None)
        with self._calling(call), fresh_metric_names(), leaving_nothing_behind():
            self._initialize(X, y)
        if self.model_.compiled and not self.model_.optimizer.built:
            self.model_.optimizer.build(self.model_.trainable_variables)  # Keras warns of pickles without
        return self

    def predict(self, X: Any, **predict_params: Any) -> Any:
        """Predict the target.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...), or list or dict of them, or dataset
            The rows.
        **predict_params : object
            Arguments of `keras.Model.predict` for this call alone.

        Returns
        -------
        ndarray, or list or dict of ndarray
            What the model puts out, as `target_encoder_` translates it back.
        """
        outputs = self._predict_raw(X, **predict_params)
        return outputs if self._encoder is None else self._encoder.inverse_transform(outputs)

    @staticmethod
    def scorer(y_true: Any, y_pred: Any, **score_params: Any) -> float:
        """What `score` returns, for a subclass to override.

        Parameters
        ----------
        y_true, y_pred : array-like
            The target, and what was predicted.
        **score_params : object
            What was given as ``score__<name>``, and `sample_weight`.

        Returns
        -------
        float
            The higher the better.
        """
        raise NotImplementedError("BaseWrapper has no score of its own: override `scorer` in a subclass.")

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Compare predictions to the target by `scorer`.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.

        Returns
        -------
        float
        """
        arguments = self._parameters().routed("score")
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        return float(self.scorer(y, self.predict(X), **weights, **arguments))

    def plot_history(self, metrics: Any = None, ax: Any = None) -> Any:
        """Draw the training history: each metric by epoch, dashed for the rows held out. Needs the extra ``plot``.

        Parameters
        ----------
        metrics : str or list of str, default=None
            Which, without ``val_``; None is the loss.
        ax : matplotlib.axes.Axes, default=None
            Where to; None is a new figure.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        ValueError
            If a metric was not recorded.
        """
        check_is_fitted(self, "model_")
        metrics = ["loss"] if metrics is None else [metrics] if isinstance(metrics, str) else list(metrics)
        if unknown := [name for name in metrics if name not in self.history_]:
            raise ValueError(f"The history has no {', '.join(unknown)}. It has {', '.join(self.history_)}.")
        return plot_history(self.history_, metrics, ax)

    def _html_repr(self) -> str:
        page = str(estimator_html_repr(self))
        return inside_body(page, model_html(self.model_, self.history_)) if self.initialized_ else page

    def save(self, path: Any) -> None:
        """Store the fitted estimator in a directory, in JSON and Keras' own format, without pickles.

        Nothing of it is run when it is read, so it can be had from others. Functions and objects of the user's own
        (the builder, splitters, callbacks' classes) are not stored: give them to `load`, if there is to be more
        training than `partial_fit`. A directory with an earlier estimator is replaced.

        Parameters
        ----------
        path : str or path
            A directory that is made.

        Raises
        ------
        FileExistsError
            If there is something else.
        ModelError
            If the model holds classes that Keras could not read back, with what to register; or if the estimator has
            encoders of its own.

        See Also
        --------
        load : The way back.
        """
        check_is_fitted(self, "model_")
        write(self, Path(path))

    @classmethod
    def load(cls, path: Any, *, custom_objects: dict[str, Any] | None = None, **params: Any) -> Self:
        """Read an estimator that `save` stored.

        Parameters
        ----------
        path : str or path
            The directory.
        custom_objects : dict of str to object, default=None
            Classes and functions in the model that are not registered with Keras, as for
            `keras.saving.load_model`.
        **params : object
            Parameters to be set, such as ``model=build``, which were not stored.

        Returns
        -------
        estimator
            Fitted. Predicts, scores and goes on training with `partial_fit` as the stored one did.

        Raises
        ------
        ValueError
            If it is an estimator of another class.
        """
        estimator: Self = load(cls, Path(path), params, custom_objects)
        return estimator

    @property
    def current_epoch(self) -> int:
        """How many epochs the model has been trained for."""
        return len(getattr(self, "epoch_seconds_", ()))

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any, *, labels: Any = None) -> Self:
        again = self.initialized_
        epoch = self.current_epoch if again else 0
        call = Call(self._parameters(), labels=labels)
        return self._fit(X, y, sample_weight, call=call, again=again, from_epoch=epoch, epochs=epoch + 1)

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
        """
        call = call or Call(self._parameters())
        call = replace(call, hold_out=validation is None and not is_dataset(X))
        parameters = call.parameters
        parameters.check()
        self._validate_settings(parameters)
        with fresh_metric_names(), self._calling(call):
            X, y = self._prepare(call, X, y, again=again)
            recorder = EpochRecorder(self.history_, self.epoch_seconds_) if from_epoch else EpochRecorder()
            callbacks = fresh_callbacks(parameters.made("callbacks"), type(self).__name__)
            self._training = Training(self.model_, callbacks=callbacks, recorder=recorder, split=self._split)
            del self._split
            self._train(parameters, X, y, sample_weight, validation=validation, epochs=epochs, close=close)
        return self

    @leaving_nothing_behind()
    def _continue_fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, validation: Any = None, epochs: int, close: bool = True
    ) -> Self:
        """Go on after a `_fit` or `_continue_fit` that was not closed, exactly as one longer fit would have.

        Parameters
        ----------
        X, y, sample_weight, validation
            The same rows.
        epochs : int
            How many epochs there are to be in all.
        close : bool
            Whether this is the end.
        """
        X, y = self._validate_training_data(X, y, reset=False)
        with fresh_metric_names():
            self._train(self._parameters(), X, y, sample_weight, validation=validation, epochs=epochs, close=close)
        return self

    def _prepare(self, call: Call, X: Any, y: Any, *, again: bool) -> tuple[Any, Any]:
        """Validate the data, and see to it that there is a model for them."""
        if is_dataset(X):
            self._prepare_dataset(call, X, y, again=again)
            return X, None
        if not again:
            X, y = self._initialize(X, y)
            return X, y
        X, y = self._validate_training_data(X, y, reset=False)
        self._split = self._split_rows(call, X, y)
        self._take_own_model(call)
        return X, y

    def _prepare_dataset(self, call: Call, dataset: Any, y: Any, *, again: bool) -> None:
        self._refuse_beside_dataset(call.parameters, y)
        if again:
            self._split = None
            self._take_own_model(call)
            return
        first_X, first_y, all_y = read(dataset)
        with self._calling(replace(call, labels=self._validate_target(all_y))):
            self._initialize(first_X, first_y)

    def _refuse_beside_dataset(self, parameters: Parameters, y: Any) -> None:
        settings = parameters.settings
        said = {"y": y, "class_weight": settings.get("class_weight"), "batch_size": settings["batch_size"]}
        said |= {"validation_split": settings["validation_split"] or None}
        said |= {name: True for name in ("X", "y") if parameters.builder.takes(name)}
        for name, value in said.items():
            if value is not None:
                raise ValueError(f"{name} can't be used with a dataset, which brings its own batches of rows.")

    def _take_own_model(self, call: Call) -> None:
        """Copy a model that is still the user's own, before it is trained."""
        if self.model_ is call.parameters.given_model:
            self.model_ = copy_model(self.model_)

    def _validate_settings(self, parameters: Parameters) -> None:
        """Hold what came as ``fit__<name>``, or in a call, to what is asked of the parameter of that name."""
        routed = parameters.routed("fit")
        values = {f"fit__{name}": value for name, value in routed.items() if name in parameters.own}
        values |= {name: value for name, value in parameters.own.items() if value is not getattr(self, name, value)}
        constraints = {name: self._parameter_constraints.get(name.removeprefix("fit__")) for name in values}
        known = {name: constraint for name, constraint in constraints.items() if constraint is not None}
        validate_parameter_constraints(known, {name: values[name] for name in known}, caller_name=parameters.owner)

    def _train(
        self,
        parameters: Parameters,
        X: Any,
        y: Any,
        sample_weight: Any,
        *,
        validation: Any,
        epochs: int | None,
        close: bool,
    ) -> None:
        """Go on with the training that has been begun, and keep its history."""
        settings = parameters.settings
        routed = {name: value for name, value in parameters.routed("fit").items() if name not in parameters.own}
        paused = False
        try:
            self._training.run(
                self._feed(settings, X, y, sample_weight, validation),
                epochs=settings["epochs"] if epochs is None else epochs,
                close=close,
                verbose=settings["verbose"],
                **routed,
            )
            paused = not close
        finally:  # also of a training that was interrupted
            recorder = self._training.recorder
            self.history_, self.epoch_seconds_ = recorder.history, recorder.seconds
            if not paused:
                del self._training  # callbacks hold the model and perhaps open files, and are not for pickles

    def _feed(self, settings: dict[str, Any], X: Any, y: Any, sample_weight: Any, validation: Any) -> Feed:
        """What the model is trained on, encoded."""
        if isinstance(validation, tuple):
            validation = self._rows(
                settings, *self._validate_training_data(*validation[:2], reset=False), *validation[2:]
            )
        elif is_dataset(validation):
            validation = self._encode_dataset(validation)
        if is_dataset(X):
            if sample_weight is not None:
                raise ValueError("sample_weight can't be used with a dataset, which brings its own weights.")
            options = {name: settings[name] for name in ("shuffle", "validation_batch_size")}
            return DatasetFeed(self._encode_dataset(X), validation, **options)
        rows = self._rows(settings, X, y, sample_weight)
        if self._training.split is not None:
            rows, validation = (rows.take(part) for part in self._training.split)
        options = {name: settings[name] for name in ("batch_size", "shuffle", "validation_batch_size")}
        return RowFeed(rows, validation, seed=self._seed, **options)

    def _rows(self, settings: dict[str, Any], X: Any, y: Any, sample_weight: Any = None) -> Rows:
        if sample_weight is not None:
            sample_weight = check_sample_weight(sample_weight, keras.tree.flatten(X)[0], dtype=keras.backend.floatx())
        targets = None if y is None else self._encode_target(y)
        return Rows(self._encode_rows(X), targets, self._weigh(y, sample_weight, settings))

    def _weigh(self, y: Any, sample_weight: Any, settings: dict[str, Any]) -> npt.NDArray[Any] | None:
        """The weight of each row in the loss."""
        weights: npt.NDArray[Any] | None = sample_weight
        return weights

    def _encode_dataset(self, dataset: Any) -> Any:
        owner = weakref.ref(self)  # TensorFlow keeps the functions of its datasets for ever

        def encode(y: npt.NDArray[Any]) -> Any:
            wrapper = cast(BaseWrapper, owner())
            return wrapper._encode_target(wrapper._validate_target(y))

        return with_targets(dataset, encode)

    @leaving_nothing_behind()
    def _predict_raw(self, X: Any, **predict_params: Any) -> Any:
        """What the model puts out: an array, or a list or dict of an array for each output."""
        check_is_fitted(self, "model_")
        rows = inputs_of(X) if is_dataset(X) else self._encode_rows(self._validate_rows(X, reset=False))
        return self.model_.predict(rows, **self._predict_settings(rows) | predict_params)

    def _predict_settings(self, rows: Any) -> dict[str, Any]:
        """The arguments of `keras.Model.predict` that the parameters say."""
        parameters = self._parameters()
        settings = {name: parameters.settings[name] for name in ("batch_size", "verbose")} | parameters.routed(
            "predict"
        )
        if is_dataset(rows):
            settings["batch_size"] = None
        elif settings["batch_size"] == -1:
            settings["batch_size"] = len(keras.tree.flatten(rows)[0])
        return settings


def _validation(X_val: Any, y_val: Any, sample_weight_val: Any, validation_data: Any) -> Any:
    """What is to be evaluated after each epoch, from the two ways to say it: a tuple, a dataset or None."""
    if X_val is None and y_val is None and sample_weight_val is None:
        return tuple(validation_data) if isinstance(validation_data, (tuple, list)) else validation_data
    if validation_data is not None:
        raise ValueError("Give either X_val and y_val or validation_data, not both.")
    if X_val is None:
        raise ValueError("y_val and sample_weight_val can't be used without X_val.")
    return (X_val, y_val) if sample_weight_val is None else (X_val, y_val, sample_weight_val)
