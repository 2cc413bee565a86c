"""The field's bug, seen from the carrier: a naive program overwrites its own stream (field failures 1 and 2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.program import Program, World, say, world
from voicecall_core.net.http_server import Request, Response
from voicecall_core.net.websocket import WebSocket
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.heard import harmed, heard_clip
from voicecall_core.simulator.scenarios.catalogue import SCENARIOS
from voicecall_core.simulator.scenarios.scenario import CarrierPlan, Expectation, HangUpPhone, Scenario, Wait
from voicecall_core.simulator.voices import clip

FALLBACK = "<Response><Say>Hello, this is a test call.</Say><Hangup/></Response>"


async def greet(program: Program, socket: WebSocket) -> None:
    await say(socket, (await program.until("start"))["streamSid"], clip("greeting").audio)


def naive(here: World) -> None:
    """On the `in-progress` callback, speak: through the stream if it has started, else over REST."""
    answer = here.program.answer

    async def eager(request: Request) -> Response:
        form = dict(request.form())
        if request.path == "/status" and form["CallStatus"] == "in-progress" and not here.program.heard("start"):
            await here.update(form["CallSid"], Twiml=FALLBACK)
        return await answer(request)

    here.program.answer = eager  # type: ignore[method-assign]
    here.program.talk = greet
    here.program.documents["/twiml"] = here.program.stream()


async def run(scenario: Scenario) -> tuple[str | None, bool, list[What]]:
    async with world(scenario) as here:
        naive(here)
        await here.over(await here.place())
        log = here.carrier.log
        return harmed(log), heard_clip(log, clip("greeting").audio) is not None, [effect.what for effect in log]


def plan(callback_ms: int, rest_ms: int, direction: str | None) -> Scenario:
    carrier: dict[str, Any] = {"callback_ms": {"in-progress": callback_ms}, "rest_ms": {"update": rest_ms}}
    return Scenario(
        "sweep", "", (Wait(4_500), HangUpPhone()), Expectation("completed", "callee"),
        CarrierPlan(answer_ms=100, fetch_ms=10, stream_ms=90, start_ms=20, direction=direction, **carrier),
    )  # fmt: skip


async def test_in_the_fields_order_the_stream_is_killed_after_its_start() -> None:
    harm, heard, whats = await run(SCENARIOS["race"])
    assert harm is not None and not heard
    order = [What.ANSWERED, What.RAN, What.STREAM_STARTED, What.STREAM_ENDED, What.SAY_BEGAN, What.ENDED]
    firsts = [whats.index(what) for what in order]
    assert firsts == sorted(firsts)


@pytest.mark.parametrize(
    ("rest_ms", "direction"),
    [(0, "outbound-api"), (60, "outbound-api"), (400, "outbound-api"), (60, "outbound-dial"), (400, None)],
)
async def test_a_call_is_harmed_exactly_when_the_callback_comes_before_the_start(
    rest_ms: int, direction: str | None
) -> None:
    for callback_ms in (0, 60, 110, 130, 250, 400):
        harm, heard, _ = await run(plan(callback_ms, rest_ms, direction))
        assert (harm is not None) == (callback_ms < 120), (callback_ms, harm)
        assert heard == (harm is None) or rest_ms == 0
