"""The guard's decisions as they fall, the newest last. Knows nothing of how they are reached."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from cli.console import palette
from cli.console.figures import counted, stamp
from cli.console.plain import cropped, fitted, wrapped
from voicecall_core.judgement.books import Call
from voicecall_core.judgement.guard import Verdict
from voicecall_core.judgement.rulings import Ruling

_SHORT = {Ruling.HUNG_UP: "hung up"}  # "answered with hang-up" is wider than its column
_ASKER, _ASKER_WIDE, _STATE, _RULING = 18, 23, 10, 11
_INDENT = 10

Fallen = tuple[float, Verdict]


def ruling_word(verdict: Verdict) -> str:
    """The ruling in a word or two."""
    return _SHORT.get(verdict.ruling, str(verdict.ruling))


def verdict_count(call: Call) -> Text:
    """How many verdicts have fallen, and how many were refusals."""
    refused = sum(verdict.refused for _, verdict in call.verdicts)
    count = Text(counted(len(call.verdicts), "verdict"))
    if refused:
        count.append(", ").append(f"{refused:,} refused", style=palette.BAD)
    return count


def verdict_lines(verdicts: Sequence[Fallen], *, width: int, height: int) -> list[Text]:
    """At most `height` lines for the newest verdicts: in full as far back as there is room, before that in one line."""
    shown: list[list[Text]] = []
    left = height
    for index in range(len(verdicts) - 1, -1, -1):
        at, verdict = verdicts[index]
        full = _full(at, verdict, width)
        earlier = index  # each of them needs a line of its own
        newest = index == len(verdicts) - 1
        if len(full) > 1 and len(full) + earlier > left and not (newest and len(full) <= left and left > 2):
            full = [_short(at, verdict, width)]
        if len(full) > left:
            break
        shown.append(full)
        left -= len(full)
    return [line for lines in reversed(shown) for line in lines]


def _full(at: float, verdict: Verdict, width: int) -> list[Text]:
    """A verdict with its rule and its whole reason."""
    reason = wrapped(f"{verdict.rule}: {verdict.reason}", width - _INDENT - 1)
    return [_columns(at, verdict, _asker_width(width)), *(Text(" " * _INDENT + each) for each in reason)]


def _short(at: float, verdict: Verdict, width: int) -> Text:
    """A verdict on one line; its reason as far as it goes."""
    asker = _asker_width(width)
    room = width - 1 - 9 - asker - _STATE - _RULING - 4
    line = _columns(at, verdict, asker)
    return line.append(cropped(verdict.reason, room), style=palette.FAINT) if room > 8 else line


def _asker_width(width: int) -> int:
    return _ASKER_WIDE if width >= 100 else _ASKER


def _columns(at: float, verdict: Verdict, asker: int) -> Text:
    return Text.assemble(
        (f" {stamp(at)} ", palette.FAINT),
        f"{fitted(verdict.asker, asker)} ",
        (f"{fitted(verdict.state, _STATE)} ", palette.FAINT),
        (f"{fitted(ruling_word(verdict), _RULING)} ", palette.of_verdict(verdict)),
    )
