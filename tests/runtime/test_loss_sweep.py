"""The model's session lost at every moment of an ordinary call, judged by what the callee heard.

What the program says of itself counts only as far as the carrier's log, by the simulator's own meter, bears it out.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.placing import Placed, place
from voicecall_core.simulator.carrier.silence import Hearing, hearing
from voicecall_core.simulator.scenarios.scenario import (
    CarrierPlan,
    Expectation,
    Listen,
    ModelPlan,
    Scenario,
    Speak,
    Wait,
)
from voicecall_core.simulator.voices import clip
from voicecall_core.words.events import AudioEnded, ModelFailed
from voicecall_core.words.terms import PATIENCE_S

STEP_MS, LAST_MS = 50, 14_000  # an ordinary call's farewell has played by then
EVERY = 94  # of the moments, in the normal run
AT_MS = range(0, LAST_MS + 1, STEP_MS)
HANDSHAKES_MS = (300, 1_400)
REPLY = "reply-3"
# How far the longest wait as the call tells it may be from what the meter finds: the model says that he has stopped
# half a second after he did, and the call's first wait begins with the answer, the meter's with the stream.
APART_MS = 1_000

ORDINARY = Scenario(
    "two-turns-and-a-farewell",
    "The callee says hello, is greeted, answers twice; the agent says goodbye and ends the call.",
    (Wait(300), Speak("hello"), Listen(), Speak("short"), Listen(), Speak("short"), Listen(quiet_ms=8_000)),
    Expectation("completed", "agent"),
    CarrierPlan(queue_ms=20, ring_ms=80, answer_ms=400),
    ModelPlan(end_call_after_turns=1, replies=(REPLY,)),
)


def _own_ms(model: ModelPlan) -> int:
    """What the model itself needs from nothing to its first sound."""
    return model.handshake_ms + model.created_ms + model.updated_ms + model.first_audio_ms


def _whole_and_untold(placed: Placed) -> bool:
    """The session was lost when all of the greeting had come, and before it had said that this was all.

    Nobody can tell that from a greeting that broke off: the next session is asked to go on.
    """
    lost = {step.event.at for step in placed.steps if isinstance(step.event, ModelFailed)}
    ends = [step.event for step in placed.steps if isinstance(step.event, AudioEnded) and step.event.at in lost]
    return any(end.generated_ms == clip("greeting").ms for end in ends)


async def _heard(at_ms: int | None, handshake_ms: int) -> tuple[Hearing, int, int]:
    """What the callee heard, how long he may have waited at most, and how long he did by the call's own word."""
    drops = () if at_ms is None else (at_ms,)
    model = replace(ORDINARY.model, handshake_ms=handshake_ms, drops_at_ms=drops)
    placed = await place(replace(ORDINARY, model=model))
    told_ms = round(placed.call.conversation.longest_s * 1000)
    heard = hearing(placed.carrier.log)
    if _whole_and_untold(placed) and heard.turns[0].answers == ("greeting", REPLY):
        heard = replace(heard, turns=(replace(heard.turns[0], answers=("greeting",)), *heard.turns[1:]))
    return heard, round(PATIENCE_S * 1000) + _own_ms(model), told_ms


def _judge(heard: Hearing, most_ms: int, told_ms: int) -> None:
    assert [turn for turn in heard.turns if not turn.answered] == [], "a turn was not answered"
    assert heard.answered_twice == (), "a turn was answered twice"
    assert heard.spoken[-1] not in heard.cut, "the farewell was cut, and not said again"
    assert heard.longest_ms <= most_ms, "the callee waited too long"
    assert heard.spoken[-1].clip == "farewell", "the call did not come to its end"
    assert abs(told_ms - heard.longest_ms) <= APART_MS, "the call does not tell how long he waited"


async def test_the_ordinary_call_is_two_turns_and_a_farewell() -> None:
    heard, _, _ = await _heard(None, HANDSHAKES_MS[0])
    assert [turn.answers for turn in heard.turns[1:]] == [(REPLY,), ("farewell",)]
    assert heard.spoken[-1].ended_ms <= LAST_MS and heard.longest_ms < 1_500 and heard.cut == ()


@pytest.mark.parametrize("handshake_ms", HANDSHAKES_MS)
@pytest.mark.parametrize("at_ms", AT_MS[::EVERY])
async def test_a_session_lost_at_any_moment_is_not_heard(at_ms: int, handshake_ms: int) -> None:
    _judge(*await _heard(at_ms, handshake_ms))


@pytest.mark.every
@pytest.mark.parametrize("handshake_ms", HANDSHAKES_MS)
@pytest.mark.parametrize("at_ms", [at for at in AT_MS if at not in AT_MS[::EVERY]])
async def test_a_session_lost_at_every_moment_is_not_heard(at_ms: int, handshake_ms: int) -> None:
    _judge(*await _heard(at_ms, handshake_ms))
