"""The screen while the call lasts, of which only the lines that have changed are written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial

import anyio
import anyio.to_thread
from rich.console import Console
from rich.control import Control
from rich.segment import ControlType
from rich.text import Text

from voicecall_cli.console.footer import call_keys, key_line
from voicecall_cli.console.gauges import ConsoleGauges
from voicecall_cli.console.header import HeaderLine
from voicecall_cli.console.history import History, Told
from voicecall_cli.console.keys import (
    HangUpKey,
    LookKey,
    Prompt,
    SayKey,
    has_keys,
    keys_of,
    standard_input,
    unechoed,
)
from voicecall_cli.console.pages import OVERVIEW, Looks, Page
from voicecall_cli.console.screen import pictured
from voicecall_core.call.state import Call
from voicecall_core.words.terms import Kind

# DECAWM off: a letter that a terminal draws wider than it should must not push the rest onto the next line.
_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"
_ANEW_EVERY = 160  # repaints: whatever else has written on the screen is gone after so many
_WHOLE_LINE = (ControlType.ERASE_IN_LINE, 2)


class Painter:
    """A console's other screen, while it is shown. Every method may raise OSError if the terminal is gone."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: list[Text] = []
        self._size = (0, 0)
        self._painted = 0

    def enter(self) -> None:
        """Leave what is on the terminal aside, and hide the cursor."""
        self._console.set_alt_screen(True)
        self._console.show_cursor(False)
        self._console.file.write(_NO_WRAP)

    def leave(self) -> None:
        """Bring back what was there before."""
        self._console.file.write(_WRAP)
        self._console.show_cursor(True)
        self._console.set_alt_screen(False)

    def paint(self, lines: Sequence[Text], size: tuple[int, int]) -> None:
        """Show these lines from the top, in one write. `size`: the width and height they were made for."""
        resized = size != self._size
        shown = [] if resized or self._painted % _ANEW_EVERY == 0 else self._shown
        with self._console as console:
            if resized:
                console.control(Control.clear())
            for row, line in enumerate(lines):
                if row < len(shown) and _same(line, shown[row]):
                    continue
                console.control(Control.move_to(0, row), Control(_WHOLE_LINE))
                console.print(line, end="", no_wrap=True, overflow="crop")
        self._shown, self._size = list(lines), size
        self._painted += 1


def _same(one: Text, two: Text) -> bool:
    """Whether two texts look alike; a text's own equality leaves its style out."""
    return one == two and one.style == two.style


_EVERY_S = 0.25
LAST_STEPS = 100  # of what happened last, on a tall screen
_MOST_STEPS = 2_000  # of a ladder: as far back as anybody scrolls while a call goes on
_TYPING_S = 0.1  # while a sentence is typed: its letters must not lag behind the fingers
# How long a thread may compute while another wants to. Python's own 5 ms would make an audio frame wait for that long.
_SWITCH_S = 0.0005

Size = tuple[int, int]


async def live_view(
    console: Console,
    get_call: Callable[[], Call],
    get_gauges: Callable[[], ConsoleGauges | None],
    header: HeaderLine,
    *,
    say: Callable[[str], None],
    hang_up: Callable[[], None],
    done: anyio.Event,
    keyboard: int | None = None,
    behind: Callable[[], bool] = lambda: False,
    history: History | None = None,
) -> None:
    """Show the call until `done`, then leave the terminal as it was found. Nothing is drawn while it is `behind`.

    What is typed goes to `say` and `hang_up`, which must not wait. `keyboard`: the descriptor that is read, standard
    input's if none is named; where it is no terminal there are no keys. `history`: what the ladder is drawn of.
    """
    fd = standard_input() if keyboard is None else keyboard
    view = _View(console, get_call, get_gauges, header, done, has_keys(fd), behind, history or History())
    with _patient_threads():
        async with anyio.create_task_group() as tasks:
            if view.keys:
                tasks.start_soon(_typing, view, fd, say, hang_up)
            await view.show()
            tasks.cancel_scope.cancel()


