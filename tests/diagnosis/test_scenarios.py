"""Every scenario's call, placed in memory and diagnosed: as the scenario declares, with the guard and without it."""

from __future__ import annotations

import pytest

from tests.placing import Placed, place
from voicecall_core.diagnosis import Diagnosis, diagnose
from voicecall_core.diagnosis.evidence_index import EvidenceIndex
from voicecall_core.diagnosis.waits import longest
from voicecall_core.simulator.carrier.heard import harmed
from voicecall_core.simulator.scenarios.catalogue import SCENARIOS, SILENT
from voicecall_core.words.terms import Kind, Policy

PLAYED = [name for name in SCENARIOS if name not in SILENT]
HARM = {"race", "silent-race", "retried-write", "overwrite", "key-press-overwrite"}


def diagnosis_of(placed: Placed) -> Diagnosis:
    return diagnose(placed.call.terms, placed.steps, placed.call)


async def _guarded(name: str, seed: int) -> None:
    placed = await place(name, seed=seed)
    found = diagnosis_of(placed)
    assert found.rule == SCENARIOS[name].expects.diagnosis
    waited = longest(EvidenceIndex(placed.call.terms, placed.steps, placed.call))
    judged = placed.call.conversation.longest_s
    if waited is not None and placed.call.terms.kind is Kind.STREAM:  # from the events alone, and by the judge
        assert waited.seconds <= judged + 0.01
        assert judged < placed.call.terms.patience_s or judged == pytest.approx(waited.seconds, abs=0.01)


async def _naive(name: str, seed: int) -> None:
    """What it is called, and whether it is called a harm: the carrier's log has the last word on that."""
    expects = SCENARIOS[name].expects
    placed = await place(name, seed=seed, policy=Policy.NAIVE)
    found = diagnosis_of(placed)
    assert found.rule in (expects.guard_off_diagnosis or (expects.diagnosis,))
    assert (found.rule in HARM) == bool(harmed(placed.carrier.log))


@pytest.mark.parametrize("name", PLAYED)
async def test_a_guarded_call_is_diagnosed_as_its_scenario_declares(name: str) -> None:
    await _guarded(name, 0)


@pytest.mark.every
@pytest.mark.parametrize("name", SILENT)
async def test_a_call_that_could_have_gone_mute_is_diagnosed_as_its_scenario_declares(name: str) -> None:
    await _guarded(name, 0)


@pytest.mark.parametrize("name", PLAYED)
async def test_a_call_without_a_guard_is_diagnosed_as_what_it_is(name: str) -> None:
    await _naive(name, 0)


@pytest.mark.every
@pytest.mark.parametrize("name", PLAYED)
@pytest.mark.parametrize("seed", range(1, 10))
async def test_chance_changes_no_diagnosis(name: str, seed: int) -> None:
    await _guarded(name, seed)
    await _naive(name, seed)


async def test_a_healthy_call_names_its_slowest_hop() -> None:
    found = diagnosis_of(await place("slow-model"))
    assert found.healthy and found.hop == "model connected -> model upgraded, 2600 ms"


async def test_the_silent_variant_left_no_error_anywhere() -> None:
    placed = await place("silent-race", policy=Policy.NAIVE)
    names = {type(step.event).__name__ for step in placed.steps}
    assert not names & {"ModelFailed", "ModelErred", "StreamReported"} - {"StreamReported"}
    assert diagnosis_of(placed).rule == "silent-race"
