"""The seam to scikit-learn: its private parts, and what only some of its versions have.

scikit-learn promises nothing of private names. `tests/compat/test_sklearn.py` says what we rely on, and
`tests/compat/test_missing_parts.py` that searches end right without them.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import wraps
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score, check_scoring, make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.utils import Bunch, check_array, column_or_1d
from sklearn.utils.metadata_routing import process_routing
from sklearn.utils.parallel import delayed

from skhpt._compat._parts import private_part
from skhpt.exceptions import CompatibilityWarning

__all__ = [
    "OF_A_RUNNING_FIT",
    "OF_EACH_CLASS",
    "PARAMETER_CONSTRAINTS",
    "VALIDATION_ADVICE",
    "BaseSearchCV",
    "HasMethods",
    "Interval",
    "MultimetricScorer",
    "Options",
    "PassthroughScorer",
    "RealNotInt",
    "Scorer",
    "ShowsHtml",
    "StrOptions",
    "best_index",
    "callback_context",
    "check_method_params",
    "check_refit_names_a_metric",
    "check_sample_weight",
    "check_y",
    "context_path",
    "fit_context",
    "for_workers",
    "forget_callbacks",
    "has_callbacks",
    "inside_body",
    "is_behind_pipeline",
    "num_samples",
    "requests_of",
    "responses_of",
    "routed_params",
    "safe_split",
    "score_estimator",
    "scorer_parts",
    "scorer_with",
    "scorers_of",
    "search_scorers",
    "take_samples",
    "validate_parameter_constraints",
    "validate_params",
    "without_fit",
    "yields_constant_splits",
]

BaseSearchCV: Any = GridSearchCV.__base__
"""What a fitted search does: delegation, tags, routing."""
MultimetricScorer: Any = type(check_scoring(DummyClassifier(), scoring={"accuracy": "accuracy"}))
"""The class of scorers of several metrics."""
PassthroughScorer: Any = type(check_scoring(DummyClassifier(), scoring=None))
"""The class of the scorer that asks an estimator's own `score`."""
Scorer: Any = type(make_scorer(accuracy_score))
"""The class of scorers that are made of a function."""


