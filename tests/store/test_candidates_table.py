"""A row a candidate."""

from skhpt.store import StoredRun, candidates_table
from tests.fakes import result
from tests.store.runs import make_halving, make_run


def test_candidates_come_with_the_best_first(tmp_path):
    table = candidates_table(StoredRun(make_run(tmp_path, {8: (0.5,), 16: (0.75,), 32: (0.25,)})))
    assert table.to_dict("records") == [
        {"candidate": candidate, "mean_test_score": score, "std_test_score": 0.0, "param_units": units}
        for candidate, units, score in [(1, 16, 0.75), (0, 8, 0.5), (2, 32, 0.25)]
    ]


def test_the_last_round_of_a_halving_comes_before_others_whatever_their_scores(tmp_path):
    table = candidates_table(StoredRun(make_halving(tmp_path, [{1: 0.9, 2: 0.8, 3: 0.7}, {2: 0.5, 3: 0.6}])))
    assert table[["iter", "candidate"]].to_numpy().tolist() == [[1, 2], [1, 1], [0, 0], [0, 1], [0, 2]]


def test_candidates_whose_trials_have_not_all_ended_are_left_out(tmp_path):
    results = [result(0, 0, 0.5), result(0, 1, 0.5), result(1, 0, 0.9)]
    assert candidates_table(StoredRun(make_run(tmp_path, {1: (0, 0), 2: (0, 0)}, results=results)))[
        "candidate"
    ].tolist() == [0]


def test_without_candidates_the_table_has_no_rows(tmp_path):
    assert candidates_table(StoredRun(make_run(tmp_path, results=[]))).empty
