"""Keras models that classify."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import keras
import numpy as np
import numpy.typing as npt
from scipy.sparse import issparse
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from skhpt._compat.sklearn import StrOptions, check_y, fit_context
from skhpt.estimators._base import BaseWrapper
from skhpt.estimators._class_weights import ClassWeights
from skhpt.estimators._one_hot_reader import OneHotReader
from skhpt.estimators._outputs import Output
from skhpt.estimators._targets import IndicatorEncoder, LabelColumnsEncoder, LabelEncoder


class KerasClassifier(ClassifierMixin, OneHotReader, BaseWrapper):
    """A Keras model builder as a scikit-learn classifier.

    The interface is that of SciKeras. Beyond it, a builder's keyword arguments are parameters of the estimator: of
    ``KerasClassifier(build)`` one can search over ``units`` if the builder is ``build(units=32)``.

    Parameters
    ----------
    model : callable, keras.Model or keras_tuner.HyperModel
        Builds and returns a `keras.Model`, compiled or not: a function, a method, a `functools.partial`. A model
        instead is copied for each fit, with the weights that it has. A subclass may have a method `_keras_build_fn`
        instead. Besides hyper-parameters it may take `meta`, a dict of what is known of the data (``n_features_in_``,
        ``X_shape_``, ``n_classes_``, ``classes_``, ``target_type_``, …); `compile_kwargs`, the arguments for
        `keras.Model.compile` that follow from the parameters here; `params`, all parameters; and `X` and `y`, the rows
        to be trained on as the model sees them, without those held out, and their labels. A builder with ``**kwargs``
        gets the first three, as in SciKeras. One whose only required argument is `hp` is one of KerasTuner's: what it
        asks that for are its hyper-parameters (see `skhpt.space_of`).
    optimizer : str, class or instance of keras.optimizers.Optimizer, default=None
        None is the default of the builder's own argument `optimizer` if it has one, else ``"rmsprop"``. Arguments are
        routed as ``optimizer__learning_rate``: a class or a name is made with them, and of an instance each fit trains
        with a copy that has them. An instance that can't be copied so raises an error.
    loss : str, keras.losses.Loss or callable, default=None
        None is the cross-entropy that fits: binary for an output of one unit, otherwise sparse categorical, and from
        logits if the last layer is linear. Keras' sparse losses and functions of your own get the numbers of the
        classes; Keras' other losses get a column for each class, if the model has as many. For several outputs, a list
        or a dict by their names.
    class_weight : dict of label to float, list of such dicts, or "balanced", default=None
        What a row of each class weighs in the loss, 1 for labels that are not named; ``"balanced"`` is in inverse
        proportion to how frequent they are among the rows of `fit`. A list has a dict for each column of y. Counts in
        the loss of `validation_split` as well.
    metrics : str, metric or class of keras.metrics, or list or dict of them, default=None
        Reported for each epoch, as for `keras.Model.compile`.
    batch_size : int, default=None
        Rows a step; None is 32, -1 is all rows.
    epochs : int, default=1
        Passes over the rows.
    verbose : {"auto", 0, 1, 2}, default="auto"
        What Keras prints. ``"auto"`` is nothing within a search and a progress bar elsewhere. Trials that a search
        trains together print a line an epoch for each candidate, with 1 as with 2: the means over its folds that are
        still training. The refit prints what Keras prints.
    callbacks : callback, class or function that makes one, or list or dict of them, default=None
        Keras callbacks. Each fit works on new ones: instances are copied, classes and functions are called. One that
        monitors ``val_loss`` needs rows to validate on; `fit` warns without, and a search raises. Their paths may have
        ``{trial}`` in them, in whose place a search puts the name of the trial, or ``{candidate}``, ``{fold}`` and
        ``{repeat}``. A path that trials would share gets it: ``"logs"`` becomes ``"logs/{trial}"`` for `TensorBoard`
        and `BackupAndRestore`, and ``"best.keras"`` becomes ``"best-{trial}.keras"`` for `ModelCheckpoint` and
        `CSVLogger`. The search logs that (logger ``skhpt``).
    validation_split : float or splitter, default=0.0
        The fraction of the rows, taken from the end, that are held out from training and evaluated after each epoch; or
        a splitter of scikit-learn, such as `StratifiedShuffleSplit`, of whose splits the first is taken. Warns if that
        takes a class away. Early stopping sees these rows; those that score a trial of a search are never among them.
    validation_batch_size : int, default=None
        Rows a step of that evaluation; None is `batch_size`, -1 is all rows.
    shuffle : bool, default=True
        Meet the rows in a new order in each epoch, which depends on the seed and the number of the epoch alone.
    warm_start : bool, default=False
        Let `fit` go on with the model that is there, as it was built and compiled, instead of a new one. The history
        starts anew.
    allow_nan : bool, default=False
        Let missing values in X through to the model, which must know what to do with them.
    run_eagerly : bool, default=False
        Train without compiling a graph, to look into a model step by step.
    build_fn : callable or keras.Model, default=None
        The older name of `model`.
    random_state : int, RandomState instance or None, default=None
        Seeds the initial weights, dropout, the order of the rows, and what a builder or a layer of one's own draws from
        ``keras.random`` without a seed. With an int, equal calls of `fit` train equal models (with the same number of
        threads). Random numbers that a builder draws from TensorFlow's stateful `tf.random` are not covered.
    **params : object
        Arguments of the builder, also as ``model__<name>``, and what is routed: ``optimizer__<name>``,
        ``loss__<name>``, ``metrics__<name>``, ``callbacks__<name>`` (with the index or key of an entry before the name,
        as in ``callbacks__stop__patience``), ``compile__<name>``, ``fit__<name>``, ``predict__<name>``,
        ``score__<name>``. A number as the name is an argument's position. Names are checked by `fit`, and before a
        search begins. ``fit__batch_size`` goes before ``batch_size``, and so does any name with a prefix; but
        ``fit__callbacks`` are called beside `callbacks`.

    Attributes
    ----------
    model_ : keras.Model
        The trained model.
    history_ : dict of str to list of float
        The loss and the metrics, an entry an epoch.
    epoch_seconds_ : list of float
        How long each epoch took.
    classes_ : ndarray of shape (n_classes,), or list of them
        The labels; a list with those of each column if y has several.
    n_classes_ : int or list of int
        Their number. Where y says of each of several labels whether a row has it, the number of those.
    target_type_ : str
        ``"binary"``, ``"multiclass"``, ``"multilabel-indicator"`` or ``"multiclass-multioutput"``.
    n_features_in_ : int
        Length of the second axis of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if X has names that are strings.

    See Also
    --------
    KerasRegressor : The same for regression.
    BaseWrapper : For what is neither, and what a subclass may override.

    Notes
    -----
    Where y has several columns, each for labels of its own, the model has an output for each of them, with a unit for
    each class (or a single one for two). Where y says of each of several labels whether a row has it, the model has a
    sigmoid unit for each, in one output or in several.

    A y of 0 and 1 with exactly one 1 in each row, as `keras.utils.to_categorical` makes it, is one-hot encoded: it is
    read as the classes 0, 1, … by the number of the column. `classes_` and `predict` say these numbers, and `score`
    takes both forms. SciKeras predicts one-hot rows instead; ``keras.utils.to_categorical(classifier.predict(X))``
    makes them. The loss and the metrics get the columns, as in Keras, unless the loss is sparse. If a row has several 1
    or none, or if `loss` is given as a binary one such as ``"binary_crossentropy"`` or as a list, the columns are
    labels of their own.

    References
    ----------
    https://adriangb.com/scikeras/stable/, for the interface.

    Examples
    --------
    >>> import keras
    >>> from sklearn.datasets import load_iris
    >>> from skhpt import KerasClassifier
    >>> def build(meta, units=8):
    ...     return keras.Sequential([
    ...         keras.Input(meta["X_shape_"][1:]),
    ...         keras.layers.Dense(units, activation="relu"),
    ...         keras.layers.Dense(meta["n_classes_"], activation="softmax"),
    ...     ])
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = KerasClassifier(
    ...     build, units=16, optimizer="adam", optimizer__learning_rate=0.02, epochs=30, verbose=0, random_state=0)
    >>> classifier.fit(X, y).score(X, y) > 0.9
    True
    >>> len(classifier.history_["loss"])
    30

    One-hot encoded classes are read as classes:

    >>> classifier.initialize(X, keras.utils.to_categorical(y)).classes_
    array([0, 1, 2])
    """

    _takes_row_views = True  # in the place of an array of many rows, in a search
    _known_labels: npt.NDArray[Any] | None = None  # those of all rows of a search, as rows of a target
    _parameter_constraints: dict[str, Any] = {
        **BaseWrapper._parameter_constraints,
        "class_weight": [dict, list, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        model: Any = None,
        *,
        optimizer: Any = None,
        loss: Any = None,
        class_weight: Any = None,
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
        super().__init__(
            model,
            optimizer=optimizer,
            loss=loss,
            metrics=metrics,
            batch_size=batch_size,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_split=validation_split,
            validation_batch_size=validation_batch_size,
            shuffle=shuffle,
            warm_start=warm_start,
            allow_nan=allow_nan,
            run_eagerly=run_eagerly,
            build_fn=build_fn,
            random_state=random_state,
            **params,
        )
        self.class_weight = class_weight

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # a network with an epoch's training promises nothing
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        return tags

    @property
    def target_encoder(self) -> Any:
        """A new encoder for the type of target that there is; see `BaseWrapper.target_encoder`."""
        if self.target_type_ == "multilabel-indicator":
            return IndicatorEncoder()
        several = self.target_type_ == "multiclass-multioutput"
        return LabelColumnsEncoder() if several else LabelEncoder(one_hot=self._one_hot > 0)

    def predict(self, X: Any, **predict_params: Any) -> npt.NDArray[Any]:
        """Predict the most probable class; of several labels, those that are more probable than not.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...), or list or dict of them, or dataset
            The rows.
        **predict_params : object
            Arguments of `keras.Model.predict` for this call alone.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
        """
        return np.asarray(super().predict(X, **predict_params))

    def predict_proba(self, X: Any, **predict_params: Any) -> Any:
        """Predict the probabilities of the classes.

        Parameters
        ----------
        X, **predict_params
            As for `predict`.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), or list of them
            In the order of `classes_`; a list with an array for each column of a target of several columns. Of several
            labels, one array of shape (n_samples, n_labels) with the probability of each.
        """
        outputs = self._predict_raw(X, **predict_params)  # first, for its error if this is not fitted
        return self.target_encoder_.inverse_transform(outputs, return_proba=True)

    @staticmethod
    def scorer(y_true: Any, y_pred: Any, **score_params: Any) -> float:
        """The accuracy: how many rows were predicted right, in all columns of the target.

        Parameters
        ----------
        y_true, y_pred : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The target, and what was predicted.
        **score_params : object
            For `sklearn.metrics.accuracy_score`.

        Returns
        -------
        float
        """
        if type_of_target(y_true) == "multiclass-multioutput":  # which scikit-learn's own does not take
            y_pred = (np.asarray(y_true) == np.asarray(y_pred)).all(axis=1)
            y_true = np.ones_like(y_pred)
        return float(accuracy_score(y_true, y_pred, **score_params))

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
        return BaseWrapper.score(self, X, self._as_classes(y), sample_weight)

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self, X: Any, y: Any = None, classes: Any = None, sample_weight: Any = None, **fit_params: Any
    ) -> Self:
        """Train for one more epoch, whatever `epochs` says; build a model first if there is none.

        With the same rows each time, so many calls train exactly the model that `fit` trains in so many epochs,
        callbacks aside (each call has new ones), and but for an optimizer with ``use_ema``. A model that is there stays
        as it was built and compiled: parameters changed since then that say how have no effect.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...), or list or dict of them, or dataset
            The rows, of the shape that they had before.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their labels.
        classes : array-like of shape (n_classes,), default=None
            All labels that will ever come, for the first call; None takes them from its y.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights in the loss.
        **fit_params : object
            As for `fit`, but for ``epochs``.

        Returns
        -------
        self : object
        """
        labels = None if classes is None else np.unique(classes)
        if labels is not None and self.initialized_ and not np.array_equal(labels, self.classes_):
            raise ValueError(
                f"`classes={classes!r}` is not the same as on last call to partial_fit, was: {self.classes_!r}"
            )
        return self._partial_fit(X, y, sample_weight, labels=labels, **fit_params)

    def _plain_target(self, y: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return y.ravel() if y.ndim == 2 and y.shape[1] == 1 else y

    def _validate_target(self, y: Any) -> npt.NDArray[Any]:
        if np.asarray(y).ndim > 2:
            raise ValueError(
                f"y must have a row of labels for each sample: {type(self).__name__} takes shapes (n_samples,) and "
                f"(n_samples, n_outputs). Got shape {np.shape(y)} instead. For labels at each step of a sequence, take "
                f"BaseWrapper, with a loss such as 'sparse_categorical_crossentropy'."
            )
        y = check_y(y, multi_output=True, estimator=self)
        y = y.toarray() if issparse(y) else y
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        return np.asarray(y)

    def _all_labels(self, y: Any) -> Any:
        if self._one_hot and self._known_labels is None:  # a column may have no row
            return np.concatenate([np.arange(self._one_hot), y])
        known = self._known_labels
        # An encoder of the user's own may learn more from y than its labels.
        if known is None or known.ndim != y.ndim or not type(self.target_encoder).__module__.startswith("skhpt."):
            return None
        return np.concatenate([known, y])

    def _learn_weights(self, settings: dict[str, Any], y: Any) -> None:
        if settings["class_weight"] is not None:
            self._class_weights = ClassWeights(settings["class_weight"], y, self.classes_)

    def _weigh(self, y: Any, sample_weight: Any, settings: dict[str, Any]) -> npt.NDArray[Any] | None:
        if settings["class_weight"] is None:
            return super()._weigh(y, sample_weight, settings)
        weights = self._class_weights.of(y).astype(keras.backend.floatx())
        return np.asarray(weights if sample_weight is None else weights * sample_weight)

    def _match(self, outputs: Sequence[Output]) -> None:
        if isinstance(self._encoder, IndicatorEncoder) and len(outputs) > 1 and any(o.width > 1 for o in outputs):
            # Columns of two classes each look like labels that are there or not: the model tells them apart.
            self.target_encoder_ = LabelColumnsEncoder().restore({"classes": list(self.classes_)})
            self.__dict__.update(self.target_encoder_.get_metadata())
        super()._match(outputs)
