"""What fetches, media sockets and their streams make of a call. Knows nothing of what is said on them.

A stop and an end of file belong to a generation's socket, never to the call.
"""

from __future__ import annotations

from voicecall_core.call import callbacks, closing, model_sessions, placing
from voicecall_core.call.endings import Cause
from voicecall_core.call.guard import Verdict, doubt_disproved, doubt_resolved, socket_gone
from voicecall_core.call.guard_table import Asker, Ruling, State
from voicecall_core.call.phase import Fact, Phase
from voicecall_core.call.state import Call, ModelState, StepContext
from voicecall_core.call.timing import Moment
from voicecall_core.words.descriptions import describe
from voicecall_core.words.events import (
    AudioSent,
    DigitPressed,
    Fetched,
    MediaStalled,
    SocketClosed,
    StreamStarted,
    StreamStopped,
    UpgradeAsked,
)
from voicecall_core.words.orders import (
    AcceptSocket,
    AnswerFetch,
    CheckCall,
    CloseSocket,
    Document,
    DocumentKind,
    OpenAudio,
    RefuseSocket,
)
from voicecall_core.words.terms import Kind
from voicecall_core.words.values import Timer

SORRY = "I am sorry, something went wrong on our side. We will call you again. Goodbye."
ENCODING = "audio/x-mulaw 8000 1"
_HANG_UP = Document(DocumentKind.HANGUP)


def on_fetched(desk: StepContext, event: Fetched) -> None:
    """A fetch is answered in the same step, whatever it asks for."""
    if not placing.learn(desk, event.sid):
        desk.order(AnswerFetch(event.request, _HANG_UP))
        return
    callbacks.prove_answered(desk)
    desk.moment(Moment.FETCHED)
    before = desk.call.guard
    verdict = desk.ask(_fetcher(desk.call, event.generation))
    desk.order(AnswerFetch(event.request, _document(desk, verdict, event.generation)))
    if verdict.ruling is Ruling.GRANTED:
        _granted(desk, before.socket)
    elif verdict.ruling is Ruling.SAID:
        desk.stop(Timer.STREAM_BACK)
        desk.wait(Timer.APOLOGY, desk.call.terms.limits.apology_s)
    elif verdict.asker is Asker.FETCH_BEYOND and before.state is State.GONE:
        closing.end(desk, Cause.STREAM_LOST)


def _fetcher(call: Call, generation: int) -> Asker:
    """Which row of the table a fetch of this generation asks in."""
    guard = call.guard
    if 1 <= generation <= guard.generation:
        return Asker.FETCH_AGAIN
    if generation != guard.generation + 1:
        return Asker.FETCH_BEYOND
    if generation == 1:
        return Asker.FETCH_FIRST
    if guard.state is State.GONE and guard.apology:
        return Asker.FETCH_SORRY
    spent = guard.generation >= call.terms.limits.stream_generations
    return Asker.FETCH_BEYOND if spent else Asker.FETCH_NEXT


def _document(desk: StepContext, verdict: Verdict, generation: int) -> Document:
    """The document that answers a fetch; those that are granted are kept, so that a repeat gets the same."""
    terms, documents, granted = desk.call.terms, desk.call.documents, desk.call.guard.generation
    match verdict.ruling:
        case Ruling.AGAIN:
            return documents[generation - 1]
        case Ruling.GRANTED if terms.kind is Kind.SAY:
            document = Document(DocumentKind.SAY, granted, terms.pii_say)
        case Ruling.GRANTED:
            document = Document(DocumentKind.STREAM, granted)
        case Ruling.SAID:
            document = Document(DocumentKind.SAY, granted, SORRY)
        case _:
            return _HANG_UP
    desk.put(documents=(*documents, document))
    return document


def _granted(desk: StepContext, old_socket: int) -> None:
    if old_socket:
        desk.order(CloseSocket(old_socket, 1000, "a newer document was fetched"))
    if desk.call.guard.generation > 1:  # the first fetch may have been on its way before anything was written
        desk.put(guard=doubt_disproved(desk.call.guard))
    if desk.call.phase is Phase.TALKING:
        desk.fact(Fact.STREAM_GONE)
    desk.stop(Timer.STREAM_BACK)
    if desk.call.terms.kind is Kind.STREAM:
        desk.wait(Timer.STREAM, desk.call.terms.limits.stream_s)


