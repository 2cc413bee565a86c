"""The whole view on one screen, fitted to its size: a function of the call's state, a few gauges and what is looked at.

What happens now has the room: the handshake is large until the first words have left, and one line from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from voicecall_cli.console import pages, palette
from voicecall_cli.console.blocked import guard_count, guard_lines
from voicecall_cli.console.conversation import conversation_lines
from voicecall_cli.console.footer import gauge_line, meter_lines
from voicecall_cli.console.gauges import ConsoleGauges
from voicecall_cli.console.glance import alarm_style, health_line, talking_line
from voicecall_cli.console.header import HeaderLine, header_line
from voicecall_cli.console.history import Told
from voicecall_cli.console.ladder import Ladder
from voicecall_cli.console.pages import OVERVIEW, Looks, Page
from voicecall_cli.console.strip import strip_line
from voicecall_cli.console.text import span
from voicecall_cli.console.verdicts import alarm_lines, verdict_lines
from voicecall_cli.console.waterfall import waterfall_lines
from voicecall_core.call.as_heard import as_heard
from voicecall_core.call.state import Call, Note
from voicecall_core.call.timing import Moment
from voicecall_core.call.tool_lines import with_tools
from voicecall_core.words.terms import Kind

_RULE = "─"
_TWO_COLUMNS = 76  # cells that the handshake's bars need
_BARS = 9  # lines of them
_BARS_SAY = 6
_STAYS_S = 2.0  # the handshake stays large for so long after the first word
_NOTE_S = 10.0  # a note is shown for so long
_TALL, _DECISIONS = 36, 6  # lines of a tall screen; how many of the guard's newest decisions it lists
_LEAST_LADDER = 5  # lines of it that are worth their heading
_LEAST_SAID = 3  # lines of the conversation that the handshake's bars leave


@dataclass(frozen=True, slots=True)
class Picture:
    """A screen, line by line, and how many lines its page can be scrolled back."""

    lines: list[Text]
    most_back: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """How many lines each part gets, its heading counted. `bars`: the handshake's, 0 once it is a line. `tall`:
    there is room for the guard's newest decisions, and for what happened last."""

    talking: int
    health: int
    strip: int
    alarms: int
    bars: int
    handshake: int
    conversation: int
    guard: int
    gauges: int
    keys: int
    tall: bool = False


def screen(
    call: Call,
    gauges: ConsoleGauges | None,
    *,
    width: int,
    height: int,
    now: float,
    title: HeaderLine,
    steps: Sequence[Told] = (),
    foot: Text | None = None,
) -> RenderableType:
    """The call at a glance, as one text of exactly `height` lines of at most `width` cells; see `pictured`."""
    lines = pictured(call, gauges, width=width, height=height, now=now, title=title, steps=steps, foot=foot).lines
    return Group(Text("\n", no_wrap=True, overflow="crop", end="").join(lines))


def pictured(
    call: Call,
    gauges: ConsoleGauges | None,
    *,
    width: int,
    height: int,
    now: float,
    title: HeaderLine,
    looks: Looks = OVERVIEW,
    steps: Sequence[Told] = (),
    foot: Text | None = None,
    keys: Sequence[tuple[str, str]] = (),
) -> Picture:
    """The call as it stands, in exactly `height` lines of at most `width` cells.

    `now`: seconds since the call was created. `steps`: what the ladder is drawn of. `foot`: the last line, None for
    none. `keys`: what the help says of the keys. Without gauges (a replay) the state alone is drawn.
    """
    width, height = max(1, width), max(1, height)
    plan = planned(call, width, height, now, foot=foot is not None)
    top = [header_line(call, title, width=width, now=now, style=alarm_style(call, gauges, now))]
    top += [talking_line(call, gauges, width=width, now=now)] * plan.talking
    top += [health_line(call, gauges, width=width, now=now)] * plan.health
    top += [strip_line(call, width=width, now=now)] * plan.strip
    bottom = [gauge_line(call, gauges, width=width)] * plan.gauges
    bottom += [foot] * plan.keys if foot is not None else []
    room, most = height - len(top) - len(bottom), 0
    if looks.page is Page.OVERVIEW:
        middle = _overview(call, plan, steps, width, now)
    else:
        middle, most = _page(call, gauges, looks, steps, keys, width, room, now)
    lines = [*top, *_filled(middle, room), *bottom][:height]
    for line in lines:
        line.truncate(width)
    return Picture(lines, most)


