"""A recorded call played on a terminal, in its own time or faster. Knows nothing of files.

Space pauses and goes on, a full stop shows the next step, q leaves. What was waited for longer than the idle limit is
cut short.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import nullcontext

import anyio
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.header import HeaderLine
from voicecall_cli.console.keys import has_keys, keys_of, standard_input, unechoed
from voicecall_cli.console.screen import screen
from voicecall_cli.console.text import stamp
from voicecall_core.call.state import Call
from voicecall_core.callfile.rejudging import Judged

_EVERY_S = 0.1
_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"  # DECAWM, as the live view does


async def play(
    console: Console,
    steps: AsyncIterator[Judged],
    call: Call | None,
    title: HeaderLine,
    *,
    speed: float,
    idle_limit: float | None,
    follow: bool = False,
    keyboard: int | None = None,
) -> None:
    """Play to the end, or until somebody leaves; then leave the terminal as it was found.

    `follow`: the call is still going on, so that each step is shown as soon as it is there. `keyboard`: the descriptor
    that is read, standard input's if none is named.
    """
    assert call is not None, "the header has been read"
    fd = standard_input() if keyboard is None else keyboard
    player = _Player(console, call, title, speed, 0.0 if follow else idle_limit, has_keys(fd))
    player.follows = follow
    with unechoed(fd) if player.keys else nullcontext():
        async with anyio.create_task_group() as tasks:
            player.leave = tasks.cancel_scope.cancel
            if player.keys:
                tasks.start_soon(player.obey, fd)
            tasks.start_soon(player.draw)
            await player.feed(steps)
            tasks.cancel_scope.cancel()


def _nobody_leaves() -> None: ...


class _Player:
    """What is shown now, how fast time goes, and whether it stands still."""

    def __init__(
        self, console: Console, call: Call, title: HeaderLine, speed: float, idle_limit: float | None, keys: bool
    ) -> None:
        self._console, self._call, self._title = console, call, title
        self._speed, self._idle_limit, self.keys = speed, idle_limit, keys
        self._line = 0
        self._paused = False
        self._steps = 0  # how many were asked for one by one
        self._touched = anyio.Event()
        self.follows = False
        self._shown_at = anyio.current_time()
        self._gap = self._wait = self._waited = 0.0  # to the next step: recorded, to be waited for, waited for
        self.leave: Callable[[], None] = _nobody_leaves

    async def feed(self, steps: AsyncIterator[Judged]) -> None:
        """Take each step when its time has come."""
        async for one in steps:
            self._gap = max(0.0, one.recorded.at - self._call.at)
            idle = self._gap if self._idle_limit is None else min(self._gap, self._idle_limit)
            await self._until(idle / self._speed)
            self._call, self._line = one.after, one.recorded.line
            self._shown_at = anyio.current_time()
            self._gap = self._wait = self._waited = 0.0

    async def _until(self, seconds: float) -> None:
        """Wait, but not while it is paused; a step that is asked for ends the waiting."""
        self._wait, self._waited = seconds, 0.0
        while self._waited < self._wait or self._paused:
            if self._steps:
                self._steps -= 1
                return
            self._touched = anyio.Event()
            began = anyio.current_time()
            with anyio.move_on_after(None if self._paused else min(_EVERY_S, self._wait - self._waited)):
                await self._touched.wait()
            if not self._paused:
                self._waited += anyio.current_time() - began

    async def obey(self, fd: int) -> None:
        """Do what keys ask for, until cancelled."""
        async for keys in keys_of(fd):
            for key in keys:
                self._pressed(key)

    def _pressed(self, key: str) -> None:
        if key == " ":
            self._paused = not self._paused
        elif key == ".":
            self._paused = True
            self._steps += 1
        elif key in "qQ\x04":
            self.leave()
        self._touched.set()

    async def draw(self) -> None:
        """Draw what has changed, until cancelled."""
        with Live(console=self._console, screen=True, auto_refresh=False) as live:
            self._console.file.write(_NO_WRAP)
            drawn: object = None
            try:
                while True:
                    size = self._console.size
                    look = (self._call, int(self._now() * 10), self._paused, size)
                    if look != drawn:
                        live.update(self._picture(*size), refresh=True)
                        drawn = look
                    await anyio.sleep(_EVERY_S)
            finally:
                self._console.file.write(_WRAP)

    def _now(self) -> float:
        if self.follows and not self._paused:
            return self._call.at + anyio.current_time() - self._shown_at
        share = min(1.0, self._waited / self._wait) if self._wait else 0.0
        return self._call.at + self._gap * share

    def _picture(self, width: int, height: int) -> Group:
        now = self._now()
        page = screen(self._call, None, width=width, height=height - 1, now=now, title=self._title, keys=False)
        return Group(page, Text(), self._foot(width, now))

    def _foot(self, width: int, now: float) -> Text:
        state = "paused" if self._paused else "playing"
        speed = f" at {self._speed:g} times its speed" if self._speed != 1 else ""
        keys = "   space pause   . step   q leave" if self.keys else ""
        foot = Text(f" {stamp(now).strip()} s, line {self._line}   {state}{speed}{keys}", style=palette.FAINT)
        foot.truncate(width)
        foot.no_wrap, foot.end = True, ""
        return foot
