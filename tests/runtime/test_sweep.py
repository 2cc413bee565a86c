"""The race, swept: when the answered callback comes, how fast model and REST are, what Direction says.

Harm is what the carrier's log says, found by code that has never heard of a guard.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from tests.placing import place
from voicecall_core.simulator.carrier.heard import harmed
from voicecall_core.simulator.scenarios.catalogue import SCENARIOS
from voicecall_core.simulator.scenarios.scenario import (
    CarrierPlan,
    HangUpPhone,
    Listen,
    ModelPlan,
    Scenario,
    Speak,
    Wait,
)
from voicecall_core.words.terms import Policy

CALLBACKS_MS = (0, 20, 60, 90, 110, 130, 200, 400)
FEWER_MS = (0, 110, 130, 400)  # in the normal run
GREETED = (Wait(300), Speak("hello"), Listen(), HangUpPhone())
START_MS = 120  # after the answer
FAST, SLOW = ModelPlan(handshake_ms=60, created_ms=20, updated_ms=20), ModelPlan(handshake_ms=1_100, created_ms=200)


def _scenario(callback_ms: int, rest_ms: int, model: ModelPlan, direction: str | None) -> Scenario:
    carrier = CarrierPlan(
        answer_ms=400,
        fetch_ms=10,
        stream_ms=90,
        start_ms=START_MS - 100,
        direction=direction,
        callback_ms={"in-progress": callback_ms},
        rest_ms={"update": rest_ms},
    )
    return replace(SCENARIOS["ordinary"], carrier=carrier, model=model, callee=GREETED)


async def _swept(callbacks_ms: Iterable[int], rest_ms: int, model: ModelPlan, direction: str | None) -> None:
    for callback_ms in callbacks_ms:
        scenario = _scenario(callback_ms, rest_ms, model, direction)
        guarded = await place(scenario)
        assert harmed(guarded.carrier.log) is None, callback_ms
        assert guarded.call.ending.outcome == "completed"
        naive = await place(scenario, policy=Policy.NAIVE)
        assert bool(harmed(naive.carrier.log)) == (callback_ms < START_MS), callback_ms


@pytest.mark.parametrize(
    ("rest_ms", "model", "direction"),
    [
        pytest.param(5, FAST, "outbound-api", id="fast-rest-fast-model"),
        pytest.param(5, SLOW, "outbound-dial", id="fast-rest-slow-model"),
        pytest.param(600, FAST, None, id="slow-rest-fast-model"),
        pytest.param(600, SLOW, "outbound-api", id="slow-rest-slow-model"),
    ],
)
async def test_guard_on_harms_none_and_guard_off_exactly_those_the_callback_overtook(
    rest_ms: int, model: ModelPlan, direction: str | None
) -> None:
    await _swept(FEWER_MS, rest_ms, model, direction)


@pytest.mark.every
@pytest.mark.parametrize("direction", ["outbound-api", "outbound-dial", None])
@pytest.mark.parametrize("model", [FAST, SLOW], ids=["fast-model", "slow-model"])
@pytest.mark.parametrize("rest_ms", [5, 600], ids=["fast-rest", "slow-rest"])
async def test_the_same_of_every_callback_every_speed_and_every_direction(
    rest_ms: int, model: ModelPlan, direction: str | None
) -> None:
    await _swept(CALLBACKS_MS, rest_ms, model, direction)
