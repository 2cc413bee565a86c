"""A call, and what an event makes of it: `step(call, event) -> call, verdicts, orders`.

Pure: no await, clock, chance, log or mutation that anyone outside could see. The live call, the replay and the proof
feed the same `step`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from voicecall_core.judgement import carrier, closing, laws, sessions, speech, stream
from voicecall_core.judgement.books import Call, Desk, minted
from voicecall_core.judgement.ending import Cause
from voicecall_core.judgement.guard import Verdict, rule
from voicecall_core.judgement.phase import Phase
from voicecall_core.judgement.rulings import Asker
from voicecall_core.words import events as e
from voicecall_core.words.orders import AnswerFetch, CloseSocket, Document, DocumentKind, HangUp, Order, RefuseSocket
from voicecall_core.words.terms import Kind, Policy

__all__ = ["Call", "Step", "minted", "step"]


@dataclass(frozen=True, slots=True)
class Step:
    """What one event made of a call."""

    call: Call
    verdicts: tuple[Verdict, ...]
    orders: tuple[Order, ...]


def step(call: Call, event: e.Event) -> Step:
    """Judge one event. Orders are to be carried out in their order; none of them waits for another."""
    desk = Desk(call, event)
    if call.phase is Phase.OVER:
        _after_all(desk, event)
    else:
        _DESKS[type(event)](desk, event)
    broken = laws.broken(call, desk.call, event, desk.orders)
    if broken:
        desk.put(broken=(*desk.call.broken, *broken))
    return Step(desk.call, tuple(desk.verdicts), tuple(desk.orders))


def _dial(desk: Desk, event: e.Event) -> None:
    """The model first: it takes longer to be ready than the carrier to dial."""
    terms = desk.call.terms
    if terms.kind is Kind.STREAM and terms.policy is Policy.GUARD:
        sessions.open_session(desk)
    carrier.dial(desk)


def _hang_up(desk: Desk, event: e.Event) -> None:
    closing.end(desk, Cause.OPERATOR)


def _tunnel_lost(desk: Desk, event: e.TunnelLost) -> None:
    desk.note(f"the tunnel is lost: {event.reason}")
    closing.end(desk, Cause.TUNNEL_LOST)


def _fired(desk: Desk, event: e.TimerFired) -> None:
    """A timer that is no longer kept account of was stopped or has fired in the same instant: it says nothing."""
    if event.timer in desk.call.timers:
        desk.put(timers=desk.call.timers - {event.timer})
        _TIMERS[event.timer](desk, event)


def _no_ring(desk: Desk, event: e.Event) -> None:
    closing.end(desk, Cause.RING_TIMEOUT)


_TIMERS: Mapping[e.Timer, Callable[[Desk, e.TimerFired], None]] = {
    e.Timer.CREATE_RETRY: lambda desk, event: carrier.dial(desk),
    e.Timer.LOOK_UP: lambda desk, event: carrier.look_up(desk),
    e.Timer.QUEUE: _no_ring,
    e.Timer.RING: _no_ring,
    e.Timer.CAP: lambda desk, event: closing.end(desk, Cause.CAP),
    e.Timer.STREAM: lambda desk, event: stream.never_came(desk),
    e.Timer.STREAM_BACK: lambda desk, event: stream.not_back(desk),
    e.Timer.MODEL: lambda desk, event: sessions.never_ready(desk),
    e.Timer.SPEECH: speech.speech_lasted,
    e.Timer.GREETING: lambda desk, event: speech.greeting_timed_out(desk),
    e.Timer.FAREWELL: lambda desk, event: speech.farewell_timed_out(desk),
    e.Timer.APOLOGY: lambda desk, event: sessions.apologised(desk),
    e.Timer.TERMINAL: lambda desk, event: closing.check(desk),
    e.Timer.UPDATE_RETRY: lambda desk, event: carrier.retry_write(desk),
}

_DESKS: Mapping[type[e.Event], Callable[[Desk, Any], None]] = {
    e.DialBegan: _dial,
    e.OperatorSpoke: speech.on_operator_spoke,
    e.OverwriteAsked: carrier.on_overwrite_asked,
    e.HangUpAsked: _hang_up,
    e.TunnelLost: _tunnel_lost,
    e.TimerFired: _fired,
    e.Created: carrier.on_created,
    e.CreateRefused: carrier.on_create_refused,
    e.CreateLost: carrier.on_create_lost,
    e.LookedUp: carrier.on_looked_up,
    e.UpdateAnswered: carrier.on_update_answered,
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
    e.MarkReturned: speech.on_mark,
    e.ModelReached: sessions.on_reached,
    e.ModelFailed: sessions.on_failed,
    e.ModelErred: sessions.on_erred,
    e.ResponseBegan: speech.on_response_began,
    e.ResponseEnded: speech.on_response_ended,
    e.AudioBegan: speech.on_audio_began,
    e.AudioEnded: speech.on_audio_ended,
    e.SpeechStarted: speech.on_speech_started,
    e.SpeechStopped: speech.on_speech_stopped,
    e.TurnCommitted: speech.on_committed,
    e.ToolCalled: speech.on_tool_called,
    e.Heard: speech.on_words,
    e.Spoken: speech.on_words,
}


def _after_all(desk: Desk, event: e.Event) -> None:
    """The call is over: whoever still asks is answered, a late SID is hung up once, everything else is stale."""
    match event:
        case e.Fetched():
            desk.ask(Asker.FETCH_AGAIN if event.generation <= len(desk.call.documents) else Asker.FETCH_BEYOND)
            desk.order(AnswerFetch(event.request, Document(DocumentKind.HANGUP)))
            _late_sid(desk, event.sid)
        case e.UpgradeAsked():
            desk.ask(Asker.UPGRADE if event.token_ok else Asker.UPGRADE_WRONG)
            desk.order(RefuseSocket(event.socket, 403))
        case e.StreamStarted():
            desk.ask(Asker.START)
            desk.order(CloseSocket(event.socket, 1008, "the call is over"))
        case e.UpdateAnswered():
            desk.verdicts.append(rule(desk.call.guard, Asker.UPDATE_LOST, desk.call.rulebook))
        case e.Created():
            _late_sid(desk, event.sid)
        case e.StatusReported() if event.status not in e.TERMINAL:
            _late_sid(desk, event.sid)


def _late_sid(desk: Desk, sid: str) -> None:
    """Hang up a call that became known too late; one whose end was confirmed needs nothing."""
    if sid == desk.call.sid and desk.call.ending.confirmed:
        return
    if sid not in desk.call.strays:
        if not desk.call.sid:
            desk.put(sid=sid)
        number = desk.call.guard.written + 1
        desk.put(strays=desk.call.strays | {sid}, guard=replace(desk.call.guard, written=number))
        desk.order(HangUp(number, sid))
