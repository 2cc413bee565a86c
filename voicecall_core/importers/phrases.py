"""Sentences of the OpenClaw voice-call plugin and what each tells. Knows nothing of stamps, or of which call is meant.

The wordings are those its console shows, and those of the excerpts people quote in its issues (openclaw/openclaw 68713,
11554, 32902, 65601). A sentence is looked for by its needle, in lower case and with blanks for hyphens; most count only
on a line that bears the plugin's tag, a few are like nothing else and count anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.importers.correlation import Thread
from voicecall_core.importers.log_facts import Begins, Fact, Foreign, Say, Saying, Told, only, told
from voicecall_core.models.openai_realtime.failures import words
from voicecall_core.words.events import Created, Heard

TAGS = ("[voice-call", "[MediaStream]", '"voice-call', '\\"voice-call')


@dataclass(frozen=True, slots=True)
class Phrase:
    """One sentence: its needle, what it says (None: on a second look it says nothing), whether it needs the tag."""

    needle: str
    says: Callable[[str], Say | None]
    anywhere: bool = False
    begins: Begins = Begins.NO


_STATUS = re.compile(
    r"status callback\W.*?\b(queued|initiated|ringing|in-progress|answered|completed|busy|failed|no-answer|canceled)\b",
    re.IGNORECASE,
)
_DIRECTION = re.compile(r"\bdirection=([\w-]+)", re.IGNORECASE)
_STREAM_SID = re.compile(r"\bMZ\w{3,40}")
_PART = re.compile(r"<(?!-)/?(\w+)")
_REASON = re.compile(r"\b(?:error|reason|failed\b[^:]*):\s*(.+)", re.IGNORECASE)
_DENIED = re.compile(r"(?i)\b(?:not|never|no|without|avoid\w*|instead of|rather than)\W+using twiml")
_HEARD = re.compile(r"Transcript for \S+: (.*?)(?: \(chars=\d+\))?$")
TERMINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


def _status(text: str) -> Say | None:
    match = _STATUS.search(text)
    if match is None:
        return told(Told.STATUS)
    said = match[1].lower()
    said = "in-progress" if said == "answered" else said  # the name of the event against that of the status

    def say(thread: Thread, line: int) -> Iterator[Fact]:
        thread.over = thread.over or said in TERMINAL
        yield thread.status(said)

    return say


def _fetch(text: str) -> Say | None:
    """A fetch and what it was answered with; a line that tells no answer is a fetch alone."""
    direction = _DIRECTION.search(text)

    def say(thread: Thread, line: int) -> Iterator[Fact]:
        yield thread.fetched(direction[1] if direction else "")
        yield from _documents(text)

    return say


def _served(text: str) -> Say | None:
    return only(*_documents(text))


def _documents(text: str) -> Iterator[Fact]:
    """The document that a line says was served, if it does."""
    parts, low = {part.lower() for part in _PART.findall(text)}, text.lower()
    if any(part.startswith(("conn", "stre")) for part in parts) or "realtime twiml" in low:  # or cut off
        yield Foreign(Told.STREAM_SERVED)
    elif parts or "initial twiml" in low:
        yield Foreign(Told.OTHER_SERVED, "".join(f"<{part}>" for part in sorted(parts - {"response"})))


def _registered(text: str) -> Say | None:
    low = text.lower()
    if "start" not in low:
        return told(Told.HANG_UP, "maximum duration") if "reached" in low else None
    again = Foreign(Told.REGISTERED, "again" if "again" in low else "")
    return only(again, Foreign(Told.REALTIME)) if "realtime" in low else only(again)


def _said_instead(text: str) -> Say | None:
    """The fallback to the carrier's voice, unless the line says that it was not taken."""
    return None if _DENIED.search(text) else told(Told.OVERWRITE, "<Say>")


def _created(text: str) -> Say | None:
    mode = re.search(r"\bmode=(\w+)", text)

    def say(thread: Thread, line: int) -> Iterator[Fact]:
        yield Created(thread.sid)
        if mode and mode[1] == "notify":
            yield Foreign(Told.NOTIFY)

    return say


def _started(text: str) -> Say | None:
    match = _STREAM_SID.search(text)
    return lambda thread, line: thread.started(match[0] if match else "")


def _bridging(text: str) -> Say | None:
    def say(thread: Thread, line: int) -> Iterator[Fact]:
        yield from thread.started("")
        yield Foreign(Told.REALTIME)

    return say


def _ended(text: str) -> Say | None:
    def say(thread: Thread, line: int) -> Iterator[Fact]:
        thread.over = True
        yield Foreign(Told.ENDED, _after(text, "reason="))

    return say


def _after(text: str, word: str) -> str:
    return re.split(r"[\s,)]", text.partition(word)[2], maxsplit=1)[0]


