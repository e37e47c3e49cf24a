"""Hyper-parameter search for Keras models, the scikit-learn way.

Nothing below loads TensorFlow before a Keras estimator is asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from skhpt._quiet import set_log_level

if TYPE_CHECKING:
    from skhpt.callbacks import ConfusionMatrixLogger, WeightHistogramLogger
    from skhpt.estimators import BaseWrapper, InputSplitter, KerasClassifier, KerasRegressor, KerasTransformer, space_of
    from skhpt.reporting import EpochLogger, TensorBoardLogger, export_report, export_tensorboard
    from skhpt.results import OneStandardError
    from skhpt.saving import load, save
    from skhpt.search import (
        BayesianSearchCV,
        GridSearchCV,
        HalvingGridSearchCV,
        HalvingRandomSearchCV,
        HyperbandSearchCV,
        LoadedRun,
        RandomizedSearchCV,
        load_run,
        nested_scores,
    )
    from skhpt.space import Choice, Float, Int, SearchSpace
    from skhpt.store import clean_runs, compare_runs, export_epochs, export_trials, ls_runs, ls_trials
    from skhpt.trials import SearchListener

    __version__: str

__all__ = [
    "BaseWrapper",
    "BayesianSearchCV",
    "Choice",
    "ConfusionMatrixLogger",
    "EpochLogger",
    "Float",
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "HyperbandSearchCV",
    "InputSplitter",
    "Int",
    "KerasClassifier",
    "KerasRegressor",
    "KerasTransformer",
    "LoadedRun",
    "OneStandardError",
    "RandomizedSearchCV",
    "SearchListener",
    "SearchSpace",
    "TensorBoardLogger",
    "WeightHistogramLogger",
    "clean_runs",
    "compare_runs",
    "export_epochs",
    "export_report",
    "export_tensorboard",
    "export_trials",
    "load",
    "load_run",
    "ls_runs",
    "ls_trials",
    "nested_scores",
    "save",
    "space_of",
]

_HOMES = {
    "BaseWrapper": "skhpt.estimators",
    "BayesianSearchCV": "skhpt.search",
    "Choice": "skhpt.space",
    "ConfusionMatrixLogger": "skhpt.callbacks",
    "EpochLogger": "skhpt.reporting",
    "Float": "skhpt.space",
    "GridSearchCV": "skhpt.search",
    "HalvingGridSearchCV": "skhpt.search",
    "HalvingRandomSearchCV": "skhpt.search",
    "HyperbandSearchCV": "skhpt.search",
    "InputSplitter": "skhpt.estimators",
    "Int": "skhpt.space",
    "KerasClassifier": "skhpt.estimators",
    "KerasRegressor": "skhpt.estimators",
    "KerasTransformer": "skhpt.estimators",
    "LoadedRun": "skhpt.search",
    "OneStandardError": "skhpt.results",
    "RandomizedSearchCV": "skhpt.search",
    "SearchListener": "skhpt.trials",
    "SearchSpace": "skhpt.space",
    "TensorBoardLogger": "skhpt.reporting",
    "WeightHistogramLogger": "skhpt.callbacks",
    "clean_runs": "skhpt.store",
    "compare_runs": "skhpt.store",
    "export_epochs": "skhpt.store",
    "export_report": "skhpt.reporting",
    "export_tensorboard": "skhpt.reporting",
    "export_trials": "skhpt.store",
    "load": "skhpt.saving",
    "load_run": "skhpt.search",
    "ls_runs": "skhpt.store",
    "ls_trials": "skhpt.store",
    "nested_scores": "skhpt.search",
    "save": "skhpt.saving",
    "space_of": "skhpt.estimators",
}

set_log_level()


def __getattr__(name: str) -> Any:
    if name == "plots":
        return importlib.import_module("skhpt.plots")
    if name == "__version__":
        from importlib.metadata import version  # takes five times as long as all the rest

        return version("skhpt")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__", "plots"})
