"""What remains of a call that is over: whoever still comes is answered, and nothing is created.

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


def visited(desk: StepContext, event: e.Event) -> None:
    """The call is over: whoever still asks is answered, a late SID is hung up once, everything else is stale."""
    if type(event) in _VISITS:
        _VISITS[type(event)](desk, event)


def _on_fetched(desk: StepContext, event: e.Fetched) -> None:
    _tell(desk, Asker.FETCH_AGAIN if event.generation <= len(desk.call.documents) else Asker.FETCH_BEYOND)
    desk.order(AnswerFetch(event.request, Document(DocumentKind.HANGUP)))
    _late_sid(desk, event.sid)


def _on_upgrade_asked(desk: StepContext, event: e.UpgradeAsked) -> None:
    _tell(desk, Asker.UPGRADE if event.token_ok else Asker.UPGRADE_WRONG)
    desk.order(RefuseSocket(event.socket, 403))


def _on_started(desk: StepContext, event: e.StreamStarted) -> None:
    _tell(desk, Asker.START)
    desk.order(CloseSocket(event.socket, 1008, "the call is over"))


def _on_created(desk: StepContext, event: e.Created) -> None:
    _late_sid(desk, event.sid)


def _on_status(desk: StepContext, event: e.StatusReported) -> None:
    if event.status not in TERMINAL:
        _late_sid(desk, event.sid)


def _tell(desk: StepContext, asker: Asker) -> None:
    """Show what the table says of this asker. It grants nothing, and nothing would follow if it did."""
    desk.verdicts.append(rule(desk.call.guard, asker, desk.call.rulebook))


def _late_sid(desk: StepContext, sid: str) -> None:
    """Hang up a call that became known too late; one whose end was confirmed needs nothing."""
    if sid == desk.call.sid and desk.call.ending.confirmed:
        return
    if sid not in desk.call.strays:
        if not desk.call.sid:
            desk.put(sid=sid)
        number = desk.call.guard.written + 1
        desk.put(strays=desk.call.strays | {sid}, guard=replace(desk.call.guard, written=number))
        desk.order(HangUp(number, sid))


_VISITS: Mapping[type[e.Event], Callable[[StepContext, Any], None]] = {
    e.Fetched: _on_fetched,
    e.UpgradeAsked: _on_upgrade_asked,
    e.StreamStarted: _on_started,
    e.Created: _on_created,
    e.StatusReported: _on_status,
    e.UpdateAnswered: lambda desk, event: _tell(desk, Asker.UPDATE_LOST),
    e.OperatorSpoke: lambda desk, event: _tell(desk, Asker.SAY),
    e.OverwriteAsked: lambda desk, event: _tell(desk, Asker.OVERWRITE),
    e.HangUpAsked: lambda desk, event: _tell(desk, Asker.HANG_UP),
}

# They ask for nothing, and change nothing of a call that is over.
_STALE = frozenset(
    {
        e.DialBegan,
        e.TunnelLost,
        e.TimerFired,
        e.CreateRefused,
        e.CreateLost,
        e.LookedUp,
        e.Checked,
        e.StreamReported,
        e.StreamStopped,
        e.SocketClosed,
        e.DigitPressed,
        e.AudioSent,
        e.MarkReturned,
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
        e.Heard,
        e.Spoken,
    }
)
assert_exhaustive("what follows an event when the call is over", [*_VISITS, *_STALE], e.EVENTS.values())
assert not _STALE & set(_VISITS)
