"""Where another policy diverges from what was recorded, and what would have followed."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cli.console import palette
from cli.console.differences import difference_head, difference_lines
from cli.console.figures import counted
from cli.console.ladder import Ladder
from voicecall_core.checker.counterfactual import Divergence
from voicecall_core.checker.outcomes import conclusion, every_outcome, likeliest
from voicecall_core.checker.trace import Transition
from voicecall_core.replay.judging import Judged, differences
from voicecall_core.replay.words import Recorded
from voicecall_core.words.descriptions import Lane
from voicecall_core.words.terms import Policy

_PACE = "By the usual pace of carrier and model; the recorded lines that follow are no evidence:"


def same_lines(policy: Policy, steps: int, unlike: int) -> Iterator[Text]:
    """What there is to say of a policy by which nothing else would have been written."""
    yield Text(f"With guard {policy} every write is the recorded one, in all {counted(steps, 'step')}.")
    yield from _unlike("In", unlike)


def divergence_lines(found: Divergence, recorded: Recorded, unlike: int, *, width: int, ascii: bool) -> Iterator[Text]:
    """All there is to say of a divergence from what was `recorded`, in lines; `unlike` steps before it differ too."""
    policy = found.other.call.terms.policy
    yield Text(f"With guard {policy} the first write that differs:", style=palette.STRONG)
    yield difference_head(width=width, right=f"guard {policy}")
    judged = Judged(recorded, found.other.call, found.other, differences(recorded, found.other))
    yield from difference_lines(judged, width=width)
    yield from _unlike("Before that, in", unlike)
    yield Text()
    yield Text(_PACE, style=palette.FAINT)
    ladder = Ladder(width, ascii=ascii)
    yield from [*ladder.head(), *ladder.step(found.other)]
    for one in likeliest(found):
        yield from _transition(one, ladder)
    yield Text()
    yield Text(conclusion(found), style=palette.STRONG)
    yield from _outcomes(found)


def _unlike(where: str, unlike: int) -> Iterator[Text]:
    if unlike:
        words = f"{where} {counted(unlike, 'step')} other orders differ, as a rule the model's."
        yield Text(words, style=palette.FAINT)


def _transition(one: Transition, ladder: Ladder) -> list[Text]:
    if one.step is None:
        return ladder.remark(one.at, Lane.CARRIER, one.words, palette.BAD if one.harm else palette.CARRIER)
    return ladder.step(one.step)


def _outcomes(divergence: Divergence) -> Iterator[Text]:
    found = every_outcome(divergence)
    total = sum(found.orders.values())
    states = counted(found.states, "state")
    yield Text(f"Every order of it ({counted(total, 'order')}, {states}):")
    for end, number in found.orders.most_common():
        yield Text(f"  {number:>6,}  {end}")
