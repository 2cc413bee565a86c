"""What must hold after every step, whoever asked and whatever happened. Knows nothing of how it is achieved.

The numbers are those of the table in docs/proof.md. The explorer, the stories on the mock clock and the calls over
sockets use these same functions; in a real call a broken law is recorded and shown, and the call goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from voicecall_core.judgement.books import Call, Create, LawBroken
from voicecall_core.judgement.guard import Writing
from voicecall_core.judgement.phase import Phase
from voicecall_core.judgement.rulings import Ruling, State
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Kind

STREAM_STATES = frozenset({State.RESERVED, State.SERVED, State.UPGRADED, State.LIVE, State.GONE})


@dataclass(frozen=True, slots=True)
class Seen:
    """One step as the laws see it."""

    before: Call
    after: Call
    event: e.Event
    orders: Sequence[o.Order]


def document_is_the_streams(seen: Seen) -> Iterator[str]:
    """1. While a stream call's document is the stream's, no other TwiML leaves for it.

    Exceptions by name: hang-up, an overwrite the user ordered, and the apology as the answer to the fetch that
    follows a stream's end (the document is nobody's then, and the model is dead).
    """
    if seen.before.terms.kind is not Kind.STREAM or seen.before.guard.state not in STREAM_STATES:
        return
    for order in seen.orders:
        match order:
            case o.UpdateCall() if not isinstance(seen.event, e.OverwriteAsked):
                yield f"a {order.document.kind} document was written over the stream's"
            case o.AnswerFetch() if order.document.kind is o.DocumentKind.SAY:
                if seen.before.guard.state is not State.GONE or seen.before.model.cause is None:
                    yield "a fetch of a stream call was answered with a spoken document"


def callbacks_write_nothing(seen: Seen) -> Iterator[str]:
    """2. A status callback never causes a TwiML write or update."""
    if isinstance(seen.event, e.StatusReported):
        if any(isinstance(order, o.UpdateCall | o.AnswerFetch) for order in seen.orders):
            yield "a status callback caused a document to be written"


def same_bytes(seen: Seen) -> Iterator[str]:
    """3. A repeated fetch of one generation gets the same document; one generation is one stream at most."""
    if seen.after.documents[: len(seen.before.documents)] != seen.before.documents:
        yield "a document that had been served was changed"
    if isinstance(seen.event, e.Fetched) and seen.before.guard.state not in (State.HANGING, State.OVER):
        for order in seen.orders:
            if isinstance(order, o.AnswerFetch) and 1 <= seen.event.generation <= len(seen.before.documents):
                if seen.event.sid == seen.after.sid:
                    if order.document != seen.before.documents[seen.event.generation - 1]:
                        yield f"generation {seen.event.generation} was answered differently the second time"


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
    hang_ups = [order for order in seen.orders if isinstance(order, o.HangUp) and order.sid == seen.after.sid]
    pending = seen.before.guard.pending
    if hang_ups and pending is not None and pending.what is Writing.HANG_UP and not pending.in_doubt:
        if not isinstance(seen.event, e.UpdateAnswered):
            yield "a second hang-up left while one was in flight"


def nothing_impossible(seen: Seen) -> Iterator[str]:
    """The guard's table calls nothing impossible that happens."""
    for _, verdict in seen.after.verdicts[len(seen.before.verdicts) :]:
        if verdict.ruling is Ruling.IMPOSSIBLE:
            yield f"{verdict.asker} in {verdict.state} was called impossible"


LAWS: dict[int, tuple[Callable[[Seen], Iterator[str]], ...]] = {
    0: (nothing_impossible,),
    1: (document_is_the_streams,),
    2: (callbacks_write_nothing,),
    3: (same_bytes,),
    4: (one_cap,),
    5: (create_is_settled,),
    6: (one_greeting,),
    7: (no_orphaned_handshake,),
    8: (nothing_left,),
    9: (honest_truncation,),
    10: (farewell_first,),
    11: (every_write_is_granted,),
}


def broken(before: Call, after: Call, event: e.Event, orders: Sequence[o.Order]) -> tuple[LawBroken, ...]:
    """The laws that this step broke, in their order; empty for a step that kept them."""
    seen = Seen(before, after, event, orders)
    return tuple(
        LawBroken(number, event.at, text) for number, checks in LAWS.items() for law in checks for text in law(seen)
    )
