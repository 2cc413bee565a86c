"""What is due to those who ask, as a law: the grants of the guard's table, told by what has happened, not by the table.

A guard that refuses everything does no harm, and brings nobody a stream.
"""

from __future__ import annotations

from collections.abc import Iterator

from voicecall_core.call.conversation import Floor
from voicecall_core.call.guard_table import State
from voicecall_core.call.media_stream import ENCODING
from voicecall_core.call.state import Call, Step
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Kind, Policy


def whoever_asks_rightly_is_served(step: Step) -> Iterator[str]:
    """20. Who asks rightly is given it: the due document, its socket, its start; a sentence is kept to be said.

    And a fetch that is answered with `<Hangup/>` has ended the call for a cause of ours.
    """
    before, event = step.before, step.event
    if before.terms.policy is not Policy.GUARD or before.ending.cause is not None:
        return
    match event:
        case e.Fetched() if event.sid == step.call.sid:
            due = _document_due(before, event.generation)
            given = [each.document.kind for each in step.orders if isinstance(each, o.AnswerFetch)]
            if due is not None and given != [due]:
                answers = ", ".join(kind.twiml for kind in given)
                yield f"a fetch for which a {due.twiml} document was due was answered with {answers}"
            if given == [o.DocumentKind.HANGUP] and _is_the_streams(before) and step.call.ending.cause is None:
                yield "a call was hung up by a document of ours, and for no cause of ours"
        case e.UpgradeAsked() if _socket_due(before, event) and o.AcceptSocket(event.socket) not in step.orders:
            yield "the socket that a document waits for was not accepted"
        case e.StreamStarted() if _start_due(before, event) and o.OpenAudio(event.socket) not in step.orders:
            yield "the stream that is due was not started"
        case e.OperatorSpoke() if _can_be_said(before) and _to_be_said(step) <= len(before.conversation.wanted):
            yield "a sentence that can be said was dropped"
        case e.OverwriteAsked() if before.guard.live and before.guard.pending is None and before.sid:
            if not any(isinstance(order, o.UpdateCall) for order in step.orders):
                yield "an overwrite of the live stream that was ordered by name was not written"


def _is_the_streams(call: Call) -> bool:
    return call.terms.kind is Kind.STREAM and call.guard.state is not State.SAYING


def _document_due(call: Call, generation: int) -> o.DocumentKind | None:
    """What a fetch of this generation is to be answered with, if it is the next one and there is to be a next one."""
    if generation != len(call.documents) + 1 or call.guard.state is State.SAYING:
        return None
    if call.terms.kind is Kind.SAY or (call.guard.state is State.GONE and call.conversation.floor is Floor.APOLOGY):
        return o.DocumentKind.SAY
    return o.DocumentKind.STREAM if generation <= call.terms.limits.stream_generations else None


def _socket_due(call: Call, event: e.UpgradeAsked) -> bool:
    waits = call.guard.state in (State.SERVED, State.UPGRADED)
    return waits and event.token_ok and event.generation == call.guard.generation


def _start_due(call: Call, event: e.StreamStarted) -> bool:
    ours = event.account_ok and event.encoding == ENCODING and call.sid in ("", event.sid)
    return ours and call.guard.state is State.UPGRADED and event.socket == call.guard.socket


def _can_be_said(call: Call) -> bool:
    return _is_the_streams(call) and call.conversation.floor not in (Floor.FAREWELL, Floor.APOLOGY)


def _to_be_said(step: Step) -> int:
    asked = sum(isinstance(order, o.AskResponse) and bool(order.pii_text) for order in step.orders)
    return len(step.call.conversation.wanted) + asked
