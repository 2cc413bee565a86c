"""Rules about sessions of the model that were ready: failed, lost, left open. Knows no documents."""

from __future__ import annotations

from typing import Any

from voicecall_core.diagnosis.finding import Found, Rule
from voicecall_core.diagnosis.opening import _SERVICE, failures
from voicecall_core.diagnosis.story import At, Story, after, first
from voicecall_core.words.events import (
    AudioBegan,
    ModelFailed,
    ModelStage,
    ResponseEnded,
)
from voicecall_core.words.orders import (
    CloseModel,
    Conclude,
    DeleteItem,
    HangUp,
    OpenModel,
    PlayClip,
    TruncateItem,
)

_TOGETHER_S = 1.0  # a socket is dropped some 0.2 s after the response that failed for want of money
_LOOP = 3  # sessions; one second chance is patience, a third one is a loop


def _expired(story: Story) -> Found | None:
    for failed, reached in failures(story, ModelStage.READY):
        if failed.it.code == "session_expired":
            assert reached is not None
            return Found("the model's session reached the most it may last, an hour", (reached.n, failed.n))
    return None


def _bad_response(story: Story, before: int) -> At[ResponseEnded] | None:
    return first(story.events(ResponseEnded), lambda each: each.n < before and each.it.status == "failed")


def _cannot_speak(story: Story) -> Found | None:
    """A response failed, its session ended with it, and no other was opened."""
    bad = _bad_response(story, len(story.steps) + 1)
    if bad is None or after(story.orders(OpenModel), bad.n - 1) is not None:
        return None
    ends = [each.n for each in story.orders(CloseModel)] + [each.n for each in story.events(ModelFailed)]
    end = min((n for n in ends if n >= bad.n), default=0)
    if not end or story.at(end) - story.at(bad.n) > _TOGETHER_S or story.ending <= bad.n:
        return None
    what = f"the model was ready, but its response failed for good ({bad.it.reason})"
    return Found(what, tuple({bad.n, end}), story.absence)


def _lost(story: Story) -> Found | None:
    for failed, reached in failures(story, ModelStage.READY):
        if failed.it.code != "session_expired" and _cannot_speak(story) is None and failed.n < story.ending:
            assert reached is not None
            count = len(failures(story, ModelStage.READY))
            again = "" if count == 1 else f", {count} times"
            return Found(f"the model's session was lost in mid-call{again}", (reached.n, failed.n), story.absence)
    return None


def _response_failed(story: Story) -> Found | None:
    bad = _bad_response(story, len(story.steps) + 1)
    if bad is None or _cannot_speak(story) is not None:
        return None
    silent = ": silence, and no error event" if story.complete else ""
    return Found(f"a response of the model failed ({bad.it.reason}){silent}", (bad.n,))


def _left_in_silence(story: Story) -> Found | None:
    for failed, _ in failures(story, ModelStage.READY):
        if story.live_at(failed.n) is None or failed.n > story.ending or not story.tells_orders:
            continue
        remedies: list[list[At[Any]]] = [
            story.orders(OpenModel),
            story.orders(PlayClip),
            story.orders(HangUp),
            story.orders(Conclude),
        ]
        if all(after(orders, failed.n - 1) is None for orders in remedies):
            return Found("the model was lost, and nothing was done: the callee was left in silence", (failed.n,))
    return None


def _left_open(story: Story) -> Found | None:
    over = first(story.orders(Conclude))
    opened = [each for each in story.orders(OpenModel) if over is not None and each.n <= over.n]
    if over is None or not opened:
        return None
    session = opened[-1].it.session
    closed = [each.n for each in story.orders(CloseModel) if each.it.session == session]
    closed += [each.n for each in story.events(ModelFailed) if each.it.session == session]
    if any(n <= over.n for n in closed):
        return None
    return Found("the call ended and the model's session was left open: it is paid for on", (opened[-1].n, over.n))


def _loop(story: Story) -> Found | None:
    opened = story.orders(OpenModel)
    if len(opened) < _LOOP:
        return None
    return Found(f"the model was opened {len(opened)} times in one call", tuple(each.n for each in opened))


def _stale_items(story: Story) -> Found | None:
    home = {each.it.item: each for each in story.events(AudioBegan)}
    orders: list[At[TruncateItem] | At[DeleteItem]] = [*story.orders(TruncateItem), *story.orders(DeleteItem)]
    for order in orders:
        made = home.get(order.it.item)
        if made is not None and made.it.session != order.it.session:
            return Found("a new session was told to forget an item of an earlier one", (made.n, order.n))
    return None


RULES = (
    Rule("session-expired", ("M21",), 74, "a session came to its hour", "Make calls shorter than an hour.", _expired),
    Rule(
        "model-cannot-speak",
        ("M20", "M31"),
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
        "the model was opened three times or more",
        "Give a session one second chance, and end the call when that fails.",
        _loop,
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
