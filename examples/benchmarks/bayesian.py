"""Bayesian search against random search, at equal numbers of trials.

Three test functions that are hard for both, and two real data sets, each with 20 seeds. Prints the mean of the best
score so far after so many trials, in how many seeds the end is better than random search's, and the p-value of
Wilcoxon's signed-rank test of the paired ends (one-sided: that Bayesian search is better). Takes about half an hour on
2 cores, nearly all of it for the Gaussian process.

The functions, turned round so that higher is better and 0 is the best: Hartmann's in 6 dimensions; Ackley's in 5, its
optimum moved to a place that depends on the seed; Rosenbrock's in 4, in coordinates that a seed has rotated.
https://www.sfu.ca/~ssurjano/optimization.html

An arm is `random`, `tpe` or `gp`, with a batch size after it if that is not 1: `tpe-4`.
"""

import argparse
import warnings
from functools import partial

import numpy as np
from joblib import Parallel, delayed
from scipy.stats import wilcoxon
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.decomposition import PCA
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from skhpt.strategies import BayesianStrategy, Category, Number, ParameterSpace, Report, make_sampler

HARTMANN_A = np.array(
    [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
)
HARTMANN_P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def hartmann(x):
    return np.exp(-(HARTMANN_A * (x - HARTMANN_P) ** 2).sum(axis=1)) @ [1, 1.2, 3, 3.2] - 3.32237


def ackley(x, seed):
    x = x - np.random.default_rng(seed).uniform(-20, 20, len(x))
    return 20 * np.exp(-0.2 * np.sqrt(np.mean(x**2))) - 20 + np.exp(np.mean(np.cos(2 * np.pi * x))) - np.e


def rosenbrock(x, seed):
    rotation, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(x), len(x))))
    x = rotation @ (x - 1) + 1
    return -(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def of_numbers(function, low, high, n_dimensions):
    space = ParameterSpace([{f"x{i}": Number(low, high) for i in range(n_dimensions)}])
    return space, lambda params: float(function(np.array(list(params.values()))))


def on_data(data, cv, make_last, space):
    X, y = data(return_X_y=True)

    def score(params):
        params = dict(params)
        model = make_pipeline(StandardScaler(), PCA(params.pop("n_components")), make_last(**params))
        return float(cross_val_score(model, X, y, cv=cv).mean())

    return ParameterSpace([space]), score


def make_problem(name, seed):
    """The space, and the function from a setting to its score."""
    if name == "Hartmann-6":
        return of_numbers(hartmann, 0, 1, 6)
    if name == "Ackley-5, shifted":
        return of_numbers(partial(ackley, seed=seed), -32.768, 32.768, 5)
    if name == "Rosenbrock-4, rotated":
        return of_numbers(partial(rosenbrock, seed=seed), -5, 10, 4)
    log = partial(Number, log=True)
    if name == "breast_cancer, SVC":
        options = {"kernel": Category(("rbf", "sigmoid")), "class_weight": Category((None, "balanced"))}
        space = {"C": log(1e-4, 1e4), "gamma": log(1e-6, 1e2), "n_components": Number(1, 30, is_int=True), **options}
        return on_data(load_breast_cancer, StratifiedKFold(5, shuffle=True, random_state=seed), SVC, space)
    space = {"C": log(1e-3, 1e4), "gamma": log(1e-6, 1e2), "epsilon": log(1e-2, 1e2)}
    space |= {"n_components": Number(1, 10, is_int=True), "kernel": Category(("rbf", "sigmoid"))}
    return on_data(load_diabetes, KFold(5, shuffle=True, random_state=seed), SVR, space)


PROBLEMS = ["Hartmann-6", "Ackley-5, shifted", "Rosenbrock-4, rotated", "breast_cancer, SVC", "diabetes, SVR"]


def best_so_far(problem, arm, seed, n_trials):
    """The best score after each trial."""
    space, score = make_problem(problem, seed)
    if arm == "random":
        rng = np.random.default_rng(seed)
        scores = [score(space.params(space.draw(rng))) for _ in range(n_trials)]
        return np.maximum.accumulate(scores)
    sampler, _, batch_size = arm.partition("-")
    strategy = BayesianStrategy(
        make_sampler(sampler, space, seed=seed, n_initial=10), n_trials, int(batch_size or 1), seed
    )
    scores = []
    while not strategy.is_done:
        for request in strategy.ask():
            scores.append(score(request.candidate.params))
            strategy.tell(Report(request.candidate.index, scores[-1]))
    return np.maximum.accumulate(scores)


def report(problem, curves, n_trials):
    shown = sorted({n_trials * part // 5 for part in range(1, 6)} - {0})
    print(f"\n{problem}: mean of the best after so many trials")
    print(" " * 10, *(f"{n:>9}" for n in shown), "     better  equal   p")
    for arm, of_arm in curves.items():
        means = " ".join(f"{of_arm[:, n - 1].mean():>9.4g}" for n in shown)
        differences = of_arm[:, -1] - curves["random"][:, -1]
        test = ""
        if np.any(differences):
            p = wilcoxon(differences, alternative="greater").pvalue
            test = f"   {np.sum(differences > 0):>4}/{len(differences)} {np.sum(differences == 0):>5}   {p:.2g}"
        print(f"{arm:<10} {means}{test}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--arms", default="tpe,tpe-4,gp,gp-4", help="besides random search")
    parser.add_argument("--problems", default="", help="the beginnings of their names, with commas between; all")
    parser.add_argument("--n-jobs", type=int, default=-1)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    beginnings = tuple(arguments.problems.split(","))
    for problem in (name for name in PROBLEMS if name.startswith(beginnings)):
        curves = {}
        for arm in ["random", *arguments.arms.split(",")]:
            jobs = (delayed(best_so_far)(problem, arm, seed, arguments.trials) for seed in range(arguments.seeds))
            curves[arm] = np.array(Parallel(arguments.n_jobs)(jobs))
        report(problem, curves, arguments.trials)


if __name__ == "__main__":
    main()
