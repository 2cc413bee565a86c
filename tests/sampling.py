"""An even sample of parameters for the normal run; the rest is marked for `make every`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def sampled(values: Iterable[Any], one_in: int, *, spread: bool = False) -> list[Any]:
    """Each value as a parameter, a tuple as several if `spread`; of each `one_in` all but the first are for `every`."""
    return [
        pytest.param(*(value if spread else [value]), marks=[pytest.mark.every] if number % one_in else [])
        for number, value in enumerate(values)
    ]
