"""Durations as people write them: 90s, 1h30m, 250ms; a plain number is seconds. Knows nothing of what lasts so long."""

from __future__ import annotations

import re

EXAMPLES = "90s, 5m or 1h30m; a plain number is seconds"
_UNITS = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1), ("ms", 0.001))
_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,3})?"
_FORM = re.compile(r"\s*".join(rf"(?:({_NUMBER})\s*{unit})?" for unit, _ in _UNITS), re.ASCII | re.IGNORECASE)


def seconds_of(text: str) -> float:
    """The seconds in a duration. Raises ValueError for a text that is none."""
    if re.fullmatch(_NUMBER, text):
        return float(text)
    found = _FORM.fullmatch(text)
    if found is None or not any(found.groups()):
        raise ValueError("not a duration")
    return sum(float(count) * size for count, (_, size) in zip(found.groups(), _UNITS, strict=True) if count)


def as_duration(seconds: float) -> str:
    """Seconds as one would write them: 5400 as 1h30m, 0.5 as 0.5s."""
    parts, left = [], seconds
    for unit, size in _UNITS[:3]:
        count, left = divmod(left, size)
        parts += [f"{count:.0f}{unit}"] if count else []
    if left or not parts:
        parts.append(f"{left:g}s")
    return "".join(parts)
