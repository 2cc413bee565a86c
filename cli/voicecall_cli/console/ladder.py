"""A call as a ladder, the way phone engineers draw one: who told whom what, the newest at the bottom.

Knows nothing of files. Time stands at the left: since the call was created, where there is room, and since the last
rung. Verdicts stand at the guard's column.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.history import Told
from voicecall_cli.console.text import cropped, plain, stamp, wrapped
from voicecall_cli.console.verdicts import new_alarms, ruling_word
from voicecall_core.call.guard import Verdict
from voicecall_core.call.guard_table import Ruling
from voicecall_core.call.state import Step
from voicecall_core.words.descriptions import Description, Lane, describe
from voicecall_core.words.events import Event, Heard, Spoken
from voicecall_core.words.orders import StartTimer, StopTimer

LEAST = 60
_NAMES = ("carrier", "webhook", "guard", "bridge", "model")
_STYLES = {
    Lane.CARRIER: palette.CARRIER,
    Lane.WEBHOOK: palette.CARRIER,
    Lane.BRIDGE: palette.SOUND,
    Lane.MODEL: palette.MODEL,
}
_WITH_CLOCK = 100  # cells: from here on there is room for both times
_WITH_REASON = 110
_ASCII = str.maketrans(
    {"│": "|", "─": "-", "├": "|", "┤": "|", "┼": "+", "▶": ">", "◀": "<", "✓": "+", "✗": "x", "…": "."}
)
_MARKS = {Ruling.GRANTED: "✓", Ruling.AGAIN: "✓"}

_NOTHING = Description(Lane.GUARD, Lane.GUARD, "")  # where the event only fills the page, and something came of it

Piece = tuple[int, Text]


def rungs_of(step: Step | Told) -> tuple[Description | None, list[Description]]:
    """What a ladder shows of a step: its event, unless that only fills the page, and the orders that leave."""
    happened = None if _is_part_of_a_text(step.event) else describe(step.event)
    return happened, [describe(order) for order in step.orders if not isinstance(order, StartTimer | StopTimer)]


class Ladder:
    """Draws one call's ladder, `width` cells wide; remembers when the last rung was. `ascii`: in plain letters."""

    def __init__(self, width: int, *, ascii: bool = False) -> None:
        self.width = max(LEAST, width)
        self.ascii = ascii
        self._last: float | None = None
        self._clock = self.width >= _WITH_CLOCK
        self._gutter = 19 if self._clock else 10
        first, last = self._gutter + 3, self.width - 3
        self._at = [round(first + (last - first) * lane / 4) for lane in Lane]

    def head(self) -> list[Text]:
        """The columns' names."""
        pieces = [
            (self._at[lane] - len(name) // 2, Text(name, style=palette.STRONG)) for lane, name in enumerate(_NAMES)
        ]
        line = Text(" " * self._gutter)
        for start, name in pieces:
            line.append(" " * (start - line.cell_len)).append_text(name)
        return [self._plain(line)]

    def step(self, step: Step | Told, *, beside: str = "") -> list[Text]:
        """The lines of one step: its event, the verdicts at the guard, the orders that leave. Often nothing.

        `beside` stands at the left in place of the time.
        """
        happened, follows = rungs_of(step)
        rung = happened or _NOTHING
        said = [self._verdict(verdict) for verdict in step.verdicts]
        said += [alarm for alarm in new_alarms(step) if alarm.plain != self._words(rung)]
        if rung is _NOTHING and not follows and not said:
            return []
        return self._drawn(step.event.at, rung, said, follows, beside)

    def unknown(self, at: float, name: str) -> list[Text]:
        """A step whose event this program does not know."""
        return self._drawn(at, Description(Lane.GUARD, Lane.GUARD, f"not known: {name}"), [], [], "")

    def remark(self, at: float, lane: Lane, words: str, style: str) -> list[Text]:
        """Something that happened at one column, unseen by us."""
        start = self._at[lane] + 2
        return [self._row(self._time(at), [(start, Text(cropped(words, self.width - start), style=style))])]

    def _drawn(
        self, at: float, rung: Description, said: list[Text], follows: Iterable[Description], beside: str
    ) -> list[Text]:
        gutter = f" {beside}" if beside else self._time(at)
        lines = [wrapped_line for text in said for wrapped_line in self._at_guard(text)]
        rows: list[list[Piece]] = [self._arrow(rung)]
        if lines and max(rung.source, rung.target) <= Lane.GUARD and rung.source is not rung.target:
            rows[0].append(lines.pop(0))
        rows += [[line] for line in lines]
        rows += [self._arrow(order) for order in follows]
        return [self._row(gutter if index == 0 else "", pieces) for index, pieces in enumerate(rows)]

    def _time(self, at: float) -> str:
        since = 0.0 if self._last is None else at - self._last
        self._last = at
        return f"{stamp(at) if self._clock else ''}{f'+{since:.3f}':>9} "

    # --- pieces, each with the cell at which it begins ---

    def _words(self, rung: Description) -> str:
        """The longest form that there is room for."""
        if rung.source is rung.target:
            return cropped(plain(rung.full), self.width - self._at[rung.source] - 2)
        room = abs(self._at[rung.target] - self._at[rung.source]) - 5
        forms = [plain(form) for form in (rung.full, rung.long, rung.short)]
        return next((form for form in forms if cell_len(form) <= room), cropped(forms[-1], room))

    def _arrow(self, rung: Description) -> list[Piece]:
        style = _STYLES.get(rung.source if rung.source is not Lane.GUARD else rung.target, palette.STRONG)
        if rung.source is rung.target:
            return [(self._at[rung.source] + 2, Text(self._words(rung), style=palette.STRONG))]
        left, right = sorted((self._at[rung.source], self._at[rung.target]))
        words = self._words(rung)
        line = "─" * (right - left - 3 - cell_len(words) - 1)
        arrow = f"─ {words} {line[:-1]}▶" if rung.source < rung.target else f"◀{line[:-1]} {words} ─"
        return [(left + 1, Text(arrow, style=style))]

    def _at_guard(self, text: Text) -> list[Piece]:
        start = self._at[Lane.GUARD] + 2
        lines = wrapped(text.plain, self._at[Lane.MODEL] - start - 3)
        return [(start + (2 if index else 0), Text(line, style=text.style)) for index, line in enumerate(lines)]

    def _verdict(self, verdict: Verdict) -> Text:
        mark = _MARKS.get(verdict.ruling, "✗" if verdict.refused else "~")
        words = f"{mark} {verdict.asker}: {ruling_word(verdict)}, {verdict.rule}"
        if self.width >= _WITH_REASON:
            words += f" ({verdict.state}): {verdict.reason}"
        return Text(words, style=palette.of_verdict(verdict))

    def _row(self, gutter: str, pieces: Sequence[Piece]) -> Text:
        line = Text(f"{gutter:{self._gutter}}", style=palette.FAINT)
        for start, text in sorted(pieces, key=lambda piece: piece[0]):
            self._lifelines(line, start)
            line.append_text(text)
        self._lifelines(line, self.width)
        line.rstrip()
        return self._plain(line)

    def _lifelines(self, line: Text, end: int) -> None:
        """Fill up to `end` with what runs down the page."""
        here = line.cell_len
        line.append("".join("│" if cell in self._at else " " for cell in range(here, end)), style=palette.FAINT)

    def _plain(self, line: Text) -> Text:
        line.no_wrap, line.overflow = True, "crop"
        if self.ascii:
            line.plain = line.plain.translate(_ASCII)
        return line


def _is_part_of_a_text(event: Event) -> bool:
    return isinstance(event, Heard | Spoken) and not event.final
