from __future__ import annotations

import os
import pty
from collections.abc import AsyncIterator
from dataclasses import replace

import anyio
import pytest

from tests.cli.console.calls import SID
from tests.cli.console.terminal import Terminal
from tests.cli.console.test_live import console_on, until
from voicecall_cli.console.header import HeaderLine
from voicecall_cli.console.player import play
from voicecall_core.call.step import new_call
from voicecall_core.callfile.records import Recorded
from voicecall_core.callfile.rejudging import Judged, judge_one
from voicecall_core.words import events as e
from voicecall_core.words.terms import Terms
from voicecall_core.words.values import CallStatus

pytestmark = pytest.mark.real_sockets  # keys come from a terminal, of which a mock clock knows nothing

EVENTS = (
    e.DialBegan(),
    e.Created(SID, at=0.01),
    e.StatusReported(CallStatus.RINGING, SID, at=0.02),
    e.StatusReported(CallStatus.IN_PROGRESS, SID, at=600.0),
    e.StatusReported(CallStatus.COMPLETED, SID, at=1200.0),
)


class Played:
    """A recorded call on its way through the player."""

    def __init__(self, width: int = 80, height: int = 24) -> None:
        self.terminal = Terminal(width, height)
        self.call = new_call(Terms("c-1"))
        self.first = self.call

    async def steps(self) -> AsyncIterator[Judged]:
        for line, event in enumerate(EVENTS, 2):
            one = judge_one(self.call, Recorded(line, event.at, replace(event)))
            self.call = one.after
            yield one

    async def play(self, keyboard: int, *, speed: float = 1.0, idle_limit: float | None = None) -> None:
        await play(
            console_on(self.terminal),
            self.steps(),
            self.first,
            HeaderLine("+49•••••123", "replayed"),
            speed=speed,
            idle_limit=idle_limit,
            keyboard=keyboard,
        )

    async def shows(self, words: str) -> None:
        with anyio.fail_after(20):
            await until(lambda: any(words in line for line in self.terminal.lines))


async def test_what_was_waited_for_is_cut_to_the_idle_limit() -> None:
    played = Played()
    with anyio.fail_after(20):
        await played.play(-1, idle_limit=0.05)
    assert played.call.answered and not played.terminal.modes["1049"]


async def test_faster_is_faster() -> None:
    played = Played()
    with anyio.fail_after(20):
        await played.play(-1, speed=10_000)
    assert played.call.answered


async def test_space_pauses_a_full_stop_steps_and_q_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    monkeypatch.setattr(
        "voicecall_cli.console.player.has_keys", lambda fd: True
    )  # a pty of a test is nobody's foreground
    played = Played()
    try:
        async with anyio.create_task_group() as tasks:

            async def watched() -> None:
                await played.play(theirs)
                tasks.cancel_scope.cancel()

            tasks.start_soon(watched)
            await played.shows("line 4   playing")
            os.write(ours, b" ")
            await played.shows("paused")
            os.write(ours, b".")
            await played.shows("line 5   paused")
            assert "answered" in played.terminal.lines[0]
            os.write(ours, b" ")
            await played.shows("line 5   playing")
            os.write(ours, b"q")
            with anyio.fail_after(20):
                await anyio.sleep_forever()
    finally:
        os.close(ours)
        os.close(theirs)
    assert not played.terminal.modes["1049"] and played.terminal.modes["7"]


async def test_on_a_small_screen_the_way_to_the_keys_and_the_way_out_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    monkeypatch.setattr("voicecall_cli.console.player.has_keys", lambda fd: True)
    played = Played(60, 15)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: played.play(theirs, speed=4))
            await played.shows("playing at 4x")
            await played.shows("? help   q leave")
            tasks.cancel_scope.cancel()
    finally:
        os.close(ours)
        os.close(theirs)


async def test_it_goes_back_and_on_again_and_shows_the_call_as_it_was_then(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    monkeypatch.setattr("voicecall_cli.console.player.has_keys", lambda fd: True)
    played = Played()
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(played.play, theirs)
            await played.shows("line 4   playing")
            os.write(ours, b" .")  # paused, and one step on
            await played.shows("600.000 s, line 5   paused")
            os.write(ours, b"\x1b[D")
            await played.shows("595.000 s, line 4   paused")
            assert "ringing" in played.terminal.lines[0]
            os.write(ours, b"\x1b[C\x1b[C")
            await played.shows("605.000 s, line 5   paused")
            assert "answered" in played.terminal.lines[0]
            os.write(ours, b",")
            await played.shows("line 4   paused")
            os.write(ours, b"\x1b[H")
            await played.shows("0.000 s, line 2   paused")
            os.write(ours, b"\x1b[C")  # beyond what was read so far, too, while it is paused
            await played.shows("5.000 s, line 4   paused")
            os.write(ours, b"l")
            await played.shows("Ladder")
            tasks.cancel_scope.cancel()
    finally:
        os.close(ours)
        os.close(theirs)


async def test_going_on_shows_at_once_what_had_not_been_read_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    monkeypatch.setattr("voicecall_cli.console.player.has_keys", lambda fd: True)
    monkeypatch.setattr("voicecall_cli.console.player.SEEK_S", 700.0)
    played = Played()
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(played.play, theirs)
            await played.shows("line 4   playing")
            os.write(ours, b" \x1b[C")
            await played.shows("line 5   paused")
            assert "answered" in played.terminal.lines[0]
            tasks.cancel_scope.cancel()
    finally:
        os.close(ours)
        os.close(theirs)
