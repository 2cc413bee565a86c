"""What a call asks of its tools. Decides nothing: that they may be run, and for how long, is ordered."""

from __future__ import annotations

import anyio

from voicecall_core.session.plan import Spawn, Tell
from voicecall_core.tools import Tools
from voicecall_core.words.events import ToolAnswered
from voicecall_core.words.orders import RunTool


class ToolCommands:
    """Runs the tools of a call, each as a task of its own, which ends with the call."""

    def __init__(self, tools: Tools, tell: Tell, spawn: Spawn) -> None:
        self._tools, self._tell, self._spawn = tools, tell, spawn

    def run_tool(self, order: RunTool) -> None:
        self._spawn(self._run_tool, order)

    async def _run_tool(self, order: RunTool) -> None:
        began = anyio.current_time()
        answer = await self._tools.run(order.name, order.pii_arguments, order.timeout_s)
        took_s = round(anyio.current_time() - began, 6)
        self._tell(
            ToolAnswered(
                order.session,
                order.tool_call,
                order.name,
                answer.outcome,
                took_s,
                answer.pii_output,
                answer.fault,
            )
        )
