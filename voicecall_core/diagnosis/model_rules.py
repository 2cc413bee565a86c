"""Rules about sessions of the model: how far their opening came, failed, lost, left open."""

from __future__ import annotations

from typing import Any

from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.diagnosis.evidence_index import At, EvidenceIndex, after, first, met
from voicecall_core.diagnosis.findings import Match, Rule
from voicecall_core.diagnosis.waits import longest
from voicecall_core.words.events import AudioBegan, Event, ModelFailed, ModelReached, ResponseEnded, TimerFired
from voicecall_core.words.orders import (
    CloseModel,
    Conclude,
    DeleteItem,
    HangUp,
    OpenModel,
    PlayClip,
    PlayGreeting,
    TruncateItem,
)
from voicecall_core.words.values import SET_UP_DIFFERS, ModelStage, Timer

_LAST_STAGE = {
    None: "its server was not reached",
    ModelStage.CONNECTED: "its server was reached, and the handshake did not end",
    ModelStage.SECURED: "the line was secured, and the handshake did not end",
    ModelStage.UPGRADED: "the socket was open, and no session was created",
    ModelStage.CREATED: "the session was created, and its set-up was never confirmed",
    ModelStage.READY: "the session was ready",
}


def reached_by(story: EvidenceIndex, session: int, before: int) -> At[ModelReached] | None:
    """How far a session had come when step `before` came."""
    stages = [each for each in story.events(ModelReached) if each.it.session == session and each.n < before]
    return stages[-1] if stages else None


def stage_of(reached: At[ModelReached] | None) -> ModelStage | None:
    return reached.it.stage if reached else None


def failures(story: EvidenceIndex, *stages: ModelStage | None) -> list[tuple[At[ModelFailed], At[ModelReached] | None]]:
    """The sessions that failed at one of these stages."""
    both = [(each, reached_by(story, each.it.session, each.n)) for each in story.events(ModelFailed)]
    return [(failed, reached) for failed, reached in both if stage_of(reached) in stages]


def _turned_away(story: EvidenceIndex) -> Match | None:
    for failed, _ in failures(story, None, ModelStage.CONNECTED, ModelStage.SECURED):
        if not failed.it.retryable:
            what = f"the model turned the session away before it was opened ({failed.it.code})"
            if not story.complete:
                what = f"the model refused the session ({failed.it.code}); how far it had come is not told"
            return Match(what, (failed.n,))
    return None


def _unreachable(story: EvidenceIndex) -> Match | None:
    """Attempts that fail while it rings cost nobody anything, if one succeeds before the answer."""
    ready = first(story.events(ModelReached), lambda each: each.it.stage is ModelStage.READY)
    if story.complete and ready is not None and story.answered and ready.n < story.answered:
        return None
    for failed, reached in failures(story, None, ModelStage.CONNECTED, ModelStage.SECURED):
        if failed.it.retryable:
            return Match(f"the model could not be reached: {_LAST_STAGE[stage_of(reached)]}", (failed.n,), Sure.LIKELY)
    return None


def _set_up_refused(story: EvidenceIndex) -> Match | None:
    for failed, reached in failures(story, ModelStage.UPGRADED, ModelStage.CREATED):
        stage = "before it greeted" if stage_of(reached) is ModelStage.UPGRADED else "in answer to its set-up"
        assert reached is not None
        if failed.it.code == SET_UP_DIFFERS:
            return Match("a session was not set up as it was asked to be", (reached.n, failed.n))
        return Match(f"the model ended the session {stage} ({failed.it.code})", (reached.n, failed.n))
    return None


def _never_ready(story: EvidenceIndex) -> Match | None:
    for fired in story.events(TimerFired):
        opened = [each for each in story.orders(OpenModel) if each.n < fired.n]
        if fired.it.timer is not Timer.MODEL or not opened:
            continue
        reached = reached_by(story, opened[-1].it.session, fired.n)
        if stage_of(reached) is not ModelStage.READY:
            waited = fired.it.at - story.at(opened[-1].n)
            what = f"the model was not ready after {waited:.0f} s: {_LAST_STAGE[stage_of(reached)]}"
            return Match(what, met(opened[-1].n, reached.n if reached else 0, fired.n))
    return _not_ready_for_callee(story)


