"""One call from a terminal: the world it needs, the view it is shown in, the ways to stop it, its exit code.

Knows no telephony: what happens in the call is the session's, what is drawn is the console's.
"""

from __future__ import annotations

import gc
import json
import signal
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import anyio
from anyio.abc import TaskGroup
from rich.console import Console

from cli.console.drawable import drawable
from cli.console.gauges import Gauges, LoopLag
from cli.console.header import Header as Title
from cli.exits import Exit
from cli.printing import Printer
from cli.settings import Settings
from cli.world import World, plan_of, tool, world
from voicecall_core.journal import Header, Journal, step_object
from voicecall_core.judgement.call import Call, Step
from voicecall_core.judgement.guard import Verdict
from voicecall_core.recording import Recording
from voicecall_core.session import Plan, Session
from voicecall_core.words.events import DialBegan, Event, HangUpAsked, OperatorSpoke
from voicecall_core.words.numbers import PhoneNumber
from voicecall_core.words.orders import Order

_USUAL_THRESHOLDS = (700, 10, 10)  # Python's own, which cli/__init__.py raises for the imports
VIEW_WITHIN_S = 0.3  # a view is there by then, even if neither stranger has said a word
_Seen = tuple[Call, Event, Step]

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def place(settings: Settings, callee: PhoneNumber) -> int:
    """Place the call; returns the exit code of its outcome."""
    job = _dry if settings.dry_run else _place
    return anyio.run(job, settings, callee, backend="asyncio", backend_options={"use_uvloop": sys.platform != "win32"})


async def _dry(settings: Settings, callee: PhoneNumber) -> int:
    from cli.dry_run import dry_run  # what only a rehearsal of the request needs

    return await dry_run(settings, callee, Console())


async def _place(settings: Settings, callee: PhoneNumber) -> int:
    async with world(settings) as here:
        plan = plan_of(settings, callee, here.caller, here.scenario)
        header = Header(plan.terms, callee, here.caller, plan.began, tool(), *_rehearsed(settings, here))
        name = f"{plan.began:%Y%m%d-%H%M%S}-{plan.terms.call_id}"
        journal = Journal(settings.log / f"{name}.jsonl", header) if settings.log else None
        recording = Recording(settings.log / f"{name}.wav") if settings.log and settings.record else None
        gc.freeze()  # what is there now stays: collections during the call need not look at it
        gc.set_threshold(*_USUAL_THRESHOLDS)
        try:
            return await Placing(settings, here, plan, header, journal, recording).run()
        finally:
            if recording is not None:
                recording.close()


def _rehearsed(settings: Settings, here: World) -> tuple[str, int]:
    return (here.scenario.name, settings.seed) if here.scenario is not None else ("", 0)


class Placing:
    """A call with its view."""

    def __init__(
        self,
        settings: Settings,
        here: World,
        plan: Plan,
        header: Header,
        journal: Journal | None,
        recording: Recording | None,
    ) -> None:
        self._settings, self._here, self._header = settings, here, header
        self._journal, self._recording = journal, recording
        self._out = Console(highlight=False)
        self._people = Console(stderr=True, highlight=False) if settings.json else self._out
        self._live = drawable(self._out) and not (settings.plain or settings.json)
        way = f"simulated: {header.scenario}" if header.scenario else ""
        self._title = Title(str(header.callee), way)
        self._printer: Printer[_Seen] = Printer(self._write_json if settings.json else self._write_plain)
        self._under_way = anyio.Event()
        self._lag = LoopLag()
        self._session = Session(plan, here.strangers, journal=journal, watch=self._watch, recorder=recording)
        self._left = False
        self._steps: list[tuple[Event, Sequence[Verdict], Sequence[Order]]] = []

    async def run(self) -> Exit:
        """Make the call, show it, and say at the end what became of it; its exit code."""
        session = self._session
        async with anyio.create_task_group() as tasks:
            self._start_watching(tasks)
            async with self._here.switchboard.line(session):
                await session.run()
            self._printer.finish()
            await self._shown.wait()
            tasks.cancel_scope.cancel()
        if self._left:
            sid = session.call.sid
            fix = f" The call may still be up: voicecall hangup {sid}" if sid else ""
            self._people.print(f"Left at once.{fix}", soft_wrap=True)
            return Exit.INTERRUPTED
        from cli.conclusion import Conclusion  # 82 rules of diagnosis: not while somebody waits for the dialling

        journal, recording = self._journal, self._recording
        over = Conclusion(session.call, self._steps, journal, recording, self._here.switchboard.refused)
        if self._settings.json:
            _out([over.as_object()])
        over.show(self._people, self._title)
        return over.exit

    def _start_watching(self, tasks: TaskGroup) -> None:
        self._shown = anyio.Event()
        if self._settings.json:
            _out([self._header.as_object()])
        tasks.start_soon(self._obey_signals, tasks)
        tasks.start_soon(self._lag.watch)
        tasks.start_soon(self._show)

    async def _show(self) -> None:
        """Show the call. The view is imported once the strangers have been asked: nobody waits for it then."""
        session = self._session
        with anyio.move_on_after(VIEW_WITHIN_S):
            await self._under_way.wait()
        if self._live:
            from cli.console.live import live_view

            await live_view(
                self._out,
                lambda: session.call,
                lambda: Gauges(session.bridge.gauges(), self._lag.worst_ms),
                self._title,
                say=lambda text: session.tell(OperatorSpoke(text)),
                hang_up=self._hang_up,
                done=session.over,
            )
        else:
            await self._printer.run(self._hang_up)
        self._shown.set()

    def _hang_up(self) -> None:
        self._session.tell(HangUpAsked())

    def _watch(self, before: Call, event: Event, step: Step) -> None:
        self._steps.append((event, step.verdicts, step.orders))
        if not self._live:
            self._printer.put((before, event, step))
        if not isinstance(event, DialBegan):
            self._under_way.set()

    def _write_json(self, batch: Iterable[_Seen]) -> None:
        _out([step_object(event, step.verdicts, step.orders) for _, event, step in batch])

    def _write_plain(self, batch: Iterable[_Seen]) -> None:
        from cli.console.lines import lines

        for before, event, step in batch:
            for line in lines(before, step.call, event, step.verdicts, step.orders):
                self._out.print(line, soft_wrap=True)
        self._out.file.flush()

    async def _obey_signals(self, tasks: TaskGroup) -> None:
        """The first hangs up and lets the call end in order, the second leaves now."""
        with anyio.open_signal_receiver(*SIGNALS) as received:
            async for _ in received:
                if self._session.call.ending.cause is not None:
                    break
                self._hang_up()
        self._left = True
        tasks.cancel_scope.cancel()


def _out(objects: Iterable[dict[str, Any]]) -> None:
    """One object a line on standard output."""
    sys.stdout.write("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects))
    sys.stdout.flush()
