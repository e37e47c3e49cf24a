"""Who is told of what a search does, while it does it."""

from __future__ import annotations

from collections.abc import Mapping

from skhpt.trials._phase import Phase
from skhpt.trials._result import TrialResult
from skhpt.trials._round_beginning import RoundBeginning
from skhpt.trials._search_beginning import SearchBeginning
from skhpt.trials._search_ending import SearchEnding
from skhpt.trials._spec import TrialSpec


class SearchListener:
    """Hears of a search: the base of what is given to a searcher as `loggers`.

    All methods do nothing; override those that are of use. They are called in the process of the search, never two at
    the same time, whatever engine and however many workers run the trials. What a method raises costs the search
    nothing but its listener, which hears no more of it, with a warning.

    One listener may hear of several searches, one after the other. What it opens as a search begins it has to close as
    the search ends: in between it is neither copied nor pickled.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skhpt import GridSearchCV, SearchListener
    >>> class Scores(SearchListener):
    ...     def trial_ended(self, spec, result, *, resumed):
    ...         print(spec.candidate.params, spec.fold, round(result.test_scores["score"], 2))
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(LogisticRegression(), {"C": [0.001]}, cv=2, refit=False, loggers=[Scores()]).fit(X, y)
    {'C': 0.001} 0 0.73
    {'C': 0.001} 1 0.72
    """

    def search_begins(self, search: SearchBeginning) -> None:
        """A search is about to ask for its first candidates."""

    def round_begins(self, round_: RoundBeginning) -> None:
        """Trials are about to run; a search without rungs or batches has one such round."""

    def phase_begins(self, phase: Phase) -> None:
        """The search does something else than training that takes some time, such as building models.

        The next epoch or result is its end. Another thread than that of the search may call it.
        """

    def epochs_ended(self, epochs: Mapping[tuple[int, int, int], int]) -> None:
        """Trials that are running have come so far, counted from the beginning of their training.

        Called a few times a second at most, and so not after every epoch: the whole history of a trial is in its
        result. Another thread than that of the search may call it.

        Parameters
        ----------
        epochs : mapping of (candidate, fold, repeat) to int
            How many epochs each of them has been trained for.
        """

    def trial_ended(self, spec: TrialSpec, result: TrialResult, *, resumed: bool) -> None:
        """A trial has ended, or failed, in order of completion.

        Parameters
        ----------
        spec : TrialSpec
            Which, with the parameters of its candidate.
        result : TrialResult
            What has come of it. It is stored already, where the search is kept on disk.
        resumed : bool
            Whether an earlier process has run it.
        """

    def round_ended(self, number: int, scores: Mapping[int, float]) -> None:
        """All trials of a round have ended.

        Parameters
        ----------
        number : int
            Of the round.
        scores : mapping of int to float
            The mean score of each of its candidates by the metric that decides; NaN if a function decides.
        """

    def search_ended(self, ending: SearchEnding) -> None:
        """The search has ended, whole or not; its refit is still to come. Called if `search_begins` has returned."""