def planned(call: Call, width: int, height: int, now: float, *, foot: bool = True) -> Layout:
    """Share the screen's lines out. A small one loses the handshake's bars first, then the strip, keys and guard."""
    keys = int(foot and height >= 5)
    gauges = int(height >= 14 or (height >= 5 and not foot))
    talking, health, strip = int(height >= 4), int(height >= 6), int(height >= 10 and width >= 40)
    rest = height - 1 - talking - health - strip - keys - gauges
    most = 1 if height < 20 else 2 if height < 34 else 4
    alarms = min(rest, len(call.broken) + len(_fresh(call, now)), most)
    rest -= alarms
    bars = (_BARS_SAY if call.terms.kind is Kind.SAY else _BARS) if is_shaking_hands(call, now) else 0
    if width < _TWO_COLUMNS or rest < bars + 1 + _LEAST_SAID + 3:
        bars = 0
    handshake = bars + 1 if rest >= 6 else 0
    rest -= handshake
    guard = 0
    if rest >= 4:
        wanted = 1 + len(_guard(call, width, max(2, rest // 3), listed=height >= _TALL))
        guard = min(wanted, max(2, rest // 2))
    return Layout(
        talking, health, strip, alarms, bars, handshake, max(0, rest - guard), guard, gauges, keys, height >= _TALL
    )


def is_shaking_hands(call: Call, now: float) -> bool:
    """The first words have not left, or have just done so: how it comes to them is what one looks at."""
    first = call.timing.first.get(Moment.FIRST_AUDIO)
    return first is None or now < first + _STAYS_S


def _fresh(call: Call, now: float) -> tuple[Note, ...]:
    """The notes that are not old: they give way to what comes."""
    return tuple(note for note in call.notes if now - note.at < _NOTE_S)


def _overview(call: Call, plan: Layout, steps: Sequence[Told], width: int, now: float) -> list[Text]:
    lines = alarm_lines(call.broken, _fresh(call, now), width=width, height=plan.alarms)
    if plan.handshake:
        lines.append(_heading("Handshake", handshake_words(call), width))
        if plan.bars:
            lines += _filled(waterfall_lines(call, width=width, now=now), plan.bars)
    if plan.conversation:
        lines.append(_heading("Heard by the callee", _legend(width), width))
        room = plan.conversation - 1
        said = conversation_lines(with_tools(call, as_heard(call, now)), width=width, height=room)
        lines += _filled([*said, *_happened(steps, plan, room - len(said), width)], room)
    if plan.guard:
        lines.append(_heading("Guard", guard_count(call), width))
        lines += _filled(_guard(call, width, plan.guard - 1, listed=plan.tall), plan.guard - 1)
    return lines


def _guard(call: Call, width: int, height: int, *, listed: bool) -> list[Text]:
    """What was blocked; where there is plenty of room, the newest decisions below it."""
    lines = guard_lines(call, width=width, height=height)
    room = min(_DECISIONS, height - len(lines))
    newest = call.verdicts[-room:] if listed and room > 0 else ()
    return [*lines, *verdict_lines(newest, width=width, height=len(newest))]


def _happened(steps: Sequence[Told], plan: Layout, spare: int, width: int) -> list[Text]:
    """On a tall screen: the end of the ladder, in the lines that the conversation does not need yet."""
    height = spare - 3  # below a blank line, its heading and the columns' names
    if not plan.tall or not steps or height < _LEAST_LADDER:
        return []
    ladder = pages.ladder_lines(steps, width=width, least=height)[-height:]
    blanks = spare - 2 - len(ladder)
    heading = _heading("What happened last", Text(), width)
    return [*(Text() for _ in range(blanks)), heading, *Ladder(width).head(), *ladder]


def _legend(width: int) -> Text:
    words = "dim: not heard yet   right: how long he waited for it" if width >= 84 else "dim: not heard yet"
    return Text(words, style=palette.FAINT)


def handshake_words(call: Call) -> Text:
    """The handshake in a line: how long the callee waited for the first word, and what of it the stream took."""
    if call.terms.kind is Kind.SAY:
        return Text()
    timing = call.timing
    answer = timing.answer_to_first_audio
    words = Text.assemble(("answer to first word ", palette.FAINT))
    if answer is None:
        words.append(span(None), style=palette.FAINT)
    else:
        words.append(f"{span(answer)} {palette.wait_word(answer)}".strip(), style=palette.of_wait(answer))
    stream = timing.between(Moment.ANSWERED, Moment.STARTED)
    words.append(f"   to stream {span(stream)}", style=palette.FAINT)
    return words


def _page(
    call: Call,
    gauges: ConsoleGauges | None,
    looks: Looks,
    steps: Sequence[Told],
    keys: Sequence[tuple[str, str]],
    width: int,
    room: int,
    now: float,
) -> tuple[list[Text], int]:
    """The open page below its heading."""
    match looks.page:
        case Page.TRANSCRIPT:
            lines, name, figures = pages.said_lines(call, width=width, now=now), "Transcript", _legend(width)
        case Page.GUARD:
            lines, name, figures = pages.decision_lines(call, width=width), "Guard", guard_count(call)
        case Page.LADDER:
            least = max(0, room - 2) + looks.back + room
            lines, name, figures = pages.ladder_lines(steps, width=width, least=least), "Ladder", Text()
        case Page.METERS:
            lines, name, figures = meter_lines(gauges, width=width), "Meters", Text()
        case _:
            lines, name, figures = pages.help_lines(keys, width=width), "Help", Text()
    head = [_heading(name, figures, width), *(Ladder(width).head() if looks.page is Page.LADDER else [])]
    height = max(0, room - len(head))
    from_top = max(0, len(lines) - height) - looks.back
    shown, most = pages.cut_out(lines, height, from_top if looks.page in pages.FROM_TOP else looks.back)
    return [*head, *shown], most


def _heading(name: str, figures: Text, width: int) -> Text:
    """A rule from edge to edge with a section's name at its left and its figures at its right."""
    left = Text.assemble((f"{_RULE} ", palette.FAINT), (f"{name} ", palette.STRONG)) if name else Text()
    right = Text.assemble(" ", figures) if figures else Text()
    right.truncate(max(0, width - left.cell_len), overflow="ellipsis")
    rule = _RULE * (width - left.cell_len - right.cell_len)
    tail = f" {_RULE * 2}" if right and len(rule) > 4 else ""
    return Text.assemble(left, (rule[len(tail) :], palette.FAINT), right, (tail, palette.FAINT))


def _filled(lines: list[Text], height: int) -> list[Text]:
    height = max(0, height)
    return [*lines[:height], *(Text() for _ in range(height - len(lines)))]
