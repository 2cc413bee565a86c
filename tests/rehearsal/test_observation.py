from __future__ import annotations

from dataclasses import replace

import pytest

from tests.placing import place
from voicecall_core.rehearsal.finished_call import AGENT, CALLEE, FinishedCall
from voicecall_core.rehearsal.observation import finished_call
from voicecall_core.simulation import scenario_named
from voicecall_core.simulator.scenarios.scenario import HangUpPhone, Listen, ModelPlan, Scenario, Speak


async def observed(scenario: str | Scenario) -> FinishedCall:
    placed = await place(scenario)
    return finished_call(placed.record, placed.carrier.log, 0, paid=False)


async def test_an_ordinary_call() -> None:
    call = await observed("ordinary")
    assert (call.outcome, call.cause, call.cost_usd, call.broken) == ("completed", "callee", 0.0, ())
    assert call.answered == 1.97 and call.first_word == 2.13
    assert [line.who for line in call.said] == [AGENT, CALLEE, CALLEE, AGENT]
    assert [turn.pii_words for turn in call.turns] == ["Hello?", "Yes.", "All right, thank you, bye."]
    hello, yes, bye = call.turns
    assert hello.spoke_over and hello.answered and hello.wait_s is None and not yes.spoke_over
    assert yes.wait_s is not None and 0.6 < yes.wait_s < 1.0
    assert not bye.answered and bye.until == call.ended == 13.37
    longest = max(call.silences, key=lambda span: span[1] - span[0])
    assert longest[0] == yes.ended and longest[1] - longest[0] == pytest.approx(yes.wait_s, abs=0.15)


async def test_an_interrupted_agent_falls_silent() -> None:
    call = await observed("barge-in")
    over = [turn for turn in call.turns if turn.spoke_over and turn.ended - turn.began > 0.7]
    assert len(over) == 1
    assert over[0].agent_silent is not None and 0 < over[0].agent_silent - over[0].began < 0.5


async def test_a_slow_answer_is_one_wait_and_one_silence() -> None:
    slow = replace(scenario_named("ordinary"), model=ModelPlan(first_audio_ms=1_500))
    call = await observed(slow)
    wait = call.turns[1].wait_s
    assert wait is not None and 1.9 <= wait < 2.2
    assert any(began == call.turns[1].ended for began, _ in call.silences)


async def test_nobody_is_heard_where_nobody_picks_up() -> None:
    call = await observed("no-answer")
    assert (call.answered, call.first_word, call.turns, call.silences) == (None, None, (), ())
    assert [line.pii_heard for line in call.said] == [""]  # the greeting was made, and nobody heard it


async def test_times_count_from_the_call_and_not_from_the_carriers_opening() -> None:
    placed = await place("ordinary")
    early, late = (finished_call(placed.record, placed.carrier.log, opened, paid=False) for opened in (0, 500))
    assert early.turns[0].began - late.turns[0].began == pytest.approx(0.5)


async def test_an_announcement_is_what_the_carrier_says() -> None:
    call = await observed("say")
    (line,) = call.said
    assert line.pii_heard == "This is a test of a spoken message. Goodbye."
    assert call.first_word == line.at and call.answered is not None
    quiet = max(ended - began for began, ended in call.silences)
    assert quiet < 1.0 < call.ended - call.answered


async def test_an_announcement_is_heard_as_far_as_the_callee_has_stayed_for_it() -> None:
    said = scenario_named("say")
    call = await observed(replace(said, callee=(Listen(heard_ms=500), HangUpPhone())))
    (line,) = call.said
    assert line.pii_heard and line.pii_heard + line.pii_unheard == said.dial["say"] != line.pii_heard


async def test_who_speaks_over_a_reply_that_has_just_begun_has_waited_for_it_all_the_same() -> None:
    acts = (Listen(), Speak("short"), Listen(heard_ms=40), Speak("interruption"), Listen(), HangUpPhone())
    call = await observed(replace(scenario_named("ordinary"), callee=acts))
    waits = [turn.wait_s for turn in call.turns]
    assert len(waits) == 2 and all(wait is not None and 0.6 < wait < 1.1 for wait in waits)


async def test_an_agent_that_falls_silent_at_once_was_spoken_over() -> None:
    acts = (Listen(), Speak("short"), Listen(heard_ms=80), Speak("interruption"), Listen(), HangUpPhone())
    call = await observed(replace(scenario_named("ordinary"), callee=acts))
    assert [turn.spoke_over for turn in call.turns] == [False, True]
