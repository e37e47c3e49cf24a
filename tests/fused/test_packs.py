"""Which widths share a program, by what padding and programs cost."""

import pytest

from skhpt.fused._packs import Known, Pack, Prices, Work, packs

NARROW, MIDDLE, WIDE = (8,), (32,), (128,)
LITTLE, MUCH = Work(10**3, 40), Work(10**9, 40)


def prices(trace_seconds=1.0, known=()):
    return Prices(lambda widths: 64 * widths[0], trace_seconds, known)


def members(found):
    return [pack.members for pack in found]


def test_little_work_shares_one_program():
    assert packs({NARROW: LITTLE, WIDE: LITTLE, MIDDLE: LITTLE}, prices()) == [Pack((NARROW, MIDDLE, WIDE))]


def test_much_work_has_a_program_for_each_width():
    assert members(packs({NARROW: MUCH, MIDDLE: MUCH, WIDE: MUCH}, prices())) == [(NARROW,), (MIDDLE,), (WIDE,)]


def test_what_is_nearly_as_wide_shares_a_program_where_what_is_not_has_its_own():
    found = packs({(127,): MUCH, NARROW: MUCH, WIDE: MUCH, (9,): MUCH}, prices(trace_seconds=20.0))
    assert members(found) == [(NARROW, (9,)), ((127,), WIDE)]


def test_the_dearer_a_program_the_more_share_it():
    work = {NARROW: MUCH, WIDE: MUCH}
    dear = 10**9 * 64 * 128 * 1e-9
    assert [len(packs(work, prices(trace_seconds))) for trace_seconds in (0.5, dear)] == [2, 1]


def test_a_program_that_is_there_costs_nothing_more():
    known = Known(WIDE, lambda widths: widths <= WIDE, number=3)
    assert packs({NARROW: LITTLE}, prices(known=[known])) == [Pack((NARROW,), program=3)]


def test_a_program_that_is_there_is_too_wide_for_much_work():
    known = Known(WIDE, lambda widths: widths <= WIDE, number=3)
    assert packs({NARROW: MUCH}, prices(known=[known])) == [Pack((NARROW,), program=None)]


def test_only_a_program_that_has_room_is_used():
    known = Known(WIDE, lambda widths: widths == WIDE, number=3)
    assert packs({NARROW: LITTLE}, prices(known=[known])) == [Pack((NARROW,), program=None)]


@pytest.mark.parametrize("works", [[(1, 5), (2, 7)], [(3, 7), (0, 5)]])
def test_the_work_of_lanes_together_is_all_of_their_rows_and_the_steps_of_the_longest(works):
    assert Work.of([Work(*work) for work in works]) == Work(3, 7)
