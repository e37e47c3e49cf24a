"""The one place that takes something from scikit-learn's private modules, and what for.

The names below are not covered by scikit-learn's promise of stability. `tests/test_sklearn_seam.py` says what we rely
on. Every other module of skhpt imports scikit-learn's public names only.
"""

from typing import Any

from sklearn.base import _fit_context as fit_context  # validates parameters, honours `skip_parameter_validation`
from sklearn.metrics._scorer import _MultimetricScorer as MultimetricScorer  # what several metrics are computed by
from sklearn.metrics._scorer import _PassthroughScorer as PassthroughScorer  # the estimator's own `score`
from sklearn.metrics._scorer import _Scorer as Scorer  # a function of targets and responses, to score rows again by
from sklearn.model_selection._search import BaseSearchCV  # what a fitted search does: delegation, tags, routing
from sklearn.model_selection._split import _yields_constant_splits as yields_constant_splits  # as halving needs them
from sklearn.model_selection._validation import _score as score_estimator  # scoring, with its errors and warnings
from sklearn.utils._param_validation import (  # constraints that say themselves
    HasMethods,
    Interval,
    Options,
    RealNotInt,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils.metaestimators import _safe_split as safe_split  # knows pairwise estimators
from sklearn.utils.validation import _check_method_params as check_method_params  # splits what goes with the rows
from sklearn.utils.validation import _check_sample_weight as check_sample_weight
from sklearn.utils.validation import _check_y as check_y  # a target alone, with the errors that `check_X_y` has
from sklearn.utils.validation import _num_samples as num_samples

__all__ = [
    "VALIDATION_ADVICE",
    "BaseSearchCV",
    "HasMethods",
    "Interval",
    "MultimetricScorer",
    "Options",
    "PassthroughScorer",
    "RealNotInt",
    "Scorer",
    "StrOptions",
    "check_method_params",
    "check_sample_weight",
    "check_y",
    "fit_context",
    "inside_body",
    "is_behind_pipeline",
    "num_samples",
    "safe_split",
    "score_estimator",
    "validate_parameter_constraints",
    "yields_constant_splits",
]


VALIDATION_ADVICE = (
    "To have them transformed, call sklearn.set_config(enable_metadata_routing=True), make the pipeline with "
    "transform_input=['X_val'], let the network ask for them with .set_fit_request(X_val=True, y_val=True), and call "
    "fit(X, y, X_val=..., y_val=...). Or hold out rows of the training data with validation_split."
)
"""How the steps of a pipeline are made to transform validation rows."""


def is_behind_pipeline(estimator: Any) -> bool:
    """Whether an estimator is being fitted by a `Pipeline` of scikit-learn's, as its last step and not its only one.

    Its `fit` tells each step which task it is, for callbacks. Pipelines of imbalanced-learn's do not.
    """
    context = getattr(estimator, "_parent_callback_ctx", None)
    if getattr(context, "task_name", None) not in ("fit-final-estimator", "fit-transform-final-estimator"):
        return False
    return bool(getattr(getattr(context, "parent", None), "max_subtasks", 1) != 1)


def inside_body(page: str, addition: str) -> str:
    """A page, such as `estimator_html_repr` makes, with something at its end."""
    before, body, after = page.rpartition("</body>")
    return f"{before}{addition}{body}{after}" if body else page + addition
