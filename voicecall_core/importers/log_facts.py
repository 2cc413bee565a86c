"""What was found in somebody's log. Knows nothing of files, nor of what it proves.

What our own vocabulary has a word for becomes an event of ours. The rest is somebody else's program acting: writing
over a document, registering a call, reporting an error. That is a `Foreign` fact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.words.events import Event

if TYPE_CHECKING:
    from voicecall_core.importers.correlation import Thread


class Begins(IntEnum):
    """Whether a fact can be the first that is heard of a call."""

    NEAR = -1  # it belongs to the call that was spoken of last, if that was just now
    NO = 0  # it belongs to the call that was spoken of last
    PERHAPS = 1  # if no call is near
    OFTEN = 2  # unless a call is up
    ALWAYS = 3  # a create: another one is another call


class Told(StrEnum):
    """What a log can tell that is no event of ours: mostly what the other program did."""

    OVERWRITE = "a document written over the call by REST"
    WRITE = "something written to the call by REST"
    WITHHELD = "a document that was not written over the call"
    WRITE_REFUSED = "a REST write refused"
    RETRIED = "a refused write tried again"
    STREAM_SERVED = "a fetch answered with the stream's document"
    OTHER_SERVED = "a fetch answered with another document"
    REGISTERED = "the call registered as answered"
    SPEAKING = "the first message asked for"
    SAID = "a sentence asked for"
    HANG_UP = "a hang-up asked for"
    STATUS = "a status callback whose status is not told"
    REALTIME = "the realtime path has the call"
    ENDED = "the program's own end of the call"
    ERROR = "an error"
    TOKEN_REFUSED = "a stream turned away for its token"
    SIGNATURE_REFUSED = "a webhook turned away for its signature"
    REPLAYED = "a webhook taken for a replay"
    NEVER_CONNECTED = "a stream that never connected"
    CLEARED = "unplayed audio cleared"
    MARK_SENT = "a mark sent to the carrier"
    TO_MODEL = "a message sent to the model"
    NOTIFY = "a call that speaks for itself"
    INBOUND = "a call that came in"
    JOINED = "two names of one call"


@dataclass(frozen=True, slots=True)
class Foreign:
    """A fact without an event of ours. `detail` is the part that matters: `<Say>`, `again`, an error's text."""

    told: Told
    detail: str = ""


Fact = Event | Foreign


@dataclass(frozen=True, slots=True)
class CallNames:
    """What a call is called in its log; empty where the log does not say."""

    call_id: str = ""
    sid: str = ""
    stream_sid: str = ""


@dataclass(slots=True)  # not frozen: one is made for each line, and that takes five times as long
class LogFact:
    """One fact: of which call, when on the log's own clock (None: the line has no stamp), on which line.

    `key` numbers the calls of a log, "1" first. `guessed`: the line names no call, and more than one was up. A
    `Told.JOINED` fact says in `detail` which key was the same call.
    """

    key: str
    at: float | None
    line: int
    fact: Fact
    pii_text: str = ""
    sure: Sure = Sure.CERTAIN
    guessed: bool = False
    names: CallNames = field(default_factory=CallNames)


Say = Callable[["Thread", int], Iterable[Fact]]


@dataclass(slots=True)  # not frozen: one is made for each line, and that takes five times as long
class Saying:
    """What one line says before it is known of which call: `say(thread, line)` makes the facts.

    `begins`: whether it can be the first that is heard of a call. `sure`: what is parsed is certain, what is read out
    of somebody's sentences, paths or states is likely. `names`: those that its reader knows to be the call's.
    """

    say: Say
    begins: Begins = Begins.PERHAPS
    sure: Sure = Sure.CERTAIN
    own: bool = False
    web: bool = False
    message: bool = False
    names: Mapping[str, str] = field(default_factory=dict)


def only(*facts: Fact) -> Say:
    """Says these facts, whichever call it is."""
    return lambda thread, line: facts


def told(what: Told, detail: str = "") -> Say:
    """Says one foreign fact, whichever call it is."""
    return only(Foreign(what, detail))
