"""The scenarios by name, each one whole call. Knows nothing of who places it.

What must come of a scenario is judged by the carrier's log, and by the names in the table of endings. With the naive
policy an `answered` callback that is dealt with before the stream's `start` ends as `failed`: the fallback overwrites.
"""

from __future__ import annotations

from voicecall_core.simulator.carrier.call_records import TERMINAL
from voicecall_core.simulator.scenarios.field_failures import CALLEES, CARRIERS, MODELS
from voicecall_core.simulator.scenarios.scenario import (
    Act,
    CarrierPlan,
    Expectation,
    HangUpPhone,
    Listen,
    ModelPlan,
    Scenario,
    Speak,
    Wait,
)
from voicecall_core.simulator.scenarios.silent_calls import SILENT_CALLS

_EVERY_STATUS = TERMINAL | {"initiated", "ringing", "in-progress"}

# A callee says hello within the first second of nearly every call.
_HELLO: tuple[Act, ...] = (Wait(300), Speak("hello"))
_GREETED: tuple[Act, ...] = (*_HELLO, Listen())
_ONE_TURN: tuple[Act, ...] = (*_GREETED, Speak("short"), Listen())
_GOODBYE: tuple[Act, ...] = (Speak("bye"), HangUpPhone())
_TALK = _ONE_TURN + _GOODBYE

_RACE = ("race",)
_BY_CALLEE = Expectation("completed", "callee", guard_off="failed", guard_off_diagnosis=_RACE)


def _unanswered(ends_as: str, diagnosis: str = "") -> Expectation:
    return Expectation(ends_as, ends_as, greeting_heard=False, diagnosis=diagnosis or ends_as)


def _ends(outcome: str, cause: str, diagnosis: str = "healthy", *, heard: bool = True) -> Expectation:
    """What comes of it with a guard; without one it is the race."""
    return Expectation(outcome, cause, heard, "failed", diagnosis, _RACE)


_ORDINARY = (
    Scenario(
        "ordinary", "The callee says hello, hears the greeting, answers, hears a reply, hangs up.", _TALK, _BY_CALLEE
    ),
    Scenario(
        "race",
        "The field's log: answered after 0.3 s, the callback dealt with before the fetch, a model that needs 1.4 s.",
        (Wait(200), Speak("hello"), Listen(), Speak("short"), Listen(), HangUpPhone()),
        _BY_CALLEE,
        # Callback at once, the fetch 23 ms later, `start` some 120 ms after that; an update's way takes half a second.
        CarrierPlan(
            queue_ms=20, ring_ms=60, answer_ms=220, fetch_ms=23, stream_ms=90, start_ms=25, rest_ms={"update": 450}
        ),
        ModelPlan(handshake_ms=1_100, created_ms=200, updated_ms=100),
        failures=("1", "M29"),
    ),
    Scenario(
        "silent-race",
        "As the race, with a model that is ready at once and a slow update: it would cut a greeting that is playing.",
        (Wait(200), Speak("hello"), Listen(), Speak("short"), Listen(), HangUpPhone()),
        Expectation("completed", "callee", guard_off="failed", guard_off_diagnosis=("silent-race",)),
        CarrierPlan(answer_ms=220, fetch_ms=23, stream_ms=90, start_ms=25, rest_ms={"update": 1_100}),
        ModelPlan(handshake_ms=60, created_ms=20, updated_ms=20),
        failures=("2",),
    ),
    Scenario(
        "barge-in",
        "The callee interrupts the reply with a question and gets an answer.",
        (*_GREETED, Speak("short"), Listen(heard_ms=700), Speak("interruption"), Listen(), HangUpPhone()),
        _BY_CALLEE,
        failures=("37", "38", "M3", "M6", "M7"),
    ),
    Scenario(
        "agent-ends",
        "After the callee's answer the agent says goodbye and ends the call itself.",
        _ONE_TURN,
        _ends("completed", "agent"),
        model=ModelPlan(end_call_after_turns=0),
        failures=("41", "M33"),
    ),
    Scenario(
        "callee-hangs-up-early",
        "The callee hangs up in the middle of the greeting.",
        (*_HELLO, Listen(heard_ms=800), HangUpPhone()),
        _ends("unheard", "callee", "callee-left", heard=False),
    ),
    Scenario(
        "cap",
        "Nobody ends the call; its maximum duration does.",
        (*_GREETED, Speak("answer"), Listen()),
        _ends("completed", "cap", "cap"),
        dial={"max_duration_s": 9.0},
    ),
)

_NOT_REACHED = (
    Scenario("busy", "The number is busy.", (), _unanswered("busy"), CarrierPlan(answer_ms=800, ends_as="busy")),
    Scenario(
        "no-answer",
        "It rings and nobody answers.",
        (),
        _unanswered("no-answer"),
        CarrierPlan(answer_ms=None),
        dial={"ring_timeout_s": 3.0},
    ),
    Scenario(
        "failed",
        "The number cannot be reached.",
        (),
        _unanswered("failed", "not-reached"),
        CarrierPlan(answer_ms=200, ends_as="failed"),
    ),
)

