"""A value with some of its fields changed, as `dataclasses.replace` gives it, at a tenth of the cost.

A step changes the call a dozen times, and a proof makes hundreds of thousands of steps. It is for frozen dataclasses
without slots and without a check of their own when they are made.
"""

from __future__ import annotations

from typing import Any, TypeVar

_T = TypeVar("_T")


def changed(value: _T, changes: dict[str, Any]) -> _T:
    """The same value with these fields changed; a name that it does not have is a mistake of ours."""
    fields = value.__dict__
    assert fields.keys() >= changes.keys(), f"no such fields: {sorted(changes.keys() - fields.keys())}"
    new: _T = object.__new__(type(value))
    new.__dict__.update(fields, **changes)
    return new
