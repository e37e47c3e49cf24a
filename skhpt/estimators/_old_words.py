"""Words of Keras' earlier wrappers and of Keras 1 and 2, and what they are called here."""

from __future__ import annotations

_FOR_DATASETS = "Keras takes it from a dataset alone: set it on a keras.utils.PyDataset."
_PARAMETERS = {
    "class_mode": "Keras has a loss instead. Give loss='categorical_crossentropy' or loss='binary_crossentropy'.",
    "decay": "Keras has keras.optimizers.schedules instead. Give one as optimizer__learning_rate.",
    "learning_rate": "it is an argument of the optimizer. Give optimizer__learning_rate.",
    "lr": "it is an argument of the optimizer, and called learning_rate. Give optimizer__learning_rate.",
    "max_q_size": _FOR_DATASETS,
    "max_queue_size": _FOR_DATASETS,
    "nb_epoch": "it is called 'epochs' since Keras 2. Give epochs.",
    "nb_val_samples": "it is called 'validation_steps' since Keras 2. Give fit__validation_steps.",
    "nb_worker": _FOR_DATASETS,
    "samples_per_epoch": "Keras counts steps instead. Give batch_size.",
    "show_accuracy": "it is a metric. Give metrics=['accuracy'].",
    "use_multiprocessing": _FOR_DATASETS,
    "workers": _FOR_DATASETS,
}
_ATTRIBUTES = {
    "check_params": "The names of parameters are checked by `fit`, and before a search begins.",
    "filter_sk_params": "Parameters go to where their names say: `get_params()` has them all.",
    "history": "`fit` returns the estimator. Its `history_` is the dict of the losses and metrics.",
    "predict_classes": "Call `predict`.",
    "sk_params": "Call `get_params()`.",
}


def new_parameter(name: str) -> str | None:
    """What to give in the place of a parameter of earlier times, in a sentence; None if the name never was one.

    Examples
    --------
    >>> new_parameter("fit__nb_epoch")
    "it is called 'epochs' since Keras 2. Give epochs."
    """
    prefix, _, last = name.rpartition("__")
    return _PARAMETERS.get(last) if prefix in ("", "fit") else None


def new_attribute(name: str, owner: str) -> str | None:
    """The error of an attribute that an earlier wrapper had, and what there is instead; None if none had it.

    Examples
    --------
    >>> new_attribute("predict_classes", "KerasClassifier")
    "'KerasClassifier' object has no attribute 'predict_classes'. Call `predict`."
    """
    advice = _ATTRIBUTES.get(name)
    return None if advice is None else f"{owner!r} object has no attribute {name!r}. {advice}"
