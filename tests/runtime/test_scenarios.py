"""Every scenario as a whole call in memory, judged by the carrier's log and by the table of endings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.placing import Placed, place
from voicecall_core.call.invariants import STREAM_STATES
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.heard import harmed, heard_clip
from voicecall_core.simulator.carrier.silence import hearing
from voicecall_core.simulator.scenarios.catalogue import FIELD, SCENARIOS, SILENT
from voicecall_core.simulator.scenarios.scenario import HangUpPhone, Listen, ModelPlan, Speak, Wait
from voicecall_core.simulator.voices import clip
from voicecall_core.words import events as e
from voicecall_core.words.orders import AskGreeting
from voicecall_core.words.terms import Policy

GREETING = clip("greeting").audio
ORDINARY = [name for name in SCENARIOS if name not in FIELD]  # FIELD: tests/diagnosis
PATIENCE_MS = 4_000
NOTICED_MS = 1_200  # from his last word until our ear takes it for that, and from asking again to its first sound
PROMPT_MS = 40  # from `start` to the greeting's first sound, if it was ready


def _checked(placed: Placed, name: str) -> None:
    expects = SCENARIOS[name].expects
    ending = placed.call.ending
    assert (ending.outcome, ending.cause) == (expects.outcome, expects.cause)
    assert (heard_clip(placed.carrier.log, GREETING) is not None) == expects.greeting_heard
    assert harmed(placed.carrier.log) is None
    assert not placed.call.broken
    assert placed.switchboard.quiet


@pytest.mark.parametrize("name", ORDINARY)
async def test_a_scenario_ends_as_it_should(name: str) -> None:
    network = MemoryNetwork()
    placed = await place(name, network=network)
    _checked(placed, name)
    assert network.open_ends == 0


@pytest.mark.parametrize("name", SILENT)
async def test_nobody_waits_in_silence(name: str) -> None:
    """Judged by the ear alone: whatever fails, the callee hears something within the budget of patience."""
    heard = hearing((await place(name)).carrier.log)
    assert heard.longest_ms <= PATIENCE_MS + NOTICED_MS
    assert heard.answered_twice == ()
    assert [one for one in heard.cut if one.clip in ("greeting", "farewell")] == []


@pytest.mark.every
@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("seed", range(1, 11))
async def test_chance_changes_nothing(name: str, seed: int) -> None:
    _checked(await place(name, seed=seed), name)


@pytest.mark.parametrize("name", ["ordinary", "barge-in", "agent-ends", "stream-drops", "callbacks-lost"])
async def test_the_greeting_sounds_at_once(name: str) -> None:
    placed = await place(name)
    began = heard_clip(placed.carrier.log, GREETING)
    assert began is not None and began <= PROMPT_MS
    headline = placed.call.timing.start_to_first_audio
    assert headline is not None and headline <= PROMPT_MS / 1000


async def test_the_greeting_is_asked_for_once_and_heard_once() -> None:
    placed = await place("ordinary")
    asked = [order for step in placed.steps for order in step.orders if isinstance(order, AskGreeting)]
    heard = b"".join(effect.audio for effect in placed.carrier.log if effect.what is What.HEARD)
    assert len(asked) == 1
    assert heard.count(GREETING) == 1


async def test_the_race_is_refused_in_writing() -> None:
    placed = await place("race")
    refusals = [verdict for _, verdict in placed.call.verdicts if verdict.refused]
    assert [verdict.asker.value for verdict in refusals] == ["greeting fallback"]
    assert refusals[0].state in STREAM_STATES and refusals[0].reason


async def test_without_the_guard_the_race_kills_the_call() -> None:
    placed = await place("race", policy=Policy.NAIVE)
    log = placed.carrier.log
    assert harmed(log) is not None
    assert placed.call.ending.outcome == "failed" and placed.call.ending.cause == "overwritten"
    assert {law.law for law in placed.call.broken} >= {1, 2}
    assert any("handshake is cancelled" in note.text for note in placed.call.notes)
    assert heard_clip(log, GREETING) is None
    order = [effect.what for effect in log]
    assert order.index(What.STREAM_STARTED) < order.index(What.STREAM_ENDED) < order.index(What.SAY_BEGAN)


@pytest.mark.parametrize("name", [name for name in ORDINARY if name not in SILENT])
async def test_without_the_guard_a_scenario_ends_as_it_says(name: str) -> None:
    expects = SCENARIOS[name].expects
    placed = await place(name, policy=Policy.NAIVE)
    assert placed.call.ending.outcome == (expects.guard_off or expects.outcome)
    assert bool(harmed(placed.carrier.log)) == any(law.law == 1 for law in placed.call.broken)


async def test_a_turn_that_goes_down_with_its_session_is_heard_by_the_next_one_and_answered() -> None:
    """The session is lost 0.16 s after the turn was complete, before its words were known."""
    scenario = replace(SCENARIOS["model-drops"], model=ModelPlan(drop_after_ms=7_000, drops=1))
    scenario = replace(scenario, callee=(Wait(300), Speak("hello"), Listen(), Speak("short"), Listen(), HangUpPhone()))
    events = [step.event for step in (await place(scenario)).steps]
    (lost,) = (event for event in events if isinstance(event, e.ModelFailed))
    (again,) = (event for event in events if isinstance(event, e.TurnCommitted) and event.session == 2)
    answers = [event for event in events if isinstance(event, e.AudioSent) and event.at > again.at]
    assert len([event for event in events if isinstance(event, e.TurnCommitted) and event.session == 1]) == 2
    assert again.at - lost.at < 1.0
    assert answers[0].at - again.at < 1.0
