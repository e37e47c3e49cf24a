import pickle

import pytest

from skhpt.trials import Deadline


@pytest.mark.parametrize(
    ("deadline", "is_set", "is_over"),
    [
        (Deadline(), False, False),
        (Deadline(may_end_early=True), True, False),
        (Deadline(1e6), True, False),
        (Deadline(0), True, True),
    ],
)
def test_whether_it_may_be_over_and_is(deadline, is_set, is_over):
    assert (deadline.is_set, deadline.is_over) == (is_set, is_over)


@pytest.mark.parametrize("seconds", [None, 1e6])
def test_it_is_over_as_soon_as_somebody_says_so(seconds):
    deadline = Deadline(seconds, may_end_early=True)
    deadline.end_now()
    assert deadline.is_over
    assert pickle.loads(pickle.dumps(deadline)).is_over
