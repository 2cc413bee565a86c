"""How a call is shown while it lasts. The view is a guest: it may fail, be slow or be gone, and the call goes on."""

from __future__ import annotations

import json
import os
import select
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import IO, Any, cast

import anyio
import anyio.to_thread
from rich.console import Console

from voicecall_cli.console.drawable import drawable
from voicecall_cli.console.gauges import ConsoleGauges, LoopLag
from voicecall_cli.console.guest import GuestFile
from voicecall_cli.console.header import HeaderLine as Title
from voicecall_cli.console.history import History
from voicecall_cli.settings import Settings
from voicecall_core import OutgoingCall
from voicecall_core.call.step import Step
from voicecall_core.callfile.writer import step_object

LINES_WAITING = 10_000  # beyond it the oldest are dropped: a call is not held up by who reads of it
VIEW_WITHIN_S = 0.3  # a view is there by then, even if neither peer has said a word
READER_S = 5.0  # for a reader that takes nothing, once the call is over


class Shown:
    """Where a call is shown: the output proper, and what is for people where that is for a program."""

    def __init__(self, settings: Settings, out: IO[str] | None, err: IO[str] | None) -> None:
        self.json = settings.json
        self._files = GuestFile(out), GuestFile(err)
        self.out, self.err = (Console(file=cast(IO[str], file), highlight=False) for file in self._files)
        self.people = self.err if settings.json else self.out
        self.live = drawable(self.out) and not (settings.plain or settings.json)

    def objects(self, objects: Iterable[dict[str, Any]]) -> None:
        """One object a line on the output proper, in its letters."""
        file = self._files[0]
        ascii = not file.encoding.lower().startswith("utf")
        file.write("".join(json.dumps(each, ensure_ascii=ascii) + "\n" for each in objects))

    def say(self, text: str) -> None:
        """A line for people, on whatever can still be written to; never fails. An empty one is not said."""
        if not text:
            return
        try:
            self._say(text)
        except Exception:
            last_words(text)

    def _say(self, text: str) -> None:
        out, err = self._files
        there = self.people if not (out if self.people is self.out else err).failure else self.err
        there.print(text, soft_wrap=True, markup=False)
        if out.failure and err.failure:
            with suppress(OSError), open("/dev/tty", "w", encoding="utf-8") as terminal:
                terminal.write(f"{text}\n")

    @property
    def behind(self) -> bool:
        """The reader has not taken what there is."""
        return self._files[0].behind

    async def finish(self) -> None:
        """Wait until all is written, or its reader has taken nothing for a while."""
        out, err = self._files
        done = await out.drained(READER_S)
        if out.failure or not done or out.dropped:
            why = out.failure or "it was not read"
            self.err.print(f"Not all of the output was written: {why}.", soft_wrap=True, markup=False)
        await err.drained(READER_S)


def last_words(text: str) -> None:
    """Say it past everything that may be broken; to whoever does not read it is not said, as nobody waits for him."""
    with suppress(Exception):
        if select.select([], [2], [], 0)[1]:
            os.write(2, f"{text}\n".encode(errors="replace"))


class Printer:
    """Takes steps at any time; `run` writes them in order until `finish` has been called and all is out."""

    def __init__(self, write: Callable[[Iterable[Step]], None]) -> None:
        self._write = write
        self._steps: deque[Step] = deque(maxlen=LINES_WAITING)
        self._more = anyio.Event()
        self._finished = False

    def put(self, step: Step) -> None:
        """Take a step."""
        self._steps.append(step)
        self._more.set()

    def finish(self) -> None:
        """No more will come."""
        self._finished = True
        self._more.set()

    async def run(self) -> None:
        """Write until finished."""
        while True:
            await self._more.wait()
            self._more = anyio.Event()
            batch = list(self._steps)
            self._steps.clear()
            if batch:
                await anyio.to_thread.run_sync(self._write, batch)
            if self._finished and not self._steps:
                return


class View:
    """One call's view, by `run`: the live screen, plain lines, or objects. `failure` says why it ended early."""

    def __init__(self, shown: Shown, title: Title, lag: LoopLag) -> None:
        self.failure: Exception | None = None
        self._shown, self._title, self._lag = shown, title, lag
        self._printer = Printer(self._write_json if shown.json else self._write_plain)
        self._begun = anyio.Event()
        self._history = History()

    def see(self, step: Step) -> None:
        """A step of the call."""
        try:
            if self._shown.live:
                self._history.add(step)
            elif self.failure is None:
                self._printer.put(step)
        except Exception as error:
            self.failure = error

    def begin(self) -> None:
        """Carrier and model have been asked: nobody waits for what the view has to import."""
        self._begun.set()

    def finish(self) -> None:
        """The call is over."""
        self._printer.finish()

    async def run(self, call: OutgoingCall) -> None:
        """Show the call to its end; what fails in here is the view's end alone."""
        with anyio.move_on_after(VIEW_WITHIN_S):
            await self._begun.wait()
        try:
            await (self._live(call) if self._shown.live else self._printer.run())
        except Exception as error:
            self.failure = error

    async def _live(self, call: OutgoingCall) -> None:
        from voicecall_cli.console.live import live_view

        await live_view(
            self._shown.out,
            lambda: call.call,
            lambda: ConsoleGauges(call.gauges(), self._lag.worst_ms),
            self._title,
            say=call.say,
            hang_up=call.hang_up,
            done=call.session.over,
            behind=lambda: self._shown.behind,
            history=self._history,
        )

    def _write_json(self, batch: Iterable[Step]) -> None:
        self._shown.objects(map(step_object, batch))

    def _write_plain(self, batch: Iterable[Step]) -> None:
        from voicecall_cli.console.lines import lines

        for step in batch:
            for line in lines(step):
                self._shown.out.print(line, soft_wrap=True)
