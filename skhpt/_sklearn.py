"""The one place that takes something from scikit-learn's private modules, and what for.

The names below are not covered by scikit-learn's promise of stability. `tests/test_sklearn_seam.py` says what we rely
on. Every other module of skhpt imports scikit-learn's public names only.
"""

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
    "num_samples",
    "safe_split",
    "score_estimator",
    "validate_parameter_constraints",
    "yields_constant_splits",
]


def inside_body(page: str, addition: str) -> str:
    """A page, such as `estimator_html_repr` makes, with something at its end."""
    before, body, after = page.rpartition("</body>")
    return f"{before}{addition}{body}{after}" if body else page + addition
