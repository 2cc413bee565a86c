"""What sentences tell: the OpenClaw voice-call plugin's own, and the concepts that any program words for itself.

Knows nothing of stamps, or of which call is meant. A sentence is looked for by its needle in the line's normal words
(wording.py): runs of words, all of which must be there. The plugin's wordings are those its console shows, and those of
the excerpts people quote in its issues (openclaw/openclaw 68713, 11554, 32902, 65601); most count only on a line that
bears its tag. A concept counts anywhere, if the line asserts it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.importers.correlation import Thread
from voicecall_core.importers.log_facts import Begins, Fact, Foreign, Say, Saying, Told, only, told
from voicecall_core.importers.wording import asserts, mentions, normal, runs_of
from voicecall_core.models.openai_realtime.failures import words
from voicecall_core.words.events import Created, Heard

TAGS = ("[voice-call", "[MediaStream]", '"voice-call', '\\"voice-call')


@dataclass(frozen=True, slots=True)
class Phrase:
    """One sentence: its needle, what it says (None: on a second look it says nothing), whether it needs the tag.

    `about`: what the line must assert to be believed, as a pattern. `own`: nobody but the plugin words it so.
    """

    needle: str
    says: Callable[[str], Say | None]
    anywhere: bool = False
    begins: Begins = Begins.NO
    about: str = ""
    own: bool = True
    denied: Told | None = None  # what it tells where the line does not assert it


_STATUS = re.compile(
    r"(?:[=:(,>\u2192'\"\[]\s*|\b(?:is|status|now)\s+)"
    r"(queued|initiated|ringing|in[-_ ]?progress|answered|completed|busy|failed|no[-_ ]?answer|cancell?ed)\b",
    re.IGNORECASE,
)
_DIRECTION = re.compile(r"\bdirection=([\w-]+)", re.IGNORECASE)
_SID = re.compile(r"\bCA[0-9a-fA-F]{32}\b")
_STREAM_SID = re.compile(r"\bMZ\w{3,40}")
_PART = re.compile(r"<(?!-)/?(\w+)")
_REASON = re.compile(r"\b(?:error|reason|failed\b[^:]*):\s*(.+)", re.IGNORECASE)
_GOODBYE = re.compile(
    r"(?i)\b(?:good ?bye|farewell|hang(?:ing|s)? ?up|<hangup|end(?:ing)? (?:the )?call|abschied|auflegen)"
)
_HANDS_OVER = re.compile(r"(?i)<dial|\b(?:transfer\w*|hand(?:ing)?[- ]?(?:over|off)|weiterleit\w*)\b")
_HEARD = re.compile(r"Transcript for \S+: (.*?)(?: \(chars=\d+\))?$")
_VALUES = {
    "answered": "in-progress",  # the name of the event against that of the status
    "inprogress": "in-progress",
    "noanswer": "no-answer",
    "cancelled": "canceled",
}
TERMINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


def _status(text: str) -> Say | None:
    match = _STATUS.search(text)
    if match is None:
        return told(Told.STATUS)
    said = _VALUES.get(re.sub(r"[-_ ]", "", match[1].lower()), match[1].lower())

    def say(thread: Thread, line: int) -> Iterator[Fact]:
        thread.over = thread.over or said in TERMINAL
        yield thread.status(said)

    return say


def _status_with_value(text: str) -> Say | None:
    """A status callback on a line without the tag: one that tells its status, or its fields."""
    return _status(text) if _STATUS.search(text) or re.search(r"(?i)callback ?\(", text) else None


def _fetch(text: str) -> Say | None:
    """A fetch and what it was answered with; a line that tells no answer is a fetch alone."""
    direction = _DIRECTION.search(text)

    def say(thread: Thread, line: int) -> Iterator[Fact]:
        yield thread.fetched(direction[1] if direction else "")
        yield from _documents(text)

    return say


def _served(text: str) -> Say | None:
    return only(*_documents(text))


def _spoken_document_served(text: str) -> Say | None:
    """A spoken document that answered a fetch, rather than one that was written by REST."""
    return _served(text) if re.search(r"(?i)\b(?:serv|return)", text) and "update" not in text.lower() else None


def _documents(text: str) -> Iterator[Fact]:
    """The document that a line says was served, if it does."""
    parts, words = {part.lower() for part in _PART.findall(text)}, normal(text)
    if any(part.startswith(("conn", "stre")) for part in parts) or " realtime twiml " in words:  # or cut off
        yield Foreign(Told.STREAM_SERVED)
    elif parts or " initial twiml " in words:
        yield Foreign(Told.OTHER_SERVED, "".join(f"<{part}>" for part in sorted(parts - {"response"})))


def _registered(text: str) -> Say | None:
    words = normal(text)
    if " start " not in words:
        return told(Told.HANG_UP, "maximum duration") if " reached " in words else None
    again = Foreign(Told.REGISTERED, "again" if " again " in words else "")
    return only(again, Foreign(Told.REALTIME)) if " realtime " in words else only(again)


def _said_instead(text: str) -> Say | None:
    """The fallback to the carrier's voice; a goodbye or a hand-over is named by its part, and judged by it."""
    if "<Response" in text or "</" in text:
        return None  # a document: it is read as one
    why = " to hand over" if _HANDS_OVER.search(text) else " as a goodbye" if _GOODBYE.search(text) else ""
    return told(Told.OVERWRITE, f"<Say>{why}")


