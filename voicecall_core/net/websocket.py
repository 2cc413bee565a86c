"""A WebSocket, from either side: its messages, and its end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import NoReturn

import anyio
import anyio.lowlevel
from anyio.abc import ByteStream
from websockets.client import ClientProtocol
from websockets.frames import BINARY, CONT, PING, PONG, TEXT, CloseCode, Frame
from websockets.protocol import OPEN, Event
from websockets.server import ServerProtocol

from voicecall_core.errors import PeerError
from voicecall_core.net.callback_stream import CallbackStream
from voicecall_core.net.frames import MASK, USUAL, WHOLE_TEXT, TextFrames, apply_mask, cut
from voicecall_core.net.network import GONE, close_gently, drop
from voicecall_core.net.pulse import Pulse
from voicecall_core.net.relay import CallbackRelay, Pipe, Relay, TaskRelay

# A message may be this long. A model's event that repeats a whole conversation reaches some hundred kB; one MiB,
# the library's default, has been met as a limit in the field.
MESSAGE_BYTES = 8 * 2**20
# What is read at a time. Messages wait here for a slow reader only as far as they came in one read: beyond that the
# peer waits, by TCP's own means.
READ_BYTES = 65_536
# ... of one who came to us: a media message. A reading full of the smallest frames would take 0.1 s to be parsed, and
# this takes half a millisecond.
GUEST_READ_BYTES = 512
# Frames of which a message of his may consist: carriers send each in one, and the smallest are as dear as larger ones.
GUEST_FRAMES = 64
# What a peer has not taken for so long is of no use to a telephone call any more.
SEND_WITHIN = 5.0
# From our close frame to the peer's, and on to the end of its stream.
CLOSE_WITHIN = 2.0


class SocketEnded(Exception):
    """The socket is over. `code` and `reason` are the peer's; 1006 if it left without a word or was given up."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"socket ended with {code} {reason}".rstrip())
        self.code = code
        self.reason = reason


def _dropped(message: str | bytes) -> None:
    """Nobody listens any more."""


