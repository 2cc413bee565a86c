"""One call from a terminal: the view it is shown in, the ways to stop it, its exit code."""

from __future__ import annotations

import gc
import json
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup
from rich.console import Console

from voicecall_cli.console.drawable import drawable
from voicecall_cli.console.footer import ConsoleGauges, LoopLag
from voicecall_cli.console.header import HeaderLine as Title
from voicecall_cli.exits import Exit
from voicecall_cli.settings import Settings
from voicecall_cli.wiring import dialer_of, options_of
from voicecall_core import CallRecord, Dialer, OutgoingCall, PhoneNumber
from voicecall_core.call.step import Step
from voicecall_core.callfile.writer import step_object
from voicecall_core.words.events import DialBegan

T = TypeVar("T")
LINES_WAITING = 10_000  # beyond it the oldest are dropped: a call is not held up by who reads of it


class Printer(Generic[T]):
    """Takes what will be lines at any time; `run` writes in order until `finish` has been called and all is out."""

    def __init__(self, write: Callable[[Iterable[T]], None]) -> None:
        self._write = write
        self._lines: deque[T] = deque(maxlen=LINES_WAITING)
        self._more = anyio.Event()
        self._finished = False
        self.broken = False  # nobody reads any more

    def put(self, line: T) -> None:
        """Take a line."""
        self._lines.append(line)
        self._more.set()

    def finish(self) -> None:
        """No more will come."""
        self._finished = True
        self._more.set()

    async def run(self, when_broken: Callable[[], None]) -> None:
        """Write until finished; `when_broken` is called once if the reader has gone."""
        while True:
            await self._more.wait()
            self._more = anyio.Event()
            batch = list(self._lines)
            self._lines.clear()
            if batch and not self.broken:
                try:
                    await anyio.to_thread.run_sync(self._write, batch)
                except BrokenPipeError:
                    self.broken = True
                    when_broken()
            if self._finished and not self._lines:
                return


_USUAL_THRESHOLDS = (700, 10, 10)  # Python's own, which cli/__init__.py raises for the imports
VIEW_WITHIN_S = 0.3  # a view is there by then, even if neither stranger has said a word

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def place(settings: Settings, callee: PhoneNumber) -> int:
    """Place the call; returns the exit code of its outcome."""
    job = _dry if settings.dry_run else _place
    return anyio.run(job, settings, callee, backend="asyncio", backend_options={"use_uvloop": sys.platform != "win32"})


async def _dry(settings: Settings, callee: PhoneNumber) -> int:
    from voicecall_cli.dry_run import dry_run  # what only a rehearsal of the request needs

    return await dry_run(settings, callee, Console())


async def _place(settings: Settings, callee: PhoneNumber) -> int:
    async with dialer_of(settings) as dialer:
        gc.freeze()  # what is there now stays: collections during the call need not look at it
        gc.set_threshold(*_USUAL_THRESHOLDS)
        return await Placing(settings, dialer, callee).run()


class Placing:
    """A call with its view."""

    def __init__(self, settings: Settings, dialer: Dialer, callee: PhoneNumber) -> None:
        self._settings, self._dialer = settings, dialer
        self._out = Console(highlight=False)
        self._people = Console(stderr=True, highlight=False) if settings.json else self._out
        self._live = drawable(self._out) and not (settings.plain or settings.json)
        self._printer: Printer[Step] = Printer(self._write_json if settings.json else self._write_plain)
        self._under_way = anyio.Event()
        self._lag = LoopLag()
        self._call = OutgoingCall(
            dialer, callee, options_of(settings), log=settings.log, record=settings.record, watch=self._watch
        )
        scenario = self._call.header.scenario
        self._title = Title(str(callee), f"simulated: {scenario}" if scenario else "")
        self._left = False

    async def run(self) -> Exit:
        """Make the call, show it, and say at the end what became of it; its exit code."""
        record: CallRecord | None = None
        async with anyio.create_task_group() as tasks:
            self._start_watching(tasks)
            record = await self._call.run()
            self._printer.finish()
            await self._shown.wait()
            tasks.cancel_scope.cancel()
        if self._left or record is None:
            sid = self._call.call.sid
            fix = f" The call may still be up: voicecall hangup {sid}" if sid else ""
            self._people.print(f"Left at once.{fix}", soft_wrap=True)
            return Exit.INTERRUPTED
        from voicecall_cli.dial_summary import Conclusion

        over = Conclusion(record, self._dialer.requests_refused)
        if self._settings.json:
            _out([over.as_object()])
        over.show(self._people, self._title)
        return over.exit

    def _start_watching(self, tasks: TaskGroup) -> None:
        self._shown = anyio.Event()
        if self._settings.json:
            _out([self._call.header.as_object()])
        tasks.start_soon(self._obey_signals, tasks)
        tasks.start_soon(self._lag.watch)
        tasks.start_soon(self._show)

    async def _show(self) -> None:
        """Show the call. The view is imported once carrier and model have been asked: nobody waits for it then."""
        call = self._call
        with anyio.move_on_after(VIEW_WITHIN_S):
            await self._under_way.wait()
        if self._live:
            from voicecall_cli.console.live import live_view

            await live_view(
                self._out,
                lambda: call.call,
                lambda: ConsoleGauges(call.gauges(), self._lag.worst_ms),
                self._title,
                say=call.say,
                hang_up=call.hang_up,
                done=call.session.over,
            )
        else:
            await self._printer.run(call.hang_up)
        self._shown.set()

    def _watch(self, step: Step) -> None:
        if not self._live:
            self._printer.put(step)
        if not isinstance(step.event, DialBegan):
            self._under_way.set()

    def _write_json(self, batch: Iterable[Step]) -> None:
        _out(map(step_object, batch))

    def _write_plain(self, batch: Iterable[Step]) -> None:
        from voicecall_cli.console.lines import lines

        for step in batch:
            for line in lines(step):
                self._out.print(line, soft_wrap=True)
        self._out.file.flush()

    async def _obey_signals(self, tasks: TaskGroup) -> None:
        """The first hangs up and lets the call end in order, the second leaves now."""
        with anyio.open_signal_receiver(*SIGNALS) as received:
            async for _ in received:
                if self._call.call.ending.cause is not None:
                    break
                self._call.hang_up()
        self._left = True
        tasks.cancel_scope.cancel()


def _out(objects: Iterable[dict[str, Any]]) -> None:
    """One object a line on standard output."""
    sys.stdout.write("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects))
    sys.stdout.flush()
