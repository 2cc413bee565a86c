"""Tools in whole calls: the callee does not wait in silence, the model is answered, the call ends properly."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import anyio
import pytest

from tests.placing import CALL_ID, CALLEE, EPOCH, UNSCALED
from voicecall_core import OutgoingCall, open_dialer, open_simulator
from voicecall_core.call.endings import Cause, Outcome
from voicecall_core.call.step import Call, Step
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.simulator.carrier.silence import Hearing, hearing
from voicecall_core.simulator.scenarios.scenario import (
    Act,
    Expectation,
    HangUpPhone,
    Listen,
    ModelPlan,
    Scenario,
    ScriptedReply,
    Speak,
    ToolCall,
    Wait,
)
from voicecall_core.tools import Tool, Tools
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import TOOL_TIMEOUT_S, ToolSpec
from voicecall_core.words.values import ToolOutcome

Job = Callable[[Mapping[str, Any]], Awaitable[Any]]
SPEC = ToolSpec("look_up", "Looks something up.", {"type": "object", "properties": {"day": {"type": "string"}}})
PATIENCE_MS = round(UNSCALED.patience_s * 1000)
LATENCY_MS = 600  # of the built-in model, the callee's own ear for the end of his turn among it


@dataclass
class Fake:
    """A tool that does what a test wants, and says when."""

    job: Job
    spec: ToolSpec = SPEC
    timeout_s: float = TOOL_TIMEOUT_S
    begun: list[Mapping[str, Any]] = field(default_factory=list)
    ended: int = 0

    async def run(self, arguments: Mapping[str, Any]) -> Any:
        self.begun.append(arguments)
        try:
            return await self.job(arguments)
        finally:
            self.ended += 1


async def _at_once(arguments: Mapping[str, Any]) -> Any:
    return {"free": True}


async def _slowly(arguments: Mapping[str, Any]) -> Any:
    await anyio.sleep(7)
    return {"free": True}


async def _raising(arguments: Mapping[str, Any]) -> Any:
    raise ValueError("the password is hunter2")


async def _never(arguments: Mapping[str, Any]) -> Any:
    await anyio.sleep_forever()


async def _no_json(arguments: Mapping[str, Any]) -> Any:
    return object()


async def _too_long(arguments: Mapping[str, Any]) -> Any:
    return "long " * 4_000


@dataclass
class Done:
    call: Call
    steps: list[Step]
    heard: Hearing

    def events(self, kind: type[Any]) -> list[Any]:
        return [step.event for step in self.steps if isinstance(step.event, kind)]

    def orders(self, kind: type[Any]) -> list[Any]:
        return [order for step in self.steps for order in step.orders if isinstance(order, kind)]


ASK: tuple[Act, ...] = (Listen(), Speak("question"), Listen(patience_ms=30_000), Listen(patience_ms=30_000))
CALLS = ScriptedReply(calls=(ToolCall("look_up", '{"day": "Friday"}'),), then="Yes, that is free.")


async def called(
    *tools: Tool, acts: tuple[Act, ...] = ASK, script: tuple[ScriptedReply, ...] = (CALLS,), **model: Any
) -> Done:
    """A call in which the model calls tools, with every law looked at after every step."""
    plan = ModelPlan(script=script, **model)
    scenario = Scenario("tools", "", (*acts, HangUpPhone()), Expectation("completed", "callee"), model=plan)
    steps: list[Step] = []

    def watch(step: Step) -> None:
        steps.append(step)
        assert not step.call.broken, step.call.broken

    async with (
        open_simulator(scenario, network=MemoryNetwork(), began=EPOCH) as simulator,
        open_dialer(simulator, secret=b"secret", now=lambda: EPOCH) as dialer,
    ):
        options = replace(UNSCALED, tools=Tools(tools))
        call = OutgoingCall(dialer, CALLEE, options, watch=watch, call_id=CALL_ID)
        made = await call.run()
        assert not call.session.faults
        return Done(made.call, steps, hearing(simulator.carrier_server.log))


QUICK: Mapping[str, tuple[Job, ToolOutcome, str]] = {
    "fast": (_at_once, ToolOutcome.RETURNED, '{"free": true}'),
    "raising": (_raising, ToolOutcome.RAISED, '{"error": "the tool failed"}'),
    "no JSON": (_no_json, ToolOutcome.BAD_RESULT, '{"error": "the tool\'s answer cannot be written as JSON"}'),
    "too long": (
        _too_long,
        ToolOutcome.BAD_RESULT,
        '{"error": "the tool\'s answer is longer than 16,000 bytes, which is too long"}',
    ),
}


@pytest.mark.parametrize("name", QUICK)
async def test_a_tool_that_ends_is_answered_and_followed_up_at_once(name: str) -> None:
    job, outcome, told = QUICK[name]
    done = await called(Fake(job))
    (answered,) = done.events(e.ToolAnswered)
    assert (answered.outcome, answered.pii_output) == (outcome, told)
    assert "hunter2" not in answered.fault and [each.pii_output for each in done.orders(o.AnswerTool)] == [told]
    assert [each.filler for each in done.orders(o.AskResponse)] == [False]
    assert done.heard.longest_ms <= 2_000
    assert done.call.ending.outcome is Outcome.COMPLETED


@pytest.mark.parametrize(("job", "outcome"), [(_slowly, ToolOutcome.RETURNED), (_never, ToolOutcome.TIMED_OUT)])
async def test_while_a_tool_takes_its_time_something_is_said(job: Job, outcome: ToolOutcome) -> None:
    done = await called(Fake(job), acts=(Listen(), Speak("question"), Wait(20_000)))
    (answered,) = done.events(e.ToolAnswered)
    assert answered.outcome is outcome and answered.took_s == (7 if job is _slowly else TOOL_TIMEOUT_S)
    fillers = [order.filler for order in done.orders(o.AskResponse)]
    assert fillers == [*[True] * (1 if job is _slowly else 3), False]
    assert done.heard.longest_ms <= 3_500, "the first filler comes soon"
    running = [each.ms for each in done.heard.silences if each.from_ms < (answered.at - 1) * 1000]
    assert max(running) <= PATIENCE_MS + LATENCY_MS, "and the next one before the patience has run out"
    assert done.call.ending.outcome is Outcome.COMPLETED


async def test_two_calls_at_once_run_beside_each_other_and_are_followed_up_once() -> None:
    tool = Fake(_slowly)
    twice = ScriptedReply(calls=(ToolCall("look_up", '{"day": "Friday"}'), ToolCall("look_up", '{"day": "Sunday"}')))
    done = await called(tool, script=(replace(twice, then="Both are free."),))
    assert tool.begun == [{"day": "Friday"}, {"day": "Sunday"}]
    one, other = done.events(e.ToolAnswered)
    assert abs(one.at - other.at) < 1
    assert len(done.orders(o.AnswerTool)) == 2
    assert [order.filler for order in done.orders(o.AskResponse)] == [True, False]


async def test_a_callee_who_speaks_while_a_tool_runs_is_listened_to_and_answered() -> None:
    tool = Fake(_slowly)
    script = (CALLS, ScriptedReply(say="I am still looking.", times=9))
    acts = (Listen(), Speak("question"), Wait(1_000), Speak("interruption"), Listen(), Wait(9_000))
    done = await called(tool, acts=acts, script=script)
    (answered,) = done.events(e.ToolAnswered)
    turns = [event.at for event in done.events(e.TurnCommitted)]
    assert len(turns) == 2 and turns[1] < answered.at, "he was heard while it ran"
    assert len(tool.begun) == tool.ended == 1, "what runs goes on"
    assert done.heard.longest_ms <= 2_000 and done.heard.turns[1].answered
    assert done.call.ending.outcome is Outcome.COMPLETED


async def test_a_tool_that_is_called_with_the_farewell_does_not_hold_the_line() -> None:
    tool = Fake(_never)
    bye = ScriptedReply(say="Goodbye.", calls=(ToolCall("look_up"), ToolCall("end_call")))
    done = await called(tool, script=(bye,))
    assert done.call.ending.outcome is Outcome.COMPLETED and done.call.ending.cause is Cause.AGENT
    assert tool.ended == 1 and not done.events(e.ToolAnswered), "it ends with the call"
    assert done.call.at < 20 and done.heard.longest_ms <= 2_000


async def test_a_callee_who_hangs_up_ends_what_runs() -> None:
    tool = Fake(_never)
    done = await called(tool, acts=(Listen(), Speak("question"), Wait(3_000)))
    assert len(tool.begun) == tool.ended == 1
    assert done.call.ending.outcome is Outcome.COMPLETED
    assert not done.orders(o.AnswerTool)


async def test_a_session_that_is_lost_while_a_tool_runs_is_not_answered_and_the_next_one_knows() -> None:
    tool = Fake(_slowly)
    script = (replace(CALLS, times=1), ScriptedReply(say="What did you say?", times=9))
    acts = (Listen(), Speak("question"), Wait(15_000))
    done = await called(tool, acts=acts, script=script, drop_after_ms=11_000)
    assert len(tool.begun) == 1, "nothing is done twice"
    assert not done.orders(o.AnswerTool)
    (told,) = done.orders(o.TellTool)
    assert [order.filler for order in done.orders(o.AskResponse)] == [True, False]
    assert (told.session, told.name, told.pii_output) == (2, "look_up", '{"free": true}')
    assert done.heard.longest_ms <= PATIENCE_MS + LATENCY_MS
    assert done.call.ending.outcome is Outcome.COMPLETED