@contextmanager
def _patient_threads() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


async def _typing(view: _View, fd: int, say: Callable[[str], None], hang_up: Callable[[], None]) -> None:
    """Read keys until cancelled."""
    with unechoed(fd):
        async for keys in keys_of(fd):
            view.prompt, wishes = view.prompt.pressed(keys)
            for wish in wishes:
                match wish:
                    case SayKey(text):
                        say(text)
                    case HangUpKey():
                        hang_up()
                    case LookKey(key):
                        view.looks = view.looks.pressed(key, view.most_back)
            view.touched.set()


class _View:
    """One live view: what it shows now, and when it must be drawn again."""

    def __init__(
        self,
        console: Console,
        get_call: Callable[[], Call],
        get_gauges: Callable[[], ConsoleGauges | None],
        header: HeaderLine,
        done: anyio.Event,
        keys: bool,
        behind: Callable[[], bool],
        history: History,
    ) -> None:
        self._behind = behind
        self._console, self._get_call, self._get_gauges = console, get_call, get_gauges
        self._header, self._done, self.keys = header, done, keys
        self._history = history
        self.prompt = Prompt(speech=get_call().terms.kind is Kind.STREAM)
        self.looks, self.most_back = OVERVIEW, 0
        self.touched = anyio.Event()
        self._created = float("inf")

    async def show(self) -> None:
        """Draw what has changed, until `done`. A terminal that goes away ends the view, not the call."""
        painter = Painter(self._console)
        try:
            await anyio.to_thread.run_sync(painter.enter)
            await self._repaint(painter)
        except OSError:
            await self._done.wait()
        finally:
            with anyio.CancelScope(shield=True), suppress(OSError):
                await anyio.to_thread.run_sync(painter.leave)

    async def _repaint(self, painter: Painter) -> None:
        drawn: object = None
        while not self._done.is_set():
            self.touched = anyio.Event()
            call, gauges, size = self._get_call(), self._get_gauges(), self._console.size
            typed, looks, now = self.prompt.typed, self.looks, self._now(call)
            steps = self._history.last(_MOST_STEPS if looks.page is Page.LADDER else LAST_STEPS)
            look = (call, gauges, typed, looks, size, int(now / _EVERY_S))
            if look != drawn and not self._behind():
                draw = partial(self._draw, painter, call, gauges, typed, looks, steps, size, now)
                self.most_back = await anyio.to_thread.run_sync(draw)
                drawn = look
            await self._pause()

    def _draw(
        self,
        painter: Painter,
        call: Call,
        gauges: ConsoleGauges | None,
        typed: str | None,
        looks: Looks,
        steps: Sequence[Told],
        size: Size,
        now: float,
    ) -> int:
        """Compose and write one picture: what runs in the thread. How far its page can be scrolled back."""
        width, height = size
        page = looks.page is not Page.OVERVIEW
        picture = pictured(
            call,
            gauges,
            width=width,
            height=height,
            now=now,
            title=self._header,
            looks=looks,
            steps=steps,
            foot=key_line(call, typed, width=width, keys=self.keys, page=page),
            keys=[(each.key, each.about) for each in call_keys(call, page=True)],
        )
        painter.paint(picture.lines, size)
        return picture.most_back

    def _now(self, call: Call) -> float:
        """Seconds since the call was created, learnt from the stamps of its events: the earliest mint they allow."""
        self._created = min(self._created, anyio.current_time() - call.at)
        return anyio.current_time() - self._created

    async def _pause(self) -> None:
        """Until the next repaint is due, sooner if keys are pressed, at once if it was the last."""
        with anyio.move_on_after(_EVERY_S):
            async with anyio.create_task_group() as waits:
                waits.start_soon(self._wait_for_keys, waits.cancel_scope)
                await self._done.wait()
                waits.cancel_scope.cancel()

    async def _wait_for_keys(self, pause: anyio.CancelScope) -> None:
        await anyio.sleep(_TYPING_S)
        await self.touched.wait()
        pause.cancel()
