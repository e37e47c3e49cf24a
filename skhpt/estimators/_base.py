"""A Keras model builder as an estimator, whatever the target is."""

from __future__ import annotations

from numbers import Integral, Real
from pathlib import Path
from typing import Any, Self

from sklearn.utils import Tags, estimator_html_repr
from sklearn.utils.validation import check_is_fitted

from skhpt._compat.backend import leaving_nothing_behind
from skhpt._compat.keras import fresh_metric_names
from skhpt._compat.sklearn import (
    HasMethods,
    Interval,
    Options,
    ShowsHtml,
    StrOptions,
    fit_context,
    inside_body,
)
from skhpt.estimators._call import Call
from skhpt.estimators._cloning import clone_estimator
from skhpt.estimators._copying import faithful_copy
from skhpt.estimators._history_plot import plot_history
from skhpt.estimators._html import model_html
from skhpt.estimators._own_definitions import CustomObjects, unregistered_objects
from skhpt.estimators._packing import Packed, content_of
from skhpt.estimators._seeding import dropout_states, set_dropout_states
from skhpt.estimators._storage import read as load
from skhpt.estimators._storage import write
from skhpt.estimators._trained import Trained
from skhpt.estimators._validation_data import warn_if_untransformed


class BaseWrapper(ShowsHtml, Trained):
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
        "validation_batch_size": [Interval(Integral, 1, None, closed="left"), Options(Integral, {-1}), None],
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
        clone: Self = clone_estimator(self, super(BaseWrapper, type(self)).__sklearn_clone__)
        if self._not_stored:
            clone._not_stored = self._not_stored
        return clone

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = object.__new__(type(self))
        memo[id(self)] = twin
        twin.__dict__.update(faithful_copy(dict(vars(self))))
        return twin

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        names = self._init_defaults().keys() | {"_extra_params"}
        given = {name: state.pop(name) for name in names & state.keys()}
        state["_given"] = Packed(given, type(self).__name__)
        if not self.initialized_:
            return state
        custom = {"_custom_objects": CustomObjects(unregistered_objects(self.model_))}  # read before the model is
        return custom | state | {"_dropout_states": dropout_states(self.model_)}

    @leaving_nothing_behind()
    def __setstate__(self, state: dict[str, Any]) -> None:
        if "_custom_objects" in state:
            state.pop("_custom_objects").forget()
        state = content_of(state.pop("_given", {})) | state
        states = state.pop("_dropout_states", None)
        super().__setstate__(state)
        # What `unpack` has yet to fill is a model that comes back with all this.
        if states is not None and vars(self.model_):
            set_dropout_states(self.model_, states)
            self._take_up()

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan, tags.input_tags.sparse = self.allow_nan, True
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
            The rows. Images and sequences have more than two dimensions. Floats are cast to Keras' float type. Sparse
            matrices are made dense a batch at a time. Text is for a model that begins with a layer that reads it, such
            as `TextVectorization`. A list or dict holds an array for each input of the model. A `tf.data.Dataset` or
            `keras.utils.PyDataset` brings its own targets, weights, batches and order; it is gone over once before, to
            learn from its targets. So does a generator, of which the first epoch's batches are read ahead: as many as
            `steps_per_epoch` says, or all.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights in the loss.
        groups : array-like of shape (n_samples,), default=None
            For a splitter as `validation_split`, such as `GroupShuffleSplit`.
        X_val, y_val, sample_weight_val : like X, y, sample_weight, default=None
            Evaluated after each epoch. Then nothing is held out by `validation_split`. The steps of a pipeline
            transform `X_val` only if its `transform_input` names it.
        validation_data : tuple or dataset, default=None
            The same in Keras' manner: (X_val, y_val), or with weights; or a dataset. No pipeline transforms it.
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
        warn_if_untransformed(self, X_val=X_val, validation_data=validation_data)
        return self._begin_fit(
            X,
            y,
            sample_weight,
            groups=groups,
            X_val=X_val,
            y_val=y_val,
            sample_weight_val=sample_weight_val,
            validation_data=validation_data,
            **fit_params,
        )

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None, **fit_params: Any) -> Self:
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
        **fit_params : object
            As for `fit`, but for ``epochs``.

        Returns
        -------
        self : object
        """
        return self._partial_fit(X, y, sample_weight, **fit_params)

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
        self._check_complete()
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
        if not self.history_:
            raise ValueError("There is no history yet: the model was not trained.")
        if unknown := [name for name in metrics if name not in self.history_]:
            raise ValueError(f"The history has no {', '.join(unknown)}. It has {', '.join(self.history_)}.")
        return plot_history(self.history_, metrics, ax)

    def _html_repr(self) -> str:
        page = str(estimator_html_repr(self))
        return inside_body(page, model_html(self.model_, self.history_)) if self.initialized_ else page

    def save(self, path: Any, *, custom_objects: dict[str, Any] | None = None) -> None:
        """Store the fitted estimator in a directory, in JSON and Keras' own format, without pickles.

        Nothing of it is run when it is read, so it can be had from others. Functions and objects of the user's own
        (the builder, splitters, callbacks' classes) are not stored: give them to `load`, if there is to be more
        training than `partial_fit`. A directory with an earlier estimator is replaced.

        Parameters
        ----------
        path : str or path
            A directory that is made.
        custom_objects : dict of str to object, default=None
            Classes and functions in the model that are not registered with Keras, by their names. `load` needs the
            same.

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
        skhpt.save : For pipelines and searches, too.
        """
        check_is_fitted(self, "model_")
        write(self, Path(path), custom_objects)

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
        SavingError
            If it can't be read.
        """
        estimator: Self = load(cls, Path(path), params, custom_objects)
        return estimator
