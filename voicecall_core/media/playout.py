"""The agent's speech on its way to the callee: what waits, what left, what came back as heard.

Knows nothing of sockets and asks no clock: stream times are handed in. Lengths are bytes of mu-law, 8 to a ms.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from voicecall_core.audio import BYTES_PER_MS, FRAME_BYTES, FRAME_MS, SILENCE
from voicecall_core.words.values import KEPT_GREETING, ItemPlay

CLIP = "clip"  # the response that shipped clips belong to

_CLIP_SESSION = 0  # model sessions are numbered from 1

# Ten minutes: a carrier that was sent more would end the stream, and a model that is further ahead of the callee than
# that is not answering him any more.
_AHEAD_BYTES = 600_000 * BYTES_PER_MS
_ITEMS_AHEAD = 256
_REMEMBERED = 512  # items whose late deltas and marks are still recognised; beyond it the oldest are forgotten
_MUTED = 256
# A mark after each whole second: what was heard of an item is then known to a second, for a message a second.
_MARK_EVERY = 1_000 * BYTES_PER_MS


@dataclass(slots=True, eq=False)
class _Item:
    session: int
    item: str
    response: str
    waiting: bytearray = field(default_factory=bytearray)
    generated: int = 0
    sent: int = 0  # of its own audio: the silence that fills the last frame does not count
    complete: bool = False  # nothing more is taken in
    told: bool = False  # its end was reported
    begun: bool = False  # its first frame was reported
    dry: bool = False  # it was reported to have run dry, and nothing has left since
    marked: int = 0  # how much had been sent when the last mark was
    acked: int = 0  # how much of what was sent a mark has acknowledged
    # On this stream:
    frames: int = 0
    acked_frames: int = 0
    begin_ms: int | None = None  # the earliest time at which what is not acknowledged can have begun to play
    on_way: int = 0  # marks

    @property
    def starves(self) -> bool:
        """Nothing of it can be sent before more comes."""
        return not self.complete and len(self.waiting) < FRAME_BYTES


class Frame(NamedTuple):  # 50 of them are made a second and call
    """20 ms for the callee. `first`: nothing of its item has left before, on any stream, or not since it ran dry."""

    item: str
    response: str
    audio: bytes
    first: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark that came back. `last`: it is its item's own, after all of it. `dry`: more of the item is waited for."""

    item: str
    response: str
    last: bool = False
    dry: bool = False


@dataclass(frozen=True, slots=True)
class _Sent:
    """A mark on its way: after how much of its item it was sent."""

    name: str
    entry: _Item
    last: bool
    sent: int
    frames: int


@dataclass(frozen=True, slots=True)
class ItemEnding:
    """An item whose last audio has arrived from the model."""

    session: int
    response: str
    item: str
    generated_ms: int


