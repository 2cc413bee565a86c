"""What fetches, media sockets and their streams make of a call. Knows nothing of what is said on them.

A stop and an end of file belong to a generation's socket, never to the call.
"""

from __future__ import annotations

from voicecall_core.call import callbacks, closing, placing, turn_taking
from voicecall_core.call.endings import Cause
from voicecall_core.call.guard import Verdict, doubt_disproved, doubt_resolved, socket_gone
from voicecall_core.call.guard_table import Asker, Ruling, State
from voicecall_core.call.phase import Fact, Phase
from voicecall_core.call.state import Call, StepContext
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
    TurnedAway,
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
from voicecall_core.words.values import Knock, Timer

SORRY = "I am sorry, something went wrong on our side. We will call you again. Goodbye."
POLICY_VIOLATION = 1008
ENCODING = "audio/x-mulaw 8000 1"
_HANG_UP = Document(DocumentKind.HANGUP)
_STREAMS = frozenset({State.RESERVED, State.SERVED, State.UPGRADED, State.LIVE, State.GONE})


def on_fetched(context: StepContext, event: Fetched) -> None:
    """A fetch is answered in the same step, whatever it asks for."""
    if not placing.learn(context, event.sid):
        context.order(AnswerFetch(event.request, _HANG_UP))
        return
    callbacks.prove_answered(context)
    context.moment(Moment.FETCHED)
    before = context.call.guard
    verdict = context.ask(_fetcher(context.call, event.generation))
    context.order(AnswerFetch(event.request, _document(context, verdict, event.generation)))
    if verdict.ruling is Ruling.GRANTED:
        _granted(context, before.socket)
    elif verdict.ruling is Ruling.SAID:
        context.stop(Timer.STREAM_BACK)
        context.wait(Timer.APOLOGY, context.call.terms.limits.apology_s)
    elif verdict.ruling is Ruling.HUNG_UP and before.state in _STREAMS and context.call.terms.kind is Kind.STREAM:
        never = _turned_away(context) or Cause.STREAM_NEVER_CAME  # it is we who hang up, for want of a stream
        closing.end(context, Cause.STREAM_LOST if Moment.STARTED in context.call.timing.first else never)


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


def _document(context: StepContext, verdict: Verdict, generation: int) -> Document:
    """The document that answers a fetch; those that are granted are kept, so that a repeat gets the same."""
    terms, documents, granted = context.call.terms, context.call.documents, context.call.guard.generation
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
    context.put(documents=(*documents, document))
    return document


def _granted(context: StepContext, old_socket: int) -> None:
    if old_socket:
        context.order(CloseSocket(old_socket, 1000, "a newer document was fetched"))
    if context.call.guard.generation > 1:  # the first fetch may have been on its way before anything was written
        context.put(guard=doubt_disproved(context.call.guard))
    if context.call.phase is Phase.TALKING:
        context.fact(Fact.STREAM_GONE)
    context.stop(Timer.FETCH, Timer.STREAM_BACK)
    if context.call.terms.kind is Kind.STREAM:
        context.wait(Timer.STREAM, context.call.terms.limits.stream_s)


def on_turned_away(context: StepContext, event: TurnedAway) -> None:
    """The door let something of this call not in: noted, for the day on which it is missed."""
    context.note(describe(event).full)
    _knocked(context, event.what)


def _knocked(context: StepContext, what: Knock) -> None:
    context.put(knocks=context.call.knocks | {what})


def on_upgrade_asked(context: StepContext, event: UpgradeAsked) -> None:
    guard = context.call.guard
    fits = event.token_ok and event.generation == guard.generation
    verdict = context.ask(Asker.UPGRADE if fits else Asker.UPGRADE_WRONG, socket=event.socket)
    if verdict.ruling is not Ruling.GRANTED:
        context.order(RefuseSocket(event.socket, 403))
        _knocked(context, Knock.SOCKET)
        return
    if guard.socket:
        context.order(CloseSocket(guard.socket, 1000, "a newer socket was opened"))
    context.moment(Moment.ACCEPTED)
    context.order(AcceptSocket(event.socket))


def on_started(context: StepContext, event: StreamStarted) -> None:
    guard, call = context.call.guard, context.call
    right = event.account_ok and event.encoding == ENCODING and call.sid in ("", event.sid)
    again = guard.live and event.socket == guard.socket
    due = again or (event.socket == guard.socket and right)
    verdict = context.ask(Asker.START if due else Asker.START_WRONG, socket=event.socket)
    if verdict.ruling is Ruling.CLOSED:
        reason = verdict.reason if event.encoding == ENCODING else f"cannot carry {event.encoding}"
        context.order(CloseSocket(event.socket, POLICY_VIOLATION, reason))
        _knocked(context, Knock.SOCKET)
    elif verdict.ruling is Ruling.GRANTED:
        _live(context, event)


def _live(context: StepContext, event: StreamStarted) -> None:
    placing.learn(context, event.sid)
    callbacks.prove_answered(context)
    context.fact(Fact.STREAMING)
    context.moment(Moment.STARTED)
    context.stop(Timer.FETCH, Timer.STREAM, Timer.STREAM_BACK)
    context.put(stream_sid=event.stream_sid)
    context.order(OpenAudio(event.socket))
    turn_taking.stream_started(context)


def on_stopped(context: StepContext, event: StreamStopped) -> None:
    if event.socket == context.call.guard.socket:
        context.order(CloseSocket(event.socket, 1000, "the stream has stopped"))
    _gone(context, event.socket)


def on_socket_closed(context: StepContext, event: SocketClosed) -> None:
    if event.code == POLICY_VIOLATION:  # the bridge's own word for what the carrier's documents do not allow
        _knocked(context, Knock.SOCKET)
    _gone(context, event.socket)


def _gone(context: StepContext, socket: int) -> None:
    before = context.call.guard
    context.put(guard=socket_gone(before, socket))
    if before.state is not State.LIVE or context.call.guard.state is not State.GONE:
        return
    context.put(guard=doubt_resolved(context.call.guard))
    context.fact(Fact.STREAM_GONE)
    call = context.call
    if call.ending.cause is not None:
        return
    if call.guard.overwritten and call.model.opening:
        closing.close_model(context)
    turn_taking.stream_gone(context)
    if context.call.ending.cause is None:
        context.wait(Timer.STREAM_BACK, call.terms.limits.stream_back_s)


def never_fetched(context: StepContext) -> None:
    """Somebody picked up, and the carrier never asked for the call's document."""
    closing.end(context, context.call.model.cause or (_turned_away(context) or Cause.NEVER_FETCHED))


def never_came(context: StepContext) -> None:
    """The wait for `start` ran out."""
    closing.end(context, context.call.model.cause or (_turned_away(context) or Cause.STREAM_NEVER_CAME))


def _turned_away(context: StepContext) -> Cause | None:
    return Cause.TURNED_AWAY if context.call.turned_away else None


def not_back(context: StepContext) -> None:
    """The wait for the next generation ran out: has the callee hung up, or is the stream lost?"""
    if context.call.ending.cause is None:
        context.order(CheckCall(context.call.sid))


def on_stalled(context: StepContext, event: MediaStalled) -> None:
    if context.call.guard.live and event.socket == context.call.guard.socket:
        closing.end(context, Cause.MEDIA_STALLED)


def on_digit(context: StepContext, event: DigitPressed) -> None:
    context.note(describe(event).full)


def on_audio_sent(context: StepContext, event: AudioSent) -> None:
    if context.call.ending.cause is None:
        context.moment(Moment.FIRST_AUDIO)
        turn_taking.on_audio_sent(context, event)
