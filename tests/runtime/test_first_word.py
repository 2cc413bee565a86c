"""The callee's first word, with a greeting that is kept and without, on the built-in carrier and model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from tests.callfile.recorded import reading
from tests.first_word import WARM_WITHIN_S, measured
from tests.placing import CALLEE, UNSCALED, opened_dialer, place
from tests.runtime.test_scenarios import the_screen_shows_what_was_heard
from voicecall_core import open_dialer, open_simulator, place_call
from voicecall_core.call.as_heard import as_heard
from voicecall_core.call.endings import Outcome
from voicecall_core.call.first_word import FirstWord, first_word
from voicecall_core.call.hearing import Fate
from voicecall_core.call.timing import Moment
from voicecall_core.call.transcript import AGENT
from voicecall_core.callfile.rejudging import rejudge, without_words
from voicecall_core.greetings import Greetings
from voicecall_core.models import MODEL
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.simulator.scenarios.catalogue import SCENARIOS
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Greet, Policy

QUICK = ("race", "ordinary", "barge-in", "stream-drops")


@pytest.mark.parametrize("scenario", QUICK)
async def test_it_comes_at_once_when_the_greeting_is_kept(scenario: str, tmp_path: Path) -> None:
    first = await measured(scenario, tmp_path)
    assert first.kept and first.warm is not None and first.warm <= WARM_WITHIN_S


@pytest.mark.every
@pytest.mark.parametrize("scenario", sorted(set(SCENARIOS) - set(QUICK)))
async def test_it_comes_at_once_in_every_scenario_whose_greeting_is_kept(scenario: str, tmp_path: Path) -> None:
    first = await measured(scenario, tmp_path)
    assert not first.kept or first.warm is None or first.warm <= WARM_WITHIN_S


async def test_the_model_is_told_what_was_heard_and_accepts_it(tmp_path: Path) -> None:
    greetings = Greetings(tmp_path)
    await place("barge-in", greetings=greetings)
    placed = await place("barge-in", greetings=greetings)
    orders = [order for step in placed.steps for order in step.orders]
    assert not [order for order in orders if isinstance(order, o.AskGreeting)]
    assert [order for order in orders if isinstance(order, o.TellGreeting)]
    assert not [step.event for step in placed.steps if isinstance(step.event, e.ModelErred)]


@pytest.mark.parametrize("scenario", [*QUICK, "callee-hangs-up-early"])
async def test_it_is_shown_as_it_was_heard(scenario: str, tmp_path: Path) -> None:
    greetings = Greetings(tmp_path)
    await place(scenario, greetings=greetings)
    placed = await place(scenario, greetings=greetings)
    call = placed.call
    assert call.terms.keeps_greeting
    the_screen_shows_what_was_heard(placed, scenario)
    first = next(line for line in as_heard(call, call.at) if line.who == AGENT)
    assert first.at == pytest.approx(call.timing.first[Moment.FIRST_AUDIO]) and first.wait_s is not None
    assert first.made_ms == call.terms.kept_ms
    assert (first.fate is Fate.HEARD) == (scenario != "callee-hangs-up-early")


@pytest.mark.parametrize("scenario", ["race", "barge-in"])
async def test_its_call_file_is_judged_the_same_again_with_the_words_and_without(scenario: str, tmp_path: Path) -> None:
    greetings = Greetings(tmp_path / "cache")
    await place(scenario, greetings=greetings)
    await place(scenario, greetings=greetings, log=tmp_path / "calls")
    (path,) = (tmp_path / "calls").glob("*.jsonl")
    worded = path.read_text("utf-8")
    assert "kept_ms" in worded
    lines = [json.dumps(without_words(json.loads(line))) for line in worded.splitlines()]
    for text in (worded, "\n".join(lines) + "\n"):
        recording = reading(text)
        assert not [one for one in rejudge(recording.opened().terms, recording) if one.differences]


async def test_a_call_without_a_guard_neither_plays_nor_loses_it(tmp_path: Path) -> None:
    greetings = Greetings(tmp_path)
    await place("ordinary", greetings=greetings)
    placed = await place("ordinary", policy=Policy.NAIVE, greetings=greetings)
    assert not [order for step in placed.steps for order in step.orders if isinstance(order, o.PlayGreeting)]


def files(folder: Path) -> int:
    return len(list(folder.glob("*.greeting")))


async def test_one_that_may_not_be_kept_is_neither_kept_nor_played(tmp_path: Path) -> None:
    greetings = Greetings(tmp_path)
    for asked, kept, played in ((False, 0, False), (True, 1, False), (True, 1, True), (False, 1, False)):
        async with opened_dialer("ordinary", greetings=greetings) as dialer:
            record = await place_call(dialer, CALLEE, replace(UNSCALED, keep_greeting=asked))
        assert files(tmp_path) == kept
        assert record.call.terms.keeps_greeting is played


@pytest.mark.parametrize("scenario", ["race", "slow-model", "model-sets-up-other-voice"])
async def test_it_comes_at_once_when_it_was_made_before_dialling(scenario: str) -> None:
    call = (await place(scenario, greet=Greet.BEFORE_DIALLING)).call
    first = call.timing.start_to_first_audio
    assert first is not None and first <= WARM_WITHIN_S
    assert first_word(call) is FirstWord.BEFORE_DIALLING


@pytest.mark.parametrize("scenario", ["model-never-ready", "model-refuses-set-up"])
async def test_nobody_is_called_if_it_cannot_be_made_before_dialling(scenario: str) -> None:
    placed = await place(scenario, greet=Greet.BEFORE_DIALLING)
    assert placed.call.ending.outcome is Outcome.MODEL_FAILED
    assert not [order for step in placed.steps for order in step.orders if isinstance(order, o.CreateCall)]
    assert not placed.carrier.calls


async def test_a_socket_that_was_opened_ahead_is_not_waited_for() -> None:
    """Of the race's 1.65 s to a greeting the session's and the response's own 0.55 s are left."""
    async with (
        open_simulator("race", network=MemoryNetwork()) as simulator,
        open_dialer(simulator, model_ahead=MODEL) as dialer,
    ):
        await anyio.sleep(2)  # as long as a tunnel takes to start
        made = await place_call(dialer, "+15555550100")
        first = made.call.timing.start_to_first_audio
        assert first is not None and first < 0.3
        assert not [entry for entry in simulator.model_server.log if entry.session > 1]
