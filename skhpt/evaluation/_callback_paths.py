"""Files that callbacks write, each trial its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skhpt.evaluation._reached_wrappers import reached_wrappers


def callback_paths(estimator: Any, fit_params: Mapping[str, Any]) -> dict[str, str]:
    """The paths of callbacks that skhpt's Keras wrappers inside an estimator are to train with, as they were given.

    Each comes with what it is for a trial that has to have its own: the same with ``{trial}`` in it.

    Parameters
    ----------
    estimator : estimator
        With the parameters of a candidate.
    fit_params : mapping of str to object
        What it is to be fitted with. Callbacks among that take the place of a wrapper's own.
    """
    return {
        path: own
        for reached in reached_wrappers(estimator, fit_params)
        for path, own in reached.wrapper._planned_callbacks(reached.said).paths.items()
    }