def on_upgrade_asked(desk: StepContext, event: UpgradeAsked) -> None:
    guard = desk.call.guard
    fits = event.token_ok and event.generation == guard.generation
    verdict = desk.ask(Asker.UPGRADE if fits else Asker.UPGRADE_WRONG, socket=event.socket)
    if verdict.ruling is not Ruling.GRANTED:
        desk.order(RefuseSocket(event.socket, 403))
        return
    if guard.socket:
        desk.order(CloseSocket(guard.socket, 1000, "a newer socket was opened"))
    desk.moment(Moment.ACCEPTED)
    desk.order(AcceptSocket(event.socket))


def on_started(desk: StepContext, event: StreamStarted) -> None:
    guard, call = desk.call.guard, desk.call
    right = event.account_ok and event.encoding == ENCODING and call.sid in ("", event.sid)
    again = guard.live and event.socket == guard.socket
    due = again or (event.socket == guard.socket and right)
    verdict = desk.ask(Asker.START if due else Asker.START_WRONG, socket=event.socket)
    if verdict.ruling is Ruling.CLOSED:
        reason = verdict.reason if event.encoding == ENCODING else f"cannot carry {event.encoding}"
        desk.order(CloseSocket(event.socket, 1008, reason))
    elif verdict.ruling is Ruling.GRANTED:
        _live(desk, event)


def _live(desk: StepContext, event: StreamStarted) -> None:
    placing.learn(desk, event.sid)
    callbacks.prove_answered(desk)
    desk.fact(Fact.STREAMING)
    desk.moment(Moment.STARTED)
    desk.stop(Timer.STREAM, Timer.STREAM_BACK)
    desk.put(stream_sid=event.stream_sid)
    desk.order(OpenAudio(event.socket))
    model_sessions.stream_started(desk)


def on_stopped(desk: StepContext, event: StreamStopped) -> None:
    if event.socket == desk.call.guard.socket:
        desk.order(CloseSocket(event.socket, 1000, "the stream has stopped"))
    _gone(desk, event.socket)


def on_socket_closed(desk: StepContext, event: SocketClosed) -> None:
    _gone(desk, event.socket)


def _gone(desk: StepContext, socket: int) -> None:
    before = desk.call.guard
    desk.put(guard=socket_gone(before, socket))
    if before.state is not State.LIVE or desk.call.guard.state is not State.GONE:
        return
    desk.put(guard=doubt_resolved(desk.call.guard))
    desk.fact(Fact.STREAM_GONE)
    call = desk.call
    if call.ending.cause is not None:
        return
    if call.guard.overwritten and call.model.state is ModelState.OPENING:
        closing.close_model(desk)
    model_sessions.stream_gone(desk)
    if desk.call.ending.cause is None:
        desk.wait(Timer.STREAM_BACK, call.terms.limits.stream_back_s)


def never_came(desk: StepContext) -> None:
    """The wait for `start` ran out."""
    closing.end(desk, desk.call.model.cause or Cause.STREAM_NEVER_CAME)


def not_back(desk: StepContext) -> None:
    """The wait for the next generation ran out: has the callee hung up, or is the stream lost?"""
    if desk.call.ending.cause is None:
        desk.order(CheckCall(desk.call.sid))


def on_stalled(desk: StepContext, event: MediaStalled) -> None:
    if desk.call.guard.live and event.socket == desk.call.guard.socket:
        closing.end(desk, Cause.MEDIA_STALLED)


def on_digit(desk: StepContext, event: DigitPressed) -> None:
    desk.note(describe(event).full)


def on_audio_sent(desk: StepContext, event: AudioSent) -> None:
    if desk.call.ending.cause is None:
        desk.moment(Moment.FIRST_AUDIO)
        model_sessions.audio_sent(desk, event.response)
