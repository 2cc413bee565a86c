"""Words of strangers, made harmless to a terminal. Knows nothing of who said them.

What a callee, a model or a carrier said is shown, never obeyed: no markup, no escape sequence, no character that
turns the writing around.
"""

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