class WebSocket:
    """One open socket, either side. Pings are answered on the way.

    Messages are waited for one by one (`receive`, `send`), or relayed: `relay` hands each on as it comes, and meanwhile
    `write` sends without waiting. `headers` are those of the server's answer, if it was opened from here; `unread`
    was read before it was a socket. `reads` counts how often something came. As `async with` it is closed at the end.
    """

    __slots__ = (
        "_arrived",
        "_at_rest",
        "_begun",
        "_body",
        "_ended",
        "_frames",
        "_guest",
        "_hand_on",
        "_limit",
        "_most",
        "_mute",
        "_open",
        "_parts",
        "_pipe",
        "_protocol",
        "_pulse",
        "_reading",
        "_relay",
        "_relayed",
        "_stream",
        "_textual",
        "_through",
        "_unread",
        "_usual",
        "_writing",
        "headers",
        "reads",
    )

    def __init__(
        self,
        stream: ByteStream,
        protocol: ServerProtocol | ClientProtocol,
        headers: Sequence[tuple[str, str]] = (),
        unread: bytes = b"",
    ) -> None:
        self._guest = isinstance(protocol, ServerProtocol)
        self._most = GUEST_READ_BYTES if self._guest else READ_BYTES
        self._frames = TextFrames(masked=not self._guest)
        self._limit = protocol.max_message_size or MESSAGE_BYTES
        self._usual, self._body = (USUAL | MASK, 8) if self._guest else (USUAL, 4)
        self._open = protocol.state is OPEN
        self._at_rest = False  # open, and between two messages, for all that is known
        self._unread, self._pulse = unread, Pulse()
        self.headers, self.reads = tuple(headers), 0
        self._stream, self._protocol = stream, protocol
        self._begun = b""  # a frame's head that has not come to its end
        self._through = 0  # bytes of a frame, yet to come, of which the library has the beginning
        self._parts: list[bytes] = []
        self._textual = True
        self._arrived: deque[str | bytes] = deque()
        self._hand_on: Callable[[str | bytes], None] = self._arrived.append
        self._relay: Relay | None = None
        self._pipe: Pipe | None = None  # of the relay
        self._relayed = anyio.Event()  # the relay has come to its end
        self._mute = False  # the stream takes nothing more, though there may be something left to read
        self._ended: tuple[int, str] | None = None
        # Both are taken without a checkpoint while nobody else holds them: one frame is one write.
        self._reading = anyio.Lock(fast_acquire=True)
        self._writing = anyio.Lock(fast_acquire=True)

    @property
    def closed(self) -> bool:
        """True as soon as nothing can be sent any more; what came before the end can still be received."""
        return self._mute or self._ended is not None or self._protocol.state is not OPEN

    async def receive(self) -> str | bytes:
        """The next message, whole. Raises SocketEnded once all that came before the end has been received.

        Cancelling it loses nothing.
        """
        while not self._arrived:
            if self._ended is not None:
                raise SocketEnded(*self._ended)
            await self._pull()
        return self._arrived.popleft()

    def put_back(self, messages: Sequence[str | bytes]) -> None:
        """Give back what was received, in its order: it is received again, before anything else."""
        self._arrived.extendleft(reversed(messages))

    async def send(self, *texts: str) -> None:
        """Send text messages in one piece, in the order of the calls. Raises SocketEnded.

        A peer that does not take it within SEND_WITHIN seconds ends the socket. So does cancelling it half-way, as
        nobody could tell then where the next frame begins.
        """
        async with self._writing:
            self._demand_open()
            await self.flush(b"".join(map(self._frames.of, texts)))

    async def relay(self, hand_on: Callable[[str | bytes], None], on_room: Callable[[], None]) -> NoReturn:
        """Give each message to `hand_on` as it comes. Raises SocketEnded at the end, or what `hand_on` raises.

        `on_room` is called when a socket that was `full` is so no more. Neither may block. Meanwhile nobody else
        receives or sends, but by `write`, `ping` and `close`.
        """
        self._hand_on, self._relayed = hand_on, anyio.Event()
        if isinstance(self._stream, CallbackStream):
            self._stream.put_back(self._unread)
            self._unread = b""
            self._relay = CallbackRelay(self, self._stream, on_room, most=self._most, within=SEND_WITHIN)
            self._pipe = self._stream
        else:
            self._relay = self._pipe = TaskRelay(self, on_room)
        try:
            while self._arrived:
                hand_on(self._arrived.popleft())
            await self._relay.run()
            if self._ended is None:
                self._ended = self._last_words()
                await close_gently(self._stream)
        finally:
            self._relay = self._pipe = None
            self._hand_on = self._arrived.append
            self._relayed.set()
        raise self._end()

    @property
    def full(self) -> bool:
        """Whether the peer is behind with what was written: whoever can wait, waits for `on_room`."""
        return self._pipe is not None and self._pipe.full

    def write(self, text: str) -> None:
        """Send one text message without waiting, in the order of the calls, while `relay` runs; else it is dropped.

        A peer that is `full` for SEND_WITHIN seconds ends the socket.
        """
        if self._pipe is not None and self._open:
            self._pipe.write(self._frames.of(text))

    def offer(self, text: str) -> bool:
        """The same, unless the peer is behind, or nothing is relayed: then false, and nothing is sent."""
        pipe = self._pipe
        if pipe is None or pipe.full:
            return False
        if self._open:
            pipe.write(self._frames.of(text))
        return True

    async def ping(self, within: float) -> bool:
        """Ask whether the peer is there; false if it has not answered after so many seconds. Raises SocketEnded.

        Somebody has to be receiving meanwhile. Time in which our own loop could not read does not count.
        """
        self._demand_open()
        mine = self._pulse.ask()
        self._protocol.send_ping(str(mine).encode())
        await self._send_owed()
        return await self._pulse.answer_to(mine, within, self._demand_open)

    def _demand_open(self) -> None:
        if self.closed:
            raise self._end()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye and wait for the answer, CLOSE_WITHIN seconds in all; then the stream is closed.

        A peer that broke the rules (1008) is not heard to the end: what it still sends costs nothing. Messages that
        arrive meanwhile are dropped. Closing again is harmless; a cancelled close closes at once.
        """
        try:
            with anyio.move_on_after(CLOSE_WITHIN), suppress(SocketEnded):
                if not self.closed:
                    if code == CloseCode.POLICY_VIOLATION:
                        self._break(CloseCode.POLICY_VIOLATION, reason, PeerError(reason))
                    else:
                        self._protocol.send_close(code, reason)
                        self._settle()
                    await self._send_owed()
                if self._relay is not None:
                    self._hand_on = _dropped
                    if self.over:
                        self._relay.stop()
                    await self._relayed.wait()
                while self._ended is None:
                    self._arrived.clear()
                    await self._pull()
        finally:
            await self._abandon()

    async def __aenter__(self) -> WebSocket:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def take(self, chunk: bytes) -> bool:
        """Make messages of what the peer sent (nothing: the end); true if the protocol has had something to do."""
        self.reads += 1
        if self._at_rest and len(chunk) > 8 and chunk[0] == WHOLE_TEXT and chunk[1] == self._usual:
            # One whole message and nothing else, as nearly all of a call's audio comes: the way of every other chunk,
            # cut short.
            size = chunk[2] << 8 | chunk[3]
            if size == len(chunk) - self._body and size <= self._limit:
                text = apply_mask(chunk[8:], chunk[4:8]) if self._guest else chunk[4:]
                try:
                    message = text.decode()
                except UnicodeDecodeError:
                    return not self._say(text)
                self._hand_on(message)
                return False
        had_work = self._take_any(chunk)
        self._settle()
        return had_work

    def _take_any(self, chunk: bytes) -> bool:
        if not chunk:
            self._protocol.receive_eof()
            self.sort(self._protocol.events_received())
            return True
        if not self._through:
            return self._cut(chunk)
        rest, chunk = chunk[: self._through], chunk[self._through :]
        self._through -= len(rest)
        self._give(rest)
        self._cut(chunk)
        return True

    def _settle(self) -> None:
        """Look how the protocol stands: asked for each message, it would cost as much as the message."""
        self._open = self._protocol.state is OPEN
        self._at_rest = self._open and not (self._begun or self._through or self._parts)

    def _cut(self, chunk: bytes) -> bool:
        """Hand on whole text, give the library all else; true if there was any."""
        data = self._begun + chunk if self._begun else chunk
        at, size, guest, given = 0, len(data), self._guest, False
        while at < size:
            end, body = cut(data, at, masked=guest, limit=self._limit)
            if not end:
                break
            if body and end <= size and not self._parts and self._protocol.state is OPEN:
                text = apply_mask(data[body:end], data[body - 4 : body]) if guest else data[body:end]
                given |= not self._say(text)
            else:
                given = True
                self._give(data[at:end])
            at = end
        self._begun = data[at:] if at < size else b""
        if at > size:
            self._through = at - size
        return given

    def _give(self, data: bytes) -> None:
        """Have the library read it: all but whole text."""
        self._protocol.receive_data(data)
        self.sort(self._protocol.events_received())

    def sort(self, events: Sequence[Event]) -> None:
        """Make messages of frames."""
        for frame in events:
            if isinstance(frame, Frame) and frame.opcode in (PING, PONG):
                if not self._pulse.bears_another():
                    return self._break(CloseCode.POLICY_VIOLATION, "too many pings", PeerError("too many pings"))
                if frame.opcode is PONG:
                    self._pulse.answered(bytes(frame.data))
            elif isinstance(frame, Frame) and frame.opcode in (TEXT, BINARY, CONT):
                if frame.opcode is not CONT:
                    self._textual = frame.opcode is TEXT
                self._parts.append(bytes(frame.data))
                if self._guest and len(self._parts) > GUEST_FRAMES:
                    self._parts.clear()
                    return self._break(CloseCode.POLICY_VIOLATION, "too many frames", PeerError("too many frames"))
                if frame.fin and not self._complete():
                    return

    def _say(self, text: bytes) -> bool:
        """Hand a text message on; one that is none breaks the socket."""
        try:
            message = text.decode()
        except UnicodeDecodeError as error:
            self._break(CloseCode.INVALID_DATA, "text that is not UTF-8", error)
            return False
        self._hand_on(message)
        return True

    def _break(self, code: CloseCode, reason: str, error: Exception) -> None:
        """Close for what the peer did, unless the same read brought its close, or a worse fault, as well."""
        if self._protocol.parser_exc is None and self._protocol.close_rcvd is None:
            self._protocol.fail(code, reason)
            self._protocol.parser_exc = error
        self._settle()

    def _complete(self) -> bool:
        whole = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        if self._textual:
            return self._say(whole)
        self._hand_on(whole)
        return True

    def owed(self) -> bytes:
        """What the protocol has to send by itself: pongs, and its goodbye."""
        return b"".join(self._protocol.data_to_send())

    async def _send_owed(self) -> None:
        if self._pipe is not None:
            self._pipe.write(self.owed())
            return
        async with self._writing:
            await self.flush()

    async def flush(self, more: bytes = b"") -> None:
        """Write all that the protocol owes, in one piece. Raises SocketEnded. The caller holds the writing lock."""
        owed = self.owed() + more
        if not owed or self._mute or self._ended is not None:
            return
        try:
            with anyio.move_on_after(SEND_WITHIN):
                await self._stream.send(owed)
                return
        except GONE:
            # The peer's reason for leaving may still lie unread, so the reading side is left alone.
            self._mute = True
            raise self._end() from None
        except BaseException:
            await self._abandon()
            raise
        await self._abandon()
        raise self._end()

    async def pull_all(self) -> None:
        """Read until the socket is over."""
        while self._ended is None:
            await self._pull()

    async def write_all(self, data: bytes) -> bool:
        """Write frames, and what the protocol owes; false if the socket has ended."""
        try:
            async with self._writing:
                await self.flush(data)
        except SocketEnded:
            return False
        return True

    async def _pull(self) -> None:
        """Read once, or wait for the task that is reading; then do what follows from it."""
        async with self._reading:
            if self._arrived or self._ended is not None:
                return
            # Something may be left to do already from what came together with the handshake.
            if not (self.over or self._protocol.writes):
                self.take(await self._read())
            if self._protocol.writes:
                # Shielded: a receive that is given up must not leave half a pong behind. Bounded by SEND_WITHIN.
                with anyio.CancelScope(shield=True), suppress(SocketEnded):
                    async with self._writing:
                        await self.flush()
            if self.over and not self._arrived:  # else first what it said, and the waiting for its end afterwards
                self._ended = self._ended or self._last_words()
                await close_gently(self._stream)

    async def _read(self) -> bytes:
        """What comes next, nothing at the end."""
        if self._unread:
            await anyio.lowlevel.checkpoint()
            chunk, self._unread = self._unread[: self._most], self._unread[self._most :]
            return chunk
        try:
            return await self._stream.receive(self._most)
        except GONE:
            return b""

    @property
    def over(self) -> bool:
        """Whether nothing more is to be expected of the peer but the end of its stream."""
        protocol = self._protocol
        return protocol.close_rcvd is not None or protocol.parser_exc is not None or protocol.reader.eof

    def _last_words(self) -> tuple[int, str]:
        said = self._protocol.close_rcvd
        fault = self._protocol.parser_exc
        if said is None and fault is not None and not isinstance(fault, EOFError):
            said = self._protocol.close_sent  # the peer broke the protocol: the code is our judgement
        return (1006, "") if said is None else (int(said.code), said.reason)

    def _end(self) -> SocketEnded:
        return SocketEnded(*(self._ended or self._last_words()))

    async def _abandon(self) -> None:
        self._ended = self._ended or self._last_words()
        await drop(self._stream)
