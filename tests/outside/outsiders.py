"""Who they are, what of a registry each needs, and what each must show."""

from __future__ import annotations

from dataclasses import dataclass, replace

from voicecall_core.simulator.scenarios.scenario import (
    CarrierPlan,
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
        python=("openai[realtime]>=2,<3",),
        scenario=SPEAKING_MODEL,
    ),
)
