"""`<Start><Stream>`: a stream that only listens, beside all else the call does (Twilio: docs/voice/twiml/stream)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import anyio
from anyio.abc import TaskGroup

from voicecall_core.audio import FRAME_BYTES, FRAME_MS, SILENCE
from voicecall_core.net.websocket import SocketEnded
from voicecall_core.simulator.carrier import callbacks, media_messages, media_socket
from voicecall_core.simulator.carrier.call_records import CallResource
from voicecall_core.simulator.carrier.callee import Callee
from voicecall_core.simulator.carrier.context import CarrierContext
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.verbs import Stream

TRACKS = {"inbound_track": ("inbound",), "outbound_track": ("outbound",), "both_tracks": ("inbound", "outbound")}
FIRST_TIMESTAMP_MS = 100
STOP_WITHIN_S = 1.0
MOST = 4  # forked streams of one call (Twilio: docs/voice/twiml/stream)


@dataclass(frozen=True, slots=True)
class _Fork:
    name: str
    scope: anyio.CancelScope


class Forks:
    """The listening streams of one call, by name."""

    def __init__(self, context: CarrierContext, record: CallResource, callee: Callee) -> None:
        self._context, self._record, self._callee = context, record, callee
        self._running: dict[str, _Fork] = {}  # by SID

    def start(self, verb: Stream, tasks: TaskGroup) -> str:
        """Begin one and return its SID; what becomes of it is the stream's own matter, and the call goes on.

        Empty if there are too many, or one of that name.
        """
        stream_sid = self._context.new_sid("MZ")
        name = verb.name or stream_sid
        if len(self._running) >= MOST or name in (each.name for each in self._running.values()):
            self._note(What.WARNING, f"the stream {name} is not begun: four at most, each by its own name")
            return ""
        self._running[stream_sid] = _Fork(name, anyio.CancelScope())
        tasks.start_soon(self._run, verb, stream_sid, self._running[stream_sid])
        return stream_sid

    def stop(self, name: str) -> bool:
        """End the one of that name or SID; False if there is none."""
        for sid, fork in list(self._running.items()):
            if name in (sid, fork.name):
                fork.scope.cancel()
                del self._running[sid]
                return True
        return False

    async def _run(self, verb: Stream, stream_sid: str, fork: _Fork) -> None:
        report = partial(callbacks.report_stream, self._context, self._record, stream_sid, verb)
        why = "call-ended"
        try:
            with fork.scope:
                why = await self._carried(verb, stream_sid, fork.name, report)
            if fork.scope.cancelled_caught:
                why = "stopped"
        except media_socket.StreamFailed as error:
            why = ""
            self._note(What.STREAM_FAILED, str(error), code=error.code)
            report("stream-error", str(error))
        finally:
            self._running.pop(stream_sid, None)
            if why:
                self._note(What.FORK_ENDED, why)
                report("stream-stopped")

    async def _carried(self, verb: Stream, stream_sid: str, name: str, report: Callable[[str], None]) -> str:
        context = self._context
        await anyio.sleep((context.plan.stream_ms or 0) / 1000)
        if verb.fault:
            raise media_socket.StreamFailed(verb.fault)
        trunk = await media_socket.open_trunk(
            context.network, verb.url, context.account.token, context.tls, context.routes
        )
        frames = media_messages.Frames(context.account.sid, self._record.sid, stream_sid)
        tracks = TRACKS.get(verb.track, TRACKS["inbound_track"])
        try:
            await trunk.socket.send(media_messages.CONNECTED)
            await trunk.socket.send(frames.start(verb.parameters, tracks=tracks))
            self._note(What.FORKED, name)
            report("stream-started")
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._deaf, trunk, tasks.cancel_scope)
                await self._tick(trunk, frames, tracks)
        except SocketEnded:
            return "server-closed"
        except BaseException:
            with anyio.move_on_after(STOP_WITHIN_S, shield=True):
                await self._quietly(trunk, frames.stop())
            raise
        finally:
            context.tasks.start_soon(trunk.socket.close)
        return "server-closed"

    async def _deaf(self, trunk: media_socket.MediaSocket, over: anyio.CancelScope) -> None:
        """What the server says on such a stream is of no effect; that it is gone is."""
        try:
            while True:
                await trunk.socket.receive()
        except SocketEnded:
            over.cancel()

    async def _tick(
        self, trunk: media_socket.MediaSocket, frames: media_messages.Frames, tracks: tuple[str, ...]
    ) -> None:
        """A frame of each track every 20 ms. assumption: what the callee hears is sent as silence."""
        began = anyio.current_time()
        for count in range(1, 1 << 40):
            due = began + count * FRAME_MS / 1000
            await anyio.sleep_until(due)
            for track in tracks:
                audio = self._callee.voice(due) if track == "inbound" else SILENCE * FRAME_BYTES
                timestamp = FIRST_TIMESTAMP_MS + (count - 1) * FRAME_MS
                await trunk.socket.send(frames.media(timestamp, audio, track))

    async def _quietly(self, trunk: media_socket.MediaSocket, text: str) -> None:
        try:
            await trunk.socket.send(text)
        except SocketEnded:
            pass

    def _note(self, what: What, detail: str = "", *, code: int = 0) -> None:
        self._context.note(self._record.sid, what, detail, code=code)
