from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from voicecall_core.checker.search import Search


class Arrow(NamedTuple):
    """A move of a drawn graph: where it leads, and whether it is made without anybody."""

    to: int
    autonomous: bool = True


def drawn(arrows: Mapping[int, list[Arrow]]) -> Search[int, Arrow]:
    """A search that begins at 0."""
    return Search(0, lambda state: [(arrow, arrow.to) for arrow in arrows.get(state, [])])


def searched(arrows: Mapping[int, list[Arrow]]) -> Search[int, Arrow]:
    search = drawn(arrows)
    search.run()
    assert search.complete
    return search


DIAMOND = {0: [Arrow(1), Arrow(2)], 1: [Arrow(3)], 2: [Arrow(3)], 3: [Arrow(4)]}
SHORT_CUT = {0: [Arrow(1), Arrow(3)], 1: [Arrow(2)], 2: [Arrow(3)]}


def ends_at(search: Search[int, Arrow], *goal: int) -> list[bool]:
    return [state in goal for state in search.states]


def test_equal_states_are_met_once_and_their_moves_are_all_counted() -> None:
    search = searched(DIAMOND)
    assert search.states == [0, 1, 2, 3, 4]
    assert search.tried == 5


def test_the_way_to_a_state_is_a_shortest_one() -> None:
    search = searched(SHORT_CUT)
    assert search.way_to(search.states.index(3)) == [Arrow(3)]
    assert search.way_to(0) == []


def test_it_stops_at_the_first_move_that_it_was_told_to_stop_at() -> None:
    search = drawn(SHORT_CUT)
    search.run(stop=lambda number, arrow: arrow.to in (2, 3))
    assert search.found == (0, Arrow(3))
    assert search.states == [0, 1, 3] and not search.complete


def test_it_ends_at_its_limit_and_when_it_has_gone_on_long_enough() -> None:
    endless: Search[int, Arrow] = Search(0, lambda state: [(Arrow(state + 1), state + 1)])
    endless.run(limit=100)
    assert len(endless.states) == 100 and not endless.complete
    endless = Search(0, lambda state: [(Arrow(state + 1), state + 1)])
    endless.run(progress=lambda left, known: left == 1000)
    assert len(endless.states) == 1001


def test_ways_are_counted_up_to_an_end_and_not_beyond_it() -> None:
    search = searched(DIAMOND)
    assert search.paths(search.dead_ends()) == [1, 1, 1, 2, 2]
    assert search.paths(ends_at(search, 3)) == [1, 1, 1, 2, 0]
    assert search.paths(ends_at(search, 1)) == [1, 1, 1, 1, 1]


def test_two_moves_to_one_state_are_two_ways() -> None:
    search = searched({0: [Arrow(1), Arrow(1, autonomous=False)]})
    assert search.paths(search.dead_ends()) == [1, 2]


def test_ways_through_a_circle_are_not_counted_but_a_move_that_changes_nothing_is_none() -> None:
    circle = searched({0: [Arrow(1)], 1: [Arrow(0), Arrow(2)]})
    assert circle.paths(circle.dead_ends()) is None
    still = searched({0: [Arrow(0), Arrow(1)]})
    assert still.paths(still.dead_ends()) == [1, 1]


def test_what_was_not_left_is_no_dead_end() -> None:
    search = drawn(DIAMOND)
    search.run(stop=lambda number, arrow: arrow.to == 2)
    assert search.dead_ends() == [False, False, False]


def test_a_goal_is_inevitable_by_the_longest_way_that_leads_to_it() -> None:
    search = searched(SHORT_CUT)
    lengths = dict(zip(search.states, search.inevitable(ends_at(search, 3)), strict=True))
    assert lengths == {0: 3, 1: 2, 2: 1, 3: 0}


def test_a_goal_is_not_inevitable_where_one_can_go_in_circles_or_stand_still() -> None:
    for arrows in (
        {0: [Arrow(1), Arrow(2)], 1: [Arrow(0)]},
        {0: [Arrow(0), Arrow(2)]},
        {0: [Arrow(2, autonomous=False)]},
        {0: [Arrow(1), Arrow(2)]},
    ):
        search = searched(arrows)
        assert search.inevitable(ends_at(search, 2))[0] == -1, arrows


def test_what_others_can_do_does_not_count_against_a_goal() -> None:
    search = searched({0: [Arrow(1, autonomous=False), Arrow(2)], 1: [Arrow(0, autonomous=False)]})
    assert search.inevitable(ends_at(search, 2)) == [1, -1, 0]
