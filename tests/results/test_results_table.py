import math

import numpy as np
import pandas as pd
import pytest

from skhpt.results import results_table, score_table, short_names
from skhpt.trials import Budget, Candidate, EpochLog
from tests.fakes import result


def table_of(candidates, trials, score="mean_test_score"):
    return results_table(candidates, trials, score_table(candidates, trials, error_score=math.nan), score)


def candidates_of(*settings):
    return [Candidate(index, params) for index, params in enumerate(settings)]


def epochs(n):
    return tuple(EpochLog(epoch, {"loss": 1.0}, 0.1) for epoch in range(1, n + 1))


def test_the_best_candidate_stands_first_and_ties_share_a_rank():
    candidates = candidates_of({"units": 8}, {"units": 16}, {"units": 32}, {"units": 64})
    table = table_of(candidates, [result(c, score=score) for c, score in enumerate([0.5, 0.9, math.nan, 0.9])])
    assert table.index.tolist() == [1, 3, 0, 2]
    assert table["rank"].tolist() == [1, 1, 3, 4]
    assert table["units"].tolist() == [16, 64, 8, 32]


def test_mean_and_deviation_are_over_folds():
    trials = [result(0, fold, score) for fold, score in enumerate([0.5, 0.7])]
    row = table_of(candidates_of({"units": 8}), trials).loc[0]
    assert (row["mean"], row["std"]) == pytest.approx((0.6, 0.1))


def test_of_several_metrics_each_has_its_columns_and_one_decides():
    candidates = candidates_of({"units": 8}, {"units": 16})
    scores = [{"accuracy": 0.9, "loss": -2.0}, {"accuracy": 0.8, "loss": -1.0}]
    trials = [result(c, test_scores=own, multimetric=True) for c, own in enumerate(scores)]
    table = table_of(candidates, trials, "mean_test_loss")
    assert list(table) == [
        "rank", "units", "mean_accuracy", "std_accuracy", "mean_loss", "std_loss", "seconds", "engine"
    ]  # fmt: skip
    assert table.index.tolist() == [1, 0]


def test_of_a_halving_each_candidate_stands_with_its_last_rung_and_later_rungs_come_first():
    first, second = Budget(1, rung=0, last=False), Budget(3, rung=1)
    candidates = candidates_of({"units": 8}, {"units": 16}, {"units": 32})
    trials = [result(c, score=score, budget=first) for c, score in enumerate([0.7, 0.9, 0.8])]
    trials += [result(1, score=0.75, budget=second, fit_seconds=4.0)]
    table = table_of([*candidates, candidates[1]], trials)
    assert table.index.tolist() == [1, 2, 0]
    assert table["rung"].tolist() == [1, 0, 0]
    assert table["mean"].tolist() == [0.75, 0.8, 0.7]
    assert table["seconds"].tolist() == [1.5 + 4.5, 1.5, 1.5], "what earlier rungs took is part of it"


def test_of_brackets_the_budget_says_who_got_further():
    whole, part = Budget(9, rung=0, bracket=0), Budget(3, rung=1, bracket=2, last=False)
    candidates = candidates_of({"units": 8}, {"units": 16})
    table = table_of(candidates, [result(0, score=0.9, budget=part), result(1, score=0.6, budget=whole)])
    assert table.index.tolist() == [1, 0]
    assert table["bracket"].tolist() == [0, 2]


def test_epochs_are_those_of_the_training_and_a_mean_where_folds_differ():
    candidates = candidates_of({"units": 8}, {"units": 16})
    trials = [
        *(result(0, fold, score=0.9, epochs=epochs(3)) for fold in range(2)),
        *(result(1, fold, score=0.8, epochs=epochs(2 + fold)) for fold in range(2)),
    ]
    assert table_of(candidates, trials)["epochs"].tolist() == [3, 2.5]
    assert "epochs" not in table_of(candidates, [result(0), result(1)])


def test_both_engines_are_named_where_folds_differ():
    trials = [result(0, 0, engine="fused"), result(0, 1)]
    assert table_of(candidates_of({"units": 8}), trials)["engine"].tolist() == ["fused, per-trial"]


def test_parameters_that_only_some_candidates_set_are_missing_in_others():
    table = table_of(candidates_of({"clf__units": 8}, {"clf__depth": 2}), [result(0, score=0.9), result(1)])
    assert table["units"].tolist() == [8, pd.NA]
    assert table["depth"].dtype == "Int64"


def test_parameters_may_be_anything():
    table = table_of(candidates_of({"layers": [8, 8]}, {"layers": np.tanh}), [result(0, score=0.9), result(1)])
    assert table["layers"].tolist() == [[8, 8], np.tanh]


@pytest.mark.parametrize(
    "values", [[2**63, 1], [-(2**63) - 1, 2**64], [2**63, 0.5], [np.ma.array([1, 2], mask=[0, 1]), 1]], ids=repr
)
def test_parameters_that_no_column_of_numbers_holds_are_objects(values):
    table = table_of(candidates_of(*({"a": value} for value in values)), [result(0, score=0.9), result(1)])
    assert table["a"].dtype == object
    assert all(one is other for one, other in zip(table["a"], values, strict=True))


def test_a_parameter_that_is_called_as_a_column_keeps_a_prefix():
    table = table_of(candidates_of({"epochs": 3, "m__mean": 1}), [result(0, epochs=epochs(2))])
    assert table.loc[0, ["param_epochs", "epochs", "m__mean"]].tolist() == [3, 2, 1]


def test_names_are_as_short_as_can_be_and_no_shorter():
    names = short_names(["a__units", "b__units", "units__c", "lr"])
    assert names == {"a__units": "a__units", "b__units": "b__units", "units__c": "c", "lr": "lr"}
    assert short_names(["units", "a__units"]) == {"units": "units", "a__units": "a__units"}
    assert short_names(["metrics__0", "clf__a__units", "clf__b__units"]) == {
        "metrics__0": "metrics__0",
        "clf__a__units": "a__units",
        "clf__b__units": "b__units",
    }
