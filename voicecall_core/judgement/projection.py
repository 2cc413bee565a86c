"""A call without what no decision rests on: clocks, words, verdicts, notes. Knows nothing of who compares calls.

Two calls with the same projection answer every event with the same orders, but for the seconds of a timer and the
words of a sentence; so the explorer needs to walk on from one of them only. What was left out, and why that is sound,
is told in docs/proof.md, and tried on random calls in the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from voicecall_core.judgement.books import Call, Create
from voicecall_core.judgement.ending import Cause, Outcome
from voicecall_core.judgement.greeting import Greeting
from voicecall_core.judgement.model import Model, ModelState
from voicecall_core.judgement.timing import Moment, Timing
from voicecall_core.judgement.turns import Turns

# Of all the moments, decisions ask only whether these two have been met.
_DECISIVE = (Moment.ANSWERED, Moment.STARTED)
_MOMENTS: Mapping[tuple[bool, ...], Timing] = {
    (answered, started): Timing(
        MappingProxyType({moment: 0.0 for moment, met in zip(_DECISIVE, (answered, started), strict=True) if met})
    )
    for answered in (False, True)
    for started in (False, True)
}

# A create that may be tried again counts its attempts.
_TRYING = frozenset({Create.UNSENT, Create.PENDING})
_CLOSED, _SILENT, _NOBODY = Model(ModelState.CLOSED), Greeting(), Turns()


def projected(call: Call) -> Call:
    """The call with everything taken out of it that no decision rests on. It can be stepped on."""
    call = replace(
        call,
        at=0.0,
        attempts=call.attempts if call.create in _TRYING else 1,
        look_ups=call.look_ups if call.create is Create.LOST else 0,
        stream_sid="",
        stream_error="",
        greeting=replace(call.greeting, ms=0) if call.greeting.ms else call.greeting,
        timing=_MOMENTS[tuple(moment in call.timing.first for moment in _DECISIVE)],
        verdicts=(),
        transcript=(),
        notes=(),
        broken=(),
        usage=(),
    )
    return call if call.ending.cause is None else _ending(call)


def _ending(call: Call) -> Call:
    """A call that is being hung up decides by what was asked of the carrier, and no more by how it went.

    Its outcome is what is lost.
    """
    return replace(
        call,
        guard=replace(call.guard, overwritten=None, apology=False),
        caps=0,
        fallback_asked=False,
        model=_CLOSED,
        greeting=_SILENT,
        turns=_NOBODY,
        timing=_MOMENTS[False, False],
        ending=replace(
            call.ending,
            cause=Cause.OPERATOR,
            terminal=None,
            outcome=None if call.ending.outcome is None else Outcome.CANCELLED,
        ),
    )


def key(call: Call) -> tuple[Any, ...]:
    """What tells two projected calls of the same terms apart, as a value that can be looked up."""
    return (
        call.guard,
        call.phase,
        call.sid,
        call.create,
        call.attempts,
        call.look_ups,
        call.strays,
        call.caps,
        call.documents,
        call.fallback_asked,
        call.model,
        call.greeting,
        call.turns,
        call.ending,
        frozenset(call.timing.first),
        call.timers,
    )
