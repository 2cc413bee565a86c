"""What must hold after every step, whoever asked and whatever happened. Knows nothing of how it is achieved.

The numbers are those of the table in docs/proof.md. The explorer, the stories on the mock clock and the calls over
sockets use these same functions; in a real call a broken law is recorded and shown, and the call goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from voicecall_core.judgement.books import Call, Create, LawBroken
from voicecall_core.judgement.guard import Writing
from voicecall_core.judgement.model import ModelState
from voicecall_core.judgement.phase import Phase
from voicecall_core.judgement.rulings import Ruling, State
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Kind

STREAM_STATES = frozenset({State.RESERVED, State.SERVED, State.UPGRADED, State.LIVE, State.GONE})
ENCODING = "audio/x-mulaw 8000 1"


@dataclass(frozen=True, slots=True)
class Seen:
    """One step as the laws see it."""

    before: Call
    after: Call
    event: e.Event
    orders: Sequence[o.Order]


def document_is_the_streams(seen: Seen) -> Iterator[str]:
    """1. While a stream call's document is the stream's, no other TwiML leaves for it, and none is written over it.

    Exceptions by name: hang-up, an overwrite of the live stream that the user ordered, and the apology as the answer
    to the fetch that follows a stream's end (the document is nobody's then, and the model is dead). A call that is
    being hung up gets `<Hangup/>` alone.
    """
    guard, stream = seen.before.guard, seen.before.terms.kind is Kind.STREAM
    ordered = isinstance(seen.event, e.OverwriteAsked) and guard.live
    for order in seen.orders:
        match order:
            case o.UpdateCall() if not ordered:
                yield f"a {order.document.kind} document was written over the call's own"
            case o.AnswerFetch() if seen.before.ending.cause and order.document.kind is not o.DocumentKind.HANGUP:
                yield f"a call that is being hung up was given a {order.document.kind} document"
            case o.AnswerFetch() if guard.state is State.SAYING and order.document not in _ours(seen.before):
                yield "a call that speaks for itself was given a stream after all"
            case o.AnswerFetch() if stream and order.document.kind is o.DocumentKind.SAY:
                due = guard.state is State.GONE and seen.before.model.cause is not None
                if not due and guard.state in STREAM_STATES:
                    yield "a fetch of a stream call was answered with a spoken document"


def _ours(call: Call) -> tuple[o.Document, ...]:
    return (*call.documents, o.Document(o.DocumentKind.HANGUP))


def callbacks_write_nothing(seen: Seen) -> Iterator[str]:
    """2. A status callback never causes a TwiML write or update."""
    if isinstance(seen.event, e.StatusReported):
        if any(isinstance(order, o.UpdateCall | o.AnswerFetch) for order in seen.orders):
            yield "a status callback caused a document to be written"


def same_bytes(seen: Seen) -> Iterator[str]:
    """3. A repeated fetch of one generation gets the same document, and each generation has one."""
    before, after = seen.before.documents, seen.after.documents
    if after[: len(before)] != before or [each.generation for each in after] != [*range(1, len(after) + 1)]:
        yield "a document that had been served was changed, or served under two generations"
    streams = sum(each.kind is o.DocumentKind.STREAM for each in after)
    if streams > seen.after.terms.limits.stream_generations:
        yield "more streams were granted than a call may have"
    if not isinstance(seen.event, e.Fetched) or seen.before.ending.cause or seen.event.sid != seen.after.sid:
        return
    for order in seen.orders:
        if isinstance(order, o.AnswerFetch) and 1 <= seen.event.generation <= len(before):
            if order.document != before[seen.event.generation - 1]:
                yield f"generation {seen.event.generation} was answered differently the second time"


def one_stream(seen: Seen) -> Iterator[str]:
    """3. One generation is one stream at most: the right token, before it is spent; the right call, and once."""
    guard, event = seen.before.guard, seen.event
    for order in seen.orders:
        if isinstance(order, o.AcceptSocket) and isinstance(event, e.UpgradeAsked):
            due = event.token_ok and event.generation == guard.generation
            if not due or guard.state not in (State.SERVED, State.UPGRADED):
                yield "a media socket was let in that no document waits for"
        if isinstance(order, o.OpenAudio) and isinstance(event, e.StreamStarted):
            ours = event.account_ok and event.encoding == ENCODING and event.sid == seen.after.sid
            if not ours or guard.state is not State.UPGRADED or event.socket != guard.socket:
                yield "a stream was started that is not this call's, or not for the first time"


def one_cap(seen: Seen) -> Iterator[str]:
    """4. One maximum-duration timer a call."""
    if seen.after.caps > 1:
        yield "the maximum duration was started twice"
    caps = [order for order in seen.orders if isinstance(order, o.StartTimer) and order.timer is e.Timer.CAP]
    if len(caps) != seen.after.caps - seen.before.caps:
        yield "the maximum duration was started without being counted"


def create_is_settled(seen: Seen) -> Iterator[str]:
    """5. `over` is entered only when create's result is known or its bound has passed. Nothing is created after it."""
    if seen.after.phase is Phase.OVER and seen.before.phase is not Phase.OVER:
        if seen.after.create is Create.PENDING or (seen.after.create is Create.LOST and not seen.after.sid):
            yield "the call was concluded while its create was unsettled"
    if seen.after.phase is Phase.OVER and any(isinstance(order, o.CreateCall | o.OpenModel) for order in seen.orders):
        yield "something was created for a call that is over"


