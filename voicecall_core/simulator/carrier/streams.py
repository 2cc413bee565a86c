"""`<Connect><Stream>`: the stream that a call's document connects it to, from its opening to its end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

import anyio

from voicecall_core.simulator.carrier import callbacks, media_socket
from voicecall_core.simulator.carrier.call_records import CallResource
from voicecall_core.simulator.carrier.callee import Callee
from voicecall_core.simulator.carrier.context import CarrierContext
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.media_stream import SimulatedStream
from voicecall_core.simulator.carrier.verbs import Stream

SERVER_CLOSED, BROKEN_PIPE = 31921, 31903


class ConnectedStreams:
    """The streams of one call, one after the other. `reason` is why one that is cut short ends."""

    def __init__(self, context: CarrierContext, record: CallResource, callee: Callee) -> None:
        self.reason = "call-ended"
        self._context, self._record, self._callee = context, record, callee
        self._stream: SimulatedStream | None = None
        self._streams = 0

    def press(self, digit: str) -> None:
        """A key press; without a word while none runs."""
        if self._stream is not None:
            self._stream.press(digit)

    async def connect(self, verb: Stream) -> None:
        """Run one stream; returns when it ended and the next verb is due, whatever became of it."""
        plan, stream_sid = self._context.plan, self._context.new_sid("MZ")
        report = partial(callbacks.report_stream, self._context, self._record, stream_sid, verb)
        if plan.stream_ms is None:
            await anyio.sleep_forever()
        await anyio.sleep((plan.stream_ms or 0) / 1000)
        self._streams += 1
        self._record.stream_url = verb.url
        faulty = not plan.faulty_streams or self._streams <= plan.faulty_streams
        try:
            line = await self._open(verb, faulty and plan.token_lost)
        except media_socket.StreamFailed as error:
            planned = self._context.plan.stream_error or (faulty and plan.token_lost)
            source = "query" if urlsplit(verb.url).query else "plan" if planned else ""
            self._note(What.STREAM_FAILED, str(error), source=source, code=error.code)
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
            self._stream_over(why or self.reason, stream.waiting_ms, report)

    async def _open(self, verb: Stream, token_lost: bool) -> media_socket.MediaSocket:
        fault = verb.fault or self._context.plan.stream_error
        if fault:
            raise media_socket.StreamFailed(fault)
        context = self._context
        url = f"{verb.url[:-1]}{'1' if verb.url.endswith('0') else '0'}" if token_lost else verb.url
        line = await media_socket.open_trunk(context.network, url, context.account.token, context.tls, context.routes)
        self._note(What.STREAM_OPENED)
        return line

    def _stream_over(self, why: str, left_ms: int, report: Callable[..., None]) -> None:
        self._note(What.STREAM_ENDED, why, code=left_ms)
        if why == "server-closed":
            self._note(What.WARNING, "the server closed the media socket", code=SERVER_CLOSED)
        if why == "dropped":
            report("stream-error", f"{BROKEN_PIPE}: Stream - WebSocket - Broken Pipe")
        else:
            report("stream-stopped")  # assumption: not stream-error, also when the server closes with 1000

    def _note(self, what: What, detail: str = "", *, source: str = "", code: int = 0) -> None:
        self._context.note(self._record.sid, what, detail, source=source, code=code)
