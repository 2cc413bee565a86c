"""All pairs of values of several factors in few rows, by a greedy choice that is the same every time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import Any

Row = dict[str, Any]
Pair = tuple[tuple[str, int], tuple[str, int]]


def pairwise(factors: Mapping[str, Sequence[Any]]) -> list[Row]:
    """Rows with one value for each factor; any two values of two factors meet in one of them."""
    open_pairs = _all_pairs(factors)
    rows: list[Row] = []
    while open_pairs:
        chosen: dict[str, int] = dict(next(iter(open_pairs)))
        for name, values in factors.items():
            if name not in chosen:
                gains = [
                    sum(_pair(name, at, other, chosen[other]) in open_pairs for other in chosen)
                    for at in range(len(values))
                ]
                # Where several are as good, another one each time, so that none is met in the first rows alone.
                order = [(at + len(rows)) % len(values) for at in range(len(values))]
                chosen[name] = max(order, key=lambda at: gains[at])
        for one, two in combinations(chosen, 2):
            open_pairs.pop(_pair(one, chosen[one], two, chosen[two]), None)
        rows.append({name: factors[name][chosen[name]] for name in factors})
    return rows


def _all_pairs(factors: Mapping[str, Sequence[Any]]) -> dict[Pair, None]:
    """Every pair that has to be met, in a fixed order."""
    found: dict[Pair, None] = {}
    for one, two in combinations(factors, 2):
        for first, second in product(range(len(factors[one])), range(len(factors[two]))):
            found[_pair(one, first, two, second)] = None
    return found


def _pair(one: str, first: int, two: str, second: int) -> Pair:
    return ((one, first), (two, second)) if one < two else ((two, second), (one, first))