def _created(text: str) -> Say | None:
    mode = re.search(r"\bmode=(\w+)", text)

    def say(thread: Thread, line: int) -> Iterator[Fact]:
        yield Created(thread.sid)
        if mode and mode[1] == "notify":
            yield Foreign(Told.NOTIFY)

    return say


def _created_by_name(text: str) -> Say | None:
    """A call placed, on a line without the tag: one that bears the carrier's name for it."""
    return _created(text) if _SID.search(text) else None


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


def _realtime_error(text: str) -> Say | None:
    """An error of the realtime bridge, whatever it is: so the call has one."""
    return only(Foreign(Told.ERROR, reason(text)), Foreign(Told.REALTIME))


def _not_in_progress(text: str) -> Say | None:
    """The carrier's error by its number, on a line that says that it is one."""
    if re.search(r"(?i)(?:error|code|twilio|fehler|update|rest)[^\d]{0,40}21220|21220\W{1,4}call", text):
        return told(Told.WRITE_REFUSED, "21220")
    return None


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
    """The first message asked for; a line that holds the document written for it tells more."""
    if re.search(r"(?i)<response|\bsay[-_ ](?:document|twiml|verb|response)", text):
        return None
    match = re.search(r"\(mode: ?(\w+)", text)
    return told(Told.SPEAKING, match[1] if match else "")


_CALLBACK = r"callback|webhook|r\u00fcckruf|meldung"
_GREETING = r"greeting|message|begr\u00fc|nachricht"
_SAY = r"(?:<|\bTwiML[-_ ])say"
_SERVED = r"serv|return|answer|liefer"
_FETCH = r"fetch|request|asked|abgerufen|abruf|hol"

