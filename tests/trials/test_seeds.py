import numpy as np

from skhpt.trials import SearchSeeds


def test_every_purpose_has_its_own_seed():
    seeds = SearchSeeds.from_random_state(0)
    drawn = [seeds.trial(fold, repeat) for fold in range(10) for repeat in range(10)]
    drawn += [seeds.refit(), seeds.correction()]
    assert len(set(drawn)) == len(drawn)


def test_an_int_gives_the_same_seeds_again_and_another_int_others():
    first, again, other = (SearchSeeds.from_random_state(state) for state in (1, 1, 2))
    assert first.trial(0) == again.trial(0)
    assert first.trial(0) != other.trial(0)


def test_seeds_fit_what_numpy_accepts():
    seeds = SearchSeeds.from_random_state(0)
    for fold in range(50):
        np.random.RandomState(seeds.trial(fold))


def test_a_random_state_is_read_and_not_advanced():
    state = np.random.RandomState(3)
    before = state.get_state()[1].copy()
    first, again = SearchSeeds.from_random_state(state), SearchSeeds.from_random_state(state)
    assert first == again
    np.testing.assert_array_equal(state.get_state()[1], before)


def test_none_is_numpys_global_state_which_is_read_and_not_advanced():
    np.random.seed(3)
    first = SearchSeeds.from_random_state(None)
    drawn = np.random.random()
    other = SearchSeeds.from_random_state(None)
    np.random.seed(3)
    assert SearchSeeds.from_random_state(None) == first != other
    assert np.random.random() == drawn


def test_a_search_moves_the_global_state_on_for_the_next_and_no_other_state():
    state = np.random.RandomState(3)
    before = state.get_state()[1].copy()
    first = SearchSeeds.from_random_state(None)
    SearchSeeds.advance(state)
    SearchSeeds.advance(0)
    assert SearchSeeds.from_random_state(None) == first
    SearchSeeds.advance(None)
    assert SearchSeeds.from_random_state(None) != first
    np.testing.assert_array_equal(state.get_state()[1], before)
