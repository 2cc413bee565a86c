"""Failures met in the field as scenarios, caused by carriers, callees and models."""

from __future__ import annotations

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

GREETED: tuple[Act, ...] = (Wait(300), Speak("hello"), Listen())
TALK: tuple[Act, ...] = (*GREETED, Speak("answer"), Listen(), Speak("bye"), HangUpPhone())


def well(diagnosis: str = "healthy", *, cause: str = "callee", off: tuple[str, ...] = ("race",)) -> Expectation:
    """The call comes to a good end all the same, and fails without a guard."""
    return Expectation("completed", cause, guard_off="failed", diagnosis=diagnosis, guard_off_diagnosis=off)


def ill(outcome: str, cause: str, diagnosis: str, *, heard: bool = False) -> Expectation:
    return Expectation(outcome, cause, heard, "failed", diagnosis, ("race",))


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
        ModelPlan(handshake_ms=20, created_ms=10, updated_ms=10),  # ready within its time, small as the scale makes it
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

MODELS = (
    Scenario(
        "model-never-ready",
        "The model takes the session and never confirms its set-up.",
        GREETED,
        ill("model-failed", "model-never-ready", "model-never-ready"),
        model=ModelPlan(stuck_at="updated"),
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
        model=ModelPlan(stuck_at="handshake"),
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
