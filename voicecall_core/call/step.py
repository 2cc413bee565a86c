"""A call, and what an event makes of it: `step(call, event) -> call, verdicts, orders`.

Pure: no await, clock, chance, log or mutation that anyone outside could see. The live call, the replay and the proof
feed the same `step`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from voicecall_core.call import (
    before_dialling,
    callbacks,
    closing,
    floor,
    invariants,
    listening,
    media_stream,
    model_sessions,
    patience,
    placing,
    rest_writes,
    tombstone,
    tool_calls,
    transcript,
    troubles,
    turn_taking,
)
from voicecall_core.call.changes import changed
from voicecall_core.call.conversation import Input
from voicecall_core.call.endings import Cause
from voicecall_core.call.phase import Phase
from voicecall_core.call.state import Call, Entry, Step, StepContext, new_call
from voicecall_core.words import events as e
from voicecall_core.words.descriptions import describe
from voicecall_core.words.exhaustive import assert_exhaustive
from voicecall_core.words.terms import Kind, Policy
from voicecall_core.words.values import Timer

__all__ = ["Call", "Entry", "Step", "new_call", "step"]


def step(call: Call, event: e.Event) -> Step:
    """Judge one event. Orders are to be carried out in their order; none of them waits for another."""
    context = StepContext(call, event)
    if call.phase is Phase.OVER:
        tombstone.visited(context, event)
    else:
        _EVENTS[type(event)](context, event)
        turn_taking.settle(context)
        before_dialling.settle(context)
        listening.listen(context, call, event)
        troubles.watch(context, call)
    made = Step(event, tuple(context.verdicts), tuple(context.orders), before=call, call=context.call)
    if broken := invariants.broken(made):
        return replace(made, call=changed(made.call, {"broken": made.call.broken.added(*broken)}))
    return made


def _dial(context: StepContext, event: e.Event) -> None:
    """The model first: it takes longer to be ready than the carrier to dial. A call is placed once."""
    if context.call.phase is not Phase.NEW or Timer.GREETING_FIRST in context.call.timers:
        return
    terms = context.call.terms
    if terms.kind is Kind.STREAM and terms.policy is Policy.GUARD:
        model_sessions.open_session(context)
    if terms.greets_first:
        before_dialling.begin(context)
    else:
        placing.dial(context)


def _hang_up(context: StepContext, event: e.Event) -> None:
    closing.end(context, Cause.OPERATOR)


def _tunnel_lost(context: StepContext, event: e.TunnelLost) -> None:
    context.note(describe(event).full)
    closing.end(context, Cause.TUNNEL_LOST)


def _our_fault(context: StepContext, event: e.OurFault) -> None:
    context.note(describe(event).full)
    closing.end(context, Cause.OUR_FAULT)


def _fired(context: StepContext, event: e.TimerFired) -> None:
    """A timer that is no longer kept account of was stopped or has fired in the same instant: it says nothing."""
    if event.timer in context.call.timers:
        context.put(timers=context.call.timers - {event.timer})
        _TIMERS[event.timer](context, event)


def _no_ring(context: StepContext, event: e.Event) -> None:
    """Nobody answered; or somebody did, and anybody who came to tell of it was turned away."""
    closing.end(context, Cause.TURNED_AWAY if context.call.turned_away else Cause.RING_TIMEOUT)


_TIMERS: Mapping[Timer, Callable[[StepContext, e.TimerFired], None]] = {
    Timer.GREETING_FIRST: lambda context, event: before_dialling.late(context),
    Timer.CREATE_RETRY: lambda context, event: placing.dial(context),
    Timer.LOOK_UP: lambda context, event: placing.look_up(context),
    Timer.QUEUE: _no_ring,
    Timer.RING: _no_ring,
    Timer.CAP: lambda context, event: closing.end(context, Cause.CAP),
    Timer.FETCH: lambda context, event: media_stream.never_fetched(context),
    Timer.STREAM: lambda context, event: media_stream.never_came(context),
    Timer.STREAM_BACK: lambda context, event: media_stream.not_back(context),
    Timer.MODEL: lambda context, event: model_sessions.never_ready(context),
    Timer.MODEL_RETRY: lambda context, event: model_sessions.open_session(context),
    Timer.ROLLOVER: lambda context, event: model_sessions.near_limit(context),
    Timer.SPEECH: lambda context, event: floor.take(context, Input.LASTED, event),
    Timer.GREETING: patience.late,
    Timer.PLAYBACK: patience.late,
    Timer.FAREWELL: patience.late,
    Timer.PATIENCE: lambda context, event: floor.take(context, Input.IMPATIENT),
    Timer.APOLOGY: lambda context, event: patience.apologised(context),
    Timer.TERMINAL: lambda context, event: closing.check(context),
    Timer.UPDATE_RETRY: lambda context, event: rest_writes.retry_write(context),
}
assert_exhaustive("what follows a timer", _TIMERS, Timer)

_EVENTS: Mapping[type[e.Event], Callable[[StepContext, Any], None]] = {
    e.DialBegan: _dial,
    e.OperatorSpoke: turn_taking.on_operator_spoke,
    e.OverwriteAsked: rest_writes.on_overwrite_asked,
    e.HangUpAsked: _hang_up,
    e.TunnelLost: _tunnel_lost,
    e.OurFault: _our_fault,
    e.TimerFired: _fired,
    e.Created: placing.on_created,
    e.CreateRefused: placing.on_create_refused,
    e.CreateLost: placing.on_create_lost,
    e.LookedUp: placing.on_looked_up,
    e.UpdateAnswered: rest_writes.on_update_answered,
    e.Checked: callbacks.on_checked,
    e.StatusReported: callbacks.on_status,
    e.StreamReported: callbacks.on_stream_reported,
    e.Fetched: media_stream.on_fetched,
    e.TurnedAway: media_stream.on_turned_away,
    e.UpgradeAsked: media_stream.on_upgrade_asked,
    e.StreamStarted: media_stream.on_started,
    e.StreamStopped: media_stream.on_stopped,
    e.SocketClosed: media_stream.on_socket_closed,
    e.DigitPressed: media_stream.on_digit,
    e.AudioSent: media_stream.on_audio_sent,
    e.AudioRanDry: turn_taking.on_ran_dry,
    e.VoiceBegan: turn_taking.on_voice,
    e.VoiceEnded: turn_taking.on_voice,
    e.Replied: listening.on_replied,
    e.MediaStalled: media_stream.on_stalled,
    e.MarkReturned: turn_taking.on_mark,
    e.ModelReached: model_sessions.on_reached,
    e.ModelFailed: model_sessions.on_failed,
    e.ModelErred: turn_taking.on_erred,
    e.ResponseBegan: turn_taking.on_response_began,
    e.ResponseEnded: turn_taking.on_response_ended,
    e.AudioBegan: turn_taking.on_audio_began,
    e.AudioEnded: turn_taking.on_audio_ended,
    e.SpeechStarted: turn_taking.on_speech_started,
    e.SpeechStopped: turn_taking.on_speech_stopped,
    e.TurnCommitted: turn_taking.on_committed,
    e.ToolCalled: turn_taking.on_tool_called,
    e.ToolAnswered: tool_calls.on_answered,
    e.Heard: transcript.on_words,
    e.Spoken: transcript.on_words,
}
assert_exhaustive("what follows an event", _EVENTS, e.EVENTS.values())
