"""What must hold after every step. Knows nothing of how it is achieved.

The numbers are those of the table in docs/proof.md. The checker, the stories on the mock clock and the calls over
sockets use these same functions; in a real call a broken law is recorded and shown, and the call goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from voicecall_core.call.dues import whoever_asks_rightly_is_served
from voicecall_core.call.guard import Writing
from voicecall_core.call.guard_table import Ruling, State
from voicecall_core.call.phase import Phase
from voicecall_core.call.progress import PROGRESS
from voicecall_core.call.state import Call, Create, LawBroken, Step
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Kind
from voicecall_core.words.values import KEPT_GREETING, Timer

STREAM_STATES = frozenset({State.RESERVED, State.SERVED, State.UPGRADED, State.LIVE, State.GONE})
ENCODING = "audio/x-mulaw 8000 1"


def document_is_the_streams(step: Step) -> Iterator[str]:
    """1. While a stream call's document is the stream's, no other TwiML leaves for it, and none is written over it.

    Exceptions by name: hang-up, an overwrite of the live stream that the user ordered, and the apology as the answer
    to the fetch that follows a stream's end (the document is nobody's then, and the model is dead). A call that is
    being hung up gets `<Hangup/>` alone.
    """
    guard, stream = step.before.guard, step.before.terms.kind is Kind.STREAM
    ordered = isinstance(step.event, e.OverwriteAsked) and guard.live
    for order in step.orders:
        match order:
            case o.UpdateCall() if not ordered:
                yield f"a {order.document.kind.twiml} document was written over the call's own"
            case o.AnswerFetch() if step.before.ending.cause and order.document.kind is not o.DocumentKind.HANGUP:
                yield f"a call that is being hung up was given a {order.document.kind.twiml} document"
            case o.AnswerFetch() if guard.state is State.SAYING and order.document not in _ours(step.before):
                yield "a call that speaks for itself was given a stream after all"
            case o.AnswerFetch() if stream and order.document.kind is o.DocumentKind.SAY:
                due = guard.state is State.GONE and step.before.model.cause is not None
                if not due and guard.state in STREAM_STATES:
                    yield "a fetch of a stream call was answered with a spoken document"


def _ours(call: Call) -> tuple[o.Document, ...]:
    return (*call.documents, o.Document(o.DocumentKind.HANGUP))


def callbacks_write_nothing(step: Step) -> Iterator[str]:
    """2. A status callback never causes a TwiML write or update."""
    if isinstance(step.event, e.StatusReported):
        if any(isinstance(order, o.UpdateCall | o.AnswerFetch) for order in step.orders):
            yield "a status callback caused a document to be written"


def same_bytes(step: Step) -> Iterator[str]:
    """3. A repeated fetch of one generation gets the same document, and each generation has one."""
    before, after = step.before.documents, step.call.documents
    if after[: len(before)] != before or [each.generation for each in after] != [*range(1, len(after) + 1)]:
        yield "a document that had been served was changed, or served under two generations"
    streams = sum(each.kind is o.DocumentKind.STREAM for each in after)
    if streams > step.call.terms.limits.stream_generations:
        yield "more streams were granted than a call may have"
    if not isinstance(step.event, e.Fetched) or step.before.ending.cause or step.event.sid != step.call.sid:
        return
    for order in step.orders:
        if isinstance(order, o.AnswerFetch) and 1 <= step.event.generation <= len(before):
            if order.document != before[step.event.generation - 1]:
                yield f"generation {step.event.generation} was answered differently the second time"


def one_stream(step: Step) -> Iterator[str]:
    """3. One generation is one stream at most: the right token, before it is spent; the right call, and once."""
    guard, event = step.before.guard, step.event
    for order in step.orders:
        if isinstance(order, o.AcceptSocket) and isinstance(event, e.UpgradeAsked):
            due = event.token_ok and event.generation == guard.generation
            if not due or guard.state not in (State.SERVED, State.UPGRADED):
                yield "a media socket was accepted that no document waits for"
        if isinstance(order, o.OpenAudio) and isinstance(event, e.StreamStarted):
            ours = event.account_ok and event.encoding == ENCODING and event.sid == step.call.sid
            if not ours or guard.state is not State.UPGRADED or event.socket != guard.socket:
                yield "a stream was started that is not this call's, or not for the first time"


def one_cap(step: Step) -> Iterator[str]:
    """4. One maximum-duration timer a call."""
    if step.call.caps > 1:
        yield "the maximum duration was started twice"
    caps = [order for order in step.orders if isinstance(order, o.StartTimer) and order.timer is Timer.CAP]
    if len(caps) != step.call.caps - step.before.caps:
        yield "the maximum duration was started without being counted"


def create_is_settled(step: Step) -> Iterator[str]:
    """5. `over` is entered only when create's result is known or its bound has passed. Nothing is created after it."""
    if step.call.phase is Phase.OVER and step.before.phase is not Phase.OVER:
        if step.call.create is Create.PENDING or (step.call.create is Create.LOST and not step.call.sid):
            yield "the call was concluded while its create was unsettled"
    if step.call.phase is Phase.OVER and any(isinstance(order, o.CreateCall | o.OpenModel) for order in step.orders):
        yield "something was created for a call that is over"


