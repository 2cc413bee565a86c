"""One media socket of a call, from its acceptance to its end, and when the next frame may leave on it."""

from __future__ import annotations

from base64 import b64encode
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import anyio

from voicecall_core.audio import FRAME_MS
from voicecall_core.carriers.base import Digit, Mark, Media, MediaStream, Message, Start, Stop, Unknown
from voicecall_core.errors import PeerError
from voicecall_core.media.playout import Frame, Playout
from voicecall_core.media.stream_clock import StreamClock
from voicecall_core.net.websocket import SocketEnded, WebSocket
from voicecall_core.words import events
from voicecall_core.words.events import Event

# How far what is sent may run ahead of what plays. Enough for the network's and our own loop's hiccups; little, because
# whatever lies at the carrier has to be cleared when the callee interrupts, and is lost when the stream drops.
LEAD_MS = 300
_FRAME_S = FRAME_MS / 1000
_LEAD_S = LEAD_MS / 1000


class Pace:
    """A bounded lead ahead of real time. Deadlines are counted in frames from a beginning, so that none drifts."""

    def __init__(self) -> None:
        self._began = 0.0
        self._frames = 0

    def ahead_s(self, now: float) -> float:
        """How much of what was sent cannot have played yet."""
        return max(0.0, self._began + self._frames * _FRAME_S - now)

    def due(self, now: float) -> float:
        """When the next frame may leave: `now` or later."""
        if not self.ahead_s(now):
            return now
        return max(now, self._began + (self._frames + 1) * _FRAME_S - _LEAD_S)

    def sent(self, now: float) -> None:
        """A frame left. After a pause the counting begins again: what is late is not made up for by hurrying."""
        if not self.ahead_s(now):
            self._began, self._frames = now, 0
        self._frames += 1


START_WITHIN_S = 10.0  # a carrier sends `start` at once; who has not by then is somebody else
POLICY_VIOLATION = 1008
# As many messages as a second of a stream has. One that cannot be read costs 20 ms; a stream of them is not a stream.
ODD_IN_A_ROW = 50
# How far a stream's clock may be ahead of the time since its start, for audio that was held up on the way, and how far
# a message may be behind the one before. What says another time is heard where it came: a wild one would move every
# reckoning of what was heard, and fill a recording with silence.
AHEAD_MS, BEHIND_MS = 10_000, 2_000
# Often enough for every proxy on the way to see that the socket is in use. Nothing rests on the answer: a carrier whose
# media flows is there, and one whose media does not is told of by MediaStalled.
PING_EVERY_S = PONG_WITHIN_S = 15.0


@dataclass(frozen=True, slots=True)
class LegListener:
    """To whom a leg reports: events, the callee's frames, frames that left (their payload, when they will play).

    `odd` hears of each message that could not be made use of, or not as it came.
    """

    tell: Callable[[Event], None]
    callee: Callable[[Leg, Media], None]
    agent: Callable[[Leg, Frame, str, int], None]
    odd: Callable[[], None]


