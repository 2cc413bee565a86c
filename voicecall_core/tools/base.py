"""The tools of a call: each call of one is answered, in words that tell nothing of what went wrong inside."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from enum import Enum
from pathlib import Path
from traceback import extract_tb
from typing import Any, Protocol

import anyio

from voicecall_core.errors import SettingsError
from voicecall_core.tools.schema import fault_of
from voicecall_core.words.terms import ToolSpec, ToolTerms
from voicecall_core.words.values import ToolOutcome

# An answer is read by the model at every turn from then on. 16 kB are some 4,000 tokens, of the 8,000 of a long call
# that survive its trimming.
LONGEST = 16_000
MOST = 127  # and the one that hangs up: the model takes 128
END_CALL = "end_call"


class ToolFailed(Exception):
    """A tool could not do what it was asked for. `told` is for the model; `fault` for whoever looks at the call.

    Neither may hold what a stranger has said: `fault` stands in the call file.
    """

    def __init__(self, told: str, fault: str = "") -> None:
        super().__init__(told)
        self.told, self.fault = told, fault


class Tool(Protocol):
    """One tool. `run` gets arguments that fit the schema; what it returns becomes JSON, what it raises is not told."""

    @property
    def spec(self) -> ToolSpec: ...

    @property
    def timeout_s(self) -> float: ...

    async def run(self, arguments: Mapping[str, Any]) -> Any: ...


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """How a run ended, and what is told to the model of it, as JSON text. `fault`: what was wrong, for a developer."""

    outcome: ToolOutcome
    pii_output: str
    fault: str = ""


class Tools:
    """All tools of a call. Raises SettingsError for two of one name, or more than the model takes."""

    def __init__(self, tools: Sequence[Tool]) -> None:
        names = [tool.spec.name for tool in tools]
        twice = next((name for name in names if names.count(name) > 1), "")
        if twice:
            raise SettingsError(f"There are two tools of the name {twice}.", fix="Rename one of them.")
        if len(tools) > MOST:
            raise SettingsError(f"There are {len(tools)} tools; the model takes {MOST}.", fix="Leave some out.")
        self._tools = {tool.spec.name: tool for tool in tools}

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """What the model is told of them."""
        return tuple(tool.spec for tool in self._tools.values())

    @property
    def terms(self) -> tuple[ToolTerms, ...]:
        """What the judge is told of them."""
        return tuple(ToolTerms(name, tool.timeout_s) for name, tool in self._tools.items())

    def __add__(self, other: Tools) -> Tools:
        return Tools([*self._tools.values(), *other._tools.values()])

    async def run(self, name: str, arguments: str, timeout_s: float) -> ToolAnswer:
        """Run a tool with arguments as the model wrote them, for `timeout_s` at most. Raises nothing."""
        tool = self._tools[name]
        read = _arguments(arguments)
        wrong = "the arguments are no JSON object" if read is None else fault_of(tool.spec.parameters, read)
        if wrong or read is None:
            return ToolAnswer(ToolOutcome.BAD_ARGUMENTS, _error(wrong))
        with anyio.move_on_after(timeout_s):
            return await _ran(tool, read)
        return ToolAnswer(ToolOutcome.TIMED_OUT, _error(f"the tool has not answered within {timeout_s:g} seconds"))


NO_TOOLS = Tools(())


def _arguments(text: str) -> dict[str, Any] | None:
    try:
        read = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


async def _ran(tool: Tool, arguments: Mapping[str, Any]) -> ToolAnswer:
    try:
        value = await tool.run(arguments)
    except ToolFailed as failed:
        return ToolAnswer(ToolOutcome.RAISED, _error(failed.told), failed.fault)
    except Exception as error:
        return ToolAnswer(ToolOutcome.RAISED, _error("the tool failed"), place_of(error))
    return _written(value)


def _written(value: Any) -> ToolAnswer:
    """What a tool returned, as the model is told it."""
    if value is None:
        return ToolAnswer(ToolOutcome.RETURNED, '{"status": "done"}')
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)
        text = text.encode("utf-8", "replace").decode()  # half a surrogate could not be sent
    except Exception as error:  # anything: it may be a class of the user's that is being written
        told = "the tool's answer cannot be written as JSON"
        return ToolAnswer(ToolOutcome.BAD_RESULT, _error(told), f"{type(value).__name__}, {type(error).__name__}")
    if len(text.encode()) > LONGEST:
        told = f"the tool's answer is longer than {LONGEST:,} bytes, which is too long"
        return ToolAnswer(ToolOutcome.BAD_RESULT, _error(told), f"{len(text.encode()):,} bytes")
    return ToolAnswer(ToolOutcome.RETURNED, text)


def _plain(value: Any) -> Any:
    """What json does not know and has an evident form."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Enum):
        return value.value
    raise TypeError(type(value).__name__)


def _error(told: str) -> str:
    return json.dumps({"error": told}, ensure_ascii=False)


def place_of(error: BaseException) -> str:
    """The kind of an exception and where it came from. Not what it says: that may hold a secret, or a name."""
    where = extract_tb(error.__traceback__)
    place = f" ({Path(where[-1].filename).name}, line {where[-1].lineno})" if where else ""
    return f"{type(error).__name__}{place}"
