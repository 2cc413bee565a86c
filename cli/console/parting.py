"""Where another policy parts from what was recorded, and what would have followed. Knows nothing of judging."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cli.console import palette
from cli.console.differences import difference_head, difference_lines
from cli.console.figures import counted
from cli.console.ladder import Ladder
from voicecall_core.replay.aftermath import Happening, conclusion, fates, likeliest
from voicecall_core.replay.judging import Judged, differences
from voicecall_core.replay.otherwise import Otherwise, Parting
from voicecall_core.words.descriptions import Lane

_PACE = "By the usual pace of carrier and model; the recorded lines that follow are no evidence:"


def parting_lines(found: Otherwise, *, width: int, ascii: bool) -> Iterator[Text]:
    """All there is to say of the other policy, in lines."""
    if found.parting is None:
        yield Text(f"With guard {found.policy} every write is the recorded one, in all {counted(found.steps, 'step')}.")
        yield from _unlike(found)
        return
    parting = found.parting
    yield Text(f"With guard {found.policy} the first write that differs:", style=palette.STRONG)
    yield difference_head(width=width, right=f"guard {found.policy}")
    unequal = differences(parting.line, parting.other)
    yield from difference_lines(
        Judged(parting.line, parting.before, parting.other.call, parting.event, parting.other, unequal), width=width
    )
    yield from _unlike(found)
    yield Text()
    yield Text(_PACE, style=palette.FAINT)
    yield from _course(parting, Ladder(width, ascii=ascii))
    yield Text()
    yield Text(conclusion(parting), style=palette.STRONG)
    yield from _fates(parting)


def _unlike(found: Otherwise) -> Iterator[Text]:
    if found.unlike:
        where = "Before that, in" if found.parting is not None else "In"
        words = f"{where} {counted(found.unlike, 'step')} other orders differ, as a rule the model's."
        yield Text(words, style=palette.FAINT)


def _course(parting: Parting, ladder: Ladder) -> Iterator[Text]:
    yield from ladder.head()
    other = parting.other
    yield from ladder.step(other.call, parting.before, parting.event, other.verdicts, other.orders)
    for one in likeliest(parting):
        yield from _happening(one, ladder)


def _happening(one: Happening, ladder: Ladder) -> list[Text]:
    if one.event is None or one.step is None:
        return ladder.remark(one.at, Lane.CARRIER, one.words, palette.BAD if one.mark else palette.CARRIER)
    return ladder.step(one.step.call, one.before, one.event, one.step.verdicts, one.step.orders)


def _fates(parting: Parting) -> Iterator[Text]:
    found = fates(parting)
    total = sum(found.orders.values())
    states = counted(found.states, "state")
    yield Text(f"Every order of it ({counted(total, 'order')}, {states}):")
    for end, number in found.orders.most_common():
        yield Text(f"  {number:>6,}  {end}")