class Leg:
    """A media socket and what is known of its stream. Only while it is `live` does the agent's speech leave on it."""

    def __init__(
        self, number: int, ws: WebSocket, media: MediaStream, playout: Playout, ears: LegListener, held_frames: int
    ) -> None:
        self.number = number
        self.ws = ws
        self.live = False
        self.stream_ms = 0  # timestamp of the latest media that arrived
        self.clock = StreamClock(anyio.current_time())
        self.early: deque[Media] = deque(maxlen=held_frames)  # the callee's frames before the leg was live
        self._carrier, self._playout, self._ears = media, playout, ears
        self.unanswered = 0  # pings
        self._stream_sid = ""  # empty until `start`
        self._started = anyio.Event()
        self._started_at = 0.0
        self.heard_at = 0.0  # when media arrived last
        self._stall_over = anyio.Event()
        self._pace = Pace()
        self._clear_due = False
        self._wake = anyio.Event()

    # --- what comes ---

    async def listen(self, account_sid: str) -> None:
        """Read until the end: raises SocketEnded, or PeerError after so many odd messages in a row.

        A message is odd if it cannot be made use of: it is counted, and skipped.
        """
        in_a_row = 0
        while True:
            text = await self.ws.receive()
            try:
                message = self._usable(self._carrier.read(text))
            except PeerError as error:
                self._ears.odd()
                in_a_row += 1
                if in_a_row == ODD_IN_A_ROW:
                    raise PeerError(f"{ODD_IN_A_ROW} messages in a row were odd. {error.message}") from None
                continue
            in_a_row = 0
            self._take(message, account_sid)

    def _usable(self, message: Message) -> Message:
        if isinstance(message, Unknown):
            raise PeerError(f"The carrier sent what this program has no use for: {message.event}.")
        if isinstance(message, Media) and not self._stream_sid:
            raise PeerError("The carrier sent media before it sent start.")
        return message

    def _take(self, message: Message, account_sid: str) -> None:
        if isinstance(message, Media):
            self._media(message)
        elif isinstance(message, Start):
            self._start(message, account_sid)
        elif isinstance(message, Mark):
            self._mark(message.name)
        elif isinstance(message, Digit):
            self._ears.tell(events.DigitPressed(self.number, message.digit))
        elif isinstance(message, Stop):
            self._ears.tell(events.StreamStopped(self.number))

    def _media(self, frame: Media) -> None:
        self.heard_at = anyio.current_time()
        self._stall_over.set()
        latest_ms = round((self.heard_at - self._started_at) * 1000) + AHEAD_MS
        if not self.stream_ms - BEHIND_MS <= frame.stream_ms <= latest_ms:
            self._ears.odd()
            frame = replace(frame, stream_ms=min(self.stream_ms + FRAME_MS, latest_ms))
        self.stream_ms = max(self.stream_ms, frame.stream_ms)
        self.clock.arrived(frame.stream_ms, self.heard_at)
        self._ears.callee(self, frame)

    def _start(self, start: Start, account_sid: str) -> None:
        """Report it, a second one too (the judge ignores that); the first one's stream stays the one spoken on."""
        if not self._stream_sid:
            self._stream_sid = start.stream_sid
            self._started_at = self.heard_at = anyio.current_time()
            self.clock = StreamClock(self._started_at)
            self._started.set()
            self.wake()
        account_ok = start.account_sid in ("", account_sid)
        self._ears.tell(
            events.StreamStarted(self.number, start.stream_sid, start.sid, account_ok, start.encoding),
        )

    def _mark(self, name: str) -> None:
        mark = self._playout.marked(name, self.stream_ms) if self.live else None
        if mark is None:
            return
        self.wake()
        if mark.last:
            self._ears.tell(events.MarkReturned(self.number, mark.item, mark.response, self.stream_ms))
        elif mark.dry:
            self._ears.tell(events.AudioRanDry(self.number, mark.item, mark.response, self.stream_ms))

    async def watch(self, stalled_s: float) -> None:
        """Turn the socket away if it never starts; tell of each time that it falls silent for `stalled_s` seconds."""
        with anyio.move_on_after(START_WITHIN_S):
            await self._started.wait()
        if not self._started.is_set():
            await self.ws.close(POLICY_VIOLATION, "no start message")
            return
        while True:
            now = anyio.current_time()
            if now < self.heard_at + stalled_s:
                await anyio.sleep_until(self.heard_at + stalled_s)
                continue
            self._ears.tell(events.MediaStalled(self.number, round((now - self.heard_at) * 1000)))
            self._stall_over = anyio.Event()
            await self._stall_over.wait()

    async def ping(self) -> None:
        """Ping until the socket ends, and count what is not answered."""
        try:
            while True:
                await anyio.sleep(PING_EVERY_S)
                self.unanswered += not await self.ws.ping(PONG_WITHIN_S)
        except SocketEnded:
            pass  # the reader meets the same end, and tells it

    # --- what leaves ---

    def wake(self) -> None:
        """There may be something to send."""
        self._wake.set()

    def ahead_ms(self) -> int:
        """How much of what was sent cannot have played yet."""
        return round(self._pace.ahead_s(anyio.current_time()) * 1000)

    def owe_clear(self) -> bool:
        """The carrier's buffer has to be emptied; false if no stream has begun that could have one."""
        self._pace = Pace()
        self._clear_due = bool(self._stream_sid)
        return self._clear_due

    async def clear(self) -> None:
        """Send the clear that is owed, if nobody did yet: it leaves before any frame taken after it was owed."""
        if not self._clear_due:
            return
        self._clear_due = False
        try:
            await self.ws.send(self._carrier.clear(self._stream_sid))
        except SocketEnded:
            pass  # what was to be cleared is gone

    async def speak(self) -> None:
        """Send what is due while the leg is live; returns when its socket has ended."""
        try:
            while True:
                if self._clear_due:
                    await self.clear()
                elif not self.live or not self._stream_sid:
                    await self._until_woken()
                elif (name := self._playout.due_mark()) is not None:
                    await self.ws.send(self._carrier.mark(self._stream_sid, name))
                elif not self._playout.has_frame():
                    await self._until_woken()
                elif (due := self._pace.due(now := anyio.current_time())) > now:
                    await anyio.sleep_until(due)
                else:
                    await self._send_frame(now)
        except SocketEnded:
            pass  # the reader meets the same end, and tells it

    async def _until_woken(self) -> None:
        self._wake = anyio.Event()
        await self._wake.wait()

    async def _send_frame(self, now: float) -> None:
        stream_ms, ahead_ms = self.stream_ms, self.ahead_ms()
        frame = self._playout.take(stream_ms)
        self._pace.sent(now)
        payload = b64encode(frame.audio).decode("ascii")
        await self.ws.send(self._carrier.frame(self._stream_sid, payload))
        self._ears.agent(self, frame, payload, self.clock.ms(now) + ahead_ms)
        if frame.first:
            self._ears.tell(events.AudioSent(self.number, frame.item, frame.response, stream_ms))
