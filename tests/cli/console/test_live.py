from __future__ import annotations

import os
import pty
import sys
import termios
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import IO, cast

import anyio
import pytest
from rich.console import Console

from tests.cli.console import calls
from tests.cli.console.terminal import Terminal
from voicecall_cli.console.drawable import drawable
from voicecall_cli.console.header import HeaderLine
from voicecall_cli.console.live import live_view
from voicecall_core.call.step import Call, step
from voicecall_core.words import events as e

pytestmark = pytest.mark.real_sockets  # a view is drawn in a thread, of which a mock clock knows nothing
PATIENCE_S = 20


def console_on(terminal: Terminal) -> Console:
    file = cast(IO[str], terminal)
    return Console(file=file, force_terminal=True, width=terminal.width, height=terminal.height, _environ={})


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that a thread brings about, and that therefore no event of the loop tells."""
    while not true():  # noqa: ASYNC110
        await anyio.sleep(0.01)


@dataclass
class Watched:
    """A call that is watched: its terminal, what was typed, and its state, which the test may change."""

    call: Call = field(default_factory=calls.talking)
    terminal: Terminal = field(default_factory=Terminal)
    said: list[str] = field(default_factory=list)
    hung_up: int = 0
    done: anyio.Event = field(default_factory=anyio.Event)

    def tell(self, event: e.Event) -> None:
        self.call = step(self.call, replace(event, at=self.call.at + 1)).call

    def hang_up(self) -> None:
        self.hung_up += 1

    async def shows(self, words: str) -> None:
        """Wait until these words are on the screen."""
        await until(lambda: any(words in line for line in self.terminal.lines))

    async def view(self, keyboard: int) -> None:
        await live_view(
            console_on(self.terminal),
            lambda: self.call,
            lambda: None,
            HeaderLine("+49•••••123"),
            say=self.said.append,
            hang_up=self.hang_up,
            done=self.done,
            keyboard=keyboard,
        )


@asynccontextmanager
async def watched(keyboard: int = -1) -> AsyncIterator[Watched]:
    """A live view, ended when the test is done with it."""
    watched = Watched()
    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watched.view, keyboard)
            yield watched
            watched.done.set()


async def test_it_shows_the_call_as_it_goes_on_and_leaves_the_screen() -> None:
    before = sys.getswitchinterval()
    async with watched() as it:
        await it.shows("I only wanted to hear…")
        assert it.terminal.modes["1049"]
        it.tell(e.DigitPressed(1, "7"))
        await it.shows("key pressed: 7")
    assert it.terminal.modes == {"25": True, "7": True, "1049": False}
    assert sys.getswitchinterval() == before


async def test_lines_that_stay_as_they_are_are_not_written_again() -> None:
    async with watched() as it:
        await it.shows("talking")
        it.terminal.written.clear()
        await it.shows("0:13")
        written = "".join(it.terminal.written)
        assert "0:13" in written and "Guard" not in written and "Yes, sure." not in written


async def test_a_call_that_ends_before_it_is_drawn_leaves_the_terminal_alone() -> None:
    async with watched() as it:
        it.done.set()
    assert it.terminal.modes == {"25": True, "7": True, "1049": False}


async def test_cancelling_leaves_the_terminal_as_it_was() -> None:
    it = Watched()
    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(it.view, -1)
            await it.shows("talking")
            tasks.cancel_scope.cancel()
    assert it.terminal.modes == {"25": True, "7": True, "1049": False}


class Gone(Terminal):
    """A terminal whose window was closed."""

    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")


async def test_a_terminal_that_goes_away_does_not_end_the_call() -> None:
    it = Watched(terminal=Gone())
    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(it.view, -1)
            await anyio.wait_all_tasks_blocked()
            it.done.set()


async def test_keys_say_and_hang_up(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    monkeypatch.setattr(
        "voicecall_cli.console.live.has_keys", lambda fd: True
    )  # a pty of a test is nobody's foreground
    before = termios.tcgetattr(theirs)
    async with watched(theirs) as it:
        await it.shows("s say")
        os.write(ours, b"s")
        await it.shows("say: ▏")
        os.write(ours, b"Tell them we are late")
        await it.shows("say: Tell them we are late▏")
        os.write(ours, b"\r")
        await it.shows("s say")
        os.write(ours, b"t")
        await it.shows("Transcript")
        os.write(ours, b"?")
        await it.shows("every decision of the guard")
        os.write(ours, b"\x1b")
        await it.shows("Heard by the callee")
        os.write(ours, b"h")
        await until(lambda: it.hung_up > 0)
    assert (it.said, it.hung_up) == (["Tell them we are late"], 1)
    assert termios.tcgetattr(theirs) == before
    os.close(ours)
    os.close(theirs)


def test_what_can_be_drawn_on() -> None:
    class File(Terminal):
        encoding = "utf-8"

    def console(environ: dict[str, str], size: tuple[int, int] = (80, 24), tty: bool = True) -> Console:
        file = cast(IO[str], File())
        return Console(file=file, force_terminal=tty, width=size[0], height=size[1], _environ=environ)

    assert drawable(console({"TERM": "xterm"}))
    assert drawable(console({"TERM": "xterm", "NO_COLOR": "1"}))
    assert not drawable(console({"TERM": "dumb"}))
    assert not drawable(console({}, tty=False))
    assert not drawable(console({}, size=(80, 2)))
