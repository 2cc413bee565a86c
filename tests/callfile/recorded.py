"""Call files to read again: whole simulated calls, placed in memory on the mock clock and written down."""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import trio
from trio.testing import MockClock

from tests.placing import Placed, place
from voicecall_core.call.step import new_call, step
from voicecall_core.callfile.reader import CallFile
from voicecall_core.callfile.writer import FORMAT, step_object
from voicecall_core.checker.carrier_moves import SID as CARRIERS_SID
from voicecall_core.checker.talk_moves import A_GREETING, TO_A_STREAM
from voicecall_core.words import events as e
from voicecall_core.words.codec import to_object
from voicecall_core.words.terms import Policy, Terms, ToolTerms
from voicecall_core.words.values import CallStatus, ToolOutcome

SID = "CA" + "1" * 32
HEADER = {"voicecall": FORMAT, "tool": "voicecall test", "call": "c-1", "began": "2026-01-01T00:00:00.000+00:00"}


def dialled(path: Path, scenario: str, policy: Policy = Policy.GUARD, seed: int = 0) -> Placed:
    """A call that was placed to its end, written to `path`; the same call is placed once in a process."""
    placed, content = _placed(scenario, policy, seed)
    path.write_bytes(content)
    return placed


@cache
def _placed(scenario: str, policy: Policy, seed: int) -> tuple[Placed, bytes]:
    async def whole() -> Placed:
        return await place(scenario, policy=policy, seed=seed, log=Path(folder))

    with TemporaryDirectory() as folder:
        placed = trio.run(whole, clock=MockClock(autojump_threshold=0))
        assert placed.record.call_file is not None
        return placed, placed.record.call_file.read_bytes()


def lines_of(*events: e.Event, terms: Terms | None = None) -> list[str]:
    """A call file's lines for these events, judged as they are written."""
    terms = terms or Terms("c-1")
    call = new_call(terms)
    lines = [json.dumps({**HEADER, "to": "+15•••••100", "terms": {"call_id": "c-1", "policy": str(terms.policy)}})]
    for event in events:
        made = step(call, event)
        lines.append(json.dumps(step_object(made)))
        call = made.call
    return lines


def with_a_tool(path: Path) -> None:
    """A call in which the model called a tool, written to `path`."""
    terms = Terms("c-1", pii_greeting="Hello.", tools=(ToolTerms("look_up"),))
    header, *lines = lines_of(
        *TO_A_STREAM,
        *A_GREETING,
        e.ResponseBegan(1, "r1"),
        e.ToolCalled(1, "r1", "t1", "look_up", '{"day": "Friday"}'),
        e.ResponseEnded(1, "r1", "completed"),
        e.ToolAnswered(1, "t1", "look_up", ToolOutcome.RAISED, 0.5, '{"error": "the tool failed"}', "ValueError"),
        e.StatusReported(CallStatus.COMPLETED, CARRIERS_SID),
        terms=terms,
    )
    header = json.dumps({**json.loads(header), "terms": to_object(terms)})
    path.write_text("".join(f"{line}\n" for line in (header, *lines)), "utf-8")


def reading(content: bytes | str, name: str = "call.jsonl") -> CallFile:
    """A recording that reads these bytes."""
    data = content.encode() if isinstance(content, str) else content
    return CallFile(io.BytesIO(data), name)


def objects(path: Path) -> list[dict[str, Any]]:
    """A call file's lines as JSON."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
