"""One trial inside one worker: prepare, fit, score, report."""

from skhpt.evaluation._keras_step import keras_step, training_log
from skhpt.evaluation._preparation import prepare
from skhpt.evaluation._trial import TrialSetup, run_trial

__all__ = ["TrialSetup", "keras_step", "prepare", "run_trial", "training_log"]
