"""Numbers as people read them. Knows nothing of what they count."""

from __future__ import annotations

_MINUTE = 60
_HOUR = 3600
_NO_FIGURE = "–"
_IN_MS_BELOW = 10.0  # seconds: above them nobody reads milliseconds


def clock(seconds: float) -> str:
    """`0:07`, `12:40`, `1:02:03`."""
    whole = max(0, int(seconds))
    if whole >= _HOUR:
        return f"{whole // _HOUR}:{whole % _HOUR // _MINUTE:02}:{whole % _MINUTE:02}"
    return f"{whole // _MINUTE}:{whole % _MINUTE:02}"


def span(seconds: float | None) -> str:
    """How long something took: `412 ms`, `1,204 ms`, `12.3 s`, `2:05`, a dash for what is not known."""
    if seconds is None:
        return _NO_FIGURE
    if seconds < _IN_MS_BELOW:
        return f"{seconds * 1000:,.0f} ms"
    return f"{seconds:.1f} s" if seconds < 2 * _MINUTE else clock(seconds)


def lasted(seconds: float | None) -> str:
    """How long people did something: `3.2 s`, `12:40`."""
    if seconds is None:
        return _NO_FIGURE
    return f"{seconds:.1f} s" if seconds < _MINUTE else clock(seconds)


def stamp(at: float) -> str:
    """When something happened, in seconds since the call was minted, eight cells wide for the first quarter hour."""
    return f"{at:8.3f}"


def dollars(amount: float | None) -> str:
    """An estimated price; `unknown` for one that nobody knows."""
    if amount is None:
        return "unknown"
    return f"${amount:.4f}" if amount < 1 else f"${amount:.2f}"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 verdict`, `3 verdicts`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
