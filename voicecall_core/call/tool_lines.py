"""The tools of a call among what was said: a line for each, when it was called."""

from __future__ import annotations

from collections.abc import Sequence

from voicecall_core.call.as_heard import HeardLine
from voicecall_core.call.conversation import ToolRun
from voicecall_core.call.state import Call

TOOL = "tool"
_MOST_SHOWN = 300  # characters of what a tool was given, and of what it answered


def with_tools(call: Call, said: Sequence[HeardLine]) -> list[HeardLine]:
    """What was said, with a line for each tool that was run."""
    tools = [HeardLine(TOOL, run.at, _words(run), final=run.outcome is not None) for run in call.conversation.tools]
    return sorted([*said, *tools], key=lambda line: (line.waits, line.at)) if tools else list(said)


def _words(run: ToolRun) -> str:
    called = f"{run.name}({_shown(run.pii_arguments)})"
    if run.outcome is None:
        return called
    return f"{called} {run.outcome} after {run.took_s:.1f} s: {_shown(run.pii_output)}"


def _shown(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
