"""The plan's space: every field of a scenario at its extremes, any two of them together, one whole call each.

A call is judged three times: by the laws, by what the callee heard, and by whether outcome, exit code, diagnosis and
ear say the same. What must come of it is not known in advance.
"""

from __future__ import annotations

from dataclasses import fields
from itertools import product
from typing import Any

import pytest

from tests.pairwise import Row, pairwise
from tests.placing import Placed, place
from voicecall_cli.exits import Exit, exit_for
from voicecall_core.diagnosis import diagnose
from voicecall_core.simulator.carrier.heard import harmed
from voicecall_core.simulator.carrier.silence import Hearing, Turn, hearing
from voicecall_core.simulator.scenarios.scenario import (
    Act,
    CarrierPlan,
    Expectation,
    HangUpPhone,
    Listen,
    ModelPlan,
    Press,
    Scenario,
    Speak,
    Wait,
)
from voicecall_core.simulator.voices import said
from voicecall_core.words.terms import PATIENCE_S, Policy

CAP_S = 60.0
LATE_MS = 1_000  # from the end of a word to the decision that it was the last one, and from an order to its sound
LONG = "Thank you very much for all of your time today, it was a pleasure to talk to you. " * 2
ANSWERED = frozenset({"initiated", "ringing", "in-progress"})

_HELLO: tuple[Act, ...] = (Wait(300), Speak("hello"), Listen())
CALLEES: dict[str, tuple[Act, ...]] = {
    "talks": (*_HELLO, Speak("answer"), Listen(), Speak("question"), Listen(), Speak("bye"), HangUpPhone()),
    "says-one-word": (*_HELLO, Speak("short"), Listen(quiet_ms=12_000)),
    "interrupts-all": (
        *(Wait(900), Speak("interruption"), Listen(heard_ms=500), Speak("interruption"), Listen(heard_ms=200)),
        *(Speak("short"), Listen(), Speak("question"), Listen(quiet_ms=9_000)),
    ),
    "is-silent": (Wait(25_000), HangUpPhone()),
    "says-yes-all-the-time": (*_HELLO, *(Speak("short"), Wait(400)) * 8, Listen(), HangUpPhone()),
    "hangs-up-in-mid-word": (*_HELLO, Speak("answer"), Listen(heard_ms=700), HangUpPhone()),
    "presses-keys": (Press("1"), *_HELLO, Press("2"), Speak("question"), Press("#"), Listen(), HangUpPhone()),
}

