"""Failures met in the field that carriers and callees cause, as scenarios."""

from __future__ import annotations

from voicecall_core.simulator.field_calls import GREETED, TALK, ill, well
from voicecall_core.simulator.scenario import (
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

CARRIERS = (
    Scenario(
        "fetch-without-direction",
        "The fetch says nothing of the call's direction.",
        TALK,
        well(),
        CarrierPlan(direction=None),
        failures=("3",),
    ),
    Scenario(
        "key-press",
        "The callee presses a key in mid-call.",
        (*GREETED, Press("5"), Wait(300), Speak("answer"), Listen(), Speak("bye"), HangUpPhone()),
        well(),
        failures=("5",),
    ),
    Scenario(
        "update-refused",
        "The first update is refused, as the carrier has not put the call through yet.",
        TALK,
        well(off=("retried-write",)),
        CarrierPlan(update_refused=21220),
        failures=("8",),
    ),
    Scenario(
        "wrong-token",
        "The stream comes with a token that is not its document's; the next document's stream has its own.",
        (*GREETED, Speak("answer"), Listen(), Speak("bye"), HangUpPhone()),
        well("wrong-token"),
        CarrierPlan(token_lost=True),
        failures=("9", "10"),
    ),
    Scenario(
        "placed-twice",
        "One create places two calls.",
        TALK,
        well("second-call"),
        CarrierPlan(create_doubled=True),
        failures=("14",),
    ),
    Scenario(
        "unknown-status",
        "A callback carries a status that the carrier's documents do not have.",
        TALK,
        well("unknown-status"),
        CarrierPlan(callbacks_also={"ringing": "constructor"}),
        failures=("25",),
    ),
    Scenario(
        "fetched-twice",
        "The carrier fetches the same document twice.",
        TALK,
        well(),
        CarrierPlan(fetch_doubled=True),
        failures=("27", "28", "30"),
    ),
    Scenario(
        "started-twice",
        "The stream's start comes twice.",
        TALK,
        well("started-twice"),
        CarrierPlan(start_doubled=True),
        failures=("31",),
    ),
    Scenario(
        "stream-refused",
        "The carrier cannot open the stream, and says so.",
        GREETED,
        ill("stream-failed", "stream-never-came", "stream-refused"),
        CarrierPlan(stream_error=31920),
        failures=("45",),
    ),
    Scenario(
        "unreachable",
        "Nothing of the carrier reaches this program.",
        GREETED,
        Expectation("no-answer", "ring-timeout", greeting_heard=False, diagnosis="unreachable"),
        CarrierPlan(webhooks_lost=True),
        scale=0.01,
        failures=("12", "46"),
    ),
    Scenario(
        "hangup-answer-late",
        "The agent ends the call, and the carrier takes forty seconds to answer.",
        (*GREETED, Speak("answer"), Listen()),
        Expectation("completed", "agent", diagnosis="write-lost", guard_off_diagnosis=("silent-race",)),
        CarrierPlan(rest_ms={"update": 40_000}),
        ModelPlan(end_call_after_turns=0),
        failures=("56",),
    ),
    Scenario(
        "wrong-encoding",
        "The first stream carries a sound that is not mu-law; the next one does.",
        TALK,
        well("wrong-format"),
        CarrierPlan(encoding="audio/x-alaw"),
        failures=("59",),
    ),
    Scenario(
        "stream-stopped-early",
        "The carrier stops the stream right after the first words; the call goes on.",
        (Wait(4_000), *TALK),
        Expectation("completed", "callee", False, "failed", "stopped-early", ("race",)),
        CarrierPlan(stop_stream_at_ms=1_000),
        failures=("64",),
    ),
)

CALLEES = (
    Scenario(
        "echo",
        "As soon as the agent answers, something is heard: its own voice perhaps.",
        (*GREETED, Speak("answer"), Listen(heard_ms=20), Speak("short"), Listen(), HangUpPhone()),
        well("echo"),
        failures=("35", "M14"),
    ),
    Scenario(
        "noise",
        "Noise silences the agent again and again.",
        (
            *GREETED,
            Speak("answer"),
            *(Listen(heard_ms=600), Speak("short")) * 3,
            Listen(),
            HangUpPhone(),
        ),
        well("clear-storm"),
        failures=("36",),
    ),
)
