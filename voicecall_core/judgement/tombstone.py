"""What remains of a call that is over: whoever still comes is answered, and nothing is created.

Knows nothing of how the call went.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from voicecall_core.judgement.books import Desk
from voicecall_core.judgement.guard import rule
from voicecall_core.judgement.rulings import Asker
from voicecall_core.words import events as e
from voicecall_core.words.orders import AnswerFetch, CloseSocket, Document, DocumentKind, HangUp, RefuseSocket


def visited(desk: Desk, event: e.Event) -> None:
    """The call is over: whoever still asks is answered, a late SID is hung up once, everything else is stale."""
    match event:
        case e.Fetched():
            _tell(desk, Asker.FETCH_AGAIN if event.generation <= len(desk.call.documents) else Asker.FETCH_BEYOND)
            desk.order(AnswerFetch(event.request, Document(DocumentKind.HANGUP)))
            _late_sid(desk, event.sid)
        case e.UpgradeAsked():
            _tell(desk, Asker.UPGRADE if event.token_ok else Asker.UPGRADE_WRONG)
            desk.order(RefuseSocket(event.socket, 403))
        case e.StreamStarted():
            _tell(desk, Asker.START)
            desk.order(CloseSocket(event.socket, 1008, "the call is over"))
        case e.Created():
            _late_sid(desk, event.sid)
        case e.StatusReported() if event.status not in e.TERMINAL:
            _late_sid(desk, event.sid)
        case _ if type(event) in _ASKERS:
            _tell(desk, _ASKERS[type(event)])


_ASKERS: Mapping[type[e.Event], Asker] = {
    e.UpdateAnswered: Asker.UPDATE_LOST,
    e.OperatorSpoke: Asker.SAY,
    e.OverwriteAsked: Asker.OVERWRITE,
    e.HangUpAsked: Asker.HANG_UP,
}


def _tell(desk: Desk, asker: Asker) -> None:
    """Show what the table says of this asker. It grants nothing, and nothing would follow if it did."""
    desk.verdicts.append(rule(desk.call.guard, asker, desk.call.rulebook))


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
