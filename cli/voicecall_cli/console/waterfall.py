"""The handshake as bars on one time axis. Knows nothing of why a step took as long as it did.

A wait that is long beside all others, such as the ringing, would push them together: it is drawn shorter than it was,
in a broken line. The figures are always the true ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, pairwise

from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.text import fitted, span
from voicecall_core.call.first_word import FirstWord, first_word
from voicecall_core.call.phase import Phase
from voicecall_core.call.state import Call
from voicecall_core.call.timing import Moment
from voicecall_core.words.terms import Kind

_M = Moment
CARRIER = (_M.DIALLED, _M.CREATED, _M.INITIATED, _M.RANG, _M.ANSWERED, _M.FETCHED, _M.ACCEPTED, _M.STARTED)
MODEL = (
    _M.MODEL_ASKED,
    _M.MODEL_CONNECTED,
    _M.MODEL_SECURED,
    _M.MODEL_UPGRADED,
    _M.MODEL_CREATED,
    _M.MODEL_READY,
    _M.GREETING_ASKED,
    _M.GREETING_READY,
)
SOUND = (_M.FIRST_AUDIO, _M.FIRST_MARK)
_SAY_CALL = (_M.DIALLED, _M.CREATED, _M.INITIATED, _M.RANG, _M.ANSWERED, _M.FETCHED)
_SHARE = 0.2  # of the axis: what is drawn of one wait at most
_ROUNDS = 20  # each brings the shares closer to what they must be
_LABEL, _FIGURE, _BAR_MIN = 16, 9, 8
_BOTH, _LEFT, _RIGHT, _CUT = "━", "╸", "╺", "╍"


@dataclass(frozen=True, slots=True)
class Axis:
    """Seconds to a place between 0 and 1. `knots` are (seconds, place); a wait longer than `longest` is shortened."""

    knots: tuple[tuple[float, float], ...]
    longest: float

    def place(self, at: float) -> float:
        """Where `at` lies."""
        for (t0, x0), (t1, x1) in pairwise(self.knots):
            if at <= t1:
                return min(x1, x0 + (x1 - x0) * (max(at, t0) - t0) / (t1 - t0))
        return 1.0 if len(self.knots) > 1 else 0.0

    def shortened(self, place: float) -> bool:
        """Whether the time at this place is drawn shorter than it was."""
        return any(x0 < place < x1 and t1 - t0 > self.longest for (t0, x0), (t1, x1) in pairwise(self.knots))


def axis_of(times: Iterable[float]) -> Axis:
    """The axis on which all of these times have a place, none of their gaps wider than its share."""
    stops = sorted(set(times))
    gaps = [later - earlier for earlier, later in pairwise(stops)]
    longest = _longest(gaps)
    reached = list(accumulate((min(gap, longest) for gap in gaps), initial=0.0))
    whole = reached[-1] or 1.0
    return Axis(tuple(zip(stops, (min(1.0, each / whole) for each in reached), strict=False)), longest)


def _longest(gaps: list[float]) -> float:
    """The length at which long gaps are drawn, so that each of them gets its share of the axis and no more."""
    longest = max(gaps, default=0.0)
    share = max(_SHARE, 2 / max(2, len(gaps)))
    for _ in range(_ROUNDS):
        longest = min(longest, share * sum(min(gap, longest) for gap in gaps))
    return longest


@dataclass(frozen=True, slots=True)
class WaterfallRow:
    """One step: from when to when, and whether it is still under way. `end` is None if it was never met."""

    label: str
    style: str
    start: float = 0.0
    end: float | None = None
    running: bool = False


def rows_of(call: Call, now: float) -> tuple[list[WaterfallRow], ...]:
    """The carrier's rows, the model's, and the sound's; of a say call the carrier's alone."""
    going_on = call.phase not in (Phase.ENDING, Phase.OVER)
    if call.terms.kind is Kind.SAY:
        return (_group(call, _SAY_CALL, palette.CARRIER, now if going_on else None),)
    return (
        _group(call, CARRIER, palette.CARRIER, now if going_on and not call.guard.overwritten else None),
        _group(call, MODEL, palette.MODEL, now if call.model.open else None),
        _group(call, SOUND, palette.SOUND, now if going_on and call.guard.live else None, after=_M.STARTED),
    )


def _group(
    call: Call, moments: tuple[Moment, ...], style: str, now: float | None, after: Moment | None = None
) -> list[WaterfallRow]:
    """Each step begins with the latest of those above it that was met before it.

    The step behind the last that was met runs until `now`; with None nothing runs any more.
    """
    first = call.timing.first
    begun = [first[after]] if after is not None and after in first else []
    met = [index for index, moment in enumerate(moments) if moment in first]
    running = met[-1] + 1 if met else 0 if begun else len(moments)
    rows = []
    for index, moment in enumerate(moments):
        end = first.get(moment, now if index == running else None)
        start = max((at for at in begun if end is not None and at <= end), default=end or 0.0)
        label = _label(call, moment)
        rows.append(WaterfallRow(label, style, start, end, running=moment not in first and end is not None))
        if moment in first:
            begun.append(first[moment])
    return rows


_MADE = {
    FirstWord.KEPT: "greeting kept",
    FirstWord.BEFORE_DIALLING: "made before dial",
    FirstWord.RINGING: "made in ringing",
    FirstWord.PIPELINED: "made, pipelined",
    FirstWord.ANSWERED: "made at answer",
}


def _label(call: Call, moment: Moment) -> str:
    """The moment, or which way the greeting came that the callee has heard."""
    way = first_word(call) if moment is Moment.GREETING_READY else None
    return moment if way is None else _MADE[way]


def waterfall_lines(call: Call, *, width: int, now: float) -> list[Text]:
    """The rows, the model's beside the carrier's."""
    groups = rows_of(call, now)
    times = [at for group in groups for row in group if row.end is not None for at in (row.start, row.end)]
    axis = axis_of(times)
    if len(groups) == 1:
        return [_drawn(row, axis, width) for row in groups[0]]
    carrier, model, sound = groups
    half = (width - 2) // 2
    pairs = [*zip(carrier, model, strict=True), (sound[0], sound[1])]
    return [_drawn(one, axis, half).append("  ").append_text(_drawn(two, axis, half)) for one, two in pairs]


def _drawn(row: WaterfallRow, axis: Axis, width: int) -> Text:
    """One row in exactly `width` cells: label, bar, figure."""
    cells = max(_BAR_MIN, width - _LABEL - _FIGURE - 3)
    line = Text(f" {fitted(row.label, _LABEL)} ", style="" if row.end is not None else palette.FAINT)
    if row.end is None:
        line.append(" " * cells).append(f"{'·':>{_FIGURE}} ", style=palette.FAINT)
    else:
        line.append(_bar(row.start, row.end, axis, cells), style=f"dim {row.style}" if row.running else row.style)
        figure = span(row.end - row.start)
        line.append(f"{figure:>{_FIGURE}} ", style=palette.FAINT if row.running else "")
    line.truncate(width)
    return line


def _bar(start: float, end: float, axis: Axis, cells: int) -> str:
    """A bar in half cells, never shorter than one of them."""
    begin, stop = round(axis.place(start) * cells * 2), round(axis.place(end) * cells * 2)
    if begin == stop:
        begin, stop = (begin, stop + 1) if stop < cells * 2 else (begin - 1, stop)
    drawn = ""
    for cell in range(cells):
        left, right = begin <= 2 * cell < stop, begin <= 2 * cell + 1 < stop
        if left and right:
            drawn += _CUT if axis.shortened((cell + 0.5) / cells) else _BOTH
        else:
            drawn += _LEFT if left else _RIGHT if right else " "
    return drawn
