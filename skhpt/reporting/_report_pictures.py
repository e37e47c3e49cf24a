"""The pictures of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from skhpt._matplotlib import figure_for_a_file
from skhpt.exceptions import MissingExtraError
from skhpt.reporting._axis import ParameterAxis, parameter_axes
from skhpt.reporting._best_so_far import best_so_far, best_so_far_data
from skhpt.reporting._importance import parameter_importance, parameter_importance_data
from skhpt.reporting._learning_curves import learning_curves, learning_curves_data
from skhpt.reporting._parallel_coordinates import parallel_coordinates
from skhpt.reporting._picture_file import picture_uri
from skhpt.reporting._rungs import rungs, rungs_data
from skhpt.reporting._scale import scales_in
from skhpt.reporting._scatter_matrix import scatter_matrix
from skhpt.reporting._score_by_parameter import score_by_parameter
from skhpt.reporting._scores import Scores, read_scores
from skhpt.store import shown

OWNER = "export_report"
_MOST_AXES, _MOST_PANELS, _MOST_SCORES = 10, 7, 6  # parameters of parallel coordinates, of the matrix, with a picture
_PIXELS = 96  # of CSS, an inch
_USUAL, _WIDE = (5.6, 3.7), (11.2, 4.2)  # inches


@dataclass(frozen=True)
class ReportPicture:
    """A picture as a page shows it.

    Parameters
    ----------
    title : str
        Its caption.
    said : str
        The same in words, for whoever does not see it.
    uri : str
        Its data.
    width, height : int
        In pixels of CSS, where there is room.
    """

    title: str
    said: str
    uri: str
    width: int
    height: int

    @property
    def is_wide(self) -> bool:
        """Whether it takes the width of a page."""
        return self.width > round(_PIXELS * _USUAL[0])


@dataclass(frozen=True)
class _Plan:
    """A picture that applies to the search."""

    title: str
    draw: Callable[[Any], object]
    say: Callable[[], str]
    size: tuple[float, float] = _USUAL


def report_pictures(search: Any) -> tuple[list[ReportPicture], list[str]]:
    """The pictures that apply to a search, and a sentence on each that can't be drawn for want of a package.

    Parameters
    ----------
    search : searcher or StoredRun
        As the functions of `skhpt.plots` take it.
    """
    pictures: list[ReportPicture] = []
    missing: dict[str, list[str]] = {}
    for plan in _plans(search):
        try:
            with figure_for_a_file("A picture", plan.size) as figure:
                plan.draw(figure)
                width, height = (round(_PIXELS * inches) for inches in plan.size)
                pictures.append(ReportPicture(plan.title, plan.say(), picture_uri(figure), width, height))
        except MissingExtraError as error:
            missing.setdefault(str(error), []).append(plan.title)
    return pictures, [f"Left out: {', '.join(titles)}. {error}" for error, titles in missing.items()]


def _plans(search: Any) -> Iterator[_Plan]:
    scores = read_scores(search, None, OWNER) if search.cv_results_ else None
    histories = getattr(search, "histories_", None)
    if histories is not None and not histories.empty:
        yield _Plan(
            "Learning curves", lambda figure: learning_curves(search, _axes(figure)), lambda: _say_curves(search)
        )
    if scores is None or scores.table["score"].isna().all():
        return
    if len(scores.table) > 1:
        yield _Plan("Best score so far", lambda figure: best_so_far(search, _axes(figure)), lambda: _say_best(search))
    if scores.is_halving:
        yield _Plan("Rungs", lambda figure: rungs(search, _axes(figure)), lambda: _say_rungs(search))
    last = scores.of_last_rungs()
    axes = _differing(search, last)
    if len(last.table) > 1 and axes:
        yield from _of_parameters(search, last, axes)


def _differing(search: Any, scores: Scores) -> list[ParameterAxis]:
    """The parameters that candidates differ in, but for the budget of a halving."""
    axes = parameter_axes(scores, scales_in(search), None, OWNER) if scores.names else []
    budget = scores.names.get(scores.budget_name or "")
    return [axis for axis in axes if not axis.is_constant and axis.name != budget]


def _of_parameters(search: Any, scores: Scores, axes: list[ParameterAxis]) -> Iterator[_Plan]:
    names = [axis.name for axis in axes]
    yield from (_score_by(search, scores, name) for name in names[:_MOST_SCORES])
    if len(axes) == 1:  # of which the other pictures would say nothing more
        return
    if np.isfinite(read_scores(search, None, OWNER).on_equal_terms().table["score"]).sum() > 1:
        yield _Plan(
            "Importance of parameters",
            lambda figure: parameter_importance(search, _axes(figure)),
            lambda: _say_importance(search),
        )
    across, panels = names[:_MOST_AXES], names[:_MOST_PANELS]
    yield _Plan(
        _titled("Parallel coordinates", across, names),
        lambda figure: parallel_coordinates(search, _axes(figure), params=across),
        lambda: _say_points(f"A line for each candidate through {', '.join(across)} to its score.", scores),
        _WIDE,
    )
    side = 1.5 * len(panels) + 3
    yield _Plan(
        _titled("Scatter-plot matrix", panels, names),
        lambda figure: scatter_matrix(search, figure, params=panels),
        lambda: _say_points(f"{', '.join(panels)} and the score, each against each.", scores),
        (side + 0.8, side),
    )


def _score_by(search: Any, scores: Scores, name: str) -> _Plan:
    return _Plan(
        f"Score by {name}",
        lambda figure: score_by_parameter(search, name, _axes(figure)),
        lambda: _say_points(f"A point for each candidate: its score by {name}.", scores),
    )


def _axes(figure: Any) -> Any:
    return figure.add_subplot()


def _titled(title: str, drawn: list[str], names: list[str]) -> str:
    return title if len(drawn) == len(names) else f"{title} of {len(drawn)} of {len(names)} parameters"


def _say_curves(search: Any) -> str:
    data = learning_curves_data(search)
    best, metric = data[data["rank"] == 1], data["metric"].iloc[0]
    ends = " to ".join(shown(float(best["mean"].iloc[place])) for place in (0, -1))
    return (
        f"{metric} by epoch of {data['candidate'].nunique()} candidates. That of candidate "
        f"{best['candidate'].iloc[0]}, the best, goes from {ends} in {best['epoch'].iloc[-1]} epochs."
    )


def _say_best(search: Any) -> str:
    best = best_so_far_data(search)["best"].dropna()
    return f"The best score goes from {shown(best.iloc[0])} to {shown(best.iloc[-1])} as the search goes on."


def _say_rungs(search: Any) -> str:
    counts = rungs_data(search).groupby("n_resources")["candidate"].nunique()
    steps = ", ".join(f"{count} on {shown(budget)}" for budget, count in counts.items())
    return f"How many candidates were tried on how much: {steps}."


def _say_importance(search: Any) -> str:
    data = parameter_importance_data(search)
    return ", ".join(f"{name} {value:.2f}" for name, value in data.itertuples(index=False))


def _say_points(what: str, scores: Scores) -> str:
    found = scores.table["score"]
    return f"{what} Scores go from {shown(found.min())} to {shown(found.max())}."
