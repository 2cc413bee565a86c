"""Which call a line speaks of, and what that call's log has told so far. Knows nothing of what lines look like.

A log names its calls in many ways, and most of its lines name none. A name that is new is taken for the one call that
has none of its sort yet; a line without a name is taken for the call that was spoken of last. Both are guesses as soon
as two calls are up, and are marked so.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence

from voicecall_core.audio import BYTES_PER_MS
from voicecall_core.carriers.twilio import webhooks
from voicecall_core.importers.log_facts import Begins, CallNames
from voicecall_core.models.openai_realtime.reading import VoiceNames
from voicecall_core.words.events import (
    AudioBegan,
    Fetched,
    SocketClosed,
    StatusReported,
    StreamStarted,
    StreamStopped,
    UpgradeAsked,
)

UNTOLD_SID = "CA" + "0" * 32  # stands for the SID of a call whose log does not tell it
CALL, SID, STREAM = "call", "sid", "stream"  # sorts of names; others are the model's ids

_MOST_NAMES = 4096  # names remembered: a call has a dozen, and those of old calls are forgotten first
_MOST_LIVE = 64  # calls that can be up at once in one log
_JOINED_WITHIN_S = 120.0  # a new name belongs to a call that was spoken of this shortly before, or to a new call
_AFTERMATH_S = 10.0  # what is told so soon after a call's end is told of that call
_SOUND = "audio/x-mulaw 8000 1"  # what a Twilio stream carries where its log does not say
_ITEMS = 64  # items of the agent's speech whose length is being counted


# Only what came from the carrier bears a timestamp.
_FRAME = re.compile(r"\"media\": ?\{.{0,80}\"timestamp\": ?\"([0-9]{1,15})\"")
_OF_STREAM = re.compile(r"\"streamSid\": ?\"(\w{1,64})\"")


class Thread:
    """One call of a log: its names, and as much of its state as is needed to number its documents and sockets."""

    def __init__(self, key: str, forms: Counter[str]) -> None:
        self.key = key
        self.forms = forms  # of the whole log: forms that were told and whose access line is still to come
        self.names: dict[str, str] = {}
        self.at: float | None = None
        self.over = False
        self.created = False
        self.live = False
        self.session = 1
        self.sessions = 0
        self.voice_names = VoiceNames()  # of the present session
        self.stream_ms = 0
        self.sounding = ("", "")  # response and item whose audio came last from the model
        self.spoken = ""  # the item of which audio for the carrier was seen
        self._requests = 0
        self._generation = 0
        self._socket = 0
        self._open = False
        self._streams: set[str] = set()
        self._spent = False  # this generation's stream has started
        self._items: OrderedDict[str, int] = OrderedDict()

    @property
    def sid(self) -> str:
        """The carrier's name for the call, or what stands for it."""
        sid = self.names.get(SID, "")
        return sid if webhooks.is_call_sid(sid) else UNTOLD_SID

    @property
    def known_as(self) -> CallNames:
        """Its names so far."""
        names = self.names
        return CallNames(names.get(CALL, ""), names.get(SID, ""), names.get(STREAM, ""))

    def fetched(self, direction: str = "", status: str = "") -> Fetched:
        """A fetch: of the same document again, unless its stream has started since."""
        self._requests += 1
        if not self._generation or self._spent:
            self._generation, self._spent = self._generation + 1, False
        form = [("CallSid", self.sid), ("Direction", direction), ("CallStatus", status)]
        return webhooks.fetched(form, self._requests, self._generation)

    def status(self, said: str) -> StatusReported:
        """A status callback of which the log tells only the status."""
        return webhooks.status_reported([("CallSid", self.sid), ("CallStatus", said)])

    def upgraded(self) -> UpgradeAsked:
        """A media socket is opened. No log tells tokens: it is taken for a good one."""
        self._socket, self._open = self._socket + 1, True
        return UpgradeAsked(self._socket, max(1, self._generation), True)

    def started(self, stream_sid: str, sid: str = "", encoding: str = _SOUND) -> Iterator[StreamStarted]:
        """A stream starts, unless that was told before in other words."""
        if stream_sid in self._streams or (self.live and not stream_sid):
            return
        if stream_sid:
            self._streams.add(stream_sid)
            if self.live and "" in self._streams:  # told without its name before
                self._streams.discard("")
                return
        else:
            self._streams.add("")
        self.live = self._spent = self._open = True
        self._socket = max(1, self._socket)
        yield StreamStarted(self._socket, stream_sid, sid or self.sid, encoding=encoding)

    def stopped(self) -> Iterator[StreamStopped]:
        """The stream is over, unless that was told before."""
        if self.live or (self._open and not self._spent):
            self.live, self._spent = False, True
            self._streams.discard("")
            yield StreamStopped(max(1, self._socket))

    def closed(self, code: int = 1006, reason: str = "") -> Iterator[SocketClosed]:
        """The media socket is closed, unless that was told before."""
        if self._open or self.live:
            self._open = self.live = False
            self._streams.discard("")
            yield SocketClosed(max(1, self._socket), code, reason)

    @property
    def socket(self) -> int:
        """The number of the newest media socket."""
        return max(1, self._socket)

    def sounded(self, response: str, item: str, size: int) -> Iterator[AudioBegan]:
        """`size` bytes of an item's audio came from the model; tells the first of them."""
        self.sounding = (response, item)
        if item not in self._items:
            yield AudioBegan(self.session, response, item)
            while len(self._items) >= _ITEMS:
                self._items.popitem(last=False)
        self._items[item] = self._items.get(item, 0) + size

    def sounded_ms(self, item: str) -> int:
        """How long an item's audio has been, in ms of mu-law; then it is forgotten."""
        return self._items.pop(item, 0) // BYTES_PER_MS