class _Unchecked:
    """A constraint that nothing is held to."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        pass


def _unvalidated(*, prefer_skip_nested_validation: bool) -> Callable[[Any], Any]:
    """A decorator of `fit` that validates no parameters."""
    return lambda method: method


# The constraints that parameters are held to. They are one part: without one of them nothing is validated.
_CONSTRAINTS = ("HasMethods", "Interval", "Options", "RealNotInt", "StrOptions", "validate_parameter_constraints")
_LOSES = "The parameters of searches and wrappers are not validated."
_found = [private_part("sklearn.utils._param_validation", name, loses=_LOSES) for name in _CONSTRAINTS]
fit_context: Any = private_part("sklearn.base", "_fit_context", loses=_LOSES)
if fit_context is None or None in _found:
    fit_context = _unvalidated
    _found = [_Unchecked] * len(_CONSTRAINTS)
HasMethods: Any
Interval: Any
Options: Any
RealNotInt: Any
StrOptions: Any
HasMethods, Interval, Options, RealNotInt, StrOptions, validate_parameter_constraints = _found


PARAMETER_CONSTRAINTS: dict[str, Any] = getattr(BaseSearchCV, "_parameter_constraints", {})
"""Those of the parameters that all searches have."""


def validate_params(estimator: Any) -> None:
    """Raise if a parameter of an estimator is not what its constraints allow."""
    if fit_context is not _unvalidated:
        estimator._validate_params()


def _num_samples(X: Any) -> int:
    return int(X.shape[0]) if hasattr(X, "shape") else len(X)


def _check_y(y: Any, *, multi_output: bool = False, y_numeric: bool = False, estimator: Any = None) -> Any:
    if multi_output:
        return check_array(y, ensure_2d=False, dtype=float if y_numeric else None, input_name="y", estimator=estimator)
    return column_or_1d(y)


def _check_sample_weight(sample_weight: Any, X: Any, dtype: Any = None) -> Any:
    if np.isscalar(sample_weight):
        return np.full(num_samples(X), sample_weight, dtype=dtype)
    weights = check_array(sample_weight, ensure_2d=False, dtype=dtype or float, input_name="sample_weight")
    if weights.shape != (num_samples(X),):
        raise ValueError(f"sample_weight must have shape ({num_samples(X)},). It has {weights.shape}.")
    return weights


def _rows_of(values: Any, rows: Any) -> Any:
    rows = np.arange(num_samples(values))[rows]  # which may be a mask
    if isinstance(values, (list, tuple)):
        return [values[row] for row in rows]
    return values.iloc[rows] if hasattr(values, "iloc") else values[rows]


def _safe_split(estimator: Any, X: Any, y: Any, rows: Any, train: Any = None) -> tuple[Any, Any]:
    return _rows_of(X, rows), None if y is None else _rows_of(y, rows)


def _check_method_params(X: Any, params: Mapping[str, Any], indices: Any = None) -> dict[str, Any]:
    n_rows = num_samples(X)

    def of_rows(value: Any) -> Any:
        has_rows = hasattr(value, "__len__") and not isinstance(value, (str, dict)) and num_samples(value) == n_rows
        return _rows_of(value, indices) if has_rows and indices is not None else value

    return {name: of_rows(value) for name, value in params.items()}


def _score(estimator: Any, X: Any, y: Any, scorer: Any, params: Any, error_score: Any = "raise") -> Any:
    scores = scorer(estimator, X, *([] if y is None else [y]), **(params or {}))
    if not isinstance(scores, dict):
        return _number(scores)
    return {name: _number(error_score if isinstance(score, str) else score) for name, score in scores.items()}


def _number(score: Any) -> Any:
    number = score.item() if hasattr(score, "item") else score
    if not isinstance(number, Real):
        raise ValueError(f"scoring must return a number, got {score} ({type(score)}) instead.")
    return number


def _yields_constant_splits(cv: Any) -> bool:
    return isinstance(getattr(cv, "random_state", 0), (int, np.integer)) or not getattr(cv, "shuffle", True)


num_samples = private_part("sklearn.utils.validation", "_num_samples", _num_samples)
"""Number of rows of data of any kind."""
take_samples = private_part("sklearn.utils", "_safe_indexing", _rows_of)
"""Some rows of data of any kind, by number."""
check_y = private_part("sklearn.utils.validation", "_check_y", _check_y)
"""Validates a target alone, with the errors of `check_X_y`."""
check_sample_weight = private_part("sklearn.utils.validation", "_check_sample_weight", _check_sample_weight)
"""Validates sample weights."""
check_method_params = private_part("sklearn.utils.validation", "_check_method_params", _check_method_params)
"""Splits what has a row for each sample."""
safe_split = private_part(
    "sklearn.utils.metaestimators",
    "_safe_split",
    _safe_split,
    loses="Kernels and distances are not split by columns, which estimators of pairwise data need.",
)
"""Rows of X and y; it knows pairwise estimators."""
score_estimator = private_part(
    "sklearn.model_selection._validation", "_score", _score, loses="A scorer that raises fails its trial."
)
"""Scores, with errors and warnings."""
yields_constant_splits = private_part(
    "sklearn.model_selection._split", "_yields_constant_splits", _yields_constant_splits
)
"""Whether a splitter gives the same folds each time, which halving needs."""


VALIDATION_ADVICE = (
    "To have them transformed, call sklearn.set_config(enable_metadata_routing=True), make the pipeline with "
    "transform_input=['X_val'], let the network ask for them with .set_fit_request(X_val=True, y_val=True), and call "
    "fit(X, y, X_val=..., y_val=...). Or hold out rows of the training data with validation_split."
)
"""How the steps of a pipeline are made to transform validation rows."""


OF_EACH_CLASS = {"_sklearn_auto_wrap_output_keys"}
"""Attributes that scikit-learn gives each class of estimators."""


def requests_of(estimator: Any) -> Any:
    """The metadata that an estimator was told to ask for by its ``set_..._request``; None if nothing was said."""
    return vars(estimator).get("_metadata_request")


def search_scorers(search: Any) -> tuple[Any, Any]:
    """The scorer of a search, and the name of the metric that its `refit` goes by."""
    if hasattr(search, "_get_scorers"):
        scorers: tuple[Any, Any] = search._get_scorers()
        return scorers
    scorer = check_scoring(search.estimator, search.scoring)
    return scorer, search.refit if isinstance(scorer, MultimetricScorer) else "score"


def routed_params(search: Any, params: Mapping[str, Any]) -> Any:
    """The arguments of a search's `fit`, by who takes them: the estimator, the splitter and the scorer."""
    if hasattr(search, "_get_routed_params_for_fit"):
        return search._get_routed_params_for_fit(dict(params))
    if get_config()["enable_metadata_routing"]:
        return process_routing(search, "fit", **params)
    for_splitter = {"groups": params.get("groups")}
    others = {name: value for name, value in params.items() if name != "groups"}
    return Bunch(estimator=Bunch(fit=others), splitter=Bunch(split=for_splitter), scorer=Bunch(score={}))


