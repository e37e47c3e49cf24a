"""An estimator that builds the model for its data."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skhpt._compat.keras_builds import recording_build
from skhpt._compat.keras_objects import compile_again
from skhpt.estimators._builder import Builder
from skhpt.estimators._call import Call
from skhpt.estimators._compiling import check_compiled_as_asked, compile_arguments, make_optimizer
from skhpt.estimators._old_words import new_attribute
from skhpt.estimators._outputs import Output, losses_of, outputs_of
from skhpt.estimators._rows import as_stored, in_memory, in_view, take_rows
from skhpt.estimators._seeding import draw_seed, seeded
from skhpt.estimators._shared_layers import without_shared_layers
from skhpt.estimators._targets import TargetEncoder
from skhpt.estimators._text import TEXT, NoTextTakenError, check_text, is_text
from skhpt.estimators._unchanged import Unchanged, UnchangedTarget
from skhpt.estimators._validated import Validated
from skhpt.estimators._validation_split import Split, split_validation
from skhpt.exceptions import ModelError

# Attributes that are made from the data and the model, and so are nothing that a builder could know.
_PRODUCTS = {"model_", "history_", "epoch_seconds_", "target_encoder_", "feature_encoder_"}


class Built(Validated):
    """Learns what the data look like, and builds a model for them.

    The properties and methods that SciKeras names are what its users override.
    """

    model_: keras.Model
    history_: dict[str, list[float]]
    epoch_seconds_: list[float]
    _current_call: Call | None = None

    @property
    def target_encoder(self) -> Any:
        """A new transformer of the target, for a subclass to override.

        Needs `fit`, `transform` (to an array, or a list or dict of them for a model with several outputs) and
        `inverse_transform` of what `keras.Model.predict` returns; of a classifier, the last also takes
        `return_proba`. What its method `get_metadata` returns, if it has one, become attributes of the estimator, which
        a builder finds in `meta`; ``n_outputs_expected_`` among them is how many outputs the model must have.
        """
        return UnchangedTarget()

    @property
    def feature_encoder(self) -> Any:
        """A new transformer of the rows, for a subclass to override: to what the model takes.

        That is an array, or a list or dict of them for a model with several inputs. `get_metadata` as in
        `target_encoder`.
        """
        return Unchanged()

    @property
    def initialized_(self) -> bool:
        """Whether there is a model."""
        return hasattr(self, "model_")

    def _take_up(self) -> None:
        """Complete a model that was made or read with its weights: it has no history."""
        self.model_.history = keras.callbacks.History()
        self.model_.history.history = getattr(self, "history_", {})

    def _put_off_model(self, make: Callable[[], keras.Model]) -> None:
        """Let the model be made once somebody asks for it."""
        self.__dict__.pop("model_", None)
        self._make_model = make

    def __getattr__(self, name: str) -> Any:
        if name == "model_" and "_make_model" in vars(self):
            self.model_ = self.__dict__.pop("_make_model")()
            self._take_up()
            return self.model_
        if name in (params := vars(self).get("_extra_params", {})):
            return params[name]
        if (message := new_attribute(name, type(self).__name__)) is not None:
            raise AttributeError(message, name=name, obj=self)
        return object.__getattribute__(self, name)  # raises, and says what Python says

    def _initialize(self, X: Any, y: Any = None) -> tuple[Any, Any]:
        """Learn what the data look like, and build a new model for them.

        Parameters
        ----------
        X, y
            As for `fit`.

        Returns
        -------
        X, y
            Validated, not yet encoded. Whatever a subclass returns in their place is trained on.
        """
        call = self._call
        try:
            return self._built_for(call, X, y)
        except (NoTextTakenError, KeyError) as error:
            # A builder that asks for the number of features takes no array of texts.
            if isinstance(error, KeyError) and (error.args != ("n_features_in_",) or self.X_dtype_ != TEXT):
                raise
            self._takes_text = False  # and numbers that are written as text are read, as in scikit-learn
            try:
                return self._built_for(call, X, y)
            finally:
                del self._takes_text

    def _built_for(self, call: Call, X: Any, y: Any) -> tuple[Any, Any]:
        X, y = self._learn_data(call, X, y)
        with seeded(self._seed):
            self.model_ = self._build_model(call, self._encode_rows(X), y)
        return X, y

    def _learn_data(self, call: Call, X: Any, y: Any) -> tuple[Any, Any]:
        """Learn what the data look like, and return them validated."""
        X, y = self._validate_training_data(X, y, reset=True)
        self.__dict__.pop("model_", None)  # what is learnt from here on does not fit it
        self.history_, self.epoch_seconds_ = {}, []
        self._seed = draw_seed(call.parameters.settings["random_state"])
        labels = self._all_labels(y) if call.labels is None else call.labels
        if labels is not None:
            self.target_type_ = self._type_of_target(labels)
        self._fit_encoders(X, y if labels is None else labels)
        self._split = self._split_rows(call, X, y)
        return X, y

    def _all_labels(self, y: Any) -> Any:
        """Rows of a target with those labels too that y lacks; None where no others are known of."""
        return None

    def _learn_from(self, other: Built) -> None:
        """Know of the data what another estimator with the same settings has learnt from them."""
        learnt = {name: value for name, value in vars(other).items() if name.endswith("_")} | {"_seed": other._seed}
        self.__dict__.update({name: copy.copy(value) for name, value in learnt.items() if name != "model_"})

    @property
    def _call(self) -> Call:
        """What the call that is under way says; of a subclass that calls `_initialize` by itself, nothing."""
        return self._current_call or Call(self._parameters())

    @contextmanager
    def _calling(self, call: Call) -> Iterator[None]:
        outer = self._current_call
        self._current_call = call
        try:
            yield
        finally:
            del self._current_call
            if outer is None:
                self.__dict__.pop("_split", None)
            else:
                self._current_call = outer

    def _fit_encoders(self, X: Any, y: Any) -> None:
        if y is None:
            self.__dict__.pop("target_encoder_", None)
        else:
            self.target_encoder_ = self.target_encoder.fit(y)
            self.__dict__.update(_metadata(self.target_encoder_))
        self.feature_encoder_ = self.feature_encoder.fit(as_stored(X))
        self.__dict__.update(_metadata(self.feature_encoder_))

    def _encode_rows(self, X: Any) -> Any:
        if isinstance(self.feature_encoder_, Unchanged):
            return X
        return in_view(self.feature_encoder_.transform(as_stored(X)))

    def _encode_target(self, y: Any) -> Any:
        """The target as the model takes it: an array, or a tuple or dict of an array for each output."""
        encoded = self.target_encoder_.transform(y)
        if isinstance(encoded, (list, tuple)):
            return encoded[0] if len(encoded) == 1 else tuple(encoded)
        return encoded

    def _plain_target(self, y: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """A dataset's target in the form in which it would have been given as an array."""
        return y

    def _split_rows(self, call: Call, X: Any, y: Any) -> Split | None:
        """The rows that `validation_split` leaves for training, and those that it holds out."""
        if not call.hold_out:
            return None
        first = keras.tree.flatten(X)[0]  # a splitter asks how many there are
        labels = hasattr(self, "classes_") and np.asarray(y).ndim == 1
        splitter = call.parameters.settings["validation_split"]
        if not type(splitter).__module__.startswith(("builtins", "sklearn.")):
            first = in_memory(first)  # one of the user's own may look at the rows
        with seeded(self._seed):  # for a splitter that has no seed of its own
            return split_validation(splitter, first, y, groups=call.groups, labels=labels)

    def _meta(self) -> dict[str, Any]:
        """What is known of the data, by the names of the fitted attributes."""
        known = (name for name in vars(self) if name.endswith("_") and not name.startswith("_"))
        return {name: getattr(self, name) for name in known if name not in _PRODUCTS}

    def _build_model(self, call: Call, X: Any, y: Any) -> keras.Model:
        """A compiled model, which fits the target.

        Parameters
        ----------
        call : Call
            The one under way.
        X : array, or list or dict of arrays
            The rows, encoded. The builder gets those to train on if it asks for them.
        y : array or None
            Their target, not encoded.
        """
        with recording_build() as record:
            parameters = call.parameters.fresh(share_model=call.share_model)
            builder = Builder.of(lambda: parameters.given_model) if call.share_model else parameters.builder
            optimizer = make_optimizer(parameters)
            compile_kwargs = compile_arguments(parameters, optimizer, self._default_loss(None))
            model = builder.build(
                parameters.builder_arguments(optimizer),
                {
                    "meta": self._meta(),
                    "compile_kwargs": compile_kwargs,
                    "params": {name: parameters.copy_of(value) for name, value in self.get_params().items()},
                }
                | {name: self._to_train_on(part) for name, part in (("X", X), ("y", y)) if builder.takes(name)},
            )
            if is_text(X):
                check_text(model)
            given = (parameters.copies or {}).values()
            own = parameters.given_model is not None  # a copy already, unless the user's own is wanted
            if not own and not record.made(model):
                model = without_shared_layers(model, record, builder.function, given=given)  # before it is compiled
            outputs = outputs_of(model, X)
            self._match(outputs)
            self._compile(call, model, outputs, compile_kwargs)
            self._match_losses(model, outputs)
            return model if own else without_shared_layers(model, record, builder.function, given=given)

    def _adopt(self, model: keras.Model, X: Any) -> None:
        """Fit the target to a compiled model that another estimator with the same settings has built."""
        outputs = outputs_of(model, X)
        self._match(outputs)
        self._match_losses(model, outputs)

    def _to_train_on(self, part: Any) -> Any:
        return in_memory(part if self._split is None else take_rows(part, self._split[0]))

    def _compile(
        self, call: Call, model: keras.Model, outputs: Sequence[Output], compile_kwargs: dict[str, Any]
    ) -> None:
        """Compile the model as the parameters say, unless its builder has done it."""
        parameters = call.parameters
        no_loss_given = parameters.settings["loss"] is None
        if not model.compiled:
            if call.share_model and no_loss_given:
                return  # a user's own that is there to predict, and stays as it is
            loss = self._default_loss(outputs) if no_loss_given else compile_kwargs["loss"]
            model.compile(**compile_kwargs | {"loss": loss})
            return
        check_compiled_as_asked(model, parameters, compile_kwargs)
        guess = compile_kwargs["loss"]  # made before the outputs were known
        if no_loss_given and guess is not None and model.loss == guess:
            compile_again(model, loss=self._default_loss(outputs))

    @property
    def _encoder(self) -> Any:
        """The fitted encoder of the target; None where there is no target."""
        return getattr(self, "target_encoder_", None)

    def _caution(self) -> str | None:
        """What there is to warn of in the target and the model, in words for the user."""
        return getattr(self._encoder, "caution", None)

    def _match_losses(self, model: keras.Model, outputs: Sequence[Output]) -> None:
        if isinstance(self._encoder, TargetEncoder):
            self._encoder.match_losses(losses_of(model, len(outputs)))

    def _default_loss(self, outputs: Sequence[Output] | None) -> Any:
        """The loss that fits the target, as far as the encoder knows."""
        return self._encoder.default_loss(outputs) if isinstance(self._encoder, TargetEncoder) else None

    def _match(self, outputs: Sequence[Output]) -> None:
        """Raise a `ModelError` if a model with these outputs can't serve."""
        if isinstance(self._encoder, TargetEncoder):
            self._encoder.match(outputs)
            return
        expected = getattr(self, "n_outputs_expected_", None)
        if expected not in (None, len(outputs)):
            raise ModelError(
                f"The model must have {expected} outputs, as the target encoder of {type(self).__name__} says. "
                f"Got {len(outputs)} instead."
            )


def _metadata(encoder: Any) -> dict[str, Any]:
    return dict(encoder.get_metadata()) if hasattr(encoder, "get_metadata") else {}