def one_greeting(seen: Seen) -> Iterator[str]:
    """6. The greeting is asked for at most once a session; none of its audio is let out before an answer."""
    asks = [order for order in seen.orders if isinstance(order, o.AskGreeting)]
    if asks and (len(asks) > 1 or seen.before.greeting.session == asks[0].session):
        yield "the greeting was asked for twice in one session"
    if any(isinstance(order, o.OpenAudio | o.PlayClip) for order in seen.orders) and not seen.after.answered:
        yield "audio was let out before anybody had answered"
    heard = seen.before.greeting.over or seen.before.greeting.state.value == "playing"
    if asks and heard:
        yield "a second greeting was asked for after the first had sounded"


def no_orphaned_handshake(seen: Seen) -> Iterator[str]:
    """7. When a call is ending, no model session is left connecting."""
    if seen.after.ending.cause is not None and seen.after.model.open:
        yield "a model session was left open by a call that is ending"


def no_way_back(seen: Seen) -> Iterator[str]:
    """8. A call that has begun to end is being hung up until it is over, and nothing makes it live again."""
    if seen.before.phase is Phase.OVER and seen.after.phase is not Phase.OVER:
        yield "a call that was over went on"
    if seen.after.ending.cause is not None and seen.after.guard.state not in (State.HANGING, State.OVER):
        yield "a call that is ending was made live again"


def nothing_left(seen: Seen) -> Iterator[str]:
    """8. A call that is over holds no timer, no socket and no session, and says how it was confirmed."""
    if seen.after.phase is not Phase.OVER:
        return
    if seen.after.timers or seen.after.guard.socket or seen.after.model.open:
        yield "a call that is over still holds something"
    if seen.after.ending.outcome is None:
        yield "a call is over without an outcome"
    placed = seen.after.create is Create.KNOWN
    if placed and not seen.after.ending.confirmed and not seen.after.ending.given_up:
        yield "a call was concluded without the carrier's word and without giving up"


def honest_truncation(seen: Seen) -> Iterator[str]:
    """9. Last mark acknowledged <= claim <= min(sent, generated, that mark + stream time since)."""
    playing = getattr(seen.event, "playing", ())
    stream_ms = getattr(seen.event, "stream_ms", 0)
    by_item = {item.item: item for item in playing}
    for order in seen.orders:
        if not isinstance(order, o.TruncateItem):
            continue
        item = by_item.get(order.item)
        if item is None:
            yield "an item that was not playing was truncated"
            continue
        most = min(item.sent_ms, item.generated_ms, item.acked_ms + max(0, stream_ms - item.acked_at_ms))
        if not max(1, item.acked_ms) <= order.audio_end_ms <= max(most, item.acked_ms):
            yield f"{order.audio_end_ms} ms of an item were claimed, {item.acked_ms} to {most} ms can have been heard"