def best_index(refit: Any, metric: Any, results: Mapping[str, Any]) -> Any:
    """The row of `cv_results_` that a search takes for its best candidate."""
    if hasattr(BaseSearchCV, "_select_best_index"):
        return BaseSearchCV._select_best_index(refit, metric, results)
    if not callable(refit):
        return results[f"rank_test_{metric}"].argmin()
    index = refit(results)
    if not isinstance(index, Integral):
        raise TypeError("best_index_ returned is not an integer")
    if not 0 <= int(index) < len(results["params"]):
        raise IndexError("best_index_ index out of range")
    return index


def check_refit_names_a_metric(search: Any, metrics: Any) -> None:
    """Raise if a search has several metrics, and its `refit` names none of them."""
    if hasattr(search, "_check_refit_for_multimetric"):
        search._check_refit_for_multimetric(metrics)
    elif search.refit is not False and not callable(search.refit) and search.refit not in metrics:
        raise ValueError(f"refit must be the name of a metric, a callable or False. Got {search.refit!r}.")


def scorers_of(scorer: Any) -> dict[str, Any] | None:
    """The scorers of a `MultimetricScorer`, by metric; None for any other scorer."""
    return scorer._scorers if isinstance(scorer, MultimetricScorer) else None


def scorer_parts(scorer: Any) -> tuple[Callable[..., Any], dict[str, Any], int]:
    """The function of a `Scorer`, its other arguments, and -1 where it is a loss, else 1."""
    return scorer._score_func, dict(scorer._kwargs), int(scorer._sign)


def scorer_with(scorer: Any, options: dict[str, Any]) -> Any:
    """A copy of a `Scorer` with other arguments for its function."""
    copied = copy.copy(scorer)
    copied._kwargs = options
    return copied


def responses_of(scorer: Any, estimator: Any, X: Any, y: Any) -> Any:
    """What a `Scorer` asks a fitted estimator of rows: classes, probabilities, decisions or numbers."""
    asking = copy.copy(scorer)
    # Of the function's signature the scorer reads which class it asks the probability of.
    asking._score_func = wraps(scorer._score_func)(lambda y_true, y_pred, **ignored: [y_pred])
    asking._sign = 1
    (responses,) = asking(estimator, X, y)
    return responses


# Callbacks, which scikit-learn has since version 1.9.

