"""Which scenario is played in a call, by the number that is called. Never changed, only added to: tests stand on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from voicecall_core.simulation import scenario_named
from voicecall_core.simulator.scenarios.scenario import Scenario

# Twilio: docs/iam/test-credentials, magic input for calls. Assumption: which digit has which code, as for messages.
REFUSED: Mapping[str, int] = {
    "+15005550001": 21217,
    "+15005550002": 21214,
    "+15005550003": 21215,
    "+15005550004": 21216,
}

# The n-th has +1 555 555 0100 plus n: numbers that are kept free for fiction. At the end is the place for a new one.
_IN_ORDER = (
    "ordinary",
    "race",
    "silent-race",
    "barge-in",
    "agent-ends",
    "callee-hangs-up-early",
    "cap",
    "busy",
    "no-answer",
    "failed",
    "say",
    "slow-model",
    "model-refuses-key",
    "model-drops",
    "transcription-fails",
    "model-with-old-names",
    "stream-never-comes",
    "stream-drops",
    "media-stalls",
    "callbacks-lost",
    "callbacks-shuffled",
    "webhook-before-create",
    "create-answer-lost",
    "rest-down-at-hangup",
    "fetch-without-direction",
    "key-press",
    "update-refused",
    "wrong-token",
    "placed-twice",
    "unknown-status",
    "fetched-twice",
    "started-twice",
    "stream-refused",
    "unreachable",
    "hangup-answer-late",
    "wrong-encoding",
    "stream-stopped-early",
    "echo",
    "noise",
    "model-never-ready",
    "model-refuses-set-up",
    "no-transcript",
    "turn-ignored",
    "response-fails",
    "model-quota-gone",
    "session-expires",
    "model-closes-in-mid-call",
    "model-handshake-hangs",
    "model-closes-at-once",
    "model-lost-as-greeting-ends",
    "model-lost-in-interrupted-greeting",
    "model-lost-after-interrupted-greeting",
    "model-lost-in-mid-turn",
    "model-lost-before-answer",
    "model-lost-in-mid-answer",
    "model-lost-minutes-apart",
    "session-is-changed",
    "answer-hangs",
    "every-answer-hangs",
    "answer-without-a-sound",
    "no-answer-has-a-sound",
    "answer-stops-in-mid-word",
    "turn-never-ends",
    "no-turn-ever-ends",
    "answers-unasked",
    "metadata-lost",
    "model-quota-gone-at-once",
    "model-freezes",
    "every-session-freezes",
    "model-handshake-hangs-once",
    "model-never-greets",
    "farewell-fails-behind-end-call",
    "end-call-behind-farewell",
    "end-call-with-next-turn",
    "end-call-without-farewell",
    "long-farewell",
    "model-lost-in-farewell",
    "fetched-late",
    "never-fetched",
    "every-stream-turned-away",
    "model-sets-up-other-voice",
    "model-sets-up-other-format",
    "model-sets-up-other-turns",
)
# The port of a model that is not there yet is closed before any number was called: --scenario alone can tell it so.
BY_NAME_ALONE = frozenset({"model-unreachable-at-first", "model-unreachable"})

_FIRST = 1_555_555_01_00
NUMBERS: Mapping[str, str] = {f"+{_FIRST + place}": name for place, name in enumerate(_IN_ORDER)}


def scenario_for(number: str, otherwise: Scenario) -> Scenario:
    """The scenario of a call to this number: the table's, a refusal, or `otherwise`."""
    if code := REFUSED.get(number):
        return replace(otherwise, name=f"refused-{code}", carrier=replace(otherwise.carrier, create_refused=code))
    name = NUMBERS.get(number)
    return otherwise if name is None else scenario_named(name)


def listed() -> Iterator[tuple[str, str]]:
    """Each number with the scenario's name, or with what the carrier answers."""
    yield from ((number, f"refused with {code}") for number, code in REFUSED.items())
    yield from NUMBERS.items()
