"""Search over candidates that are chosen by what earlier ones have scored."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from skhpt._compat.sklearn import Interval, StrOptions
from skhpt.search._base import BaseSearch
from skhpt.search._check import check_parameter_names
from skhpt.search._param_space import parameter_space
from skhpt.search._selection import metric_named_by
from skhpt.strategies import BayesianStrategy, ParameterSpace, Sampler, Strategy, make_sampler
from skhpt.trials import TrialResult

# Trials in a batch: they feed as many workers, and as lanes of a fused program cost little more than one of them.
_TRIALS_A_BATCH = 16
_LEAST_BATCHES = 5


class BayesianSearchCV(BaseSearch):
    """Cross-validated search that learns from the candidates that were tried which one to try next.

    It begins with candidates drawn at random, and goes on in batches: a model of the scores says where a better one is
    likely, or where too little is known. With as many candidates it most often finds better ones than
    `RandomizedSearchCV`, the more so the more parameters matter; ``examples/benchmarks/bayesian.py`` shows how much.
    Needs the extra ``bayes``: ``pip install 'skhpt[bayes]'``.

    Parameters
    ----------
    estimator : estimator object
        As for `GridSearchCV`.
    param_space : dict, list of dict, list of HParam, or SearchSpace
        Names of parameters and what each may be: a list or tuple of options, or a `Choice`; an `Int`, a `Float`, or
        another range of numbers with attributes `low` and `high`; a `HParam` or a domain of TensorBoard's; `randint`,
        `uniform` or `loguniform` of `scipy.stats`. Numbers in a list are options like any others, and are not taken for
        near to each other. Of several dicts a candidate is in one, for parameters that make sense together only; this
        needs ``sampler="tpe"``.
    n_iter : int, default=30
        How many candidates to try. If there are fewer, each is tried once.
    sampler : {"tpe", "gp"}, default="tpe"
        What learns. ``"tpe"`` is the tree-structured Parzen estimator of optuna: quick, for any space. ``"gp"`` is the
        Gaussian process of the package bayesian-optimization: for a few numbers whose scores change smoothly; some
        tenths of a second a candidate. A few scores far below all others, as of models that diverge, blind it.
    n_initial : int, default=10
        How many candidates to draw at random first. They are all tried in one batch.
    batch_size : int or "auto", default="auto"
        How many candidates are tried at a time after those. They run in parallel, or in one fused program, and are
        chosen without knowing each other's scores. ``"auto"`` is as many as make 16 trials, but few enough for five
        batches; it depends neither on `n_jobs` nor on the machine, and so candidates don't.
    sampler_options : dict, default=None
        Further arguments of `optuna.samplers.TPESampler`, such as `multivariate`; or, with ``sampler="gp"``,
        `acquisition_function`, and `kernel`, `alpha` and the like of its Gaussian process.
    scoring, n_jobs, refit, cv, verbose, pre_dispatch, error_score, return_train_score
        As for `GridSearchCV`. With several metrics `refit` must name the one to learn from, or be a `OneStandardError`
        that does.
    random_state : int, RandomState instance or None, default=None
        Seeds the sampler: with an int from 0 to 2**32 - 1 and ``batch_size=1`` candidates are those that the library
        suggests by itself with that seed. Seeds as well the Keras wrappers in `estimator` that have no `random_state`.
        None takes the seeds from NumPy's global state.
    record_validation, repeats, refit_epochs, engine, max_retries, runs_dir, resume, max_time, checkpoint_seconds, \
max_epochs_total, target_score, store_predictions, loggers, progress
        As for `GridSearchCV`.

    Attributes
    ----------
    cv_results_, histories_, best_estimator_, best_model_, best_history_, best_params_, best_score_, best_index_, \
