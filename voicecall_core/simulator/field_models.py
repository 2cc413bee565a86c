"""Failures met in the field that models cause, as scenarios."""

from __future__ import annotations

from voicecall_core.simulator.field_calls import GREETED, TALK, ill, well
from voicecall_core.simulator.scenario import (
    HangUpPhone,
    Listen,
    ModelPlan,
    Scenario,
    Speak,
    Wait,
)

MODELS = (
    Scenario(
        "model-never-ready",
        "The model takes the session and never confirms its set-up.",
        GREETED,
        ill("model-failed", "model-never-ready", "model-never-ready"),
        model=ModelPlan(never_ready=True),
        scale=0.3,
        failures=("22",),
    ),
    Scenario(
        "model-refuses-set-up",
        "The model refuses what its set-up asks for.",
        GREETED,
        ill("model-failed", "model-refused", "set-up-refused"),
        model=ModelPlan(refuse_set_up="unknown_parameter"),
        failures=("23", "M18", "M30"),
    ),
    Scenario(
        "no-transcript",
        "The callee's turns are heard, and no words of them come.",
        TALK,
        well("no-transcript"),
        model=ModelPlan(transcribes=False),
        failures=("50",),
    ),
    Scenario(
        "turn-ignored",
        "The callee says something and gets no answer; the second time he does.",
        (*GREETED, Speak("answer"), Wait(2_500), Speak("question"), Listen(), Speak("bye"), HangUpPhone()),
        well("unanswered-turn"),
        model=ModelPlan(ignore_turn=2),
        failures=("52",),
    ),
    Scenario(
        "response-fails",
        "A response fails, and the session says nothing of it.",
        TALK,
        well("response-failed"),
        model=ModelPlan(fail_response=2),
        failures=("M19",),
    ),
    Scenario(
        "model-quota-gone",
        "The model's account has no money left: the session opens, its responses fail.",
        (*GREETED, Speak("answer"), Listen(patience_ms=6_000)),
        ill("model-failed", "model-refused", "model-cannot-speak", heard=True),
        model=ModelPlan(fail_response=2, fail_code="insufficient_quota"),
        failures=("M20", "M31"),
    ),
    Scenario(
        "session-expires",
        "The model's session comes to its end in mid-call, and the next one goes on.",
        (*GREETED, Wait(4_000), Speak("answer"), Listen(), Speak("bye"), HangUpPhone()),
        well("session-expired"),
        model=ModelPlan(lasts_ms=9_500),
        failures=("M21",),
    ),
    Scenario(
        "model-closes-in-mid-call",
        "The model closes the session in mid-call, as when pings are missed; the next one goes on.",
        (*GREETED, Wait(2_500), Speak("answer"), Listen(), Speak("bye"), HangUpPhone()),
        well("model-lost"),
        model=ModelPlan(drop_after_ms=7_000, drop_code=1011),
        failures=("M26", "M24", "M25"),
    ),
    Scenario(
        "model-handshake-hangs",
        "The model's server takes the connection and never ends the handshake.",
        GREETED,
        ill("model-failed", "model-never-ready", "model-never-ready"),
        model=ModelPlan(handshake_ms=60_000),
        scale=0.3,
        failures=("M27",),
    ),
    Scenario(
        "model-closes-at-once",
        "The model closes the socket right after it was opened.",
        GREETED,
        ill("model-failed", "model-refused", "set-up-refused"),
        model=ModelPlan(close_code=1002),
        failures=("M35",),
    ),
)