CARRIER: dict[str, tuple[Any, ...]] = {
    "queue_ms": (20, 3_000),
    "ring_ms": (150, 0),
    "answer_ms": (1_800, 0, 9_000),
    "fetch_ms": (10, 0, 6_000),
    "stream_ms": (90, 0, 4_000),
    "start_ms": (20, 900),
    "callback_ms": ({}, {"in-progress": 2_500}, {"completed": 4_000}),
    "callbacks_lost": (frozenset(), ANSWERED),
    "callbacks_doubled": (frozenset(), ANSWERED | {"completed"}),
    "callbacks_shuffled": (False, True),
    "callbacks_also": ({}, {"ringing": "constructor"}),
    "direction": ("outbound-api", "outbound-dial", None),
    "rest_ms": ({}, {"create": 2_000, "update": 4_000}),
    "create_first_ms": (0, 1_500),
    "create_lost": (False, True),
    "listed_after_ms": (0, 2_000),
    "rest_down_at_hang_up": (False, True),
    "drop_stream_at_ms": (None, 1_000, 7_500),
    "stop_stream_at_ms": (None, 6_000),
    "update_refused": (0, 21220),
    "fetch_doubled": (False, True),
    "token_lost": (False, True),
    "start_doubled": (False, True),
    "encoding": ("audio/x-mulaw", "audio/x-alaw"),
}
MODEL: dict[str, tuple[Any, ...]] = {
    "reachable_from_ms": (0, 1_500),
    "handshake_ms": (250, 0, 3_000),
    "created_ms": (120, 0, 1_000),
    "updated_ms": (80, 0, 1_000),
    "first_audio_ms": (350, 0, 1_800),
    "speed": (8.0, 1.1, 100.0),
    "stuck_at": ("", "handshake", "created", "updated"),
    "drop_after_ms": (None, 0, 5_000),
    "drops": (1, 2),
    "sets_up_other": ("", "voice", "format", "turns"),
    "drop_code": (0, 1011),
    "drops_at_ms": ((), (4_000, 12_000)),
    "freeze_after_ms": (None, 0, 6_000),
    "fail_response": (0, 1, 2),
    "hang_response": (0, 1, 2),
    "mute_response": (0, 1, 2),
    "stall_response": (0, 1, 2),
    "stall_after_ms": (1_000, 20),
    "faulty_responses": (1, 2),
    "ignore_turn": (0, 1, 2),
    "endless_turn": (0, 1, 2),
    "always_answers": (False, True),
    "always_yields": (False, True),
    "metadata_lost": (False, True),
    "transcribes": (True, False),
    "transcription_fails": (False, True),
    "old_names": (False, True),
    "lasts_ms": (3_600_000, 15_000),
    "end_call_after_turns": (None, 0, 1),
    "end_call": ("with", "behind", "next", "alone"),
    "end_call_fails": (False, True),
    "farewell_text": ("", LONG),
    "replies": (("reply-1", "reply-2", "reply-3"), ("reply-3",)),
    "pieces": (1, 4),
}
# What ends a call whatever else is set: each once for itself, with rows of the rest beside it.
FATAL: tuple[tuple[str, str, Any], ...] = (
    *(("carrier", "ends_as", how) for how in ("busy", "no-answer", "failed")),
    ("carrier", "answer_ms", None),
    ("carrier", "fetch_ms", None),
    ("carrier", "stream_ms", None),
    ("carrier", "stream_error", 31920),
    ("carrier", "create_refused", 21211),
    ("carrier", "create_refused_times", 1),
    ("carrier", "create_doubled", True),
    ("carrier", "webhooks_lost", True),
    ("carrier", "stall_media_at_ms", 3_000),
    ("carrier", "faulty_streams", 0),
    ("carrier", "trial", "key-press"),
    ("carrier", "trial", "no-stream"),
    ("model", "reachable_from_ms", None),
    ("model", "refuse_key", True),
    ("model", "unlisted", True),
    ("model", "close_code", 1002),
    ("model", "refuse_set_up", "unknown_parameter"),
    ("model", "stuck_sessions", 0),
    ("model", "other_sessions", 0),
    ("model", "fail_code", "insufficient_quota"),
    ("model", "freezes", 100),
    ("model", "drops", 100),
    ("model", "faulty_responses", 0),
)
BESIDE: dict[str, dict[str, Any]] = {  # what a value needs to have an effect
    "create_refused_times": {"create_refused": 20429},
    "faulty_streams": {"token_lost": True},
    "stuck_sessions": {"stuck_at": "created"},
    "other_sessions": {"sets_up_other": "voice"},
    "freezes": {"freeze_after_ms": 2_000},
    "drops": {"drop_after_ms": 2_000},
    "fail_code": {"fail_response": 1, "faulty_responses": 0},
}

ROWS = pairwise(
    {"callee": tuple(CALLEES)}
    | {f"carrier.{name}": values for name, values in CARRIER.items()}
    | {f"model.{name}": values for name, values in MODEL.items()}
)


def _scenario(row: Row, fatal: tuple[str, str, Any] | None = None) -> Scenario:
    plans: dict[str, dict[str, Any]] = {"carrier": {}, "model": {"stuck_sessions": 1}}
    for name, value in row.items():
        if name != "callee":
            plan, field = name.split(".")
            plans[plan][field] = value
    if fatal is not None:
        plan, field, value = fatal
        plans[plan] |= {field: value, **BESIDE.get(field, {})}
    return Scenario(
        "space",
        "A point of the plan's space.",
        CALLEES[row["callee"]],
        Expectation("", ""),
        CarrierPlan(**plans["carrier"]),
        ModelPlan(**plans["model"]),
        dial={"max_duration_s": CAP_S, "ring_timeout_s": 12.0},
    )


