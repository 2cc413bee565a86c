"""Rules about what the carrier said of a call, and what was done about it. Knows no audio."""

from __future__ import annotations

from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.diagnosis.finding import Found, Rule
from voicecall_core.diagnosis.story import At, Story, first
from voicecall_core.words.events import (
    TERMINAL,
    CallStatus,
    Created,
    Fetched,
    StatusReported,
    StreamReported,
    StreamStarted,
    StreamStopped,
    Timer,
    TimerFired,
    TunnelLost,
    UpgradeAsked,
)
from voicecall_core.words.orders import CheckCall, Conclude, HangUp, StartTimer


def _unreachable(story: Story) -> Found | None:
    created = first(story.events(Created))
    seen = any(story.events(kind) for kind in (Fetched, StatusReported, StreamReported, UpgradeAsked, StreamStarted))
    if created is None or seen or story.ending > len(story.steps):
        return None
    return Found("the carrier took the call, and nothing of it ever reached this program", (created.n, story.ending))


def _callbacks_lost(story: Story) -> Found | None:
    fetched = first(story.events(Fetched))
    if fetched is None or story.events(StatusReported) or not story.orders(Conclude):
        return None
    return Found("the carrier came for the document, but not one status callback arrived", (fetched.n,))


def _second_call(story: Story) -> Found | None:
    sids: dict[str, int] = {}
    told: list[At[Created] | At[StatusReported] | At[Fetched] | At[StreamStarted]] = [
        *story.events(Created),
        *story.events(StatusReported),
        *story.events(Fetched),
        *story.events(StreamStarted),
    ]
    for each in sorted(told, key=lambda one: one.n):
        sids.setdefault(each.it.sid, each.n)
    if len(sids) < 2:
        return None
    return Found(f"{len(sids)} calls were placed where one was asked for", tuple(sorted(sids.values())))


def _registered_twice(story: Story) -> Found | None:
    caps = [each for each in story.orders(StartTimer) if each.it.timer is Timer.CAP]
    if len(caps) < 2:
        return None
    return Found(
        "the call was registered twice: its maximum duration was started again", tuple(each.n for each in caps)
    )


def _two_endings(story: Story) -> Found | None:
    ends: dict[CallStatus, int] = {}
    for each in story.events(StatusReported):
        if each.it.status in TERMINAL and each.it.sid == story.events(StatusReported)[0].it.sid:
            ends.setdefault(each.it.status, each.n)
    if len(ends) < 2:
        return None
    return Found(f"the carrier gave the call two endings: {' and '.join(ends)}", tuple(ends.values()))


def _unknown_status(story: Story) -> Found | None:
    odd = first(story.events(StatusReported), lambda each: each.it.status is CallStatus.UNKNOWN)
    return Found("a callback carried a status that the carrier's documents do not have", (odd.n,)) if odd else None


def _not_hung_up(story: Story) -> Found | None:
    over = first(story.orders(Conclude))
    taught = [each.n for kind in (Created, StatusReported, Fetched) for each in story.events(kind)]
    if over is None or not taught or min(taught) > over.n:
        return None
    if (story.terminal and story.terminal <= over.n) or any(each.n <= over.n for each in story.orders(HangUp)):
        return None
    return Found("the call was given up here and never hung up: the carrier's leg stays up, and is billed", (over.n,))


def _end_unseen(story: Story) -> Found | None:
    stop = story.events(StreamStopped)[-1] if story.events(StreamStopped) else None
    if stop is None or story.terminal or any(each.n > stop.n for each in story.starts):
        return None
    asked = [each.n for kind in (CheckCall, HangUp, Conclude) for each in story.orders(kind)]
    if any(n > stop.n for n in asked):
        return None
    return Found("the stream was stopped, and nothing tells how the call ended; nobody asked", (stop.n,), Sure.LIKELY)


def _killed_talking(story: Story) -> Found | None:
    for order in story.orders(HangUp):
        timer = order.why.timer if isinstance(order.why, TimerFired) else None
        if timer in (Timer.RING, Timer.QUEUE, Timer.STREAM):
            live = story.live_at(order.n)
            if live is not None:
                return Found("a wait for the answer ran out, and hung up on a live stream", (live.n, order.n))
    return None


def _tunnel_lost(story: Story) -> Found | None:
    lost = first(story.events(TunnelLost))
    return Found("the tunnel to this program was lost during the call", (lost.n,)) if lost else None


_REACH = "Run voicecall doctor: it sends a signed webhook by the public URL, as the carrier does."
_ONCE = "Register a call when it is minted, under an id of your own, and let every webhook find it there."

RULES = (
    Rule("unreachable", ("12", "46"), 88, "a call was taken, no webhook of it arrived", _REACH, _unreachable),
    Rule("callbacks-lost", (), 25, "documents were fetched, no status callback arrived", _REACH, _callbacks_lost),
    Rule("second-call", ("14",), 77, "two calls under one id", _ONCE, _second_call),
    Rule("registered-twice", ("24",), 43, "the maximum duration was started twice", _ONCE, _registered_twice),
    Rule("two-endings", ("26",), 39, "two terminal statuses that differ", "Let the first one stand.", _two_endings),
    Rule("unknown-status", ("25",), 10, "a status that is not known", "None: it changes nothing.", _unknown_status),
    Rule(
        "not-hung-up",
        ("21",),
        81,
        "a call given up without a hang-up",
        "Hang up what you give up.",
        _not_hung_up,
    ),
    Rule(
        "end-unseen",
        ("18",),
        58,
        "a stream stopped, and the record ends",
        "Ask the carrier how the call stands when its stream is gone.",
        _end_unseen,
    ),
    Rule(
        "killed-while-talking",
        ("16",),
        89,
        "a wait for an answer hung up on a live stream",
        "Let the stream's `start` prove the answer, as the callback and the fetch do.",
        _killed_talking,
    ),
    Rule("tunnel-lost", ("57",), 90, "the tunnel was lost", "Start the tunnel anew, and dial again.", _tunnel_lost),
)