def one_greeting(step: Step) -> Iterator[str]:
    """6. The greeting is asked for once a session at most, or not at all if one is kept; no audio before an answer."""
    asks = [order for order in step.orders if isinstance(order, o.AskGreeting)]
    if asks and (len(asks) > 1 or step.before.conversation.greeted_in == asks[0].session):
        yield "the greeting was asked for twice in one session"
    aloud = o.OpenAudio | o.PlayClip | o.PlayGreeting
    if any(isinstance(order, aloud) for order in step.orders) and not step.call.answered:
        yield "audio was let out before anybody had answered"
    plays = sum(isinstance(order, o.PlayGreeting) for order in step.orders)
    if plays and (plays > 1 or step.before.conversation.greeting.value != "none"):
        yield "a greeting was played beside another"
    if asks and step.call.terms.keeps_greeting:
        yield "a greeting was asked for where one is kept"
    model = step.call.model
    if any(order.session != model.session or not (model.ready or model.takes_greeting_early) for order in asks):
        yield "the greeting was asked for of a session that is not open"
    if isinstance(step.event, e.AudioSent) and _of_unready(step.before, step.event.response):
        yield "sound left of a session that was not set up"
    heard = step.before.conversation.greeting_over or step.before.conversation.greeting.value == "playing"
    if asks and heard:
        yield "a second greeting was asked for after the first had sounded"


def _of_unready(call: Call, response: str) -> bool:
    utterance = call.conversation.utterance
    mine = utterance is not None and utterance.response == response and utterance.session == call.model.session
    return mine and call.model.opening


def no_orphaned_handshake(step: Step) -> Iterator[str]:
    """7. When a call is ending, no model session is left connecting."""
    if step.call.ending.cause is not None and step.call.model.open:
        yield "a model session was left open by a call that is ending"


def no_way_back(step: Step) -> Iterator[str]:
    """8. A call that has begun to end is being hung up until it is over, and nothing makes it live again."""
    if step.before.phase is Phase.OVER and step.call.phase is not Phase.OVER:
        yield "a call that was over went on"
    if step.call.ending.cause is not None and step.call.guard.state not in (State.HANGING, State.OVER):
        yield "a call that is ending was made live again"


def nothing_left(step: Step) -> Iterator[str]:
    """8. A call that is over holds no timer, no socket and no session, and says how it was confirmed."""
    if step.call.phase is not Phase.OVER:
        return
    if step.call.timers or step.call.guard.socket or step.call.model.open:
        yield "a call that is over still holds something"
    if step.call.ending.outcome is None:
        yield "a call is over without an outcome"
    placed = step.call.create is Create.KNOWN
    if placed and not step.call.ending.confirmed and not step.call.ending.given_up:
        yield "a call was concluded without the carrier's word and without giving up"


