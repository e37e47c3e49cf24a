"""One trial inside one worker: prepare, fit, score, report."""

from skhpt.evaluation._callback_paths import callback_paths
from skhpt.evaluation._continuation import can_pause
from skhpt.evaluation._epochs_afar import EpochsAfar, EpochsFromAfar
from skhpt.evaluation._evaluation import Evaluation
from skhpt.evaluation._fit_task import FitTask, fit_metadata
from skhpt.evaluation._fold import AllRows, Fold
from skhpt.evaluation._in_place import leaving_rows_alone, own_rows, replacing_transforms
from skhpt.evaluation._keras_step import keras_step, training_history, training_log
from skhpt.evaluation._lost import lose_trial
from skhpt.evaluation._outcome import evaluated, failed
from skhpt.evaluation._pipelines import SeenByNetwork, fit_up_to_network, network_step, overridden, reaching_last_step
from skhpt.evaluation._preparation import is_for_keras, parts_of, portable, prepare
from skhpt.evaluation._reached_wrappers import ReachedWrapper, reached_wrappers
from skhpt.evaluation._rehearsal import can_rehearse, rehearse
from skhpt.evaluation._rescoring import Rescoring
from skhpt.evaluation._round_evaluation import RoundEvaluation
from skhpt.evaluation._round_tasks import RoundTasks
from skhpt.evaluation._setup import TrialSetup
from skhpt.evaluation._stored_model import read_history, rows_seen, same_rows, store_model, take_up_model
from skhpt.evaluation._trial import fit, names_of, run_trial
from skhpt.evaluation._trials_of_round import TrialsOfRound
from skhpt.evaluation._viewing import is_users_own

__all__ = [
    "AllRows",
    "EpochsAfar",
    "EpochsFromAfar",
    "Evaluation",
    "FitTask",
    "Fold",
    "ReachedWrapper",
    "Rescoring",
    "RoundEvaluation",
    "RoundTasks",
    "SeenByNetwork",
    "TrialSetup",
    "TrialsOfRound",
    "callback_paths",
    "can_pause",
    "can_rehearse",
    "evaluated",
    "failed",
    "fit",
    "fit_metadata",
    "fit_up_to_network",
    "is_for_keras",
    "is_users_own",
    "keras_step",
    "leaving_rows_alone",
    "lose_trial",
    "names_of",
    "network_step",
    "overridden",
    "own_rows",
    "parts_of",
    "portable",
    "prepare",
    "reached_wrappers",
    "reaching_last_step",
    "read_history",
    "rehearse",
    "replacing_transforms",
    "rows_seen",
    "run_trial",
    "same_rows",
    "store_model",
    "take_up_model",
    "training_history",
    "training_log",
]
