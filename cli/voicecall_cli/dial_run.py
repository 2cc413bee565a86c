"""One call from a terminal: the view it is shown in, the ways to stop it, its exit code."""

from __future__ import annotations

import gc
import sys
import traceback

import anyio
from anyio.abc import TaskGroup
from rich.console import Console

from voicecall_cli import USUAL_THRESHOLDS
from voicecall_cli.console.gauges import LoopLag
from voicecall_cli.console.header import HeaderLine as Title
from voicecall_cli.dial_view import Shown, View
from voicecall_cli.exits import Exit, exit_for
from voicecall_cli.settings import Settings, wants_traceback
from voicecall_cli.signals import Signals, open_signals
from voicecall_cli.trial import TrialHint
from voicecall_cli.wiring import dialer_of, options_of
from voicecall_core import CallOptions, CallRecord, Dialer, OutgoingCall, PhoneNumber
from voicecall_core.call.step import Call, Step
from voicecall_core.errors import errors_ungrouped
from voicecall_core.masking import blotted, fit_to_show
from voicecall_core.words.events import DialBegan

LEAVE_WITHIN_S = 5.0  # after the second Ctrl-C: for create's answer and the hang-up's


def place(settings: Settings, callee: PhoneNumber) -> int:
    """Place the call; returns the exit code of its outcome."""
    job = _dry if settings.dry_run else _place
    return anyio.run(job, settings, callee, backend="asyncio", backend_options={"use_uvloop": sys.platform != "win32"})


async def _dry(settings: Settings, callee: PhoneNumber) -> int:
    from voicecall_cli.dry_run import dry_run  # what only a rehearsal of the request needs

    return await dry_run(settings, callee, Console())


async def _place(settings: Settings, callee: PhoneNumber) -> int:
    options = options_of(settings)  # a tools file that cannot be loaded is told before anything is begun
    with errors_ungrouped():
        async with open_signals() as signals, anyio.create_task_group() as beside:
            hint = TrialHint()
            if settings.phone_rings:
                beside.start_soon(hint.ask, settings, callee)
            async with dialer_of(settings) as dialer:
                gc.freeze()  # what is there now stays: collections during the call need not look at it
                gc.set_threshold(*USUAL_THRESHOLDS)
                placing = Placing(settings, dialer, callee, options, signals)
                hint.say = placing.say
                code = await placing.run()
            beside.cancel_scope.cancel()
    return code


class Placing:
    """A call with its view."""

    def __init__(
        self, settings: Settings, dialer: Dialer, callee: PhoneNumber, options: CallOptions, signals: Signals
    ) -> None:
        self._dialer, self._signals = dialer, signals
        self._shown = Shown(settings, sys.stdout, sys.stderr)
        self._lag = LoopLag()
        self._call = OutgoingCall(dialer, callee, options, log=settings.log, record=settings.record, watch=self._watch)
        header = self._call.header
        self._title = Title(str(callee), header.played, bool(header.scenario))
        self._view = View(self._shown, self._title, self._lag)
        self._tasks: TaskGroup | None = None
        self._leaving = False

    def say(self, text: str) -> None:
        """Tell people something beside the call."""
        self._shown.say(text)

    async def run(self) -> Exit:
        """Make the call, show it, and say at the end what became of it; its exit code."""
        record: CallRecord | None = None
        if self._shown.json:
            self._shown.objects([self._call.header.as_object()])
        try:
            async with anyio.create_task_group() as self._tasks:
                self._signals.obeyed = self._end
                self._tasks.start_soon(self._lag.watch)
                async with anyio.create_task_group() as views:
                    views.start_soon(self._view.run, self._call)
                    record = await self._call.run()
                    self._view.finish()
                self._tasks.cancel_scope.cancel()
        except BaseException:
            self._shown.say(_left_of(self._call.call))
            with anyio.CancelScope(shield=True):
                await self._shown.finish()
            raise
        if record is None:
            self._shown.say(f"Left at once. {_left_of(self._call.call)}".strip())
        code = Exit.INTERRUPTED if record is None else exit_for(record.outcome or "unknown")
        try:
            if record is not None:
                self._conclude(record)
            with anyio.CancelScope() as reading:
                self._signals.obeyed = reading.cancel
                await self._shown.finish()
        except Exception as error:
            self._tell_of_a_bug("telling of it", error)
        self._signals.obeyed = lambda: None
        return code

    def _watch(self, step: Step) -> None:
        self._view.see(step)
        if not isinstance(step.event, DialBegan):
            self._view.begin()

    # --- its end ---

    def _end(self) -> None:
        """Obey a signal: the first hangs up and lets the call end in order, the next shortens that, one more leaves."""
        assert self._tasks is not None, "signals mean this while the call is being made"
        if self._call.call.ending.cause is None:
            self._call.hang_up()
        elif not self._leaving:
            self._leaving = True
            self._shown.say(
                f"Leaving once the hang-up is answered, in {LEAVE_WITHIN_S:g} s at most; once more leaves now."
            )
            self._tasks.start_soon(self._leave_soon)
        else:
            self._leave()

    async def _leave_soon(self) -> None:
        """A hang-up that is under way is not lost, nor one that waits for create's answer: both are a moment away."""
        await anyio.sleep(LEAVE_WITHIN_S)
        self._leave()

    def _leave(self) -> None:
        if self._tasks is not None and not self._call.session.over.is_set():
            self._tasks.cancel_scope.cancel()

    def _conclude(self, record: CallRecord) -> None:
        """Say what became of the call. Nothing that goes wrong in here changes what the exit code says."""
        try:
            from voicecall_cli.dial_summary import Conclusion

            over = Conclusion(record, self._dialer.requests_refused, self._dialer.unauthenticated_refused)
            if self._shown.json:
                self._shown.objects([over.as_object()])
            over.show(self._shown.people, self._title, said=self._shown.live)
            if not self._shown.json and not self._shown.live:
                self._shown.say(over.as_line())
        except Exception as error:
            self._tell_of_a_bug("telling of it", error)
        if self._view.failure is not None:
            self._tell_of_a_bug("showing it", self._view.failure)
        if (ledger := self._dialer.ledger) is not None and ledger.failure:
            self._shown.say(f"This call was not remembered as it should be: {ledger.failure}.")
        if (kept := self._dialer.greetings) is not None and kept.failure:
            fix = "VOICECALL_CACHE names another folder, or is off."
            self._shown.say(f"No greeting from or for other calls: {kept.failure}. {fix}")
        for fault in self._call.session.faults:
            self._tell_of_a_bug("making it", fault)
        if self._view.failure is not None or record.outcome in ("unconfirmed", "unknown"):
            self._shown.say(f"{record.outcome}. {'' if record.header.scenario else _left_of(record.call)}".strip())

    def _tell_of_a_bug(self, doing: str, error: BaseException) -> None:
        self._shown.say(f"A mistake of voicecall's own in {doing}: {type(error).__name__}: {fit_to_show(str(error))}")
        if wants_traceback():
            self._shown.say(blotted("".join(traceback.format_exception(error))))


def _left_of(call: Call) -> str:
    """What may still be up, and what ends it; empty if nothing is."""
    if call.ending.confirmed or call.create in ("unsent", "refused"):
        return ""
    if call.sid:
        return f"The call may still be up: voicecall hangup {call.sid}"
    said = "The call was asked for, and its SID is not known: it may still ring."
    if call.candidates:
        return f"{said} It may be {' or '.join(call.candidates)}. If it is: voicecall hangup CA..."
    return f"{said} voicecall hangup {call.terms.call_id}"
