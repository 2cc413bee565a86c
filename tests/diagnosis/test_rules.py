"""Each rule by a call that it fits and a near miss that it does not: one event dropped, moved or added.

What a call is to be called is said by the file's header or by its scenario, never by the rule.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.diagnosis.near_misses import FILES, diagnosed, missed, read
from tests.placing import place
from voicecall_core.call.step import Entry
from voicecall_core.diagnosis import RULES
from voicecall_core.simulator.scenarios.catalogue import SCENARIOS
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


def test_every_rule_has_its_call_and_no_call_is_without_a_rule() -> None:
    assert {rule.name for rule in RULES} == set(FILES) | set(MADE)
    assert not set(FILES) & set(MADE)


@pytest.mark.parametrize("name", FILES)
def test_a_call_by_hand_and_its_near_miss(name: str) -> None:
    terms, steps, header = read(FILES[name])
    found = diagnosed(terms, steps)
    assert found.rule == header["expects"]
    near = diagnosed(terms, missed(steps, header["miss"]))
    assert header["expects"] not in [finding.rule for finding in near.findings]


@pytest.mark.parametrize("name", MADE)
async def test_a_scenarios_call_and_its_near_miss(name: str) -> None:
    made = MADE[name]
    expects = SCENARIOS[made.scenario].expects
    expected = expects.guard_off_diagnosis if made.policy is OFF else (expects.diagnosis,)
    placed = await place(made.scenario, policy=made.policy)
    steps: list[Entry] = [*placed.steps]
    terms = placed.call.terms
    assert diagnosed(terms, steps).rule in expected and name in expected
    near = diagnosed(terms, missed(steps, _miss(steps, made)))
    assert name not in [finding.rule for finding in near.findings]


def _miss(steps: list[Entry], made: Made) -> dict[str, int]:
    def where(words: str) -> int:
        places = [n for n, step in enumerate(steps, 1) if words in describe(step.event).long]
        assert places, words
        return places[-1] if made.last else places[0]

    if made.drop:
        return {"drop": where(made.drop)}
    return {"move": where(made.move), "before": where(made.before)}