def honest_truncation(step: Step) -> Iterator[str]:
    """9. Last mark acknowledged <= claim <= min(sent, generated, that mark + stream time since)."""
    playing = getattr(step.event, "playing", ())
    stream_ms = getattr(step.event, "stream_ms", 0)
    by_item = {item.item: item for item in playing}
    kept, terms = by_item.get(KEPT_GREETING), step.call.terms
    for order in step.orders:
        if kept is not None and isinstance(order, o.TellGreeting):
            most = max(kept.acked_ms, min(kept.sent_ms, kept.acked_ms + max(0, stream_ms - kept.acked_at_ms)))
            if len(order.pii_text.removesuffix("…").split()) * terms.kept_ms > len(terms.pii_kept.split()) * most:
                yield f"more of the kept greeting was claimed than {most} ms of it hold"
        if not isinstance(order, o.TruncateItem):
            continue
        item = by_item.get(order.item)
        if item is None:
            yield "an item that was not playing was truncated"
            continue
        most = min(item.sent_ms, item.generated_ms, item.acked_ms + max(0, stream_ms - item.acked_at_ms))
        if not max(1, item.acked_ms) <= order.audio_end_ms <= max(most, item.acked_ms):
            yield f"{order.audio_end_ms} ms of an item were claimed, {item.acked_ms} to {most} ms can have been heard"


def farewell_first(step: Step) -> Iterator[str]:
    """10. The agent's own hang-up waits for its farewell's mark, or for a named bound."""
    ended = step.call.ending.cause
    if step.before.ending.cause is None and ended is not None and ended.value == "agent":
        bound = isinstance(step.event, e.TimerFired) and step.event.timer is Timer.FAREWELL
        gone = isinstance(step.event, e.StreamStopped | e.SocketClosed | e.StatusReported | e.Checked)
        if step.call.conversation.items and not bound and not gone:
            yield "the agent hung up before its farewell had played"


def every_write_is_granted(step: Step) -> Iterator[str]:
    """11. Every REST write, a retry included, has a number of its own that the guard granted."""
    numbers = [order.number for order in step.orders if isinstance(order, o.UpdateCall | o.HangUp)]
    if any(number <= step.before.guard.written or number > step.call.guard.written for number in numbers):
        yield "a write left without a grant of its own"
    if step.before.guard.pending is not None and any(isinstance(order, o.UpdateCall) for order in step.orders):
        yield "a second document was written while one was in flight or in doubt"
    hang_ups = [order for order in step.orders if isinstance(order, o.HangUp) and order.sid == step.call.sid]
    pending = step.before.guard.pending
    if hang_ups and pending is not None and pending.what is Writing.HANG_UP and not pending.in_doubt:
        if not isinstance(step.event, e.UpdateAnswered):
            yield "a second hang-up left while one was in flight"


def forwarded_once(step: Step) -> Iterator[str]:
    """14. The callee's audio is forwarded to a session once: in the step in which that session becomes the one fed."""
    before, after = step.before.model, step.call.model
    due = [after.fed] if after.fed and after.fed != before.fed else []
    forwarded = [order.session for order in step.orders if isinstance(order, o.ForwardAudio)]
    if forwarded != due:
        yield "the callee's audio was not forwarded exactly once to the session that had just become ready"


def nothing_impossible(step: Step) -> Iterator[str]:
    """The guard's table calls nothing impossible that happens."""
    for _, verdict in step.call.verdicts.since(step.before.verdicts.total):
        if verdict.ruling is Ruling.IMPOSSIBLE:
            yield f"{verdict.asker} in {verdict.state} was called impossible"


LAWS: dict[int, tuple[Callable[[Step], Iterator[str]], ...]] = {
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
    20: (whoever_asks_rightly_is_served,),
    **PROGRESS,
}


def broken(step: Step) -> tuple[LawBroken, ...]:
    """The laws that a step broke, in their order; empty for one that kept them."""
    return tuple(
        LawBroken(number, step.event.at, text)
        for number, checks in LAWS.items()
        for law in checks
        for text in law(step)
    )