scorer_, n_splits_, refit_time_, multimetric_, run_, results_, engine_report_, fused_seconds_, corrected_score_, \
corrected_interval_
        As of `GridSearchCV`. The rows of `cv_results_` are in the order in which candidates were chosen.

    See Also
    --------
    RandomizedSearchCV : Candidates drawn at random.

    Notes
    -----
    A candidate of which a fit fails is one to keep away from, whatever `error_score` is; what it would have scored is
    not made up, but for the Gaussian process, to which it counts as the worst so far. No candidate is tried twice.

    References
    ----------
    J. Bergstra, R. Bardenet, Y. Bengio and B. Kégl, Algorithms for Hyper-Parameter Optimization, NeurIPS 2011.
    https://papers.nips.cc/paper/4443-algorithms-for-hyper-parameter-optimization
    J. Snoek, H. Larochelle and R. Adams, Practical Bayesian Optimization of Machine Learning Algorithms, NeurIPS 2012.
    https://arxiv.org/abs/1206.2944

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpt import BayesianSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(1e-3, 1e3), "gamma": loguniform(1e-4, 1e1), "kernel": ["rbf", "sigmoid"]}
    >>> search = BayesianSearchCV(SVC(), space, n_iter=20, random_state=0).fit(X, y)
    >>> len(search.cv_results_["params"]), bool(search.best_score_ > 0.95)
    (20, True)

    What a parameter may be has to be said in a way that a model can learn from:

    >>> BayesianSearchCV(SVC(), {"C": 3}).fit(X, y)
    Traceback (most recent call last):
    TypeError: In the 'param_space' parameter of BayesianSearchCV, 'C' must be a list or tuple of options, ...
    """

    _parameter_constraints: dict[str, Any] = {
        **BaseSearch._parameter_constraints,
        "n_iter": [Interval(Integral, 1, None, closed="left")],
        "sampler": [StrOptions({"tpe", "gp"})],
        "n_initial": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "sampler_options": [dict, None],
    }

    _round_task = "bayesian-batch"
    _rounds_are_batches = True

    def __init__(
        self,
        estimator: Any,
        param_space: Any,
        *,
        n_iter: int = 30,
        sampler: str = "tpe",
        n_initial: int = 10,
        batch_size: int | str = "auto",
        sampler_options: Mapping[str, Any] | None = None,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
        record_validation: bool = False,
        repeats: int = 1,
        refit_epochs: str = "same",
        engine: str = "auto",
        max_retries: int = 1,
        runs_dir: Any = None,
        resume: Any = False,
        max_time: float | None = None,
        checkpoint_seconds: float = 30.0,
        max_epochs_total: int | None = None,
        target_score: float | None = None,
        store_predictions: bool = False,
        loggers: Any = None,
        progress: bool | str = "auto",
    ) -> None:
        super().__init__(
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.param_space = param_space
        self.n_iter = n_iter
        self.sampler = sampler
        self.n_initial = n_initial
        self.batch_size = batch_size
        self.sampler_options = sampler_options
        self.random_state = random_state
        self.record_validation = record_validation
        self.repeats = repeats
        self.refit_epochs = refit_epochs
        self.engine = engine
        self.max_retries = max_retries
        self.runs_dir = runs_dir
        self.resume = resume
        self.max_time = max_time
        self.checkpoint_seconds = checkpoint_seconds
        self.max_epochs_total = max_epochs_total
        self.target_score = target_score
        self.store_predictions = store_predictions
        self.loggers = loggers
        self.progress = progress

    def _check_data(self, cv: Any, X: Any, y: Any, split_params: Mapping[str, Any]) -> None:
        space = self._space()
        self._make_sampler(space, seed=0)
        several = isinstance(self.scoring, (list, tuple, set, dict))
        if several and metric_named_by(self.refit) is None:
            raise ValueError(self._nothing_to_learn_from)
        for part in space.examples():  # a name of a part that is drawn late would be found out late
            check_parameter_names(self.estimator, space.params(part))

    def _space(self) -> ParameterSpace:
        return parameter_space(self.param_space, type(self).__name__)

    def _make_sampler(self, space: ParameterSpace, seed: int) -> Sampler:
        return make_sampler(
            self.sampler, space, seed=seed, n_initial=self.n_initial, options=self.sampler_options or {}
        )

    def _make_strategy(self) -> Strategy:
        space, seed = self._space(), self._seeds.sampler()
        if space.size < self.n_iter:
            message = (
                f"The total space of parameters {space.size} is smaller than n_iter={self.n_iter}. "
                f"Running {space.size} iterations. For exhaustive searches, use GridSearchCV."
            )
            warnings.warn(message, UserWarning, stacklevel=4)
        return BayesianStrategy(self._make_sampler(space, seed), self.n_iter, self._n_at_a_time, seed)

    @property
    def _n_at_a_time(self) -> int:
        if self.batch_size != "auto":
            return int(self.batch_size)
        learning = max(self.n_iter - self.n_initial, 1)
        return max(min(math.ceil(_TRIALS_A_BATCH / self._n_trials_a_candidate), learning // _LEAST_BATCHES), 1)

    @property
    def _takes_seeds(self) -> bool:
        return True  # the sampler does

    @property
    def _settings_that_decide(self) -> set[str]:
        # The metric to learn from: a search that goes on with another one would choose other candidates.
        return set() if metric_named_by(self.refit) is None else {"refit"}

    @property
    def _nothing_to_learn_from(self) -> str:
        return (
            f"The 'refit' parameter of {type(self).__name__} must name the metric to learn from where 'scoring' has "
            f"several, or be a OneStandardError with a metric. Got {self.refit!r} instead."
        )

    def _deciding_metric(self, trials: Sequence[TrialResult], refit_metric: Any) -> Any:
        metric = super()._deciding_metric(trials, refit_metric)
        if not isinstance(metric, str):
            raise ValueError(self._nothing_to_learn_from)
        return metric
