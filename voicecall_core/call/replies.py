"""How long the callee waited for the agent's replies, as figures: of a call, or of several."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from voicecall_core.call.hearing import Reply
from voicecall_core.call.state import Call
from voicecall_core.words.checks import percentiles


@dataclass(frozen=True, slots=True)
class ReplyTimes:
    """Seconds from the callee's last speech to the agent's first audible sound; None where no reply was measured.

    `count`: the replies that were measured. `over`: how many more began over the callee, who then had not waited.
    `ours_p50_s`: as much of a wait as audio spent in this program, `model_p50_s` the rest; None if not known.
    """

    count: int = 0
    p50_s: float | None = None
    p95_s: float | None = None
    worst_s: float | None = None
    last_s: float | None = None
    ours_p50_s: float | None = None
    model_p50_s: float | None = None
    over: int = 0


def reply_times(replies: Iterable[Reply]) -> ReplyTimes:
    """The figures of these replies."""
    told = list(replies)
    waits = [each.wait_s for each in told if each.wait_s is not None]
    over = len(told) - len(waits)
    if not waits:
        return ReplyTimes(over=over)
    p50_s, p95_s = percentiles(waits)
    ours = [each.ours_s for each in told if each.ours_s is not None]
    model = [each.model_s for each in told if each.model_s is not None]
    return ReplyTimes(len(waits), p50_s, p95_s, max(waits), waits[-1], _half(ours), _half(model), over)


def longest_wait_s(call: Call) -> float:
    """The longest time for which the callee waited for a sound: as it was judged by, and as it was measured."""
    return max(call.conversation.longest_s, reply_times(call.heard.replies).worst_s or 0.0)


def _half(values: list[float]) -> float | None:
    return percentiles(values)[0] if values else None
