"""What every event has. Knows none of them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Event:
    """Anything that happened to a call."""

    at: float = field(default=0.0, kw_only=True)