class Playout:
    """The items of the agent's speech in the order in which they play. One of them is never overtaken by another."""

    __slots__ = ("_between", "_heard_at_ms", "_known", "_marks", "_muted", "_queue", "_unheard", "_waiting", "dropped")

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], _Item] = {}
        self._queue: deque[_Item] = deque()  # not wholly sent
        self._unheard: list[_Item] = []  # not wholly acknowledged, those in the queue included
        self._marks: deque[_Sent] = deque(maxlen=_REMEMBERED)  # marks on their way, in the order of sending
        self._between = 0  # marks that were sent in the midst of an item
        self._muted: dict[str, None] = {}
        self._heard_at_ms = 0  # stream time of the last mark that came back by playback
        self._waiting = 0
        self.dropped = 0  # bytes that came too late, or too far ahead

    @property
    def waiting_ms(self) -> int:
        """How much speech waits to be sent."""
        return self._waiting // BYTES_PER_MS

    # --- what the model says ---

    def add(self, session: int, response: str, item: str, audio: bytes) -> bool:
        """Take in a piece of an item; true if it is the first. Of a muted or cleared item only the length counts."""
        entry = self._known.get((session, item))
        first = entry is None
        if entry is None:
            entry = self._enter(session, response, item)
        entry.generated += len(audio)
        if entry.complete or self._waiting + len(audio) > _AHEAD_BYTES:
            self.dropped += len(audio)
        else:
            entry.waiting += audio
            self._waiting += len(audio)
        return first

    def _enter(self, session: int, response: str, item: str) -> _Item:
        entry = self._known[session, item] = _Item(session, item, response)
        if len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]
        if response in self._muted or len(self._queue) >= _ITEMS_AHEAD:
            entry.complete = True
        else:
            self._queue.append(entry)
            self._unheard.append(entry)
        return entry

    def end(self, session: int, item: str) -> ItemEnding | None:
        """No more of an item will come; None if that was known, or the item never began."""
        entry = self._known.get((session, item))
        return None if entry is None else self._end(entry)

    def end_all(self, session: int, response: str = "") -> list[ItemEnding]:
        """No more will come of a response's items, or of all items of a session."""
        entries = [e for e in self._known.values() if e.session == session and response in ("", e.response)]
        return [ending for e in entries if (ending := self._end(e)) is not None]

    @staticmethod
    def _end(entry: _Item) -> ItemEnding | None:
        entry.complete = True
        if entry.told:
            return None
        entry.told = True
        return ItemEnding(entry.session, entry.response, entry.item, entry.generated // BYTES_PER_MS)

    def add_clip(self, name: str, audio: bytes, response: str = CLIP) -> None:
        """Queue a recording, whole: a shipped clip, or the kept greeting."""
        clip = _Item(_CLIP_SESSION, name, response, bytearray(audio), len(audio), complete=True, told=True)
        self._waiting += len(audio)
        self._queue.append(clip)
        self._unheard.append(clip)

    # --- what leaves ---

    def due_mark(self) -> str | None:
        """The name of a mark that is due now.

        An item's last one has its name, and follows all of it. Others follow each whole second, and all that there is
        of an item that has run dry; of those only one at a time is on its way.
        """
        head = self._head()
        if head is None:
            return None
        if head.complete and not head.waiting:
            self._queue.popleft()
            return self._mark(head, head.item, last=True)
        runs_dry = head.starves and not head.dry and not head.on_way
        if runs_dry or head.sent // _MARK_EVERY > head.marked // _MARK_EVERY:
            self._between += 1
            return self._mark(head, f"~{self._between}", last=False)
        return None

    def _mark(self, entry: _Item, name: str, *, last: bool) -> str:
        self._marks.append(_Sent(name, entry, last, entry.sent, entry.frames))
        entry.marked = entry.sent
        entry.on_way += 1
        return name

    def has_frame(self) -> bool:
        """Whether `take` would give a frame."""
        head = self._head()
        return head is not None and (len(head.waiting) >= FRAME_BYTES or (head.complete and bool(head.waiting)))

    def take(self, stream_ms: int) -> Frame:
        """The next 20 ms, sent at stream time `stream_ms`. The last frame of an item is filled up with silence."""
        head = self._queue[0]
        audio = bytes(head.waiting[:FRAME_BYTES])
        del head.waiting[:FRAME_BYTES]
        self._waiting -= len(audio)
        first = head.dry or not head.begun
        head.begun, head.dry = True, False
        if head.begin_ms is None or head.frames == head.acked_frames:
            head.begin_ms = stream_ms
        head.sent += len(audio)
        head.frames += 1
        if len(audio) < FRAME_BYTES:
            audio = audio.ljust(FRAME_BYTES, SILENCE)
        return Frame(head.item, head.response, audio, first)

    def _head(self) -> _Item | None:
        """The item whose turn it is. One that has run dry while a later one waits is over: servers drop `done`s."""
        if not self._queue:
            return None
        head = self._queue[0]
        if len(self._queue) > 1 and len(head.waiting) < FRAME_BYTES:
            head.complete = True
        return head

    # --- what comes back, and what stops it ---

    def marked(self, name: str, stream_ms: int) -> Mark | None:
        """A mark came back; None if no such mark is on its way.

        It is playback unless its item was cleared: then it was flushed.
        """
        mark = next((mark for mark in self._marks if mark.name == name), None)
        if mark is None:
            return None
        self._marks.remove(mark)
        entry = mark.entry
        entry.on_way -= 1
        if entry not in self._unheard:
            return Mark(entry.item, entry.response, mark.last)
        self._acknowledge(mark, stream_ms)
        entry.dry = entry.starves and entry.sent == mark.sent
        return Mark(entry.item, entry.response, mark.last, entry.dry)

    def _acknowledge(self, mark: _Sent, stream_ms: int) -> None:
        """All that was sent before the mark has played."""
        entry = mark.entry
        del self._unheard[: self._unheard.index(entry) + mark.last]
        self._heard_at_ms = stream_ms
        if mark.frames:
            entry.acked, entry.acked_frames, entry.begin_ms = mark.sent, mark.frames, stream_ms

    def playing(self, session: int, stream_ms: int) -> tuple[ItemPlay, ...]:
        """The items of a session that are not wholly acknowledged, in order; the kept greeting is any session's.

        What is not acknowledged of an item can have begun no earlier than its first frame left, than the last mark
        came back, or than what plays before it can have ended.
        """
        plays = []
        free_ms = self._heard_at_ms
        for e in self._unheard:
            begin_ms = max(free_ms, stream_ms if e.begin_ms is None else e.begin_ms)
            free_ms = begin_ms + (e.frames - e.acked_frames) * FRAME_MS
            if e.session == session or e.response == KEPT_GREETING:
                generated, sent, acked = (size // BYTES_PER_MS for size in (e.generated, e.sent, e.acked))
                plays.append(ItemPlay(e.item, e.response, generated, sent, acked, begin_ms))
        return tuple(plays)

    def mute(self, response: str) -> None:
        """Nothing more of a response leaves, a mark of what is cut off included; what has left plays on."""
        self._muted[response] = None
        if len(self._muted) > _MUTED:
            del self._muted[next(iter(self._muted))]
        for entry in [e for e in self._queue if e.response == response]:
            self._queue.remove(entry)
            self._cut(entry)
            if not entry.frames:
                self._unheard.remove(entry)

    def clear(self) -> None:
        """Nothing that waits leaves, and nothing that left counts as playing. Marks on their way are still known."""
        for entry in self._queue:
            self._cut(entry)
        self._queue.clear()
        self._unheard.clear()

    def _cut(self, entry: _Item) -> None:
        self._waiting -= len(entry.waiting)
        entry.complete = True

    def lose_stream(self) -> None:
        """The stream is gone: what left and was not acknowledged is lost with it, what waits goes on with the next."""
        self._unheard = list(self._queue)
        self._marks.clear()
        self._heard_at_ms = 0
        for entry in self._queue:
            entry.begin_ms = None
            entry.frames = entry.acked_frames = entry.on_way = 0
