"""The choice of pairs that the plan's space is walked by."""

from __future__ import annotations

from itertools import combinations

from tests.pairwise import pairwise

FACTORS = {f"f{number}": tuple(range(2 + number % 3)) for number in range(12)}


def test_any_two_values_meet_and_in_few_rows() -> None:
    rows = pairwise(FACTORS)
    for one, two in combinations(FACTORS, 2):
        met = {(row[one], row[two]) for row in rows}
        assert met == {(first, second) for first in FACTORS[one] for second in FACTORS[two]}
    assert len(rows) <= 2 * 4 * 4


def test_the_same_rows_every_time() -> None:
    assert pairwise(FACTORS) == pairwise(FACTORS)