_CONTEXT_OF_STEP = "_parent_callback_ctx"
OF_A_RUNNING_FIT = {"_callback_fit_ctx", "_skl_callbacks_to_teardown"}
"""Attributes of an estimator whose fit is in progress."""


class _NoContext:
    """A task that no callback is told of."""

    parent = None

    def subcontext(self, **options: Any) -> _NoContext:
        """A task below."""
        return self

    def call_on_fit_task_begin(self, **options: Any) -> None:
        """Tell nobody."""

    def call_on_fit_task_end(self, **options: Any) -> None:
        """Tell nobody."""

    def propagate_callback_context(self, sub_estimator: Any) -> Any:
        """Tell nobody of an estimator's own tasks."""
        return nullcontext()


def callback_context(search: Any, max_subtasks: int) -> Any:
    """The task of a fit that begins, whose callbacks were set on a search."""
    if not hasattr(search, "_init_callback_context"):
        if any("callback" in name for name in getattr(search, "__dict__", ())):
            warnings.warn("scikit-learn's callbacks are not told of the search.", CompatibilityWarning, stacklevel=2)
        return _NoContext()
    return search._init_callback_context(max_subtasks=max_subtasks)


def has_callbacks(estimator: Any) -> bool:
    """Whether callbacks were set on an estimator."""
    return hasattr(estimator, "_skl_callbacks")


def forget_callbacks(estimator: Any) -> None:
    """Tell an estimator's callbacks nothing any more."""
    vars(estimator).pop("_skl_callbacks", None)


def context_path(context: Any) -> Any:
    """A copy of a context and of those above it, without those beside them."""
    if isinstance(context, _NoContext):
        return context
    copied = copy.copy(context)
    copied._children_map = {}
    if context.parent is not None:
        copied.parent = context_path(context.parent)
        copied.parent._children_map = {copied.task_id: copied}
    return copied


def without_fit(estimator: Any) -> Any:
    """A copy of an estimator without what was learnt in a fit."""
    copied = copy.copy(estimator)
    for name in [name for name in vars(copied) if name.endswith("_") or name == _CONTEXT_OF_STEP]:
        delattr(copied, name)
    return copied


def is_behind_pipeline(estimator: Any) -> bool:
    """Whether an estimator is being fitted by a `Pipeline` of scikit-learn's, as its last step and not its only one.

    Its `fit` tells each step which task it is, for callbacks: not before scikit-learn 1.9, and not in pipelines of
    imbalanced-learn's.
    """
    context = getattr(estimator, _CONTEXT_OF_STEP, None)
    if getattr(context, "task_name", None) not in ("fit-final-estimator", "fit-transform-final-estimator"):
        return False
    return bool(getattr(getattr(context, "parent", None), "max_subtasks", 1) != 1)


class ShowsHtml:
    """Mixin of estimators that say by `_html_repr` how notebooks show them, as scikit-learn's do since version 1.7."""

    def _html_repr(self) -> str:
        raise NotImplementedError

    def _repr_html_inner(self) -> str:
        return self._html_repr()

    def _repr_mimebundle_(self, **options: Any) -> dict[str, str]:
        shown: dict[str, str] = super()._repr_mimebundle_(**options)  # type: ignore[misc]
        return shown | {"text/html": self._html_repr()} if "text/html" in shown else shown


def inside_body(page: str, addition: str) -> str:
    """A page, such as `estimator_html_repr` makes, with something at its end."""
    before, body, after = page.rpartition("</body>")
    return f"{before}{addition}{body}{after}" if body else page + addition


def for_workers(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as a worker calls it: with the caller's configuration, and, as of scikit-learn 1.7, with the
    caller's filters of warnings.
    """
    call, _, _ = delayed(function)()
    with_filters = getattr(call, "with_config_and_warning_filters", None)
    prepared: Callable[..., Any] = (
        call.with_config(get_config()) if with_filters is None else with_filters(get_config(), warnings.filters)
    )
    return prepared