def _not_ready_for_callee(story: EvidenceIndex) -> Match | None:
    """No session was ever ready, and the callee waited for one until the patience ran out."""
    opened, wait = first(story.orders(OpenModel)), longest(story)
    ready = any(each.it.stage is ModelStage.READY for each in story.events(ModelReached))
    if opened is None or wait is None or ready or not story.starts or wait.seconds < story.terms.patience_s:
        return None
    reached = reached_by(story, opened.it.session, wait.end)
    what = f"no session of the model was ready, and the callee had waited {wait.seconds:.0f} s for one: "
    return Match(
        what + _LAST_STAGE[stage_of(reached)], met(opened.n, reached.n if reached else 0, wait.begin, wait.end)
    )


def _opened_late(story: EvidenceIndex) -> Match | None:
    opened, start = first(story.orders(OpenModel)), first(story.starts)
    if opened is None or start is None or opened.n < start.n:
        return None
    ready = first(story.events(ModelReached), lambda each: each.it.stage is ModelStage.READY)
    waited = f": {story.at(ready.n) - story.at(start.n):.1f} s of silence" if ready else ""
    return Match(f"the model was only opened when the stream had started{waited}", (start.n, opened.n))


_KEY = "Check the model's key, its project and its model with voicecall doctor."
_SERVICE = "Look at the model's status page, and at the loop lag of the call: a loop that stands still misses pings."

OPENING_RULES = (
    Rule("model-turned-away", ("21",), 85, "a session was refused before it was opened", _KEY, _turned_away),
    Rule(
        "model-unreachable",
        ("M27", "S6"),
        65,
        "no way to the model, or no answer to the handshake",
        _SERVICE,
        _unreachable,
    ),
    Rule(
        "set-up-refused",
        ("23", "M18", "M30", "M35"),
        85,
        "a session ended after the socket was open and before it was ready",
        "Look for what its set-up asks for and this model does not take: its name, a voice, a field of the beta.",
        _set_up_refused,
    ),
    Rule("model-never-ready", ("22", "M27", "S5"), 83, "no session was ready in its time", _SERVICE, _never_ready),
    Rule(
        "model-opened-late",
        ("49", "M28"),
        20,
        "the model was opened after the stream had started",
        "Open the model while the phone rings.",
        _opened_late,
    ),
)

_TOGETHER_S = 1.0  # a socket is dropped some 0.2 s after the response that failed for want of money


def _expired(story: EvidenceIndex) -> Match | None:
    for failed, reached in failures(story, ModelStage.READY):
        if failed.it.code == "session_expired":
            assert reached is not None
            return Match("the model's session reached the most it may last, an hour", (reached.n, failed.n))
    return None


def _bad_response(story: EvidenceIndex) -> At[ResponseEnded] | None:
    """The first response that failed for good, if there is one; else the first that failed."""
    failed = [each for each in story.events(ResponseEnded) if each.it.status == "failed"]
    return first(failed, lambda each: not each.it.retryable) or first(failed)


def _cannot_speak(story: EvidenceIndex) -> Match | None:
    """A response failed for good: the model says so, or its session ended with it, and no other was opened."""
    bad = _bad_response(story)
    if bad is None or after(story.orders(OpenModel), bad.n - 1) is not None:
        return None
    if not bad.it.retryable:
        return Match(f"the model was ready, but its response failed for good ({bad.it.reason})", (bad.n,))
    ends = [each.n for each in story.orders(CloseModel)] + [each.n for each in story.events(ModelFailed)]
    end = min((n for n in ends if n >= bad.n), default=0)
    if not end or story.at(end) - story.at(bad.n) > _TOGETHER_S or story.ending <= bad.n:
        return None
    what = f"the model was ready, but its response failed for good ({bad.it.reason})"
    return Match(what, tuple({bad.n, end}), story.absence)


def _lost(story: EvidenceIndex) -> Match | None:
    for failed, reached in failures(story, ModelStage.READY):
        if failed.it.code != "session_expired" and _cannot_speak(story) is None and failed.n < story.ending:
            assert reached is not None
            count = len(failures(story, ModelStage.READY))
            what = "the model's session was lost in mid-call" + ("" if count == 1 else f", {count} times")
            if (again := _ready_after(story, failed.n)) and count == 1:
                what = "one session of the model was lost, and replaced"
            return Match(what, met(reached.n, failed.n, again), story.absence)
    return None


def _ready_after(story: EvidenceIndex, n: int) -> int:
    """The step in which another session was ready; 0 if none was."""
    ready = [each for each in story.events(ModelReached) if each.it.stage is ModelStage.READY]
    found = after(ready, n)
    return found.n if found is not None else 0


