"""Calls at every stage, made by the judge from events. Knows nothing of how they are drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from voicecall_core.call.step import Call, new_call, step
from voicecall_core.words import events as e
from voicecall_core.words.terms import Kind, Policy, Terms
from voicecall_core.words.values import CallStatus, ModelStage, RestAnswer, Timer, Usage

SID = "CA0123456789abcdef0123456789abcdef"
CALL_ID = "c-7f3a9b"
HOSTILE = (
    "[bold red]not markup[/] \x1b[2J\x1b]0;title\x07 \u202eesrever\u202c "
    "\u4f60\u597d \U0001f44d\U0001f3fd e\u0301\nnew line"
)

Timed = tuple[float, e.Event]

DIAL: tuple[Timed, ...] = (
    (0.004, e.DialBegan()),
    (0.031, e.ModelReached(1, ModelStage.CONNECTED)),
    (0.088, e.ModelReached(1, ModelStage.SECURED)),
    (0.141, e.ModelReached(1, ModelStage.UPGRADED)),
    (0.190, e.ModelReached(1, ModelStage.CREATED)),
    (0.214, e.Created(SID)),
    (0.252, e.ModelReached(1, ModelStage.READY)),
    (0.330, e.StatusReported(CallStatus.INITIATED, SID)),
    (0.402, e.ResponseBegan(1, "r1", "greeting-1")),
    (0.803, e.AudioBegan(1, "r1", "i1")),
    (0.960, e.StatusReported(CallStatus.RINGING, SID)),
    (1.204, e.Spoken(1, "i1", "r1", "Hello, this is an AI assistant calling for a short test. Is this a good time?")),
    (1.310, e.AudioEnded(1, "r1", "i1", 4200)),
    (1.311, e.ResponseEnded(1, "r1", "completed", usage=Usage(text_in=412, text_out=31, audio_out=98))),
)
ANSWER: tuple[Timed, ...] = (
    (4.871, e.StatusReported(CallStatus.IN_PROGRESS, SID)),
    (4.880, e.Fetched(1, 1, SID, direction="outbound-api")),
    (5.020, e.UpgradeAsked(1, 1, True)),
    (5.101, e.StreamStarted(1, "MZ1", SID)),
    (5.112, e.AudioSent(1, "i1", "r1", 0)),
    (5.300, e.SpeechStarted(1, 200, 180)),
    (5.600, e.SpeechStopped(1, 500)),
    (5.700, e.TurnCommitted(1, "u1")),
    (5.900, e.Heard(1, "u1", "Hello?")),
    (9.420, e.MarkReturned(1, "i1", "r1", 4300)),
)
TALK: tuple[Timed, ...] = (
    (10.100, e.SpeechStarted(1, 5000, 5000)),
    (11.600, e.SpeechStopped(1, 6500)),
    (11.700, e.TurnCommitted(1, "u2")),
    (11.710, e.ResponseBegan(1, "r2")),
    (11.900, e.AudioBegan(1, "r2", "i2")),
    (11.910, e.Heard(1, "u2", "Yes, sure. What is it about?")),
    (11.920, e.AudioSent(1, "i2", "r2", 6800)),
    (12.100, e.Spoken(1, "i2", "r2", "Thank you! I only wanted to hear", final=False)),
)
GOODBYE: tuple[Timed, ...] = (
    (12.600, e.Spoken(1, "i2", "r2", "Thank you! I only wanted to hear whether this line is good. Goodbye!")),
    (12.700, e.AudioEnded(1, "r2", "i2", 3100)),
    (12.710, e.ToolCalled(1, "r2", "t1", "end_call")),
    (
        12.720,
        e.ResponseEnded(1, "r2", "completed", usage=Usage(text_in=590, audio_in=41, text_out=44, audio_out=120)),
    ),
    (15.100, e.MarkReturned(1, "i2", "r2", 10100)),
)
END: tuple[Timed, ...] = (
    (15.300, e.UpdateAnswered(1, RestAnswer.ACCEPTED)),
    (15.400, e.StreamStopped(1)),
    (15.410, e.SocketClosed(1, 1000)),
    (15.800, e.StatusReported(CallStatus.COMPLETED, SID)),
)

RACE: tuple[Timed, ...] = (
    (0.004, e.DialBegan()),
    (0.214, e.Created(SID)),
    (0.330, e.StatusReported(CallStatus.INITIATED, SID)),
    (0.500, e.StatusReported(CallStatus.RINGING, SID)),
    (0.619, e.StatusReported(CallStatus.IN_PROGRESS, SID)),
    (0.642, e.Fetched(1, 1, SID, direction="outbound-api")),
    (0.742, e.UpgradeAsked(1, 1, True)),
    (0.762, e.StreamStarted(1, "MZ1", SID)),
    (0.790, e.ModelReached(1, ModelStage.CONNECTED)),
    (0.810, e.UpdateAnswered(1, RestAnswer.ACCEPTED)),
    (0.820, e.StreamStopped(1)),
    (0.821, e.SocketClosed(1, 1000)),
    (3.100, e.StatusReported(CallStatus.COMPLETED, SID)),
)


def played(call: Call, *parts: Iterable[Timed]) -> Call:
    """The call after these events."""
    for part in parts:
        for at, event in part:
            call = step(call, replace(event, at=at)).call
    return call


def fresh(policy: Policy = Policy.GUARD, model: str = "gpt-realtime-2.1", kind: Kind = Kind.STREAM) -> Call:
    """A call that has not begun."""
    return new_call(Terms(CALL_ID, kind=kind, policy=policy, model=model, pii_greeting="Hello", pii_say="A parcel."))


def ringing() -> Call:
    return played(fresh(), DIAL)


def talking() -> Call:
    return played(fresh(), DIAL, ANSWER, TALK)


def ending() -> Call:
    return played(talking(), GOODBYE)


def over() -> Call:
    return played(ending(), END)


def raced() -> Call:
    """The field's bug, with the guard off: the status callback's fallback overwrites the stream."""
    return played(fresh(Policy.NAIVE), RACE)


def asked_often(times: int = 200) -> Call:
    """A call of whose guard much is asked: every other time it refuses."""
    call = played(fresh(), DIAL, ANSWER)
    for index in range(times):
        asked = e.UpgradeAsked(2 + index, 1, False) if index % 2 else e.OperatorSpoke("say this")
        call = played(call, [(10 + index / 10, asked)])
    return call


def talkative(lines: int = 40, text: str = "one two three four five six seven eight nine ten " * 40) -> Call:
    """A call with more transcript than any screen holds."""
    spoken = [(10 + index, e.Heard(1, f"u{index}", f"{index} {text}")) for index in range(lines)]
    return played(talking(), spoken)


def hostile() -> Call:
    """Everything a stranger can put into a call is meant to harm the screen."""
    return played(
        talking(),
        (
            (13.0, e.Heard(1, "u3", HOSTILE)),
            (13.1, e.ModelErred(1, "[red]bad[/red]", "\x1b[31mreason\x1b[0m")),
            (13.2, e.StatusReported(CallStatus.UNKNOWN, SID, said="\u202e[link=x]odd\x00")),
            (13.3, e.DigitPressed(1, "5")),
        ),
    )


def unconfirmed() -> Call:
    """A call whose hanging up never worked."""
    call = played(talking(), [(13.0, e.HangUpAsked())])
    for number in (1, 2, 3):
        call = played(
            call,
            (
                (13.0 + number, e.UpdateAnswered(number, RestAnswer.LOST, reason="no connection")),
                (13.5 + number, e.TimerFired(Timer.UPDATE_RETRY)),
            ),
        )
    return played(
        call,
        (
            (17.0, e.StreamStopped(1)),
            (17.1, e.SocketClosed(1, 1000)),
            (25.0, e.TimerFired(Timer.TERMINAL)),
            (26.0, e.Checked(None)),
        ),
    )


def said() -> Call:
    """A say call, spoken and over."""
    return played(
        fresh(kind=Kind.SAY),
        (
            (0.004, e.DialBegan()),
            (0.214, e.Created(SID)),
            (0.960, e.StatusReported(CallStatus.RINGING, SID)),
            (4.880, e.Fetched(1, 1, SID)),
            (9.000, e.StatusReported(CallStatus.COMPLETED, SID)),
        ),
    )