def reason(text: str) -> str:
    """What a line gives as the error's text."""
    match = _REASON.search(text)
    return words(match[1] if match else text)


def _error(text: str) -> Say | None:
    return told(Told.ERROR, reason(text))


def _heard(text: str) -> Say | None:
    match = _HEARD.search(text)
    if match is None:
        return None
    return lambda thread, line: [Heard(thread.session, f"line-{line}", match[1])]


def _closed(text: str) -> Say | None:
    return lambda thread, line: thread.closed(1005)


def _means(what: Told, detail: str = "") -> Callable[[str], Say | None]:
    return lambda text: told(what, detail)


def _speaking(text: str) -> Say | None:
    match = re.search(r"\(mode: ?(\w+)", text)
    return told(Told.SPEAKING, match[1] if match else "")


PHRASES = (
    Phrase("status callback (", _status, anywhere=True, begins=Begins.OFTEN),
    Phrase("status callback", _status, begins=Begins.OFTEN),
    Phrase("max duration timer", _registered, anywhere=True, begins=Begins.PERHAPS),
    Phrase("max duration", _registered),
    Phrase("already in flight", lambda text: None),
    Phrase("failed to speak initial message", _error),
    Phrase("speaking initial message (mode", _speaking, anywhere=True, begins=Begins.PERHAPS),
    Phrase("speaking initial message", _speaking, begins=Begins.PERHAPS),
    Phrase("using twiml <say", _said_instead, anywhere=True, begins=Begins.PERHAPS),
    Phrase("call state race (21220)", _means(Told.WRITE_REFUSED, "21220")),
    Phrase("twiml fetch", _fetch, anywhere=True, begins=Begins.OFTEN),
    Phrase("serving realtime twiml", _served, begins=Begins.OFTEN),
    Phrase("serving provider initial twiml", _served, begins=Begins.OFTEN),
    Phrase("inline twiml for notify", _means(Told.NOTIFY), begins=Begins.OFTEN),
    Phrase("outbound call initiated", _created, begins=Begins.ALWAYS),
    Phrase("inbound call record", _means(Told.INBOUND), begins=Begins.OFTEN),
    Phrase(
        "websocket upgrade for media stream",
        lambda text: lambda thread, line: [thread.upgraded()],
        begins=Begins.PERHAPS,
    ),
    Phrase("stream started", _started, begins=Begins.PERHAPS),
    Phrase("media stream connected", _started, begins=Begins.PERHAPS),
    Phrase("realtime bridge starting", _bridging, begins=Begins.PERHAPS),
    Phrase("realtime call:", _bridging, begins=Begins.PERHAPS),
    Phrase("invalid token", _means(Told.TOKEN_REFUSED)),
    Phrase("never connected within", _means(Told.NEVER_CONNECTED)),
    Phrase("stream stopped", lambda text: lambda thread, line: thread.stopped()),
    Phrase("media stream disconnected", _closed),
    Phrase("realtime call ended", _ended),
    Phrase("audio cleared by", _means(Told.CLEARED)),
    Phrase("webhook verification failed", _means(Told.SIGNATURE_REFUSED), begins=Begins.PERHAPS),
    Phrase("webhook rejected before body", _means(Told.SIGNATURE_REFUSED), begins=Begins.PERHAPS),
    Phrase("replay detected", _means(Told.REPLAYED)),
    Phrase("hanging up call", _means(Told.HANG_UP)),
    Phrase("ai response:", _means(Told.SAID)),
    Phrase("transcript for", _heard),
    Phrase("websocket was closed before", _error, anywhere=True, begins=Begins.PERHAPS),
    Phrase("realtime voice error", _error),
    Phrase("realtime ws error", _error),
)
_ANYWHERE = tuple(phrase for phrase in PHRASES if phrase.anywhere)
NEEDLES = tuple(phrase.needle for phrase in _ANYWHERE)
_TROUBLE = re.compile(r"\b(?:ERROR|error|Error|failed|Failed|FATAL|EADDRINUSE)\b")


def normal(text: str) -> str:
    """A text as needles are looked for in it."""
    return text.lower().replace("-", " ")


def tagged(text: str) -> bool:
    """Whether a line bears the plugin's tag."""
    return any(tag in text for tag in TAGS)


def said_in(text: str, *, tag: bool) -> Saying | None:
    """What a line says; None if it says nothing to us."""
    low = normal(text)
    for phrase in PHRASES if tag else _ANYWHERE:
        if phrase.needle in low:
            say = phrase.says(text)
            late = phrase.says is _status and any(word in text.lower() for word in TERMINAL)
            return None if say is None else Saying(say, Begins.PERHAPS if late else phrase.begins, Sure.LIKELY)
    if tag and _TROUBLE.search(text):
        return Saying(told(Told.ERROR, reason(text)), Begins.NO, Sure.LIKELY)
    return None
