"""The scenarios by name: all there, each sound, none leaving anything behind."""

from __future__ import annotations

from contextlib import suppress

import anyio
import httpx2
import pytest

from tests.simulator.program import World, world
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.simulator.scenarios.catalogue import FIELD, SCENARIOS, SILENT, renamed
from voicecall_core.simulator.scenarios.scenario import HangUpPhone, Scenario, Speak
from voicecall_core.simulator.voices import names

PROMISED = (
    "ordinary race silent-race barge-in agent-ends callee-hangs-up-early busy no-answer failed say slow-model "
    "model-refuses-key model-drops transcription-fails model-with-old-names stream-never-comes stream-drops "
    "media-stalls callbacks-lost callbacks-shuffled webhook-before-create create-answer-lost rest-down-at-hangup cap"
).split()


def test_every_promised_name_is_there_and_no_other() -> None:
    assert sorted(SCENARIOS) == sorted([*PROMISED, *FIELD, *SILENT])


NAMED = "2 3 5 8 9 14 22 23 25 30 31 35 36 45 46 50 52 56 59 64 M19 M20 M21 M26 M27 M35".split()  # in 0.1.0


def test_a_name_of_0_1_0_is_known_by_what_it_is_called_today() -> None:
    today = [renamed(f"museum-{number}") for number in NAMED]
    assert set(today) == {*FIELD, "silent-race"} and len(set(today)) == len(today)
    assert (renamed("museum-46"), renamed("museum-M35")) == ("unreachable", "model-closes-at-once")
    assert [renamed(name) for name in ("", "46", "museum", "museum-", "museum-999", "race")] == [""] * 6


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_a_scenario_is_sound(scenario: Scenario) -> None:
    assert scenario.about and scenario.expects.outcome and scenario.expects.cause
    assert {act.clip for act in scenario.callee if isinstance(act, Speak)} <= set(names("callee"))
    assert all(not isinstance(act, HangUpPhone) for act in scenario.callee[:-1])


# No model is in it: scenarios whose carriers are the same are the same here, but for what the callee says.
DIFFERENT = {repr(scenario.carrier): scenario.name for scenario in reversed([*SCENARIOS.values()])}.values()


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in DIFFERENT else [pytest.mark.every]) for name in SCENARIOS]
)
async def test_nothing_is_left_of_it(name: str) -> None:
    """Placed by a program that opens the stream and stays silent, then cut short by the end of the carrier."""
    scenario, network = SCENARIOS[name], MemoryNetwork()
    async with world(scenario, network) as here:
        here.program.documents["/twiml"] = here.program.stream()
        await _place(here, scenario)
    assert network.open_ends == 0


async def _place(here: World, scenario: Scenario) -> None:
    with anyio.move_on_after(12), suppress(httpx2.RemoteProtocolError):
        await here.over(await here.place(Timeout="3"))
    if scenario.carrier.create_lost:
        await anyio.sleep(5)
    assert here.carrier.calls
