"""What was said, as the callee heard it: cut where it was cut, and dim what he has not heard."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.text import clock, plain, span, wrapped
from voicecall_core.call.as_heard import HeardLine
from voicecall_core.call.hearing import Fate

_STYLES = {"callee": palette.CALLEE, "agent": palette.AGENT}
_WHO = 6
_INDENT = 1 + 5 + 2 + _WHO + 2
_READABLE = 110  # cells of text: longer lines tire the eye
_WAIT = 18  # cells for how long he waited for it
_WITH_WAIT = 64  # cells: on a narrower screen it stands behind the words
_UNFINISHED = "…"
_BLANKS = re.compile(r" +")
PLAYS = "▸"  # how far the sound has come in the words


def conversation_lines(said: Sequence[HeardLine], *, width: int, height: int) -> list[Text]:
    """The last `height` lines of what was said. Of a text that does not fit, its end is shown."""
    shown: list[list[Text]] = []
    left = height
    for line in reversed(said):
        if left <= 0:
            break
        lines = _spoken(line, width, left)
        shown.append(lines[-left:])
        left -= len(lines)
    texts = [text for lines in reversed(shown) for text in lines]
    for text in texts:
        text.truncate(width)
    return texts


def whole_conversation(said: Iterable[HeardLine], *, width: int) -> list[Text]:
    """All that was said, on as many lines as it takes."""
    return [text for line in said for text in _spoken(line, width, 10_000)]


def _spoken(line: HeardLine, width: int, height: int) -> list[Text]:
    """One line of the conversation, at most a little more than `height` rows of it from its end."""
    wait = _wait(line) if width >= _WITH_WAIT else Text()
    room = max(8, min(width - _INDENT - 1 - (_WAIT if width >= _WITH_WAIT else 0), _READABLE))
    body = _body(line, room * (height + 1))
    rows = _wrapped(body, room)
    when = "waits" if line.waits else clock(line.at)
    first = Text.assemble(
        (f" {when:>5}  ", palette.FAINT), (f"{line.who:<{_WHO}}  ", _STYLES.get(line.who, "")), rows[0]
    )
    if wait:
        first.append(" " * max(2, _INDENT + room + 2 - first.cell_len)).append_text(wait)
    return [first, *(Text(" " * _INDENT).append_text(row) for row in rows[1:])]


def _wait(line: HeardLine) -> Text:
    if line.wait_s is None:
        return Text()
    word = palette.wait_word(line.wait_s)
    return Text(f"{span(line.wait_s)} {word}".strip(), style=palette.of_wait(line.wait_s))


def _body(line: HeardLine, most: int) -> Text:
    """What was heard, what was not, and a remark on it in brackets."""
    heard, rest = _BLANKS.sub(" ", plain(line.pii_heard[-most:])), _BLANKS.sub(" ", plain(line.pii_rest[:most]))
    if not line.final:
        heard, rest = (heard, rest.rstrip() + _UNFINISHED) if rest else (heard.rstrip() + _UNFINISHED, rest)
    if line.clip:
        heard = f'[recorded clip "{plain(line.clip)}"]'
    elif not line.pii_heard and line.fate is None:
        return Text("[not transcribed]", style=palette.FAINT)
    match line.fate:
        case Fate.SOUNDING if rest:
            return Text.assemble(heard, (PLAYS, palette.AGENT), (rest, palette.FAINT))
        case Fate.CUT:
            seconds = f"{line.heard_ms / 1000:.1f} s" + (f" of {line.made_ms / 1000:.1f} s" if line.made_ms else "")
            return Text.assemble(f"{heard.rstrip(_UNFINISHED)}—", (f" [cut off after {seconds}]", palette.CARE))
        case Fate.DROPPED:
            return Text.assemble((rest, palette.FAINT), (" [not heard]", palette.CARE))
        case Fate.UNPROVEN:
            return Text.assemble(heard, (" [its end was not confirmed]", palette.FAINT))
    return Text.assemble(heard, (rest, palette.FAINT))


def _wrapped(body: Text, room: int) -> list[Text]:
    """The body, in which no two blanks follow each other, in rows of at most `room` cells; its styles are kept."""
    rows: list[Text] = []
    place = 0
    for words in wrapped(body.plain, room):
        while body.plain[place : place + 1] == " ":
            place += 1
        rows.append(body[place : place + len(words)])
        place += len(words)
    return rows
