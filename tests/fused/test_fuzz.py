"""Random searches: both engines agree, and with Keras' own `fit` where it can be called just as well."""

import keras
import pytest

from tests.fused.fuzz import check

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # Keras warns of many a combination


@pytest.mark.parametrize("first", range(0, 12, 6))
def test_random_searches_train_the_same_under_both_engines(first):
    outcomes = []
    for seed in range(first, first + 6):
        outcomes.append(check(seed))
        keras.backend.clear_session()
    assert outcomes.count("fused") >= 3, outcomes
