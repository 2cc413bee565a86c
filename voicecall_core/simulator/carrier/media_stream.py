"""One media stream, as the carrier runs it over its socket. Knows nothing of calls beyond its callee, nor of REST.

Twilio: docs/voice/media-streams. Frames of 20 ms leave without pause from about 100 ms after set-up; what arrives is
played in real time; marks go back when the audio before them has played.
"""

from __future__ import annotations

from collections.abc import Callable

import anyio

from voicecall_core.audio import FRAME_BYTES, FRAME_MS
from voicecall_core.net.websocket import SocketEnded
from voicecall_core.simulator.carrier import media_messages
from voicecall_core.simulator.carrier.callee import Callee
from voicecall_core.simulator.carrier.context import CarrierContext
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.media_socket import MediaSocket
from voicecall_core.simulator.carrier.playback_buffer import PlaybackBuffer

FIRST_TIMESTAMP_MS = 100  # first media timestamps seen: 73, 102, 155, 171
BUFFER_FULL = 31931
STOP_WITHIN = 1.0


class SimulatedStream:
    """A started stream: `run` returns why it ended, `press` sends a key."""

    def __init__(
        self,
        context: CarrierContext,
        call_sid: str,
        stream_sid: str,
        trunk: MediaSocket,
        callee: Callee,
        at_once: int = 1,
    ) -> None:
        self._context = context
        self._call_sid = call_sid
        self._trunk = trunk
        self._callee = callee
        self._at_once = at_once
        self._frames = media_messages.Frames(context.account.sid, call_sid, stream_sid)
        self._playout = PlaybackBuffer()
        self._began = 0.0
        self._warned: set[int] = set()
        self._run = bytearray()
        self._run_from = 0

    async def run(
        self,
        parameters: tuple[tuple[str, str], ...],
        delay_ms: int,
        *,
        started: Callable[[], None],
        drop_at_ms: int | None,
        stall_at_ms: int | None,
        stop_at_ms: int | None = None,
        start_doubled: bool = False,
        encoding: str = "audio/x-mulaw",
    ) -> str:
        """From `connected` on, which leaves `delay_ms` after the 101.

        Until the server closes (server-closed), or the plan cuts the line (dropped) or ends the stream (stopped).
        Cancelled, it says `stop` and
        closes without waiting; what was heard is in the log by then.
        """
        try:
            await anyio.sleep(delay_ms / 1000)
            await self._send(media_messages.CONNECTED)
            for _ in range(2 if start_doubled else 1):
                await self._send(self._frames.start(parameters, encoding))
            return await self._converse(started, drop_at_ms, stall_at_ms, stop_at_ms)
        except SocketEnded:
            return "server-closed"
        except BaseException:
            await self._say_stop()
            raise
        finally:
            self._end_of_run()

    async def _converse(
        self,
        started: Callable[[], None],
        drop_at_ms: int | None,
        stall_at_ms: int | None,
        stop_at_ms: int | None,
    ) -> str:
        self._began = anyio.current_time()
        started()
        why = "server-closed"
        async with anyio.create_task_group() as tasks:

            async def listen() -> None:
                try:
                    while True:
                        await self._obey(await self._trunk.socket.receive())
                except SocketEnded:
                    tasks.cancel_scope.cancel()

            async def tick() -> None:
                nonlocal why
                try:
                    why = await self._tick(drop_at_ms, stall_at_ms, stop_at_ms)
                except SocketEnded:
                    pass
                tasks.cancel_scope.cancel()

            tasks.start_soon(listen)
            tasks.start_soon(tick)
        if why == "dropped":
            await self._trunk.cut()
        elif why == "stopped":
            await self._say_stop()
        return why

    def press(self, digit: str) -> None:
        """Tell the server of a key press; without a word if the socket is gone."""
        self._context.tasks.start_soon(self._send_key, digit)

    @property
    def _stream_ms(self) -> int:
        return round((anyio.current_time() - self._began) * 1000)

    async def _send(self, *texts: str) -> None:
        if texts:
            with anyio.CancelScope(shield=True):  # a frame sent by half would end the socket; bounded by the socket
                await self._trunk.socket.send(*texts)

    async def _send_key(self, digit: str) -> None:
        # Numbered only now: between press and sending another message may have left.
        await self._send_quietly(self._frames.dtmf(digit))

    async def _send_quietly(self, text: str) -> None:
        try:
            await self._send(text)
        except SocketEnded:
            pass

    async def _say_stop(self) -> None:
        if self._began:
            with anyio.move_on_after(STOP_WITHIN, shield=True):
                await self._send_quietly(self._frames.stop())
        # assumption: the close code is 1000, and the carrier does not wait for its answer
        self._context.tasks.start_soon(self._trunk.socket.close)

    async def _tick(self, drop_at_ms: int | None, stall_at_ms: int | None, stop_at_ms: int | None) -> str:
        """Every 20 ms: a frame of the callee out, a frame of the agent into the callee's ear. Returns why no more.

        Of frames that pass at once the first ones are late; each says what it would have said in time.
        """
        jitter_ms, chance = self._context.plan.jitter_ms, self._context.chance
        messages: list[str] = []  # that leave together
        for count in range(1, 1 << 40):
            due = self._began + count * FRAME_MS / 1000  # absolute: relative sleeps would drift
            if jitter_ms:
                await anyio.sleep_until(due + chance.uniform(0, jitter_ms) / 1000)
            if count % self._at_once == 1 % self._at_once:
                await anyio.sleep_until(due + (self._at_once - 1) * FRAME_MS / 1000)
            at_ms = count * FRAME_MS
            dropped = drop_at_ms is not None and at_ms >= drop_at_ms
            if dropped or (stop_at_ms is not None and at_ms >= stop_at_ms):
                await self._send(*messages)
                return "dropped" if dropped else "stopped"
            messages += [self._mark(name) for name in self._play(at_ms)]
            if stall_at_ms is None or at_ms < stall_at_ms:
                timestamp = FIRST_TIMESTAMP_MS + at_ms - FRAME_MS
                messages.append(self._frames.media(timestamp, self._callee.voice(due)))
            if not count % self._at_once:
                await self._send(*messages)
                messages.clear()
        raise AssertionError("a stream has an end")

    def _play(self, at_ms: int) -> list[str]:
        due, frame = self._playout.tick()
        self._callee.hear(frame)
        if frame and not self._run:
            self._run_from = at_ms
        self._run += frame
        if len(frame) < FRAME_BYTES:
            self._end_of_run()
        return due

    def _end_of_run(self) -> None:
        if self._run:
            self._context.note(self._call_sid, What.HEARD, stream_ms=self._run_from, audio=bytes(self._run))
            self._run.clear()

    def _mark(self, name: str) -> str:
        """The mark that goes back, which is noted."""
        self._context.note(self._call_sid, What.MARKED, name, stream_ms=self._stream_ms)
        return self._frames.mark(name)

    async def _obey(self, text: str | bytes) -> None:
        message = media_messages.read(text, self._frames.stream_sid)
        match message:
            case media_messages.MediaMessage(audio):
                if not self._playout.take(audio):
                    self._warn(BUFFER_FULL, "ten minutes of audio wait already, no more is taken")
            case media_messages.MarkMessage(name):
                if self._playout.mark(name):
                    await self._send(self._mark(name))
            case media_messages.ClearMessage():
                thrown = self._playout.waiting_ms
                due = self._playout.clear()
                self._context.note(self._call_sid, What.CLEARED, code=thrown, stream_ms=self._stream_ms)
                await self._send(*[self._mark(name) for name in due])
            case media_messages.BadMessage(code, why):
                self._warn(code, why)

    def _warn(self, code: int, why: str) -> None:
        if code not in self._warned:  # once per stream
            self._warned.add(code)
            self._context.note(self._call_sid, What.WARNING, why, code=code)