_SAY = (
    Scenario(
        "say",
        "A call that only says a sentence, without a stream or a model.",
        (*_HELLO, Listen()),
        Expectation("completed", "said", greeting_heard=False),
        dial={"say": "This is a test of a spoken message. Goodbye."},
    ),
)

_MODEL = (
    Scenario(
        "slow-model",
        "The model needs longer to be ready than the callee to answer.",
        _TALK,
        _BY_CALLEE,
        model=ModelPlan(handshake_ms=2_600, created_ms=500, updated_ms=300, first_audio_ms=700),
    ),
    Scenario(
        "model-refuses-key",
        "The model does not take the key: the call ends before it was answered.",
        _GREETED,
        _ends("model-failed", "model-refused", "model-turned-away", heard=False),
        model=ModelPlan(refuse_key=True),
        failures=("21",),
    ),
    Scenario(
        "model-drops",
        "The model is lost in mid-call, reopened, and lost again and again: an apology, and the call is hung up.",
        (*_ONE_TURN, Speak("question"), Listen()),
        _ends("model-failed", "model-lost", "model-lost"),
        model=ModelPlan(drop_after_ms=7_000, drops=4),
    ),
    Scenario(
        "transcription-fails",
        "The callee's turns are heard and answered, and the model says of each that it has no words of it.",
        _TALK,
        _ends("completed", "callee", "no-transcript"),
        model=ModelPlan(transcription_fails=True),
    ),
    Scenario(
        "model-with-old-names",
        "The model calls its voice's events as the beta interface did, and Azure's preview.",
        _TALK,
        _BY_CALLEE,
        model=ModelPlan(old_names=True),
    ),
)

_STREAM = (
    Scenario(
        "stream-never-comes",
        "The carrier fetches the document and never opens the stream.",
        (*_HELLO, Listen()),
        _ends("stream-failed", "stream-never-came", "stream-never-came", heard=False),
        CarrierPlan(stream_ms=None),
        scale=0.3,
        failures=("44",),
    ),
    Scenario(
        "stream-drops",
        "The media socket dies without a word, and comes back on the same model session.",
        (*_GREETED, Wait(2_000), Speak("answer"), Listen(), HangUpPhone()),
        _ends("completed", "callee", "stream-came-back"),
        CarrierPlan(drop_stream_at_ms=5_000),
        failures=("20",),
    ),
    Scenario(
        "media-stalls",
        "The carrier sends no more audio, and the socket stays open.",
        (*_GREETED, Listen(patience_ms=60_000)),
        _ends("stream-failed", "media-stalled", "media-stalled"),
        CarrierPlan(stall_media_at_ms=5_000),
        scale=0.1,
        failures=("19", "M23"),
    ),
)

_SIGNALLING = (
    Scenario(
        "callbacks-lost",
        "No status callback ever arrives.",
        _TALK,
        # naive: nothing sets the fallback off, the model is merely late
        Expectation("completed", "callee", diagnosis="callbacks-lost"),
        CarrierPlan(callbacks_lost=frozenset(_EVERY_STATUS)),
        failures=("18", "49", "M28"),
    ),
    Scenario(
        "callbacks-shuffled",
        "Every status callback comes twice, and all of them late and in any order.",
        _TALK,
        # naive: the seed decides
        Expectation("completed", "callee", guard_off_diagnosis=("model-opened-late", "race", "silent-race")),
        CarrierPlan(callbacks_shuffled=True, callbacks_doubled=frozenset(_EVERY_STATUS)),
        failures=("24",),
    ),
    Scenario(
        "webhook-before-create",
        "Ringing, answer, fetch and stream come before the answer to create.",
        _TALK,
        _BY_CALLEE,
        CarrierPlan(ring_ms=80, answer_ms=300, create_first_ms=1_500),
    ),
    Scenario(
        "create-answer-lost",
        "The call is placed, but the answer to create never comes.",
        _TALK,
        _ends("completed", "callee", "create-lost"),
        CarrierPlan(create_lost=True, create_first_ms=400),
    ),
    Scenario(
        "rest-down-at-hangup",
        "The agent ends the call, and every hang-up fails; closing the stream ends it all the same.",
        _ONE_TURN,
        _ends("completed", "agent", "write-lost"),
        CarrierPlan(rest_down_at_hang_up=True),
        ModelPlan(end_call_after_turns=0),
    ),
)

# Failures met in the field that carriers, models and callees cause. What a program does wrong cannot be a scenario:
# there are call files for it (docs/failures.md).
FIELD: dict[str, Scenario] = {scenario.name: scenario for scenario in (*CARRIERS, *CALLEES, *MODELS)}

# Calls in which the callee could be left waiting.
SILENT: dict[str, Scenario] = {scenario.name: scenario for scenario in SILENT_CALLS}

SCENARIOS: dict[str, Scenario] = (
    {scenario.name: scenario for scenario in (*_ORDINARY, *_NOT_REACHED, *_SAY, *_MODEL, *_STREAM, *_SIGNALLING)}
    | FIELD
    | SILENT
)


def renamed(name: str) -> str:
    """What a scenario of 0.1.0, `museum-` and a failure's number, is called now; empty for any other name."""
    number = name.removeprefix("museum-")
    return next((each.name for each in SCENARIOS.values() if number != name and number in each.failures), "")
