"""`skhpt.save`."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skhpt._compat.sklearn import BaseSearchCV
from skhpt.estimators import BaseWrapper, pack, store_estimator
from skhpt.exceptions import SavingError
from skhpt.saving._directory import PICKLE_FILE, SKOPS_FILE, Manifest, digests, network_directory, replacing, versions
from skhpt.saving._parts import Exchange, NotStored, StoredNetwork

SERIALIZERS = ("skops", "cloudpickle")


def save(estimator: Any, path: Any, *, serializer: str = "skops", custom_objects: dict[str, Any] | None = None) -> None:
    """Save a fitted estimator, pipeline or search in a directory that any process can load.

    The trained networks are stored in Keras' own format, the rest by skops. `load` runs nothing of either, and needs
    neither the script nor the model builder: what it returns predicts at once.

    Parameters
    ----------
    estimator : estimator
        Fitted: a Keras wrapper, a pipeline or another meta-estimator with wrappers at any depth, or a search. Of a
        search its `best_estimator_` is saved, also of one within a pipeline, and so `score` is that estimator's own.
        The results of a search are in its run, for `load_run`.
    path : str or path
        The directory. An earlier save there is replaced, as a whole and only once all is written.
    serializer : {"skops", "cloudpickle"}, default="skops"
        ``"skops"`` needs the extra ``save``, but for a Keras wrapper by itself. Of functions and classes of your own
        it stores the names; they must be in a module that the loading process can import. Functions that a wrapper has
        as parameters, such as the model builder, are left out. ``"cloudpickle"`` takes all of them along, the networks
        as well, and what it loads goes on training exactly as before; but whoever loads the directory runs whatever
        code is in it.
    custom_objects : dict of str to object, default=None
        Classes and functions in the networks that are not registered with Keras, by their names. `load` needs the
        same. ``"cloudpickle"`` needs none.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    FileExistsError
        If there is something else than an earlier save at `path`.
    MissingExtraError
        If skops is needed and not installed.
    SavingError
        If something in the estimator can't be stored this way.
    ModelError
        If a network holds classes that Keras could not read back, with what to do.

    See Also
    --------
    load : The way back.

    Examples
    --------
    >>> import tempfile
    >>> import keras
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> import skhpt
    >>> def build():
    ...     return keras.Sequential([keras.layers.Dense(3, activation="softmax")])
    >>> X, y = load_iris(return_X_y=True)
    >>> pipeline = make_pipeline(StandardScaler(), skhpt.KerasClassifier(build, verbose=0)).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     skhpt.save(pipeline, f"{directory}/iris")
    ...     loaded = skhpt.load(f"{directory}/iris")  # also in another process, without `build`
    >>> bool((loaded.predict(X) == pipeline.predict(X)).all())
    True
    """
    if serializer not in SERIALIZERS:
        raise ValueError(
            f"The 'serializer' parameter of save must be one of {SERIALIZERS}. Got {serializer!r} instead."
        )
    if not isinstance(estimator, BaseEstimator):
        raise TypeError(
            f"The 'estimator' parameter of save must be a fitted estimator, pipeline or search. Got a "
            f"{type(estimator).__name__} instead. A keras.Model has a method `save` of its own."
        )
    check_is_fitted(estimator)
    best = _without_searches(estimator)
    with replacing(Path(path)) as new:
        if serializer == "skops" and isinstance(best, BaseWrapper):
            _check_importable(best)
            store_estimator(best, new, custom_objects)
            return
        new.mkdir()
        if serializer == "skops":
            _write_with_skops(best, new, custom_objects)
        else:
            (new / PICKLE_FILE).write_bytes(pack(best))
            warnings.warn(
                "serializer='cloudpickle' stores code: whoever loads this directory runs whatever is in it. Give it "
                "only to those who trust you, and see that nobody else can change it.",
                UserWarning,
                stacklevel=2,
            )
        Manifest(_name(best), versions(), digests(new)).write(new)


def _without_searches(estimator: Any) -> Any:
    """The best estimator in the place of each search."""
    if isinstance(estimator, BaseSearchCV) and not hasattr(estimator, "best_estimator_"):
        raise SavingError(
            f"This {type(estimator).__name__} has no best estimator, as it was fitted with refit=False. Fit it with "
            "refit=True, or save an estimator that you have fitted with its best_params_."
        )

    def replacement(value: Any) -> Any:
        if not isinstance(value, BaseSearchCV):
            return value
        return exchange.of(value.best_estimator_) if hasattr(value, "best_estimator_") else NotStored(_name(value))

    exchange = Exchange(replacement)
    return exchange.of(estimator)


def _write_with_skops(estimator: Any, directory: Path, custom_objects: dict[str, Any] | None) -> None:
    skops = import_skops("skhpt.save")
    numbers = iter(range(10**6))

    def replacement(value: Any) -> Any:
        if not isinstance(value, BaseWrapper):
            return value
        _check_importable(value)
        stand_in = StoredNetwork(next(numbers))
        store_estimator(value, network_directory(directory, stand_in.number), custom_objects)
        return stand_in

    content = Exchange(replacement).of(estimator)
    file = directory / SKOPS_FILE
    try:
        skops.write(content, file)
    except Exception as error:  # whatever skops raises for what it can't store
        raise SavingError(f"skops can't store this {type(estimator).__name__}: {error}. {_OTHER_WAYS}") from error
    if names := sorted(name for name in skops.types_to_ask_for(file) if name.startswith("__main__.")):
        raise SavingError(
            f"The estimator holds {', '.join(names)} of the running script, which no other process has. {_OTHER_WAYS}"
        )


_OTHER_WAYS = (
    "Define functions and classes of your own in a module that the loading process can import, without lambda; or give "
    "serializer='cloudpickle', which stores their code, and lets whoever loads the directory run whatever is in it."
)


def _check_importable(wrapper: BaseWrapper) -> None:
    """Raise if the class of a wrapper is one that no other process can have."""
    cls = type(wrapper)
    if cls.__module__ == "__main__" or "." in cls.__qualname__:
        raise SavingError(f"The class {_name(wrapper)} is no part of a module. {_OTHER_WAYS}")


def _name(value: Any) -> str:
    return type(value).__name__


def import_skops(owner: str) -> Any:
    """The seam to skops.

    Raises
    ------
    SavingError
        If it is not installed, with both ways to go on.
    """
    try:
        from skhpt._compat import skops
    except ImportError as error:
        raise SavingError(
            f"{owner} needs skops for everything but a Keras wrapper by itself. Install it by: pip install "
            f"'skhpt[save]'. Or give serializer='cloudpickle' to skhpt.save, which lets whoever loads the directory "
            f"run whatever is in it."
        ) from error
    return skops
