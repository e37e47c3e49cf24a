"""Keras models as scikit-learn estimators."""

from skhpt._quiet import load_keras

load_keras()

from skhpt._compat.backend import leaving_nothing_behind
from skhpt._compat.keras import fresh_metric_names, without_loading_tensorflow
from skhpt._compat.keras_compilation import (
    complete_compilation,
    get_keras_mask,
    output_structure,
    set_keras_mask,
)
from skhpt.estimators._base import BaseWrapper
from skhpt.estimators._call import Call
from skhpt.estimators._callback_states import obstacle_in
from skhpt.estimators._callbacks import show_validation
from skhpt.estimators._checkpointing import Progress, checkpoint_of, take_up
from skhpt.estimators._classifier import KerasClassifier
from skhpt.estimators._cloning import clone_estimator, clone_params, clone_values
from skhpt.estimators._copying import faithful_copy, holds_part
from skhpt.estimators._epoch_recorder import EpochRecorder
from skhpt.estimators._feed import KERAS_BATCH_SIZE, RowFeed
from skhpt.estimators._fingerprint import Fingerprint
from skhpt.estimators._fit_arguments import FitArguments
from skhpt.estimators._foretold import Foretold
from skhpt.estimators._input_splitter import InputSplitter
from skhpt.estimators._model_file import MODEL_FILE, read_model
from skhpt.estimators._order import sample_order
from skhpt.estimators._own_definitions import stable_names
from skhpt.estimators._packing import Packed, PackedDict, content_of, pack, unpack
from skhpt.estimators._regressor import KerasRegressor
from skhpt.estimators._rows import Rows
from skhpt.estimators._seeding import seeded
from skhpt.estimators._space_of import space_of
from skhpt.estimators._state import ModelState, variables_of
from skhpt.estimators._storage import DESCRIPTION_FILE, read_description
from skhpt.estimators._storage import read as read_estimator
from skhpt.estimators._storage import store as store_estimator
from skhpt.estimators._targets import one_hot_columns
from skhpt.estimators._text import is_text
from skhpt.estimators._trained import watched_batch_size
from skhpt.estimators._transformer import KerasTransformer

__all__ = [
    "DESCRIPTION_FILE",
    "KERAS_BATCH_SIZE",
    "MODEL_FILE",
    "BaseWrapper",
    "Call",
    "EpochRecorder",
    "Fingerprint",
    "FitArguments",
    "Foretold",
    "InputSplitter",
    "KerasClassifier",
    "KerasRegressor",
    "KerasTransformer",
    "ModelState",
    "Packed",
    "PackedDict",
    "Progress",
    "RowFeed",
    "Rows",
    "checkpoint_of",
    "clone_estimator",
    "clone_params",
    "clone_values",
    "complete_compilation",
    "content_of",
    "faithful_copy",
    "fresh_metric_names",
    "get_keras_mask",
    "holds_part",
    "is_text",
    "leaving_nothing_behind",
    "obstacle_in",
    "one_hot_columns",
    "output_structure",
    "pack",
    "read_description",
    "read_estimator",
    "read_model",
    "sample_order",
    "seeded",
    "set_keras_mask",
    "show_validation",
    "space_of",
    "stable_names",
    "store_estimator",
    "take_up",
    "unpack",
    "variables_of",
    "watched_batch_size",
    "without_loading_tensorflow",
]
