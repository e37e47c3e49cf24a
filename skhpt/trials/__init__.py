"""The values that cross every boundary of a search."""

from skhpt.trials._budget import Budget
from skhpt.trials._candidate import Candidate
from skhpt.trials._checkpoint import Checkpoint, Checkpoints
from skhpt.trials._deadline import Deadline
from skhpt.trials._divergence import note_divergence, noting_divergence
from skhpt.trials._epoch_log import EpochLog
from skhpt.trials._hearing import epoch_has_ended, hearing_epochs
from skhpt.trials._naming import (
    is_in_trial,
    naming_trial,
    numbered_folds,
    outer_names,
    shared_paths,
    trial_name,
    trial_names,
)
from skhpt.trials._phase import Phase
from skhpt.trials._refusal import Refusal
from skhpt.trials._result import TrialResult, TrialStatus
from skhpt.trials._resumption import Resumption
from skhpt.trials._round import Round
from skhpt.trials._round_beginning import RoundBeginning
from skhpt.trials._row_view import LARGE, RowView, is_large
from skhpt.trials._search_beginning import SearchBeginning
from skhpt.trials._search_ending import SearchEnding
from skhpt.trials._search_listener import SearchListener
from skhpt.trials._seeds import SearchSeeds
from skhpt.trials._several_inputs import (
    SeveralInputs,
    are_large,
    as_rows,
    check_lengths,
    is_several,
    map_inputs,
    own_form,
    parts_of_rows,
    view_rows,
)
from skhpt.trials._spec import TrialSpec

__all__ = [
    "LARGE",
    "Budget",
    "Candidate",
    "Checkpoint",
    "Checkpoints",
    "Deadline",
    "EpochLog",
    "Phase",
    "Refusal",
    "Resumption",
    "Round",
    "RoundBeginning",
    "RowView",
    "SearchBeginning",
    "SearchEnding",
    "SearchListener",
    "SearchSeeds",
    "SeveralInputs",
    "TrialResult",
    "TrialSpec",
    "TrialStatus",
    "are_large",
    "as_rows",
    "check_lengths",
    "epoch_has_ended",
    "hearing_epochs",
    "is_in_trial",
    "is_large",
    "is_several",
    "map_inputs",
    "naming_trial",
    "note_divergence",
    "noting_divergence",
    "numbered_folds",
    "outer_names",
    "own_form",
    "parts_of_rows",
    "shared_paths",
    "trial_name",
    "trial_names",
    "view_rows",
]
