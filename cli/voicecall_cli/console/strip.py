"""The last half minute in one line: who spoke, when both did, when nobody did. Knows nothing of words."""

from __future__ import annotations

from math import floor

from rich.text import Text

from voicecall_cli.console import palette
from voicecall_core.call.health import Trouble
from voicecall_core.call.state import Call
from voicecall_core.call.timing import Moment
from voicecall_core.call.transcript import AGENT, CALLEE

SPAN_S = 30.0
CALLEE_MARK, AGENT_MARK, BOTH_MARK, NOBODY_MARK, WAITS_MARK, CUT_MARK = "▀", "▄", "█", "·", "!", "x"
_STYLES = {
    CALLEE_MARK: palette.CALLEE,
    AGENT_MARK: palette.AGENT,
    BOTH_MARK: palette.CARE,
    NOBODY_MARK: palette.FAINT,
    WAITS_MARK: palette.BAD,
    CUT_MARK: palette.BAD,
}
_LEGEND = "▀ callee ▄ agent █ both"
_MOST_CELLS = 120  # a quarter of a second each
_NO_SOUND = frozenset({Trouble.STREAM_LOST, Trouble.OVERWRITTEN})
_LEFT = " 30 s "

Span = tuple[float, float]


def strip_line(call: Call, *, width: int, now: float) -> Text:
    """A cell for each moment, the newest at the right. The cells stand on a fixed grid, so that it only ever moves."""
    legend = f"  {_LEGEND} " if width >= 76 else ""
    right = " now" if Moment.OVER not in call.timing.first else " end"
    cells = min(_MOST_CELLS, width - len(_LEFT) - len(right) - len(legend))
    if cells < 1:
        return Text()
    step = SPAN_S / cells
    now = min(now, call.timing.first.get(Moment.OVER, now))
    last = floor(now / step)
    line = Text.assemble((_LEFT, palette.FAINT))
    for mark in _marks(call, [(index * step, (index + 1) * step) for index in range(last - cells + 1, last + 1)], now):
        line.append(mark, style=_STYLES.get(mark, ""))
    return line.append(right, style=palette.FAINT).append(legend, style=palette.FAINT)


def _marks(call: Call, cells: list[Span], now: float) -> list[str]:
    answered = call.timing.first.get(Moment.ANSWERED)
    spans = {who: _sounds(call, who, now) for who in (CALLEE, AGENT)}
    late = [(begin + palette.TOO_LONG_S, end) for begin, end in _spells(call, frozenset({Trouble.WAITING}), now)]
    cut = _spells(call, _NO_SOUND, now)
    marks = []
    for cell in cells:
        cell = (cell[0], max(cell[0], min(cell[1], now)))
        callee, agent = _meets(spans[CALLEE], cell), _meets(spans[AGENT], cell)
        if answered is None or cell[1] <= answered or cell[0] > now:
            marks.append(" ")
        elif callee or agent:
            marks.append(BOTH_MARK if callee and agent else CALLEE_MARK if callee else AGENT_MARK)
        elif _meets(cut, cell):
            marks.append(CUT_MARK)
        else:
            marks.append(WAITS_MARK if _meets(late, cell) else NOBODY_MARK)
    return marks


def _sounds(call: Call, who: str, now: float) -> list[Span]:
    """When somebody was to be heard, as far back as the strip reaches."""
    spans = [(each.begin, each.end) for each in call.heard.stretches if each.who == who and each.end > now - SPAN_S - 1]
    if who == CALLEE and call.heard.speaking is not None:
        spans.append((call.heard.speaking, now))
    if who == AGENT and (sounding := call.heard.sounding) is not None and sounding.since is not None:
        spans.append((sounding.since, now))
    return spans


def _spells(call: Call, troubles: frozenset[Trouble], now: float) -> list[Span]:
    found = [spell for spell in call.troubles if spell.trouble in troubles]
    return [(spell.begin, now if spell.end is None else spell.end) for spell in found]


def _meets(spans: list[Span], cell: Span) -> bool:
    """Whether one of the spans covers the middle of the cell, or lies within it."""
    middle = (cell[0] + cell[1]) / 2
    return any(begin <= middle <= end or (cell[0] <= begin and begin < end <= cell[1]) for begin, end in spans)