def farewell_first(seen: Seen) -> Iterator[str]:
    """10. The agent's own hang-up waits for its farewell's mark, or for a named bound."""
    ended = seen.after.ending.cause
    if seen.before.ending.cause is None and ended is not None and ended.value == "agent":
        pending = [item for item, response in seen.after.turns.items if response == seen.after.greeting.farewell]
        bound = isinstance(seen.event, e.TimerFired) and seen.event.timer is e.Timer.FAREWELL
        gone = isinstance(seen.event, e.StreamStopped | e.SocketClosed | e.ModelFailed | e.StatusReported | e.Checked)
        if pending and not bound and not gone:
            yield "the agent hung up before its farewell had played"


def every_write_is_granted(seen: Seen) -> Iterator[str]:
    """11. Every REST write, a retry included, has a number of its own that the guard granted."""
    numbers = [order.number for order in seen.orders if isinstance(order, o.UpdateCall | o.HangUp)]
    if any(number <= seen.before.guard.written or number > seen.after.guard.written for number in numbers):
        yield "a write left without a grant of its own"
    if seen.before.guard.pending is not None and any(isinstance(order, o.UpdateCall) for order in seen.orders):
        yield "a second document was written while one was in flight or in doubt"
    hang_ups = [order for order in seen.orders if isinstance(order, o.HangUp) and order.sid == seen.after.sid]
    pending = seen.before.guard.pending
    if hang_ups and pending is not None and pending.what is Writing.HANG_UP and not pending.in_doubt:
        if not isinstance(seen.event, e.UpdateAnswered):
            yield "a second hang-up left while one was in flight"


def forwarded_once(seen: Seen) -> Iterator[str]:
    """14. The callee's audio is forwarded to a session once: in the step in which that session becomes ready."""
    before, after = seen.before.model, seen.after.model
    was_ready = before.state is ModelState.READY and before.session == after.session
    due = [after.session] if after.state is ModelState.READY and not was_ready else []
    forwarded = [order.session for order in seen.orders if isinstance(order, o.ForwardAudio)]
    if len(forwarded) > len(due):
        yield "the callee's audio was forwarded to a session that had not just become ready"
    elif forwarded != due:
        yield "a session became ready and the callee's audio was not forwarded to it"


def nothing_impossible(seen: Seen) -> Iterator[str]:
    """The guard's table calls nothing impossible that happens."""
    for _, verdict in seen.after.verdicts[len(seen.before.verdicts) :]:
        if verdict.ruling is Ruling.IMPOSSIBLE:
            yield f"{verdict.asker} in {verdict.state} was called impossible"


LAWS: dict[int, tuple[Callable[[Seen], Iterator[str]], ...]] = {
    0: (nothing_impossible,),
    1: (document_is_the_streams,),
    2: (callbacks_write_nothing,),
    3: (same_bytes, one_stream),
    4: (one_cap,),
    5: (create_is_settled,),
    6: (one_greeting,),
    7: (no_orphaned_handshake,),
    8: (no_way_back, nothing_left),
    9: (honest_truncation,),
    10: (farewell_first,),
    11: (every_write_is_granted,),
    14: (forwarded_once,),
}


def broken(before: Call, after: Call, event: e.Event, orders: Sequence[o.Order]) -> tuple[LawBroken, ...]:
    """The laws that this step broke, in their order; empty for a step that kept them."""
    seen = Seen(before, after, event, orders)
    return tuple(
        LawBroken(number, event.at, text) for number, checks in LAWS.items() for law in checks for text in law(seen)
    )
