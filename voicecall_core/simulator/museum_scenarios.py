"""Failures met in the field as scenarios, named after their number in the museum. Knows nothing of who places them.

Only what strangers and callees do can be a scenario here; what a program itself does wrong is shown by call files
(docs/diagnosis.md says which). What must come of each is what this program makes of it, and with the naive policy.
"""

from __future__ import annotations

from collections.abc import Mapping

from voicecall_core.simulator.scenario import (
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

_GREETED: tuple[Act, ...] = (Wait(300), Speak("hello"), Listen())
_TALK: tuple[Act, ...] = (*_GREETED, Speak("answer"), Listen(), Speak("bye"), HangUpPhone())


def _well(diagnosis: str = "healthy", *, cause: str = "callee", off: tuple[str, ...] = ("race",)) -> Expectation:
    """The call comes to a good end all the same, and fails without a guard."""
    return Expectation("completed", cause, guard_off="failed", diagnosis=diagnosis, guard_off_diagnosis=off)


def _ill(outcome: str, cause: str, diagnosis: str, *, heard: bool = False) -> Expectation:
    return Expectation(outcome, cause, heard, "failed", diagnosis, ("race",))


_CARRIERS = (
    Scenario(
        "silent-race",
        "As the race, with a model that is ready at once and a slow update: it would cut a greeting that is playing.",
        (Wait(200), Speak("hello"), Listen(), Speak("short"), Listen(), HangUpPhone()),
        _well(off=("silent-race",)),
        CarrierPlan(answer_ms=220, fetch_ms=23, stream_ms=90, start_ms=25, rest_ms={"update": 1_100}),
        ModelPlan(handshake_ms=60, created_ms=20, updated_ms=20),
        museum=("2",),
    ),
    Scenario(
        "museum-3",
        "The fetch says nothing of the call's direction.",
        _TALK,
        _well(),
        CarrierPlan(direction=None),
        museum=("3",),
    ),
    Scenario(
        "museum-5",
        "The callee presses a key in mid-call.",
        (*_GREETED, Press("5"), Wait(300), Speak("answer"), Listen(), Speak("bye"), HangUpPhone()),
        _well(),
        museum=("5",),
    ),
    Scenario(
        "museum-8",
        "The first update is refused, as the carrier has not put the call through yet.",
        _TALK,
        _well(off=("retried-write",)),
        CarrierPlan(update_refused=21220),
        museum=("8",),
    ),
    Scenario(
        "museum-9",
        "The stream comes with a token that is not its document's; the next document's stream has its own.",
        (*_GREETED, Speak("answer"), Listen(), Speak("bye"), HangUpPhone()),
        _well("wrong-token"),
        CarrierPlan(token_lost=True),
        museum=("9", "10"),
    ),
    Scenario(
        "museum-14",
        "One create places two calls.",
        _TALK,
        _well("second-call"),
        CarrierPlan(create_doubled=True),
        museum=("14",),
    ),
    Scenario(
        "museum-25",
        "A callback carries a status that the carrier's documents do not have.",
        _TALK,
        _well("unknown-status"),
        CarrierPlan(callbacks_also={"ringing": "constructor"}),
        museum=("25",),
    ),
    Scenario(
        "museum-30",
        "The carrier fetches the same document twice.",
        _TALK,
        _well(),
        CarrierPlan(fetch_doubled=True),
        museum=("27", "28", "30"),
    ),
    Scenario(
        "museum-31",
        "The stream's start comes twice.",
        _TALK,
        _well("started-twice"),
        CarrierPlan(start_doubled=True),
        museum=("31",),
    ),
    Scenario(
        "museum-45",
        "The carrier cannot open the stream, and says so.",
        _GREETED,
        _ill("stream-failed", "stream-never-came", "stream-refused"),
        CarrierPlan(stream_error=31920),
        museum=("45",),
    ),
    Scenario(
        "museum-46",
        "Nothing of the carrier reaches this program.",
        _GREETED,
        Expectation("no-answer", "ring-timeout", greeting_heard=False, diagnosis="unreachable"),
        CarrierPlan(webhooks_lost=True),
        scale=0.01,
        museum=("12", "46"),
    ),
    Scenario(
        "museum-56",
        "The agent ends the call, and the carrier takes forty seconds to answer.",
        (*_GREETED, Speak("answer"), Listen()),
        Expectation("completed", "agent", diagnosis="write-lost", guard_off_diagnosis=("silent-race",)),
        CarrierPlan(rest_ms={"update": 40_000}),
        ModelPlan(end_call_after_turns=0),
        museum=("56",),
    ),
    Scenario(
        "museum-59",
        "The first stream carries a sound that is not mu-law; the next one does.",
        _TALK,
        _well("wrong-format"),
        CarrierPlan(encoding="audio/x-alaw"),
        museum=("59",),
    ),
    Scenario(
        "museum-64",
        "The carrier stops the stream right after the first words; the call goes on.",
        (Wait(4_000), *_TALK),
        Expectation("completed", "callee", False, "failed", "stopped-early", ("race",)),
        CarrierPlan(stop_stream_at_ms=1_000),
        museum=("64",),
    ),
)

_CALLEES = (
    Scenario(
        "museum-35",
        "As soon as the agent answers, something is heard: its own voice perhaps.",
        (*_GREETED, Speak("answer"), Listen(heard_ms=20), Speak("short"), Listen(), HangUpPhone()),
        _well("echo"),
        museum=("35", "M14"),
    ),
    Scenario(
        "museum-36",
        "Noise silences the agent again and again.",
        (
            *_GREETED,
            Speak("answer"),
            *(Listen(heard_ms=600), Speak("short")) * 3,
            Listen(),
            HangUpPhone(),
        ),
        _well("clear-storm"),
        museum=("36",),
    ),
)

_MODELS = (
    Scenario(
        "museum-22",
        "The model takes the session and never confirms its set-up.",
        _GREETED,
        _ill("model-failed", "model-never-ready", "model-never-ready"),
        model=ModelPlan(never_ready=True),
        scale=0.3,
        museum=("22",),
    ),
    Scenario(
        "museum-23",
        "The model refuses what its set-up asks for.",
        _GREETED,
        _ill("model-failed", "model-refused", "set-up-refused"),
        model=ModelPlan(refuse_set_up="unknown_parameter"),
        museum=("23", "M18", "M30"),
    ),
    Scenario(
        "museum-50",
        "The callee's turns are heard, and no words of them come.",
        _TALK,
        _well("no-transcript"),
        model=ModelPlan(transcribes=False),
        museum=("50",),
    ),
    Scenario(
        "museum-52",
        "The callee says something and gets no answer; the second time he does.",
        (*_GREETED, Speak("answer"), Wait(2_500), Speak("question"), Listen(), Speak("bye"), HangUpPhone()),
        _well("unanswered-turn"),
        model=ModelPlan(ignore_turn=2),
        museum=("52",),
    ),
    Scenario(
        "museum-M19",
        "A response fails, and the session says nothing of it.",
        _TALK,
        _well("response-failed"),
        model=ModelPlan(fail_response=2),
        museum=("M19",),
    ),
    Scenario(
        "museum-M20",
        "The model's account has no money left: the session opens, its responses fail.",
        (*_GREETED, Speak("answer"), Listen(patience_ms=6_000)),
        _ill("model-failed", "model-refused", "model-cannot-speak", heard=True),
        model=ModelPlan(fail_response=2, fail_code="insufficient_quota"),
        museum=("M20", "M31"),
    ),
    Scenario(
        "museum-M21",
        "The model's session comes to its end in mid-call, and the next one goes on.",
        (*_GREETED, Wait(4_000), Speak("answer"), Listen(), Speak("bye"), HangUpPhone()),
        _well("session-expired"),
        model=ModelPlan(lasts_ms=9_500),
        museum=("M21",),
    ),
    Scenario(
        "museum-M26",
        "The model closes the session in mid-call, as when pings are missed; the next one goes on.",
        (*_GREETED, Wait(2_500), Speak("answer"), Listen(), Speak("bye"), HangUpPhone()),
        _well("model-lost"),
        model=ModelPlan(drop_after_ms=7_000, drop_code=1011),
        museum=("M26", "M24", "M25"),
    ),
    Scenario(
        "museum-M27",
        "The model's server takes the connection and never ends the handshake.",
        _GREETED,
        _ill("model-failed", "model-never-ready", "model-never-ready"),
        model=ModelPlan(handshake_ms=60_000),
        scale=0.3,
        museum=("M27",),
    ),
    Scenario(
        "museum-M35",
        "The model closes the socket right after it was opened.",
        _GREETED,
        _ill("model-failed", "model-refused", "set-up-refused"),
        model=ModelPlan(close_code=1002),
        museum=("M35",),
    ),
)

MUSEUM: Mapping[str, Scenario] = {scenario.name: scenario for scenario in (*_CARRIERS, *_CALLEES, *_MODELS)}
