"""A series is the list it stands for, and keeps its past by sharing it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_core.call.series import MOST, Series

_CHANGES = st.lists(st.one_of(st.lists(st.integers(), max_size=70), st.integers(0, 10_000)), max_size=20)


@given(_CHANGES)
def test_it_is_the_list_it_stands_for(changes: list[list[int] | int]) -> None:
    series, items = Series[int](), list[int]()
    for change in changes:
        before, was = series, list(items)
        if isinstance(change, list):
            series, items = series.added(*change), items + change
        elif items:
            series = series.replaced(change % len(items), -1)
            items[change % len(items)] = -1
        assert list(before) == was, "the one before stays as it was"
    assert (list(series), [*reversed(series)][::-1], [series[at] for at in range(len(series))]) == (items,) * 3
    assert [series[at] for at in range(-len(series), 0)] == items
    assert all(list(series.since(at)) == items[at:] for at in range(len(items) + 2))
    assert series == Series.of(items) and hash(series) == hash(Series.of(items))
    assert series[1:-1] == tuple(items[1:-1])


def test_the_oldest_are_left_out_and_counted() -> None:
    series = Series[int]()
    for item in range(3 * MOST):
        series = series.added(item)
    assert MOST <= len(series) < MOST + 64 and series.total == 3 * MOST
    assert list(series) == list(range(series.left_out, 3 * MOST))
    assert series.replaced(3 * MOST - 1, -1)[-1] == -1
    assert series.since(0) == tuple(series) and series.since(3 * MOST - 2) == (3 * MOST - 2, 3 * MOST - 1)
    with pytest.raises(AssertionError, match="item 0 is not kept"):
        series.replaced(0, -1)
    with pytest.raises(IndexError):
        series[len(series)]
