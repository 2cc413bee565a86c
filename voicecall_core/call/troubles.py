"""What is wrong with a call, seen in its state alone: each trouble is a condition. Decides nothing.

A healthy call has short ones: until its stream has started, and until an answer sounds. Whoever shows them says from
which length on they count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from voicecall_core.call.conversation import Floor
from voicecall_core.call.health import Spell, Trouble
from voicecall_core.call.model_link import Link
from voicecall_core.call.state import Call, StepContext
from voicecall_core.call.timing import Moment
from voicecall_core.words.exhaustive import assert_exhaustive
from voicecall_core.words.terms import Kind

_GIVEN_UP = (Link.DEAD, Link.CLOSED)


def _met(call: Call, moment: Moment) -> bool:
    return moment in call.timing.first


def _model_waited_for(call: Call) -> bool:
    return not call.model.ready and call.model.state not in _GIVEN_UP


_CONDITIONS: Mapping[Trouble, Callable[[Call], bool]] = {
    Trouble.OVERWRITTEN: lambda call: call.guard.overwritten is not None,
    Trouble.MODEL_GONE: lambda call: call.model.state is Link.DEAD,
    Trouble.STREAM_LOST: lambda call: _met(call, Moment.STARTED) and not call.guard.live,
    Trouble.MODEL_LOST: lambda call: _met(call, Moment.MODEL_READY) and _model_waited_for(call),
    Trouble.NO_STREAM: lambda call: not _met(call, Moment.STARTED),
    Trouble.NO_MODEL: lambda call: not _met(call, Moment.MODEL_READY) and _model_waited_for(call),
    Trouble.MID_WORD: lambda call: call.conversation.dry,
    Trouble.WAITING: lambda call: call.heard.waiting is not None and call.conversation.floor is not Floor.APOLOGY,
}
assert_exhaustive("what is wrong with a call", _CONDITIONS, Trouble)


def watch(context: StepContext, before: Call) -> None:
    """Note what has begun to be wrong, and what is right again. From the answer on, until the call is being ended."""
    call = context.call
    if _looks_as(call, before):
        return
    counts = call.answered and call.terms.kind is Kind.STREAM and call.ending.cause is None
    if not counts and not call.troubles:
        return
    now = {trouble for trouble, holds in _CONDITIONS.items() if holds(call)} if counts else set()
    lasting = {spell.trouble for spell in call.troubles if spell.end is None}
    if now == lasting:
        return
    kept = [
        replace(spell, end=call.at) if spell.end is None and spell.trouble not in now else spell
        for spell in call.troubles
    ]
    begun = [Spell(trouble, call.at) for trouble in Trouble if trouble in now - lasting]
    context.put(troubles=(*kept, *begun))


def _looks_as(call: Call, before: Call) -> bool:
    """Nothing that a condition looks at has changed."""
    return (
        call.guard is before.guard
        and call.model is before.model
        and call.conversation is before.conversation
        and call.heard is before.heard
        and call.timing is before.timing
        and call.ending is before.ending
    )


def lasting(call: Call) -> list[Spell]:
    """What is wrong now, the worst first."""
    order = list(Trouble)
    return sorted((spell for spell in call.troubles if spell.end is None), key=lambda s: order.index(s.trouble))
