"""Each part is broken in turn, in a program of its own: its call is hung up or named, with its outcome's exit code."""

from __future__ import annotations

import os
import pty
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from tests.cli.breaking import PARTS, SHORTAGES
from tests.cli.programs import WITHIN_S, Placed, placed, until
from voicecall_cli.exits import Exit

pytestmark = [pytest.mark.real_sockets, pytest.mark.timeout(90)]


@asynccontextmanager
async def terminal() -> AsyncIterator[tuple[int, bytearray]]:
    """A terminal that somebody reads: what programs take for it, and what has been read."""
    master, slave = pty.openpty()
    read = bytearray()

    def reading() -> None:
        with suppress(OSError):
            while piece := os.read(master, 65536):
                read.extend(piece)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(anyio.to_thread.run_sync, reading)
        yield slave, read
        os.close(slave)  # the last one who holds it: the reading ends
    os.close(master)


async def broken(part: str, view: str, folder: Path) -> tuple[Placed, int, str]:
    """A call of which one part breaks: where it was, its exit code, and all that was said."""
    arguments = ["--record", "--max-duration", "5", *(["--plain"] if view == "plain" else [])]
    async with terminal() as (slave, read):
        with (folder / "out").open("wb") as out:
            more = {"out": out} if view == "plain" else {"terminal": slave}
            size = {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
            async with placed(folder, *arguments, breaking=part, **more, **size) as call:
                code = await call.ended()
                with anyio.move_on_after(WITHIN_S):
                    await until(lambda: not call.up())
    said = bytes(read) if view == "live" else (folder / "out").read_bytes() + (folder / "err").read_bytes()
    return call, code, said.decode("utf-8", "replace")


FEW_BREAK = [("the bridge under way", "live"), ("the call file", "plain")]
ALL_BREAK = [
    pytest.param(part, view, marks=[] if (part, view) in FEW_BREAK else pytest.mark.every)
    for part in PARTS
    for view in ("plain", "live")
]


@pytest.mark.parametrize(("part", "view"), ALL_BREAK)
async def test_a_part_that_breaks_leaves_no_call_up(part: str, view: str, tmp_path: Path) -> None:
    call, code, said = await broken(part, view, tmp_path)
    assert code == PARTS[part].exit, said
    assert len(call.carrier.calls) == 1 and len(call.ends) == 1 and call.up() == []
    assert "Traceback" not in said
    assert ("of voicecall's own" in said or "bug of voicecall" in said) >= (code != 0), said
    if code == Exit.BUG:
        assert f"voicecall hangup {next(iter(call.carrier.calls))}" in said, "its end is not confirmed"
    else:
        assert call.remembered() == []


FEW_SHORT = [("all memory, again and again", "plain")]


@pytest.mark.parametrize(
    ("shortage", "view"),
    [
        pytest.param(shortage, view, marks=[] if (shortage, view) in FEW_SHORT else pytest.mark.every)
        for shortage in SHORTAGES
        for view in ("plain", "live")
    ],
)
async def test_a_shortage_in_the_middle_of_a_call_leaves_none_up(shortage: str, view: str, tmp_path: Path) -> None:
    call, code, said = await broken(shortage, view, tmp_path)
    assert code in (Exit.OK, Exit.OUR_FAULT, Exit.BUG, Exit.UNCONFIRMED), said
    assert len(call.carrier.calls) == 1
    if code == Exit.UNCONFIRMED:  # without memory the carrier's word that it has ended may not be read any more
        assert f"voicecall hangup {next(iter(call.carrier.calls))}" in said
    else:
        assert len(call.ends) == 1 and call.up() == []