PHRASES = (
    Phrase("ai response", _means(Told.SAID)),
    Phrase("transcript for", _heard),
    Phrase("status callback", _status, begins=Begins.OFTEN),
    Phrase("status callback", _status_with_value, True, Begins.OFTEN, _CALLBACK, own=False),
    Phrase("call status & callback", _status_with_value, True, Begins.OFTEN, _CALLBACK, own=False),
    Phrase("max duration timer", _registered, True, Begins.PERHAPS, r"duration"),
    Phrase("max duration", _registered),
    Phrase("max duration & timer", _registered, True, Begins.PERHAPS, r"timer", own=False),
    Phrase("already in flight", lambda text: None),
    Phrase("failed to speak initial message", _error),
    Phrase("twiml fetch", _fetch, True, Begins.OFTEN, _FETCH, own=False),
    Phrase("fetch & twiml", _fetch, True, Begins.OFTEN, _FETCH, own=False),
    Phrase("serve & realtime twiml", _served, True, Begins.OFTEN, _SERVED, own=False),
    Phrase("serve & twiml & <say", _spoken_document_served, True, Begins.OFTEN, _SERVED, own=False),
    Phrase("use twiml <say", _said_instead, True, Begins.PERHAPS, _SAY, denied=Told.WITHHELD),
    *(
        Phrase(f"<say & {verb}", _said_instead, True, Begins.PERHAPS, _SAY, False, Told.WITHHELD)
        for verb in ("fallback", "write", "update", "speak")
    ),
    Phrase("twiml say & fallback", _said_instead, True, Begins.PERHAPS, _SAY, False, Told.WITHHELD),
    Phrase("speaking initial message", _speaking, True, Begins.PERHAPS, _GREETING),
    Phrase("speak & greeting", _speaking, True, Begins.PERHAPS, _GREETING, own=False),
    Phrase("21220", _not_in_progress, anywhere=True, own=False),
    Phrase("serving realtime twiml", _served, begins=Begins.OFTEN),
    Phrase("serving provider initial twiml", _served, begins=Begins.OFTEN),
    Phrase("inline twiml for notify", _means(Told.NOTIFY), begins=Begins.OFTEN),
    Phrase("outbound call initiated", _created, begins=Begins.ALWAYS),
    *(
        Phrase(f"call {verb}", _created_by_name, True, Begins.ALWAYS, r"created|placed|initiated", own=False)
        for verb in ("created", "placed", "initiated")
    ),
    Phrase("outbound call & created", _created_by_name, True, Begins.ALWAYS, r"created", own=False),
    Phrase("inbound call record", _means(Told.INBOUND), begins=Begins.OFTEN),
    Phrase(
        "websocket upgrade for media stream",
        lambda text: lambda thread, line: [thread.upgraded()],
        begins=Begins.PERHAPS,
    ),
    Phrase("stream started", _started, begins=Begins.PERHAPS),
    Phrase("media stream connected", _started, begins=Begins.PERHAPS),
    *(
        Phrase(f"media stream {verb}", _started, True, Begins.PERHAPS, r"stream", own=False)
        for verb in ("connected", "start", "open", "opened", "established")
    ),
    *(
        Phrase(f"media stream {verb}", _closed, True, Begins.NO, r"stream", own=False)
        for verb in ("closed", "ended", "stopped", "finished")
    ),
    Phrase("realtime bridge starting", _bridging, begins=Begins.PERHAPS),
    Phrase("realtime call ended", _ended),
    Phrase("realtime call", _bridging, begins=Begins.PERHAPS),
    Phrase("invalid token", _means(Told.TOKEN_REFUSED)),
    Phrase("never connected within", _means(Told.NEVER_CONNECTED)),
    Phrase("stream stopped", lambda text: lambda thread, line: thread.stopped()),
    Phrase("media stream disconnected", _closed),
    Phrase("audio cleared by", _means(Told.CLEARED)),
    Phrase("webhook verification failed", _means(Told.SIGNATURE_REFUSED), begins=Begins.PERHAPS),
    Phrase("webhook rejected before body", _means(Told.SIGNATURE_REFUSED), begins=Begins.PERHAPS),
    Phrase("replay detected", _means(Told.REPLAYED)),
    Phrase("hanging up", _means(Told.HANG_UP), True, Begins.NO, r"hanging up", own=False),
    Phrase("realtime voice error", _realtime_error),
    Phrase("realtime ws error", _realtime_error),
    Phrase("websocket was closed before", _error, True, Begins.PERHAPS, own=False),
)
_ON_TAGGED = tuple((runs_of(each.needle), each) for each in PHRASES)
_ANYWHERE = tuple(each for each in _ON_TAGGED if each[1].anywhere)
# What a line holds, in small letters, that could say any of those which count anywhere: for the quick look.
NEEDLES = (
    "callback",
    "webhook",
    "duration",
    "dauer",
    "initial",
    "greeting",
    "begr\u00fc",
    "21220",
    "twiml",
    "<say",
    "lt;say",
    "websocket",
    "media",
    "call created",
    "call placed",
    "call initiated",
    "outbound call",
    "hanging up",
    "error",
    "signatur",
    "strom",
    "openai",
    "realtime",
    "model",
    "create record",
    "panic",
    "unhandled",
    "uncaught",
    "timeout",
    "memory",
    "%3c",
    "anruf",
    "dial",
)
_TROUBLE = re.compile(r"\b(?:ERROR|error|Error|failed|Failed|FATAL|EADDRINUSE)\b")


def tagged(text: str) -> bool:
    """Whether a line bears the plugin's tag."""
    return any(tag in text for tag in TAGS)


def phrase_in(text: str, *, tag: bool) -> tuple[Phrase, Say] | None:
    """The first sentence of the table that a line says, with what that says of its call."""
    words = normal(text)
    for runs, phrase in _ON_TAGGED if tag else _ANYWHERE:
        if mentions(words, runs):
            if phrase.about and not asserts(text, phrase.about):
                if phrase.denied:
                    return phrase, told(phrase.denied)
                continue
            if (say := phrase.says(text)) is not None or tag:
                return (phrase, say) if say is not None else None
    return None


def said_in(text: str, *, tag: bool) -> Saying | None:
    """What a line says; None if it says nothing to us."""
    text = text.replace("&lt;", "<").replace("&gt;", ">")
    found = phrase_in(text, tag=tag)
    if found is not None:
        phrase, say = found
        late = phrase.says in (_status, _status_with_value) and any(word in text.lower() for word in TERMINAL)
        return Saying(say, Begins.PERHAPS if late else phrase.begins, Sure.LIKELY, own=phrase.own)
    if tag and _TROUBLE.search(text):
        return Saying(told(Told.ERROR, reason(text)), Begins.NO, Sure.LIKELY)
    return None
