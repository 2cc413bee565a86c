"""A recorded call played on a terminal, in its own time or faster, forwards and back. Knows nothing of files.

What was waited for longer than the idle limit is cut short. The keys stand in the last line of the screen.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import AsyncIterator, Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace

import anyio
from rich.console import Console
from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.footer import BACK, PAGE_KEYS, SCROLL, KeyName, keys_line
from voicecall_cli.console.header import HeaderLine
from voicecall_cli.console.history import MOST, Told, told
from voicecall_cli.console.keys import Key, each_key, has_keys, keys_of, standard_input, unechoed
from voicecall_cli.console.live import LAST_STEPS, Painter
from voicecall_cli.console.pages import OVERVIEW, Page
from voicecall_cli.console.screen import pictured
from voicecall_cli.console.text import cropped, stamp
from voicecall_core.call.state import Call
from voicecall_core.callfile.rejudging import Judged

_EVERY_S = 0.1
SEEK_S = 5.0
_KEYS = (
    KeyName("space", "pause", "pause, and go on"),
    KeyName("←→", f"{SEEK_S:g} s", f"{SEEK_S:g} s back, {SEEK_S:g} s on; Home: to the beginning"),
    KeyName(", .", "step", "one step back, one step on"),
    *(each for each in PAGE_KEYS if each.key != "m"),  # a recording has no levels
    KeyName("q", "leave", "leave"),
)
_STEP_ON, _STEP_BACK, _PAUSE, _LEAVE = ".", ",", " ", "qQ\x04"


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


@dataclass(frozen=True, slots=True)
class _Past:
    """A step that was reached: when it was, its line, the call after it, and what the ladder needs of it."""

    at: float
    line: int
    call: Call
    told: Told | None


def _past(one: Judged) -> _Past:
    entry = one.recorded.entry
    if one.step is None or entry is None:
        return _Past(one.recorded.at, one.recorded.line, one.after, None)
    recorded = replace(one.step, verdicts=entry.verdicts, orders=entry.orders)
    return _Past(one.recorded.at, one.recorded.line, one.after, told(recorded))


class _Player:
    """What is shown now, how fast time goes, and whether it stands still."""

    def __init__(
        self, console: Console, call: Call, title: HeaderLine, speed: float, idle_limit: float | None, keys: bool
    ) -> None:
        self._console, self._first, self._title = console, call, title
        self._speed, self._idle_limit, self.keys = speed, idle_limit, keys
        self._past: list[_Past] = []
        self._place = 0  # how many of them are shown
        self._paused = False
        self._steps = 0  # how many were asked for one by one
        self._moved = False  # somebody has gone to another time
        self._sought = -1.0  # up to which what was not known yet is shown at once, also while it is paused
        self._touched = anyio.Event()
        self.follows = False
        self._shown_at = anyio.current_time()
        self._from = 0.0  # the recorded time from which the next step is waited for
        self._gap = self._wait = self._waited = 0.0  # to the next step: recorded, to be waited for, waited for
        self._looks, self._most_back = OVERVIEW, 0
        self.leave: Callable[[], None] = _nobody_leaves

    # --- time ---

    async def feed(self, steps: AsyncIterator[Judged]) -> None:
        """Show each step when its time has come, or again after somebody has gone back."""
        while True:
            if self._place == len(self._past):
                one = await anext(steps, None)
                if one is None:
                    if not await self._goes_back():
                        return
                    continue
                self._past.append(_past(one))
                self._forget()
            await self._reach(self._past[self._place])

    def _forget(self) -> None:
        if len(self._past) > MOST:
            del self._past[: MOST // 10]
            self._place = max(0, self._place - MOST // 10)

    async def _goes_back(self) -> bool:
        """The recording is at its end: whether somebody who has paused there goes back."""
        self._from, self._gap = self._now(), 0.0
        while self._paused and not self._moved:
            self._steps = 0
            self._touched = anyio.Event()
            await self._touched.wait()
        moved, self._moved = self._moved, False
        return moved

    async def _reach(self, step: _Past) -> None:
        """Wait until this step is due, and show it; unless somebody goes to another time meanwhile."""
        if step.at <= self._sought:
            self._place += 1
            return
        self._gap = max(0.0, step.at - self._from)
        idle = self._gap if self._idle_limit is None else min(self._gap, self._idle_limit)
        if await self._until(idle / self._speed):
            self._place += 1
            self._from, self._shown_at = max(step.at, self._from), anyio.current_time()
            self._gap = self._wait = self._waited = 0.0

    async def _until(self, seconds: float) -> bool:
        """Wait, but not while it is paused; a step that is asked for ends the waiting. False if somebody moved."""
        self._wait, self._waited = seconds, 0.0
        while self._waited < self._wait or self._paused:
            if self._moved:
                break
            if self._steps:
                self._steps -= 1
                return True
            self._touched = anyio.Event()
            began = anyio.current_time()
            with anyio.move_on_after(None if self._paused else min(_EVERY_S, self._wait - self._waited)):
                await self._touched.wait()
            if not self._paused:
                self._waited += anyio.current_time() - began
        moved, self._moved = self._moved, False
        return not moved

    def _now(self) -> float:
        if self.follows and not self._paused:
            return self._from + anyio.current_time() - self._shown_at
        share = min(1.0, self._waited / self._wait) if self._wait else 0.0
        return self._from + self._gap * share

    def _go(self, to: float) -> None:
        """To another time; what lies beyond the last step that is known is reached as soon as it is read."""
        self._from = max(0.0, to)
        self._place = bisect_right(self._past, self._from, key=lambda past: past.at)
        self._sought = self._from
        self._gap = self._wait = self._waited = 0.0
        self._moved = True

    # --- keys ---

    async def obey(self, fd: int) -> None:
        """Do what keys ask for, until cancelled."""
        async for text in keys_of(fd):
            for key in each_key(text):
                self._pressed(key)

    def _pressed(self, key: str) -> None:
        if key == _PAUSE:
            self._paused = not self._paused
        elif key == _STEP_ON:
            self._paused = True
            self._steps += 1
        elif key == _STEP_BACK:
            self._paused = True
            if self._place:
                self._step_back()
        elif key in (Key.LEFT, Key.RIGHT):
            self._paused = self._paused or self.follows  # else it would be at the newest step again at once
            self._go(self._now() + (SEEK_S if key == Key.RIGHT else -SEEK_S))
        elif key == Key.HOME and self._looks.page is Page.OVERVIEW:
            self._go(0.0)
        elif key in _LEAVE:
            self.leave()
        elif key != "m":
            self._looks = self._looks.pressed(key, self._most_back)
        self._touched.set()

    def _step_back(self) -> None:
        """To the step before the one that is shown, however many came at one time."""
        place = self._place - 1
        self._go(self._past[place - 1].at if place else 0.0)
        self._place, self._sought = place, -1.0

    # --- the screen ---

    @property
    def _call(self) -> Call:
        return self._past[self._place - 1].call if self._place else self._first

    @property
    def _line(self) -> int:
        return self._past[self._place - 1].line if self._place else 0

    async def draw(self) -> None:
        """Draw what has changed, until cancelled."""
        painter = Painter(self._console)
        painter.enter()
        drawn: object = None
        try:
            while True:
                size = self._console.size
                look = (self._call, int(self._now() / _EVERY_S), self._paused, self._looks, size)
                if look != drawn:
                    painter.paint(self._picture(*size), size)
                    drawn = look
                await anyio.sleep(_EVERY_S)
        finally:
            with suppress(OSError):
                painter.leave()

    def _picture(self, width: int, height: int) -> list[Text]:
        now, page = self._now(), self._looks.page
        first = 0 if page is Page.LADDER else max(0, self._place - LAST_STEPS)
        shown = self._past[first : self._place]
        picture = pictured(
            self._call,
            None,
            width=width,
            height=height,
            now=now,
            title=self._title,
            looks=self._looks,
            steps=[each.told for each in shown if each.told is not None],
            foot=self._foot(width, now),
            keys=[(each.key, each.about) for each in (*_KEYS, SCROLL, BACK)],
        )
        self._most_back = picture.most_back
        return picture.lines

    def _foot(self, width: int, now: float) -> Text:
        state = "paused" if self._paused else "playing"
        speed = f" at {self._speed:g}x" if self._speed != 1 else ""
        foot = Text(
            cropped(f" {stamp(now).strip()} s, line {self._line}   {state}{speed}  ", width), style=palette.FAINT
        )
        if self.keys:
            pages = () if self._looks.page is Page.OVERVIEW else (SCROLL, BACK)
            room = width - foot.cell_len
            keys = keys_line([*_KEYS, *pages], width=room)
            last = (*_KEYS, *pages)[-1]
            if not keys.plain.endswith(last.words):  # some found no room: then those that lead to the others, and out
                keys = keys_line([each for each in _KEYS if each.key in "?q"], width=room)
            foot.append_text(keys)
        return foot
