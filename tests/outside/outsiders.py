"""Who they are, what of a registry each needs, and what each must show."""

from __future__ import annotations

from dataclasses import dataclass, replace

from voicecall_core.simulator.scenarios.scenario import (
    CarrierPlan,
    Listen,
    ModelPlan,
    Scenario,
    ScriptedReply,
    Speak,
    ToolCall,
    Wait,
)

LIMIT_S = 180  # for one program, its installation not counted

QUICK = CarrierPlan(queue_ms=50, ring_ms=100, answer_ms=200)
QUICK_MODEL = ModelPlan(handshake_ms=5, created_ms=5, updated_ms=5, first_audio_ms=5, speed=100.0)
TALKING = Scenario("talking", "", (Wait(1_500), Speak("question"), Wait(60_000)), carrier=QUICK)
WEATHER = (ScriptedReply(when="weather in Rome", calls=(ToolCall("weather", '{"town": "Rome"}'),)),)
CONVERSATION = Scenario("conversation", "", (Listen(), Speak("question"), Wait(60_000)), carrier=QUICK)
SPEAKING_MODEL = Scenario("model", "", (Wait(60_000),), carrier=QUICK, model=replace(QUICK_MODEL, script=WEATHER))


@dataclass(frozen=True, slots=True)
class Outsider:
    """One program. `python` and `node` are requirements of PyPI and npm; `unavailable`: why it cannot be had."""

    name: str
    program: str
    shows: str
    python: tuple[str, ...] = ()
    node: tuple[str, ...] = ()
    scenario: Scenario = TALKING
    unavailable: str = ""


OUTSIDERS = (
    Outsider(
        "twilio-python",
        "twilio_python.py",
        "both clients, the validator, the builders: calls, lists, recordings, numbers, accounts, refusals",
        python=("twilio>=9.10,<10", "aiohttp", "aiohttp-retry"),
    ),
    Outsider(
        "openai",
        "openai_realtime.py",
        "the realtime client: sessions, items, responses, function calls, audio, truncation, errors",
        python=("openai[realtime]>=3,<4",),
        scenario=SPEAKING_MODEL,
    ),
    Outsider(
        "twilio-node",
        "twilio_node.cjs",
        "the client, the validator, the builders: calls, pages, recordings, numbers, refusals",
        node=("twilio@^6",),
    ),
    Outsider(
        "pipecat",
        "pipecat_bot.py",
        "a bot on its Twilio serializer, its websocket transport and its realtime service: a short conversation",
        python=("pipecat-ai[openai,websocket]>=1.14,<2", "fastapi", "uvicorn", "twilio"),
        scenario=CONVERSATION,
    ),
    Outsider(
        "openai-agents",
        "agents_twilio.py",
        "a realtime session behind a media socket, in the shape of its Twilio example: a short conversation",
        python=("openai-agents>=0.24,<1", "fastapi", "uvicorn", "websockets", "twilio"),
        scenario=CONVERSATION,
    ),
    Outsider(
        "schemathesis",
        "schema_walk.py",
        "the REST interface by chance's own requests, against a schema written from the published field lists",
        python=("schemathesis>=4.30,<5",),
    ),
    Outsider(
        "@openclaw/voice-call",
        "",
        "a call that is answered, with its status callback before its stream",
        unavailable="npm has no package of that name",
    ),
)
