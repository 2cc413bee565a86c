"""Tools in threads, in a call over this machine's sockets: its audio goes on, and its end is not held up."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.placing import CALLEE
from voicecall_core import OutgoingCall, open_dialer, open_simulator
from voicecall_core.call.endings import Outcome
from voicecall_core.call.step import Step
from voicecall_core.calling import USUAL
from voicecall_core.simulator.carrier.silence import hearing
from voicecall_core.simulator.scenarios.scenario import (
    CarrierPlan,
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
from voicecall_core.tools.python_tools import load_tools
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.values import ToolOutcome

pytestmark = [pytest.mark.real_sockets, pytest.mark.every]
TOOLS = '''
import threading, time

async def blocks(seconds: float) -> str:
    """Blocks the loop that it runs in."""
    time.sleep(seconds)
    return "done"

def never() -> str:
    """Never returns."""
    threading.Event().wait()

never.timeout_s = 600
'''


async def test_a_tool_that_blocks_and_one_that_never_returns(tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text(TOOLS)
    blocks = ScriptedReply(calls=(ToolCall("blocks", '{"seconds": 4}'),), then="Yes.")
    never = ScriptedReply(calls=(ToolCall("never"),))
    scenario = Scenario(
        "tools",
        "",
        (Listen(), Speak("question"), Listen(), Listen(), Speak("short"), Wait(1_500), HangUpPhone()),
        Expectation("completed", "callee"),
        carrier=CarrierPlan(answer_ms=200),
        model=ModelPlan(script=(blocks, never)),
    )
    steps: list[Step] = []
    began = time.perf_counter()
    async with (
        open_simulator(scenario) as simulator,
        open_dialer(simulator) as dialer,
    ):
        options = replace(USUAL, tools=load_tools(tmp_path / "tools.py"))
        call = OutgoingCall(dialer, CALLEE, options, watch=steps.append)
        made = await call.run()
        heard = hearing(simulator.carrier_server.log)
    assert made.outcome is Outcome.COMPLETED and not made.call.broken
    (answered,) = (step.event for step in steps if isinstance(step.event, e.ToolAnswered))
    assert answered.outcome is ToolOutcome.RETURNED and answered.took_s >= 4
    asked = [order for step in steps for order in step.orders if isinstance(order, o.AskResponse)]
    assert [order.filler for order in asked] == [True, False], "it was heard while the tool blocked"
    assert heard.longest_ms <= 3_500
    assert sum(isinstance(order, o.RunTool) for step in steps for order in step.orders) == 2
    assert time.perf_counter() - began < 40, "nobody waited for the one that never returns"
    assert [thread.daemon for thread in threading.enumerate() if thread.name == "tool never"] == [True]
