"""What remains of a call that is over: what still comes is answered, and nothing is created.

Knows nothing of how the call went.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from voicecall_core.call.guard import rule
from voicecall_core.call.guard_table import Asker
from voicecall_core.call.state import StepContext
from voicecall_core.words import events as e
from voicecall_core.words.exhaustive import assert_exhaustive
from voicecall_core.words.orders import AnswerFetch, CloseSocket, Document, DocumentKind, HangUp, RefuseSocket
from voicecall_core.words.values import TERMINAL


def visited(context: StepContext, event: e.Event) -> None:
    """The call is over: what is still asked is answered, a late SID is hung up once, everything else is stale."""
    if type(event) in _VISITS:
        _VISITS[type(event)](context, event)


def _on_fetched(context: StepContext, event: e.Fetched) -> None:
    _tell(context, Asker.FETCH_AGAIN if event.generation <= len(context.call.documents) else Asker.FETCH_BEYOND)
    context.order(AnswerFetch(event.request, Document(DocumentKind.HANGUP)))
    _late_sid(context, event.sid)


def _on_upgrade_asked(context: StepContext, event: e.UpgradeAsked) -> None:
    _tell(context, Asker.UPGRADE if event.token_ok else Asker.UPGRADE_WRONG)
    context.order(RefuseSocket(event.socket, 403))


def _on_started(context: StepContext, event: e.StreamStarted) -> None:
    _tell(context, Asker.START)
    context.order(CloseSocket(event.socket, 1008, "the call is over"))


def _on_created(context: StepContext, event: e.Created) -> None:
    _late_sid(context, event.sid)


def _on_status(context: StepContext, event: e.StatusReported) -> None:
    if event.status not in TERMINAL:
        _late_sid(context, event.sid)


def _tell(context: StepContext, asker: Asker) -> None:
    """Show what the table says of this asker. It grants nothing, and nothing would follow if it did."""
    context.verdicts.append(rule(context.call.guard, asker, context.call.rulebook))


def _late_sid(context: StepContext, sid: str) -> None:
    """Hang up a call that became known too late; one whose end was confirmed needs nothing."""
    if sid == context.call.sid and context.call.ending.confirmed:
        return
    if sid not in context.call.strays:
        if not context.call.sid:
            context.put(sid=sid)
        number = context.call.guard.written + 1
        context.put(strays=context.call.strays | {sid}, guard=replace(context.call.guard, written=number))
        context.order(HangUp(number, sid))


_VISITS: Mapping[type[e.Event], Callable[[StepContext, Any], None]] = {
    e.Fetched: _on_fetched,
    e.UpgradeAsked: _on_upgrade_asked,
    e.StreamStarted: _on_started,
    e.Created: _on_created,
    e.StatusReported: _on_status,
    e.UpdateAnswered: lambda context, event: _tell(context, Asker.UPDATE_LOST),
    e.OperatorSpoke: lambda context, event: _tell(context, Asker.SAY),
    e.OverwriteAsked: lambda context, event: _tell(context, Asker.OVERWRITE),
    e.HangUpAsked: lambda context, event: _tell(context, Asker.HANG_UP),
}

# They ask for nothing, and change nothing of a call that is over.
_STALE = frozenset(
    {
        e.DialBegan,
        e.TunnelLost,
        e.OurFault,
        e.TimerFired,
        e.CreateRefused,
        e.CreateLost,
        e.LookedUp,
        e.Checked,
        e.StreamReported,
        e.TurnedAway,
        e.StreamStopped,
        e.SocketClosed,
        e.DigitPressed,
        e.AudioSent,
        e.MarkReturned,
        e.AudioRanDry,
        e.VoiceBegan,
        e.VoiceEnded,
        e.Replied,
        e.MediaStalled,
        e.ModelReached,
        e.ModelFailed,
        e.ModelErred,
        e.ResponseBegan,
        e.ResponseEnded,
        e.AudioBegan,
        e.AudioEnded,
        e.SpeechStarted,
        e.SpeechStopped,
        e.TurnCommitted,
        e.ToolCalled,
        e.ToolAnswered,
        e.Heard,
        e.Spoken,
    }
)
assert_exhaustive("what follows an event when the call is over", [*_VISITS, *_STALE], e.EVENTS.values())
assert not _STALE & set(_VISITS)
