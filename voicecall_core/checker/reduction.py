"""A state without what no decision rests on: of a call, clocks, words, verdicts, notes; of the others, what is past.

Two calls with the same projection answer every event with the same orders, but for the seconds of a timer and the
words of a sentence; so a search needs to go on from one of them only. What was left out, and why that is sound,
is told in docs/proof.md, and tried on random calls in the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

from voicecall_core.call.changes import changed
from voicecall_core.call.conversation import Conversation, ToolRun
from voicecall_core.call.endings import Cause, Outcome
from voicecall_core.call.hearing import Hearing
from voicecall_core.call.model_link import Link, ModelLink
from voicecall_core.call.phase import Phase
from voicecall_core.call.series import EMPTY, Series
from voicecall_core.call.state import Call, Create, TranscriptLine
from voicecall_core.call.timing import Moment, Timing
from voicecall_core.call.transcript import CALLEE
from voicecall_core.checker.carrier import Carrier, Socket
from voicecall_core.checker.environment import Room
from voicecall_core.checker.product import Reduction
from voicecall_core.words.values import NO_USAGE

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
_NEVER_ASKED: Mapping[str, Any] = {
    **dict.fromkeys(("verdicts", "notes", "broken", "troubles"), EMPTY),
    "usage": NO_USAGE,
    "lasting": (),
    "heard": Hearing(),
}
_GONE = -1
_CLOSED, _NOBODY = ModelLink(Link.CLOSED), Conversation()


def without_words(call: Call) -> Call:
    """The call without clock, words and verdicts: what equal calls of a recorded conversation differ by."""
    return replace(
        call,
        timing=Timing(MappingProxyType(dict.fromkeys(sorted(call.timing.first), 0.0))),
        transcript=EMPTY,
        **_NEVER_ASKED,
    )


def projected(call: Call) -> Call:
    """The call with everything taken out of it that no decision rests on. It can be stepped on."""
    return changed(
        call,
        {
            **_NEVER_ASKED,
            "at": 0.0,
            "attempts": call.attempts if call.create in _TRYING else 1,
            "look_ups": call.look_ups if call.create is Create.LOST else 0,
            "candidates": (),
            "stream_sid": "",
            "stream_error": "",
            "knocks": frozenset(),
            "conversation": _spoken(call.conversation, call.model),
            "transcript": _worded(call),
            "model": replace(call.model, losses=(0.0,) * len(call.model.losses), expires_s=0.0),
            "timing": _MOMENTS[tuple(moment in call.timing.first for moment in _DECISIVE)],
            **({} if call.ending.cause is None else _ending(call)),
        },
    )


def _spoken(now: Conversation, model: ModelLink) -> Conversation:
    """A conversation without its lengths and times, which only the seconds of timers rest on."""
    since, voiced = (None if at is None else 0.0 for at in (now.since, now.voiced))
    tools = tuple(_timeless(run, model) for run in now.tools)
    timeless = {"since": since, "voiced": voiced, "pending_ms": 0, "longest_s": 0.0}
    # of these the outcome alone is made
    return changed(now, {**timeless, "greeted_ms": 0, "replied": False, "dropped": 0, "tools": tools})


def _timeless(run: ToolRun, model: ModelLink) -> ToolRun:
    """A tool's run without its times; of one that has answered, a session that is gone is as good as any other."""
    told = run.told_in if run.told_in in (0, model.session, model.spare) else _GONE
    open_still = run.outcome is None or run.session in (model.session, model.spare)
    return replace(run, at=0.0, took_s=0.0, told_in=told, session=run.session if open_still else _GONE)


def _worded(call: Call) -> Series[TranscriptLine]:
    """Which turns of the callee are known by their words: those need not be heard again by another session."""
    items = {line.item for line in call.transcript if line.who == CALLEE and line.final}
    return Series.of(TranscriptLine(CALLEE, item, "", True, 0.0) for item in sorted(items))


def _ending(call: Call) -> dict[str, Any]:
    """What changes more in a call that is being hung up.

    It decides by what was asked of the carrier, and no more by how it went. Its outcome is what is lost.
    """
    ended = None if call.ending.outcome is None else Outcome.CANCELLED
    return {
        "guard": replace(call.guard, overwritten=None, apology=False),
        "caps": 0,
        "fallback_asked": False,
        "model": _CLOSED,
        "conversation": _NOBODY,
        "transcript": EMPTY,
        "timing": _MOMENTS[False, False],
        "ending": replace(call.ending, cause=Cause.OPERATOR, terminal=None, outcome=ended, waiting=False),
    }


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
        call.conversation,
        call.transcript,
        call.ending,
        frozenset(call.timing.first),
        call.timers,
    )


class View(NamedTuple):
    """What of a call decides on what still matters of the others: its last socket, and how far it is."""

    socket: int
    closing: bool
    over: bool


def view(call: Call) -> View:
    """The call as `remembered` sees it; one that is over is seen no longer."""
    over = call.phase is Phase.OVER
    return View(0 if over else call.guard.socket, call.ending.cause is not None, over)


# The call is over for us: everything may still come, and come late.
AFTERMATH = Carrier("told", "ended", True, sockets=(Socket(1, 1, "cut"),), checks=1, looking=True, closing=True)


def remembered(now: Carrier | Room, view: View) -> Carrier | Room:
    """What still matters: nobody in the room once we are hanging up, nothing but what may come late once it is over."""
    if isinstance(now, Room):
        return Room() if view.closing or view.over else now
    return AFTERMATH if view.over else _carrier(now, view)


def _carrier(now: Carrier, view: View) -> Carrier:
    """Nothing is lost by it. What a dead socket of the past still says is about nothing. A document on its way that
    would do harm while we hang up would have done it a moment before; and every fetch and every socket that what runs
    could ask for is tried all the same, in `carrier_moves`.
    """
    sockets = tuple(other for other in now.sockets if other.number == view.socket or other.stage != "dead")
    if not view.closing or now.closing:
        return now._replace(sockets=sockets) if sockets != now.sockets else now
    return Carrier(
        now.create, now.leg, now.was_up, sockets=sockets, checks=now.checks, looking=now.looking, closing=True
    )


GUARD = Reduction(projected, key, view, remembered)
