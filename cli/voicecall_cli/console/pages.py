"""What a key opens below the first lines: the whole transcript, every decision, the ladder, the meters, the help.

A page is a text as long as it has to be, of which the end is shown, or as far back as somebody has scrolled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.conversation import whole_conversation
from voicecall_cli.console.history import Told
from voicecall_cli.console.keys import ESCAPE, Key
from voicecall_cli.console.ladder import Ladder
from voicecall_cli.console.text import span, wrapped
from voicecall_cli.console.verdicts import verdict_lines
from voicecall_core.call.as_heard import as_heard
from voicecall_core.call.state import Call
from voicecall_core.call.tool_lines import with_tools


class Page(StrEnum):
    """What is shown below the first lines."""

    OVERVIEW = "overview"
    TRANSCRIPT = "transcript"
    GUARD = "guard"
    LADDER = "ladder"
    METERS = "meters"
    HELP = "help"


OPENS: dict[str, Page] = {
    "t": Page.TRANSCRIPT,
    "g": Page.GUARD,
    "l": Page.LADDER,
    "m": Page.METERS,
    "?": Page.HELP,
}


FROM_TOP = frozenset({Page.METERS, Page.HELP})  # read from their beginning, the others from their end
_ALL = 1_000_000
_SCROLLS: dict[str, int] = {
    Key.UP: 1,
    Key.DOWN: -1,
    Key.PAGE_UP: 10,
    Key.PAGE_DOWN: -10,
    Key.HOME: _ALL,
    Key.END: -_ALL,
}


@dataclass(frozen=True, slots=True)
class Looks:
    """What somebody has chosen to look at. `back`: lines scrolled away from where a page is read first."""

    page: Page = Page.OVERVIEW
    back: int = 0

    def pressed(self, key: str, most_back: int) -> Looks:
        """What a key makes of it: a page is opened or left, or scrolled, at most `most_back` lines back."""
        if key in OPENS:
            page = OPENS[key]
            return replace(self, page=Page.OVERVIEW if page is self.page else page, back=0)
        if self.page is Page.OVERVIEW:
            return self
        if key == ESCAPE:
            return replace(self, page=Page.OVERVIEW, back=0)
        lines = _SCROLLS.get(key, 0)
        if self.page in FROM_TOP:
            lines = -lines
        return replace(self, back=min(max(0, self.back + lines), most_back)) if lines else self


OVERVIEW = Looks()


def said_lines(call: Call, *, width: int, now: float) -> list[Text]:
    """The conversation as it was heard, as far back as anybody scrolls: the terminal has all of it afterwards."""
    said = with_tools(call, as_heard(call, now))[-_MOST_SAID:]
    return whole_conversation(said, width=width) or [Text(" Nothing has been said yet.", style=palette.FAINT)]


def decision_lines(call: Call, *, width: int) -> list[Text]:
    """Every decision of the guard with its reason."""
    newest = call.verdicts[-_MOST_VERDICTS:]
    lines = verdict_lines(newest, width=width, height=10 * len(newest))
    return lines or [Text(" Nothing has been asked of the guard yet.", style=palette.FAINT)]


_MOST_VERDICTS = 1_000
_MOST_SAID = 400  # turns and items: an hour's talk is drawn four times a second


def ladder_lines(steps: Sequence[Told], *, width: int, least: int) -> list[Text]:
    """The ladder, at least so many lines of its end if there are as many."""
    number = max(50, least)
    while True:
        ladder = Ladder(width)
        lines = [line for step in steps[-number:] for line in ladder.step(step)]
        if len(lines) >= least or number >= len(steps):
            return lines or [Text(" Nothing has happened yet.", style=palette.FAINT)]
        number *= 2


_INDENT = 15
_ROWS: Sequence[tuple[str, str]] = (
    ("first line", "who is called, how far the call is, and its clock: seconds since it was dialled"),
    ("second line", "who speaks and since when; at the right how loud each side is"),
    ("third line", "✓ well, or well again, ! slow, ✗ wrong; at the right how long the callee waited"),
    ("strip", "the last 30 s: ▀ callee, ▄ agent, █ both, · nobody, ! he waits too long, x no stream"),
    ("▸", "so far the sound has come in the words; what stands behind it has not been heard yet"),
    ("waits", "made, and nothing of it has been heard yet"),
    ("—", "cut off there, as reckoned by the time: the callee, or the line, ended it"),
    ("colours", f"a wait of up to {span(palette.NOTICED_S)} is green, of up to {span(palette.TOO_LONG_S)} yellow"),
    ("expected", "a refusal of what this program itself asks for on every call: no cause for alarm"),
)


def help_lines(keys: Sequence[tuple[str, str]], *, width: int) -> list[Text]:
    """Each key and what it does, then what is seen."""
    lines = []
    for name, about in (*keys, ("", ""), *_ROWS):
        first, *rest = wrapped(about, max(8, width - _INDENT - 1))
        lines.append(Text.assemble((f" {name:<{_INDENT - 3}}  ", palette.STRONG), first))
        lines += [Text(" " * _INDENT + row) for row in rest]
    return lines


def cut_out(lines: Sequence[Text], height: int, back: int) -> tuple[list[Text], int]:
    """Of a page that many lines, `back` lines before its end; and how far back one can go."""
    most = max(0, len(lines) - height)
    end = len(lines) - min(max(0, back), most)
    return [*lines[max(0, end - height) : end]], most