# Every single value with nothing else odd about the call, then all pairs, then what is fatal among some of those.
PLAIN: Row = {"callee": "talks"}
SINGLES = [
    PLAIN | {f"{plan}.{name}": value}
    for plan, factors in (("carrier", CARRIER), ("model", MODEL))
    for name, values in factors.items()
    for value in values[1:]
]
CALLEE_ROWS: list[Row] = [{"callee": name} for name in CALLEES]
POINTS = [_scenario(row) for row in (*CALLEE_ROWS, *SINGLES, *ROWS)] + [
    _scenario(row, fatal) for fatal, row in product(FATAL, (PLAIN, *ROWS[1 :: len(ROWS) // 3]))
]
EVERY = 32


def _own_ms(model: ModelPlan) -> int:
    return model.handshake_ms + model.created_ms + model.updated_ms + model.first_audio_ms


def _left_waiting(turn: Turn, heard: Hearing) -> bool:
    """Nobody answered him, although he gave it as long as the budget of patience."""
    return not turn.answered and turn.wait_ms > PATIENCE_S * 1000 + LATE_MS


def _only_clips(heard: Hearing) -> bool:
    """A turn of his was followed by nothing of the agent's own, clips that ask for a moment or apologise at the most.

    Such a silence need not be long in one piece: he may have filled it himself.
    """
    return any(not turn.answers for turn in heard.turns)


def _contradictions(placed: Placed, scenario: Scenario) -> list[str]:
    heard = hearing(placed.carrier.log, sentences=[said(LONG)])
    found = diagnose(placed.call.terms, placed.steps, placed.call)
    outcome = str(placed.call.ending.outcome)
    code = exit_for(outcome)
    waiting = [turn for turn in heard.turns if _left_waiting(turn, heard)]
    wrong = []
    if (outcome == "completed") != (code is Exit.OK):
        wrong.append(f"{outcome} leaves with {code}")
    if outcome == "completed" and heard.first_ms is None:
        wrong.append("completed, and the callee heard nothing")
    if outcome == "completed" and waiting:
        wrong.append(f"completed, and nobody answered {waiting}")
    if code is not Exit.OK and found.healthy:
        wrong.append(f"{outcome}, and diagnosed as healthy")
    if outcome == "agent-silent" and heard.longest_ms <= PATIENCE_S * 1000 and not _only_clips(heard):
        wrong.append(f"agent-silent, and he never waited longer than {heard.longest_ms} ms")
    if harmed(placed.carrier.log):
        wrong.append("the stream was overwritten")
    return wrong


async def _judge(number: int) -> None:
    scenario = POINTS[number]
    placed = await place(scenario)
    assert _contradictions(placed, scenario) == []
    assert placed.switchboard.quiet


async def test_a_call_without_a_guard_is_caught() -> None:
    scenario = POINTS[0]
    placed = await place(scenario, policy=Policy.NAIVE)
    assert _contradictions(placed, scenario)


# What nothing that this program asks of a carrier meets: detection of machines, second legs, a queue of many calls.
OF_OTHERS = {"answered_by", "detection_ms", "calls_per_second", "dialled_ms", "dialled_ends_as", "dialled_talks_ms"}
# Bursts are walked by chaos; jitter and replies of one's own by tests/runtime/test_rehearsed_call.py.
ELSEWHERE = {"account", "frames_at_once", "jitter_ms", "script"}


def test_every_field_of_a_plan_is_in_the_space() -> None:
    for kind, factors in ((CarrierPlan, CARRIER), (ModelPlan, MODEL)):
        place_ = "carrier" if kind is CarrierPlan else "model"
        walked = {*factors, *(name for plan, name, _ in FATAL if plan == place_)}
        assert {field.name for field in fields(kind)} - walked <= ELSEWHERE | OF_OTHERS


_ONCE_RED = 114  # "one moment", and a goodbye that was made when he had hung up


@pytest.mark.parametrize("number", [*range(0, len(POINTS), EVERY), _ONCE_RED])
async def test_laws_ear_and_verdict_agree(number: int) -> None:
    await _judge(number)


@pytest.mark.every
@pytest.mark.parametrize("number", [number for number in range(len(POINTS)) if number % EVERY and number != _ONCE_RED])
async def test_laws_ear_and_verdict_agree_everywhere(number: int) -> None:
    await _judge(number)