class Threads:
    """The calls of one log that may still be spoken of."""

    def __init__(self) -> None:
        self.guessed = False  # a line without a name was given to a call although two were up
        self.joined: list[tuple[str, str]] = []  # (key that stays, key that was the same call), taken by the reader
        self._count = 0
        self._forms: Counter[str] = Counter()
        self._named: OrderedDict[tuple[str, str], Thread] = OrderedDict()
        self._threads: OrderedDict[str, Thread] = OrderedDict()  # the last one spoken of comes last

    def of(self, names: Mapping[str, str], at: float | None, begins: Begins) -> tuple[Thread | None, bool]:
        """The call that is meant, and whether that is a guess; None if no call is known and none begins here."""
        known = [thread for name in names.items() if (thread := self._named.get(name)) is not None]
        if known:
            thread, guess = known[0], False
            for other in known[1:]:
                if other is not thread and self._threads.get(other.key) is other:
                    self._join(thread, other)
        else:
            found, guess = self._named_anew(names, at) if names else self._nearest(at, begins)
            if found is None and begins <= Begins.NO:
                return None, False
            thread = found or self._new()
        thread.created = thread.created or begins is Begins.ALWAYS
        self._name(thread, names)
        self._touch(thread, at)
        return thread, guess

    def alone(self, at: float | None) -> Thread:
        """A call of its own, for what names none and cannot be any other's line; nothing more will be told of it."""
        thread = self._new()
        thread.over = True
        self._touch(thread, at)
        return thread

    def frame(self, line: str) -> bool:
        """Take note of a frame of sound, of which logs hold thousands; true if the line is one and its stream known."""
        match = _FRAME.search(line)
        stream = _OF_STREAM.search(line) if match is not None else None
        thread = self._named.get((STREAM, stream[1])) if stream is not None else None
        if match is None or thread is None:
            return False
        thread.stream_ms = max(thread.stream_ms, int(match[1]))
        thread.at = None  # just now: the stamp is not worth its reading
        return True

    def _named_anew(self, names: Mapping[str, str], at: float | None) -> tuple[Thread | None, bool]:
        """A name that is new: of the one call that has none of its sort yet. The model's ids are always of the last."""
        new = {sort for sort in names if sort in (CALL, SID, STREAM)}
        up = [thread for thread in reversed(self._threads.values()) if not thread.over and _near(thread, at)]
        if not new:
            return (up[0], len(up) > 1) if up else (None, False)
        free = [thread for thread in up if not new & thread.names.keys()]
        return (free[0], len(up) > 1) if len(free) == 1 else (None, False)

    def _nearest(self, at: float | None, begins: Begins) -> tuple[Thread | None, bool]:
        """The call that a line without a name is taken for: the one that was spoken of last."""
        up = [thread for thread in reversed(self._threads.values()) if not thread.over]
        if up and (_near(up[0], at) or begins is Begins.NO):
            if begins is Begins.ALWAYS and up[0].created:
                return None, False
            guess = _two_near(up, at)
            self.guessed = self.guessed or guess
            return up[0], guess
        last = next(reversed(self._threads.values()), None)
        if last is not None and (
            begins is Begins.NO or (begins in (Begins.PERHAPS, Begins.NEAR) and _near(last, at, _AFTERMATH_S))
        ):
            return last, False
        return None, False

    def _new(self) -> Thread:
        self._count += 1
        thread = Thread(str(self._count), self._forms)
        self._threads[thread.key] = thread
        while len(self._threads) > _MOST_LIVE:
            self._threads.popitem(last=False)
        return thread

    def _name(self, thread: Thread, names: Mapping[str, str]) -> None:
        for sort, name in names.items():
            thread.names.setdefault(sort, name)
            self._named[sort, name] = thread
            self._named.move_to_end((sort, name))
        while len(self._named) > _MOST_NAMES:
            self._named.popitem(last=False)

    def _touch(self, thread: Thread, at: float | None) -> None:
        thread.at = thread.at if at is None else at
        self._threads[thread.key] = thread
        self._threads.move_to_end(thread.key)

    def _join(self, thread: Thread, other: Thread) -> None:
        self.joined.append((thread.key, other.key))
        self._threads.pop(other.key, None)
        for name, owner in self._named.items():
            if owner is other:
                self._named[name] = thread
        for sort, value in other.names.items():
            thread.names.setdefault(sort, value)


def _two_near(threads: Sequence[Thread], at: float | None) -> bool:
    """Whether more than one of these was spoken of lately."""
    seen = 0
    for thread in threads:
        seen += _near(thread, at)
        if seen > 1:
            return True
    return False


def _near(thread: Thread, at: float | None, within: float = _JOINED_WITHIN_S) -> bool:
    return at is None or thread.at is None or at - thread.at < within
