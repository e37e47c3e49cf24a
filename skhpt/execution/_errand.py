"""What a worker is sent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from skhpt.evaluation import Evaluation
from skhpt.execution._notes import Notes
from skhpt.trials import Deadline, TrialResult, TrialSpec


# With slots, for functools.update_wrapper copies the __dict__ of what scikit-learn delays, and so would send it twice.
@dataclass(frozen=True, slots=True)
class Errand:
    """Runs a trial, unless the time is over when it is to begin.

    Parameters
    ----------
    evaluate : Evaluation
        Runs the trial.
    deadline : Deadline
        When no trial begins any more. Another process has no part in it: there, whether it is over is decided as the
        errand is sent. (joblib takes tasks ahead and holds them back until a worker is free, so it isn't enough to stop
        handing out.)
    notes : Notes
        Where it is noted that the trial begins and ends.
    """

    evaluate: Evaluation
    deadline: Deadline
    notes: Notes

    def __call__(self, spec: TrialSpec) -> TrialResult | None:
        if self.deadline.is_over:
            return None
        self.notes.begins(spec)
        result = self.evaluate(spec)
        self.notes.ends(spec)
        return result

    def __reduce__(self) -> tuple[Any, ...]:
        sent = Deadline(-math.inf) if self.deadline.is_over else Deadline()
        return Errand, (self.evaluate, sent, self.notes)
