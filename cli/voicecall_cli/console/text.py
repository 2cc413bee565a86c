"""Numbers as people read them, and words of others made harmless to a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from rich.cells import cell_len, chop_cells, set_cell_size

_MARKS = 3  # accents over one letter: more than any script needs only smear over the lines above
_MORE = "…"


def plain(text: str) -> str:
    """`text` on one line. Control characters are spelled out; what cannot be seen or turns the writing is dropped."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(unicodedata.normalize("NFC", text)))


def _shown(text: str) -> Iterator[str]:
    marks = 0
    for each in text:
        category = unicodedata.category(each)
        marks = marks + 1 if category[0] == "M" else 0
        if each.isspace():
            yield " "
        elif category == "Cf" or marks > _MARKS or "\ufe00" <= each <= "\ufe0f":
            continue  # variation selectors too: terminals disagree on how wide they make a letter
        elif category[0] == "C":
            yield repr(each)[1:-1]
        else:
            yield each


def cropped(text: str, width: int) -> str:
    """`text` in at most `width` cells; what is cut off leaves an ellipsis."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 1)).rstrip() + _MORE[: max(0, width)]


def fitted(text: str, width: int) -> str:
    """`text` in exactly `width` cells."""
    return set_cell_size(cropped(text, width), width)


def wrapped(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells, broken at blanks where it has any; at least one line."""
    lines = [""]
    for word in text.split():
        room = width - cell_len(lines[-1]) - 1
        if lines[-1] and cell_len(word) <= room:
            lines[-1] += f" {word}"
            continue
        pieces = chop_cells(word, max(2, width)) if cell_len(word) > width else [word]
        lines = [*lines, *pieces] if lines[-1] else [*lines[:-1], *pieces]
    return lines


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
    """When something happened, in seconds since the call was created, eight cells wide for the first quarter hour."""
    return f"{at:8.3f}"


def dollars(amount: float | None) -> str:
    """An estimated price; `unknown` for one that nobody knows."""
    if amount is None:
        return "unknown"
    return f"${amount:.4f}" if amount < 1 else f"${amount:.2f}"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 verdict`, `3 verdicts`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
