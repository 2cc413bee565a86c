"""What was said, the newest at the bottom. Knows nothing of sound."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from cli.console import palette
from cli.console.figures import clock
from cli.console.plain import plain, wrapped
from voicecall_core.judgement.books import Line

_STYLES = {"callee": palette.CALLEE, "agent": palette.AGENT}
_WHO = 6
_INDENT = 1 + 5 + 2 + _WHO + 2
_READABLE = 110  # cells of text: longer lines tire the eye
_UNFINISHED = "…"


def transcript_lines(transcript: Sequence[Line], *, width: int, height: int) -> list[Text]:
    """The last `height` lines of what was said. Of a text that does not fit, its end is shown."""
    room = max(8, min(width - _INDENT - 1, _READABLE))
    shown: list[list[Text]] = []
    left = height
    for line in reversed(transcript):
        if left <= 0:
            break
        lines = _spoken(line, room, left)
        shown.append(lines[-left:])
        left -= len(lines)
    texts = [text for lines in reversed(shown) for text in lines]
    for text in texts:
        text.truncate(width)
    return texts


def _spoken(line: Line, room: int, height: int) -> list[Text]:
    words = plain(line.pii_text[-room * (height + 1) :])
    pieces = wrapped(words if line.final else words.rstrip() + _UNFINISHED, room)
    style = _STYLES.get(line.who, "")
    head = Text.assemble((f" {clock(line.at):>5}  ", palette.FAINT), (f"{line.who:<{_WHO}}  ", style), pieces[0])
    return [head, *(Text(" " * _INDENT + piece) for piece in pieces[1:])]
