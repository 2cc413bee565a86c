"""One media socket of a call, from its acceptance to its end, and when the next frame may leave on it."""

from __future__ import annotations

from binascii import b2a_base64
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import anyio

from voicecall_core.audio import FRAME_MS
from voicecall_core.carriers.base import Digit, Mark, Media, MediaStream, Message, Start, Stop, Unknown
from voicecall_core.errors import PeerError
from voicecall_core.media.alarm import Alarm
from voicecall_core.media.playout import Frame, Playout
from voicecall_core.media.stream_clock import StreamClock
from voicecall_core.net.callback_stream import clock
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

    __slots__ = ("_began", "_frames")

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
    """To whom a leg reports: events, the callee's frames (their stream time, their payload), frames that left (their
    payload, when they will play).

    `odd` hears of each message that could not be made use of, or not as it came.
    """

    tell: Callable[[Event], None]
    callee: Callable[[Leg, int, str], None]
    agent: Callable[[Leg, Frame, str, int], None]
    odd: Callable[[], None]


class Leg:
    """A media socket and what is known of its stream. Only while it is `live` does the agent's speech leave on it."""

    __slots__ = (
        "_account_sid",
        "_alarm",
        "_callee",
        "_carrier",
        "_clear_due",
        "_ears",
        "_in_a_row",
        "_now",
        "_pace",
        "_playout",
        "_read",
        "_stall_over",
        "_stalled",
        "_started",
        "_started_at",
        "_stream_sid",
        "clock",
        "early",
        "heard_at",
        "live",
        "number",
        "sent_at",
        "stream_ms",
        "unanswered",
        "ws",
    )

    def __init__(
        self, number: int, ws: WebSocket, media: MediaStream, playout: Playout, ears: LegListener, held_frames: int
    ) -> None:
        self.number = number
        self.ws = ws
        self.live = False
        self.stream_ms = 0  # timestamp of the latest media that arrived
        self.early: deque[tuple[int, str]] = deque(maxlen=held_frames)  # the callee's frames before the leg was live
        self._carrier, self._playout, self._ears = media, playout, ears
        self._read, self._callee = media.read, ears.callee
        self.unanswered = 0  # pings
        self._stream_sid = ""  # empty until `start`
        self._started = anyio.Event()
        self._started_at = 0.0
        self.heard_at = self.sent_at = 0.0  # when media arrived last, and when a frame of the agent's left
        self._stalled = False
        self._stall_over = anyio.Event()
        self._pace = Pace()
        self._clear_due = False
        self._in_a_row = 0  # odd messages
        self._account_sid = ""
        self._alarm = Alarm(self._speak_now)
        self._now = clock()
        self.clock = StreamClock(self._now())

    # --- what comes ---

    async def listen(self, account_sid: str) -> None:
        """Read until the end: raises SocketEnded, or PeerError after so many odd messages in a row.

        A message is odd if it cannot be made use of: it is counted, and skipped.
        """
        self._account_sid = account_sid
        await self.ws.relay(self._heard, self.wake)

    def _heard(self, text: str | bytes) -> None:
        try:
            message = self._read(text)
            if message.__class__ is Media and self._stream_sid:
                self._in_a_row = 0
                self._media(message)
                return
            self._check(message)
        except PeerError as error:
            self._ears.odd()
            self._in_a_row += 1
            if self._in_a_row == ODD_IN_A_ROW:
                raise PeerError(f"{ODD_IN_A_ROW} messages in a row were odd. {error.message}") from None
            return
        self._in_a_row = 0
        self._take(message)

    def _check(self, message: Message) -> None:
        """Raise PeerError for what cannot be made use of."""
        if isinstance(message, Media):
            raise PeerError("The carrier sent media before it sent start.")
        if isinstance(message, Unknown):
            raise PeerError(f"The carrier sent what this program has no use for: {message.event}.")

    def _take(self, message: Message) -> None:
        if isinstance(message, Start):
            self._start(message)
        elif isinstance(message, Mark):
            self._mark(message.name)
        elif isinstance(message, Digit):
            self._ears.tell(events.DigitPressed(self.number, message.digit))
        elif isinstance(message, Stop):
            self._ears.tell(events.StreamStopped(self.number))

    def _media(self, frame: Media) -> None:
        now = self.heard_at = self._now()
        if self._stalled:
            self._stalled = False
            self._stall_over.set()
        stream_ms, known_ms = frame.stream_ms, self.stream_ms
        latest_ms = int((now - self._started_at) * 1000) + AHEAD_MS
        if not known_ms - BEHIND_MS <= stream_ms <= latest_ms:
            self._ears.odd()
            stream_ms = min(known_ms + FRAME_MS, latest_ms)
        if stream_ms > known_ms:
            self.stream_ms = stream_ms
        self.clock.arrived(stream_ms, now)
        self._callee(self, stream_ms, frame.payload)

    def _start(self, start: Start) -> None:
        """Report it, a second one too (the judge ignores that); the first one's stream stays the one spoken on."""
        if not self._stream_sid:
            self._stream_sid = start.stream_sid
            self._started_at = self.heard_at = self._now()
            self.clock = StreamClock(self._started_at)
            self._started.set()
            self.wake()
        account_ok = start.account_sid in ("", self._account_sid)
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
            self._stalled, self._stall_over = True, anyio.Event()
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
        self._alarm.set(0)

    def more(self) -> None:
        """There is more to send than there was. Where something waits for its time already, this waits behind it."""
        if not self._alarm.is_set:
            self._alarm.set(0)

    @property
    def now_ms(self) -> int:
        """The stream's time of this moment."""
        return self.clock.ms(self._now())

    def ahead_ms(self) -> int:
        """How much of what was sent cannot have played yet."""
        return round(self._pace.ahead_s(self._now()) * 1000)

    def owe_clear(self) -> bool:
        """The carrier's buffer has to be emptied; false if no stream has begun that could have one."""
        self._pace = Pace()
        self._clear_due = bool(self._stream_sid)
        return self._clear_due

    def clear(self) -> None:
        """Send the clear that is owed: it leaves before any frame taken after it was owed."""
        if self._clear_due:
            self._clear_due = False
            self.ws.write(self._carrier.clear(self._stream_sid))

    async def speak(self) -> None:
        """Send what is due while the leg is live, until cancelled."""
        await self._alarm.run()

    def _speak_now(self) -> None:
        """Send what is due, and be woken for what is due next: by the clock, by `wake`, or by the socket's room."""
        while not (self.ws.closed or self.ws.full):
            if self._clear_due:
                self.clear()
            elif not self.live or not self._stream_sid:
                return
            elif (name := self._playout.due_mark()) is not None:
                self.ws.write(self._carrier.mark(self._stream_sid, name))
            elif not self._playout.has_frame():
                return
            elif (due := self._pace.due(now := self._now())) > now:
                self._alarm.set(due)
                return
            else:
                self._send_frame(now)

    def _send_frame(self, now: float) -> None:
        stream_ms, self.sent_at = self.stream_ms, now
        plays_at_ms = self.clock.ms(now) + round(self._pace.ahead_s(now) * 1000)
        frame = self._playout.take(stream_ms)
        self._pace.sent(now)
        payload = b2a_base64(frame.audio, newline=False).decode("ascii")
        self.ws.write(self._carrier.frame(self._stream_sid, payload))
        self._ears.agent(self, frame, payload, plays_at_ms)
        if frame.first:
            self._ears.tell(events.AudioSent(self.number, frame.item, frame.response, stream_ms))
