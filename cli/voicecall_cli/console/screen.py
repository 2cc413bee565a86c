"""The whole live view on one screen, fitted to its size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.footer import ConsoleGauges, gauge_line, key_line
from voicecall_cli.console.header import HeaderLine, header_line
from voicecall_cli.console.text import clock, plain, wrapped
from voicecall_cli.console.verdicts import alarm_lines, verdict_count, verdict_lines
from voicecall_cli.console.waterfall import headlines, waterfall_lines
from voicecall_core.call.state import Call, TranscriptLine

_STYLES = {"callee": palette.CALLEE, "agent": palette.AGENT}
_WHO = 6
_INDENT = 1 + 5 + 2 + _WHO + 2
_READABLE = 110  # cells of text: longer lines tire the eye
_UNFINISHED = "…"


def transcript_lines(transcript: Sequence[TranscriptLine], *, width: int, height: int) -> list[Text]:
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


def _spoken(line: TranscriptLine, room: int, height: int) -> list[Text]:
    words = plain(line.pii_text[-room * (height + 1) :])
    pieces = wrapped(words if line.final else words.rstrip() + _UNFINISHED, room)
    style = _STYLES.get(line.who, "")
    head = Text.assemble((f" {clock(line.at):>5}  ", palette.FAINT), (f"{line.who:<{_WHO}}  ", style), pieces[0])
    return [head, *(Text(" " * _INDENT + piece) for piece in pieces[1:])]


LARGE_WIDTH, LARGE_HEIGHT = 112, 36  # from here on the handshake stands beside the guard
_TWO_COLUMNS = 76  # cells that the handshake needs for two columns
_STACKED, _BESIDE = 9, 23  # lines of the handshake in two columns, in one with its headlines below
_RULE = "─"


@dataclass(frozen=True, slots=True)
class Layout:
    """How many lines each section gets, its heading not counted. `handshake` 0: its headlines alone."""

    alarms: int
    guard: int
    handshake: int
    transcript: int
    footer: int
    beside: bool = False


def screen(
    call: Call,
    gauges: ConsoleGauges | None,
    *,
    width: int,
    height: int,
    now: float,
    title: HeaderLine,
    typed: str | None = None,
    keys: bool = True,
) -> RenderableType:
    """The call as it stands, as one text of exactly `height` lines of at most `width` cells; see `screen_lines`."""
    lines = screen_lines(call, gauges, width=width, height=height, now=now, title=title, typed=typed, keys=keys)
    return Group(Text("\n", no_wrap=True, overflow="crop", end="").join(lines))


def screen_lines(
    call: Call,
    gauges: ConsoleGauges | None,
    *,
    width: int,
    height: int,
    now: float,
    title: HeaderLine,
    typed: str | None = None,
    keys: bool = True,
) -> list[Text]:
    """The call as it stands, in exactly `height` lines of at most `width` cells.

    `now`: seconds since the call was created. `typed`: the sentence that the operator is typing, None for none.
    `keys`: whether there is a keyboard to type on. Without gauges (a replay) the state alone is drawn.
    """
    width, height = max(1, width), max(1, height)
    plan = planned(call, width, height)
    lines = [header_line(call, title, width=width, now=now)]
    lines += alarm_lines(call, width=width, height=plan.alarms)
    lines += _beside(call, plan, width, now) if plan.beside else _stacked(call, plan, width, now)
    if plan.transcript:
        lines += [_heading("Said", Text(), width)]
        lines += _filled(transcript_lines(call.transcript, width=width, height=plan.transcript), plan.transcript)
    foot = _foot(call, gauges, plan.footer, width, typed, keys)
    room = height - len(foot)
    lines = [*_filled(lines[:room], room), *foot]
    for line in lines:
        line.truncate(width)
    return lines


def planned(call: Call, width: int, height: int) -> Layout:
    """Share the screen's lines out. A small screen loses the handshake's bars first, then keys, then transcript."""
    footer = 2 if height >= 14 else 1 if height >= 5 else 0
    wanted = len(call.broken) + len(call.notes)
    alarms = min(wanted, 1 if height < 20 else 2 if height < 34 else 4 if height < 50 else 6)
    rest = height - 1 - footer - alarms
    if width >= LARGE_WIDTH and height >= LARGE_HEIGHT:
        middle = max(_BESIDE, (rest - 2) // 2)
        return Layout(alarms, middle, middle, rest - middle - 2, footer, beside=True)
    if width >= _TWO_COLUMNS and rest >= 18:
        rest -= _STACKED + 1
        handshake = _STACKED
    else:
        rest -= 1 if rest >= 6 else 0
        handshake = 0
    if rest < 4:
        return Layout(alarms, max(0, rest - 1), handshake, 0, footer)
    guard = _guards_share(call, rest - 2, width)
    return Layout(alarms, guard, handshake, rest - 2 - guard, footer)


def _guards_share(call: Call, rest: int, width: int) -> int:
    """Half of the lines, and of the other half what nothing has been said into yet, as far as there are verdicts."""
    half = rest // 2
    said = len(transcript_lines(call.transcript, width=width, height=rest - half))
    spare = max(0, rest - half - max(said, 1))
    wanted = len(verdict_lines(call.verdicts, width=width, height=half + spare))
    return max(half, wanted)


def _stacked(call: Call, plan: Layout, width: int, now: float) -> list[Text]:
    """The guard, and below it the handshake."""
    lines = _guard(call, plan.guard, width) if plan.guard else []
    if plan.handshake:
        lines += [_heading("Handshake", _joined(headlines(call)), width)]
        lines += _filled(waterfall_lines(call, width=width, now=now, columns=2), plan.handshake)
    elif plan.transcript:
        lines += [_heading("", _joined(headlines(call)), width)]
    return lines


def _beside(call: Call, plan: Layout, width: int, now: float) -> list[Text]:
    """The guard, and at its right the handshake, all of it in one column."""
    right = max(52, min(84, width * 2 // 5))
    left = width - right - 2
    handshake = [_heading("Handshake", Text(), right)]
    handshake += waterfall_lines(call, width=right, now=now, columns=1)
    lines = []
    for one, two in zip(_guard(call, plan.guard, left), _filled(handshake, plan.guard + 1), strict=True):
        one.truncate(left)
        lines.append(Text.assemble(one, " " * (width - right - one.cell_len), two))
    return lines


def _guard(call: Call, height: int, width: int) -> list[Text]:
    lines = verdict_lines(call.verdicts, width=width, height=height)
    return [_heading("Guard", verdict_count(call), width), *_filled(lines, height)]


def _joined(texts: list[Text]) -> Text:
    return Text("   ").join(texts)


def _foot(
    call: Call, gauges: ConsoleGauges | None, height: int, width: int, typed: str | None, keys: bool
) -> list[Text]:
    """Gauges above keys; where there is room for one of them, the gauges, unless a sentence is being typed."""
    lines = [gauge_line(call, gauges, width=width), key_line(call, typed, width=width, keys=keys)]
    return lines if height == 2 else lines[::-1][:height] if typed is not None else lines[:height]


def _heading(name: str, figures: Text, width: int) -> Text:
    """A rule from edge to edge with a section's name at its left and its figures at its right."""
    left = Text.assemble((f"{_RULE} ", palette.FAINT), (f"{name} ", palette.STRONG)) if name else Text()
    right = Text.assemble(" ", figures) if figures else Text()
    right.truncate(max(0, width - left.cell_len), overflow="ellipsis")
    rule = _RULE * (width - left.cell_len - right.cell_len)
    tail = f" {_RULE * 2}" if right and len(rule) > 4 else ""
    return Text.assemble(left, (rule[len(tail) :], palette.FAINT), right, (tail, palette.FAINT))


def _filled(lines: list[Text], height: int) -> list[Text]:
    return [*lines[:height], *(Text() for _ in range(height - len(lines)))]