def _changed(story: EvidenceIndex) -> Match | None:
    """The session was changed before its limit, as planned."""
    opened = [each for each in story.orders(OpenModel) if _is_rollover(each.why)]
    ready = {each.it.session: each.n for each in story.events(ModelReached) if each.it.stage is ModelStage.READY}
    changed = [each for each in opened if each.it.session in ready]
    if not changed:
        return None
    times = "" if len(changed) == 1 else f", {len(changed)} times"
    steps = tuple(n for each in changed for n in (each.n, ready[each.it.session]))
    return Match(f"the model's session was near its limit, and changed for another{times}", steps)


def _is_rollover(event: Event) -> bool:
    return isinstance(event, TimerFired) and event.timer is Timer.ROLLOVER


def _response_failed(story: EvidenceIndex) -> Match | None:
    bad = _bad_response(story)
    if bad is None or _cannot_speak(story) is not None:
        return None
    silent = ": silence, and no error event" if story.complete else ""
    return Match(f"a response of the model failed ({bad.it.reason}){silent}", (bad.n,))


def _left_in_silence(story: EvidenceIndex) -> Match | None:
    for failed, _ in failures(story, ModelStage.READY):
        if story.live_at(failed.n) is None or failed.n > story.ending or not story.tells_orders:
            continue
        remedies: list[list[At[Any]]] = [
            story.orders(OpenModel),
            story.orders(PlayClip),
            story.orders(PlayGreeting),
            story.orders(HangUp),
            story.orders(Conclude),
        ]
        if all(after(orders, failed.n - 1) is None for orders in remedies):
            return Match("the model was lost, and nothing was done: the callee was left in silence", (failed.n,))
    return None


def _left_open(story: EvidenceIndex) -> Match | None:
    over = first(story.orders(Conclude))
    opened = [each for each in story.orders(OpenModel) if over is not None and each.n <= over.n]
    if over is None or not opened:
        return None
    session = opened[-1].it.session
    closed = [each.n for each in story.orders(CloseModel) if each.it.session == session]
    closed += [each.n for each in story.events(ModelFailed) if each.it.session == session]
    if any(n <= over.n for n in closed):
        return None
    return Match("the call ended and the model's session was left open: it is paid for on", (opened[-1].n, over.n))


def _loop(story: EvidenceIndex) -> Match | None:
    """Sessions of a call that somebody had answered, one after the other; while it rings, attempts cost nobody time."""
    limits = story.terms.limits
    opened = [each for each in story.orders(OpenModel) if not _is_rollover(each.why)]
    again = [each for each in opened if story.answered and each.n > story.answered]
    for one, last in zip(again, again[limits.session_losses :], strict=False):
        if story.at(last.n) - story.at(one.n) <= limits.losses_within_s:
            what = f"the model was opened {len(opened)} times in one call, one session right after the other"
            return Match(what, tuple(each.n for each in opened))
    return None


def _stale_items(story: EvidenceIndex) -> Match | None:
    home = {each.it.item: each for each in story.events(AudioBegan)}
    orders: list[At[TruncateItem] | At[DeleteItem]] = [*story.orders(TruncateItem), *story.orders(DeleteItem)]
    for order in orders:
        made = home.get(order.it.item)
        if made is not None and made.it.session != order.it.session:
            return Match("a new session was told to forget an item of an earlier one", (made.n, order.n))
    return None


SESSION_RULES = (
    Rule("session-expired", ("M21",), 74, "a session came to its hour", "Make calls shorter than an hour.", _expired),
    Rule(
        "model-cannot-speak",
        ("M20", "M31", "S8"),
        84,
        "a response failed for good, and the session ended",
        "Look at the model account's quota and limits: connecting works, speaking is refused.",
        _cannot_speak,
    ),
    Rule("model-lost", ("M26",), 73, "a session that was ready was lost while the call went on", _SERVICE, _lost),
    Rule("response-failed", ("M19",), 42, "a response ended as failed", _SERVICE, _response_failed),
    Rule(
        "left-in-silence",
        ("M24",),
        76,
        "the model was lost and nothing followed",
        "When the model ends, open it again, apologise, or hang up.",
        _left_in_silence,
    ),
    Rule(
        "model-left-open",
        ("M22",),
        50,
        "a call was concluded with an open session",
        "Close the session when the call ends.",
        _left_open,
    ),
    Rule(
        "reconnect-loop",
        ("M20",),
        75,
        "the model was opened again and again within a minute, more often than its losses allow",
        "Count the losses, and end the call when they come one after the other.",
        _loop,
    ),
    Rule(
        "session-changed",
        (),
        1,
        "another session was opened as the first one's limit came near",
        "Nothing: it was planned.",
        _changed,
    ),
    Rule(
        "stale-items",
        ("M25",),
        48,
        "a session was told of another session's item",
        "Forget the items of a session together with the session.",
        _stale_items,
    ),
)
