"""A call, and what an event makes of it: `step(call, event) -> call, verdicts, orders`.

Pure: no await, clock, chance, log or mutation that anyone outside could see. The live call, the replay and the proof
feed the same `step`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from voicecall_core.judgement import (
    apology,
    carrier,
    closing,
    farewell,
    interruption,
    laws,
    placing,
    responses,
    sessions,
    stream,
    tombstone,
    transcript,
    writing,
)
from voicecall_core.judgement.books import Call, Desk, Entry, Step, minted
from voicecall_core.judgement.ending import Cause
from voicecall_core.judgement.phase import Phase
from voicecall_core.words import events as e
from voicecall_core.words.descriptions import describe
from voicecall_core.words.exhaustive import assert_exhaustive
from voicecall_core.words.terms import Kind, Policy

__all__ = ["Call", "Entry", "Step", "minted", "step"]


def step(call: Call, event: e.Event) -> Step:
    """Judge one event. Orders are to be carried out in their order; none of them waits for another."""
    desk = Desk(call, event)
    if call.phase is Phase.OVER:
        tombstone.visited(desk, event)
    else:
        _DESKS[type(event)](desk, event)
    made = Step(event, tuple(desk.verdicts), tuple(desk.orders), before=call, call=desk.call)
    if broken := laws.broken(made):
        return replace(made, call=replace(made.call, broken=(*made.call.broken, *broken)))
    return made


def _dial(desk: Desk, event: e.Event) -> None:
    """The model first: it takes longer to be ready than the carrier to dial. A call is placed once."""
    if desk.call.phase is not Phase.MINTED:
        return
    terms = desk.call.terms
    if terms.kind is Kind.STREAM and terms.policy is Policy.GUARD:
        sessions.open_session(desk)
    placing.dial(desk)


def _hang_up(desk: Desk, event: e.Event) -> None:
    closing.end(desk, Cause.OPERATOR)


def _tunnel_lost(desk: Desk, event: e.TunnelLost) -> None:
    desk.note(describe(event).full)
    closing.end(desk, Cause.TUNNEL_LOST)


def _fired(desk: Desk, event: e.TimerFired) -> None:
    """A timer that is no longer kept account of was stopped or has fired in the same instant: it says nothing."""
    if event.timer in desk.call.timers:
        desk.put(timers=desk.call.timers - {event.timer})
        _TIMERS[event.timer](desk, event)


def _no_ring(desk: Desk, event: e.Event) -> None:
    closing.end(desk, Cause.RING_TIMEOUT)


_TIMERS: Mapping[e.Timer, Callable[[Desk, e.TimerFired], None]] = {
    e.Timer.CREATE_RETRY: lambda desk, event: placing.dial(desk),
    e.Timer.LOOK_UP: lambda desk, event: placing.look_up(desk),
    e.Timer.QUEUE: _no_ring,
    e.Timer.RING: _no_ring,
    e.Timer.CAP: lambda desk, event: closing.end(desk, Cause.CAP),
    e.Timer.STREAM: lambda desk, event: stream.never_came(desk),
    e.Timer.STREAM_BACK: lambda desk, event: stream.not_back(desk),
    e.Timer.MODEL: lambda desk, event: sessions.never_ready(desk),
    e.Timer.SPEECH: interruption.speech_lasted,
    e.Timer.GREETING: lambda desk, event: sessions.greeting_timed_out(desk),
    e.Timer.FAREWELL: lambda desk, event: farewell.farewell_timed_out(desk),
    e.Timer.APOLOGY: lambda desk, event: apology.apologised(desk),
    e.Timer.TERMINAL: lambda desk, event: closing.check(desk),
    e.Timer.UPDATE_RETRY: lambda desk, event: writing.retry_write(desk),
}
assert_exhaustive("what follows a timer", _TIMERS, e.Timer)

_DESKS: Mapping[type[e.Event], Callable[[Desk, Any], None]] = {
    e.DialBegan: _dial,
    e.OperatorSpoke: responses.on_operator_spoke,
    e.OverwriteAsked: writing.on_overwrite_asked,
    e.HangUpAsked: _hang_up,
    e.TunnelLost: _tunnel_lost,
    e.TimerFired: _fired,
    e.Created: placing.on_created,
    e.CreateRefused: placing.on_create_refused,
    e.CreateLost: placing.on_create_lost,
    e.LookedUp: placing.on_looked_up,
    e.UpdateAnswered: writing.on_update_answered,
    e.Checked: carrier.on_checked,
    e.StatusReported: carrier.on_status,
    e.StreamReported: carrier.on_stream_reported,
    e.Fetched: stream.on_fetched,
    e.UpgradeAsked: stream.on_upgrade_asked,
    e.StreamStarted: stream.on_started,
    e.StreamStopped: stream.on_stopped,
    e.SocketClosed: stream.on_socket_closed,
    e.DigitPressed: stream.on_digit,
    e.AudioSent: stream.on_audio_sent,
    e.MediaStalled: stream.on_stalled,
    e.MarkReturned: responses.on_mark,
    e.ModelReached: sessions.on_reached,
    e.ModelFailed: sessions.on_failed,
    e.ModelErred: sessions.on_erred,
    e.ResponseBegan: responses.on_response_began,
    e.ResponseEnded: responses.on_response_ended,
    e.AudioBegan: responses.on_audio_began,
    e.AudioEnded: responses.on_audio_ended,
    e.SpeechStarted: interruption.on_speech_started,
    e.SpeechStopped: interruption.on_speech_stopped,
    e.TurnCommitted: interruption.on_committed,
    e.ToolCalled: farewell.on_tool_called,
    e.Heard: transcript.on_words,
    e.Spoken: transcript.on_words,
}
assert_exhaustive("what follows an event", _DESKS, e.EVENTS.values())
