"""How a call's documents are run, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import anyio
from anyio.abc import TaskGroup

from voicecall_core.simulator.carrier import callbacks, documents, media_socket, twiml
from voicecall_core.simulator.carrier.call_records import CallResource
from voicecall_core.simulator.carrier.callee import LOOK_S, Callee
from voicecall_core.simulator.carrier.context import CarrierContext
from voicecall_core.simulator.carrier.documents import Inline, Origin, ServedDocument
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.media_stream import SimulatedStream

MS_A_CHARACTER = 60  # assumption: some 16 characters a second, an unhurried voice
ERROR_MESSAGE_S = 4.0  # assumption: "We are sorry, an application error has occurred. Goodbye."
REDIRECT_MS = 5  # assumption: from one document to the request for the next
SERVER_CLOSED, BROKEN_PIPE = 31921, 31903


class Interpreter:
    """What the carrier does with a call that was answered. `reason` is why a stream that is cut short ends."""

    def __init__(self, context: CarrierContext, record: CallResource, callee: Callee) -> None:
        self.reason = "call-ended"
        self._context = context
        self._record = record
        self._callee = callee
        self._running = anyio.CancelScope()
        self._successor: Origin | None = None
        self._stream: SimulatedStream | None = None
        self._first = True
        self._streams = 0

    def replace(self, origin: Origin) -> None:
        """Stop what runs, at once, and run this instead."""
        self._successor, self.reason = origin, "update"
        self._running.cancel()

    def press(self, digit: str) -> None:
        """A key press; heard only while a stream runs."""
        if self._stream is not None:
            self._stream.press(digit)

    async def run(self, first: Origin, tasks: TaskGroup, over: Callable[[], bool]) -> None:
        """Run documents until none is left. `tasks` must outlive a document, not the call."""
        origin: Origin | None = first
        while origin is not None and not over():
            following: Origin | None = None
            with anyio.CancelScope() as self._running:
                if self._successor is None:  # an update may have come before anything ran
                    following = await self._one(origin, tasks)
            origin, self._successor = self._successor or following, None
            self.reason = "call-ended"

    async def _one(self, origin: Origin, tasks: TaskGroup) -> Origin | None:
        document = await self._await_document(origin, tasks)
        if document.error:
            await self._apologise(document.error)
            return None
        self._note(What.RAN, document.script.words, source=document.source)
        for name in document.script.skipped:
            self._note(What.WARNING, f"<{name}> is not known here and was skipped", code=twiml.SCHEMA_WARNING)
        for verb in document.script.verbs:
            match verb:
                case twiml.Say(text):
                    await self._say(text, document.source)
                case twiml.Pause(seconds):
                    await anyio.sleep(seconds)
                case twiml.Stream():
                    await self._connect(verb)
                case twiml.Redirect():
                    return documents.redirected(verb, document.base)
                case twiml.Hangup():
                    return None
        return None

    async def _await_document(self, origin: Origin, tasks: TaskGroup) -> ServedDocument:
        """The document of `origin`. An update takes its place, but does not call the request for it back.

        The request goes out with the answer, before anything can react to it; what it brings is then thrown away.
        That an update wins over a document that is still being fetched is an assumption.
        """
        found: list[ServedDocument] = []
        arrived, wanted = anyio.Event(), [True]
        plan, doubled = self._context.plan, self._first and self._context.plan.fetch_doubled
        delay, self._first = (plan.fetch_ms if self._first else REDIRECT_MS), False

        async def obtain() -> None:
            if not isinstance(origin, Inline):
                await (anyio.sleep_forever() if delay is None else anyio.sleep(delay / 1000))
            if doubled:
                await documents.obtain(self._context, self._record, origin)
            document = await documents.obtain(self._context, self._record, origin)
            if not document.error:
                what = What.RECEIVED if wanted[0] else What.DISCARDED
                self._note(what, document.script.words, source=document.source)
            found.append(document)
            arrived.set()

        tasks.start_soon(obtain)
        try:
            await arrived.wait()
        except BaseException:
            wanted[0] = False
            raise
        return found[0]

    async def _say(self, text: str, source: str) -> None:
        self._context.note(self._record.sid, What.SAY_BEGAN, source=source, pii_text=text)
        await self._sound(len(text) * MS_A_CHARACTER / 1000)

    async def _apologise(self, code: int) -> None:
        self._note(What.WARNING, "the document could not be run", code=code)
        self._note(What.ERROR_MESSAGE, code=code)
        await self._sound(ERROR_MESSAGE_S)

    async def _sound(self, seconds: float) -> None:
        until = anyio.current_time() + seconds
        while anyio.current_time() < until:
            self._callee.ear.hear(True)
            await anyio.sleep(LOOK_S)

    async def _connect(self, verb: twiml.Stream) -> None:
        """Run one stream; returns when it ended and the next verb is due, whatever became of it."""
        plan, stream_sid = self._context.plan, self._context.new_sid("MZ")
        report = partial(callbacks.report_stream, self._context, self._record, stream_sid, verb)
        if plan.stream_ms is None:
            await anyio.sleep_forever()
        await anyio.sleep((plan.stream_ms or 0) / 1000)
        self._streams += 1
        faulty = not plan.faulty_streams or self._streams <= plan.faulty_streams
        try:
            line = await self._open(verb, faulty and plan.token_lost)
        except media_socket.StreamFailed as error:
            self._note(What.STREAM_FAILED, str(error), code=error.code)
            report("stream-error", str(error))
            return  # assumption: the verbs after Connect run, as they do when the server closes
        stream = SimulatedStream(self._context, self._record.sid, stream_sid, line, self._callee, plan.frames_at_once)
        why = ""

        def started() -> None:
            self._stream = stream
            self._note(What.STREAM_STARTED)
            report("stream-started")

        try:
            why = await stream.run(
                verb.parameters,
                plan.start_ms,
                started=started,
                drop_at_ms=plan.drop_stream_at_ms if faulty else None,
                stall_at_ms=plan.stall_media_at_ms if faulty else None,
                stop_at_ms=plan.stop_stream_at_ms if faulty else None,
                start_doubled=plan.start_doubled,
                encoding=plan.encoding if faulty else "audio/x-mulaw",
            )
        finally:
            self._stream = None
            self._stream_over(why or self.reason, report)

    async def _open(self, verb: twiml.Stream, token_lost: bool) -> media_socket.MediaSocket:
        fault = verb.fault or self._context.plan.stream_error
        if fault:
            raise media_socket.StreamFailed(fault)
        context = self._context
        url = f"{verb.url[:-1]}{'1' if verb.url.endswith('0') else '0'}" if token_lost else verb.url
        line = await media_socket.open_trunk(context.network, url, context.account.token, context.tls)
        self._note(What.STREAM_OPENED)
        return line

    def _stream_over(self, why: str, report: Callable[..., None]) -> None:
        self._note(What.STREAM_ENDED, why)
        if why == "server-closed":
            self._note(What.WARNING, "the server closed the media socket", code=SERVER_CLOSED)
        if why == "dropped":
            report("stream-error", f"{BROKEN_PIPE}: Stream - WebSocket - Broken Pipe")
        else:
            report("stream-stopped")  # assumption: not stream-error, also when the server closes with 1000

    def _note(self, what: What, detail: str = "", *, source: str = "", code: int = 0) -> None:
        self._context.note(self._record.sid, what, detail, source=source, code=code)
