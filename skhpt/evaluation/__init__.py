"""One trial inside one worker: prepare, fit, score, report."""

from skhpt.evaluation._callback_paths import callback_paths
from skhpt.evaluation._continuation import network_step
from skhpt.evaluation._fit_task import FitTask, fit_metadata
from skhpt.evaluation._keras_step import keras_step, training_history, training_log
from skhpt.evaluation._preparation import prepare
from skhpt.evaluation._trial import TrialSetup, fit, run_trial

__all__ = [
    "FitTask",
    "TrialSetup",
    "callback_paths",
    "fit",
    "fit_metadata",
    "keras_step",
    "network_step",
    "prepare",
    "run_trial",
    "training_history",
    "training_log",
]
