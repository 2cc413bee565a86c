"""An instance of any event or order, for tests that go through all of them."""

from __future__ import annotations

import dataclasses
from enum import Enum
from typing import Any, get_type_hints


def any_of(kind: type[Any], **chosen: Any) -> Any:
    """One of this type, with some value for every field that needs one and is not `chosen`."""
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):
        if field.name not in chosen and field.default is dataclasses.MISSING:
            chosen[field.name] = _some(hints[field.name])
    return kind(**chosen)


def _some(hint: Any) -> Any:
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    if dataclasses.is_dataclass(hint):
        return any_of(hint)  # type: ignore[arg-type]  # a class: the hint of a field is no instance
    return {int: 1, float: 1.0, str: "x", bool: True}.get(hint, () if "tuple" in str(hint) else None)
