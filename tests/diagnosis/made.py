"""The rules that have a scenario's call: which one, and by what its near miss differs. The calls are placed once, with
all scenarios (tests/runtime).
"""

from __future__ import annotations

from dataclasses import dataclass

from voicecall_core.call.step import Entry
from voicecall_core.words.descriptions import describe
from voicecall_core.words.terms import Policy


@dataclass(frozen=True)
class Made:
    """A scenario's call and its near miss: the first event so described is dropped, or moved before another."""

    scenario: str
    drop: str = ""
    move: str = ""
    before: str = ""
    last: bool = False
    policy: Policy = Policy.GUARD


OFF = Policy.NAIVE

MADE = {
    "race": Made("race", move="status callback: in-progress", before="stop on socket", policy=OFF),
    "silent-race": Made("silent-race", drop="first audio out", policy=OFF),
    "retried-write": Made("update-refused", drop="write 1 refused", policy=OFF),
    "stream-never-came": Made("stream-never-comes", drop="TwiML fetch 1"),
    "wrong-token": Made("wrong-token", drop="wrong token"),
    "started-twice": Made("started-twice", drop="start on socket", last=True),
    "wrong-format": Made("wrong-encoding", drop="start on socket"),
    "stream-came-back": Made("stream-drops", drop="start on socket", last=True),
    "stopped-early": Made("stream-stopped-early", drop="TwiML fetch 2"),
    "media-stalled": Made("media-stalls", drop="no media"),
    "model-turned-away": Made("model-refuses-key", drop="model session 1 failed"),
    "set-up-refused": Made("model-refuses-set-up", move="model session 1 failed", before="model session 1 upgraded"),
    "session-expired": Made("session-expires", drop="model session 1 failed"),
    "model-cannot-speak": Made("model-quota-gone", drop="response failed"),
    "model-lost": Made("model-closes-in-mid-call", drop="model session 1 failed"),
    "response-failed": Made("response-fails", drop="response failed"),
    "model-opened-late": Made("callbacks-shuffled", drop="start on socket", policy=OFF),
    "callbacks-lost": Made("callbacks-lost", drop="TwiML fetch 1"),
    "unreachable": Made("unreachable", drop="create answered"),
    "create-lost": Made("create-answer-lost", drop="no answer to create"),
    "unknown-status": Made("unknown-status", drop="status callback: unknown"),
    "busy": Made("busy", drop="status callback: busy"),
    "no-answer": Made("no-answer", drop="status callback: no-answer"),
    "not-reached": Made("failed", drop="status callback: failed"),
    "cap": Made("cap", drop="cap timer fired"),
    "callee-left": Made("callee-hangs-up-early", drop="start on socket"),
}


def miss_of(steps: list[Entry], made: Made) -> dict[str, int]:
    """What differs in the near miss of these steps, for `missed`."""

    def where(words: str) -> int:
        places = [n for n, step in enumerate(steps, 1) if words in describe(step.event).long]
        assert places, words
        return places[-1] if made.last else places[0]

    if made.drop:
        return {"drop": where(made.drop)}
    return {"move": where(made.move), "before": where(made.before)}
