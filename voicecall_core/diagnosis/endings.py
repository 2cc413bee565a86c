"""Rules about calls that came to nothing, or to an end nobody wanted, without a fault. Knows no sockets."""

from __future__ import annotations

from collections.abc import Callable

from voicecall_core.diagnosis.finding import Found, Rule
from voicecall_core.diagnosis.story import Story, first
from voicecall_core.judgement.ending import Cause, Outcome
from voicecall_core.words.events import CallStatus, StatusReported, Timer, TimerFired
from voicecall_core.words.orders import Conclude, CreateCall


def _status(status: CallStatus, what: str) -> Callable[[Story], Found | None]:
    def seek(story: Story) -> Found | None:
        said = first(story.events(StatusReported), lambda each: each.it.status is status)
        return Found(what, (said.n,), story.absence) if said is not None and not story.answered else None

    return seek


def _rang_out(story: Story) -> Found | None:
    fired = first(story.events(TimerFired), lambda each: each.it.timer in (Timer.RING, Timer.QUEUE))
    if fired is None or story.answered or story.call.ending.cause is not Cause.RING_TIMEOUT:
        return None
    return Found("nobody answered, and the carrier did not say so: its own ring time-out had passed", (fired.n,))


def _cap(story: Story) -> Found | None:
    fired = first(story.events(TimerFired), lambda each: each.it.timer is Timer.CAP)
    if fired is None or story.call.ending.cause is not Cause.CAP:
        return None
    return Found("the call was ended by its maximum duration", (fired.n,))


def _callee_left(story: Story) -> Found | None:
    ending = story.call.ending
    if ending.cause is not Cause.CALLEE or ending.outcome is not Outcome.UNHEARD or not story.starts:
        return None
    if story.writes or not story.terminal:
        return None
    return Found("the callee hung up before the greeting had been heard", (story.starts[0].n, story.terminal))


def _unconfirmed(story: Story) -> Found | None:
    over = first(story.orders(Conclude))
    if over is None or story.terminal or story.call.ending.outcome is not Outcome.UNCONFIRMED:
        return None
    return Found("the carrier never confirmed that the call is over: it may still be up", (over.n,))


def _unknown(story: Story) -> Found | None:
    if story.call.ending.cause is not Cause.CREATE_UNKNOWN:
        return None
    over, asked = first(story.orders(Conclude)), first(story.orders(CreateCall))
    steps = tuple(each.n for each in (asked, over) if each is not None)
    return Found("whether the call was placed is not known: nobody could say", steps)


_NONE = "Nothing: this is the callee's doing."

RULES = (
    Rule(
        "busy",
        (),
        22,
        "the carrier reported busy",
        "Dial again later.",
        _status(CallStatus.BUSY, "it was busy"),
    ),
    Rule(
        "no-answer",
        (),
        22,
        "the carrier reported no answer",
        "Dial again later, or let it ring longer (--ring-timeout).",
        _status(CallStatus.NO_ANSWER, "it rang and nobody answered"),
    ),
    Rule(
        "not-reached",
        (),
        22,
        "the carrier reported that the call failed before an answer",
        "Check the number: the carrier could not reach it.",
        _status(CallStatus.FAILED, "the number could not be reached"),
    ),
    Rule("rang-out", (), 21, "our own wait for an answer ran out", "Dial again later.", _rang_out),
    Rule("cap", (), 8, "the maximum duration ended the call", "Raise --max-duration if it was too short.", _cap),
    Rule("callee-left", (), 9, "the callee hung up during the greeting", _NONE, _callee_left),
    Rule(
        "unconfirmed",
        (),
        71,
        "no word of the carrier that the call is over",
        "Hang it up: voicecall hangup with the call's SID.",
        _unconfirmed,
    ),
    Rule(
        "create-unknown",
        ("56",),
        67,
        "create was lost, and no call was found",
        "Look for the call in the carrier's console before dialling again.",
        _unknown,
    ),
)
