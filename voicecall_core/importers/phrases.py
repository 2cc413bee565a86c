"""What free sentences tell: the concepts as any program words them for itself. No program's own lines: those are files.

Knows nothing of stamps, or of which call is meant. A sentence is looked for by its needle in the line's normal words
(wording.py): runs of words, all of which must be there, and counts if the line asserts it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.importers import vocabulary
from voicecall_core.importers.concepts import CONCEPTS, served
from voicecall_core.importers.log_facts import Begins, Say, Saying, Told, only, told
from voicecall_core.importers.wording import asserts, forms_of, mentions, normal, runs_of, shortest
from voicecall_core.models.openai_realtime.failures import words
from voicecall_core.words.values import TERMINAL


@dataclass(frozen=True, slots=True)
class Phrase:
    """One sentence: its needle, and what it says (None: on a second look it says nothing).

    `about`: what the line must assert to be believed, as a pattern.
    """

    needle: str
    says: Callable[[str], Say | None]
    about: str = ""
    begins: Begins = Begins.NO
    denied: Told | None = None  # what it tells where the line does not assert it


_STATUS = re.compile(
    r"(?:[=:(,>\u2192'\"\[]\s*|\b(?:is|status|now)\s+)"
    r"(queued|initiated|ringing|in[-_ ]?progress|answered|completed|busy|failed|no[-_ ]?answer|cancell?ed)\b",
    re.IGNORECASE,
)
_DIRECTION = re.compile(r"\bdirection=([\w-]+)", re.IGNORECASE)
_SID = re.compile(vocabulary.SID)
_STREAM_SID = re.compile(r"\bMZ\w{3,40}")
_REASON = re.compile(r"\b(?:error|reason|failed\b[^:]*):\s*(.+)", re.IGNORECASE)
_GOODBYE = re.compile(
    r"(?i)\b(?:good ?bye|farewell|hang(?:ing|s)? ?up|<hangup|end(?:ing)? (?:the )?call|abschied|auflegen)"
)
_HANDS_OVER = re.compile(r"(?i)<dial|\b(?:transfer\w*|hand(?:ing)?[- ]?(?:over|off)|weiterleit\w*)\b")


def _says(concept: str, text: str = "", **fields: str) -> Say:
    return CONCEPTS[concept].says({"text": text, **fields})


def _status_with_value(text: str) -> Say | None:
    """A status callback: on a line that tells its status, or its fields."""
    match = _STATUS.search(text)
    if match is None and re.search(r"(?i)callback ?\(", text) is None:
        return None
    return _says("status-callback", status=match[1] if match else "")


def _fetch(text: str) -> Say | None:
    """A fetch and what it was answered with; a line that tells no answer is a fetch alone."""
    direction = _DIRECTION.search(text)
    return _says("fetch", direction=direction[1] if direction else "", document=_document(text))


def _served(text: str) -> Say | None:
    return only(*served(_document(text)))


def _spoken_document_served(text: str) -> Say | None:
    """A spoken document that answered a fetch, rather than one that was written by REST."""
    return _served(text) if re.search(r"(?i)\b(?:serv|return)", text) and "update" not in text.lower() else None


def _document(text: str) -> str:
    """The parts of the document that a line says was served, or those of one that it calls by a name."""
    words = normal(text)
    return f"{text} <connect>" if " realtime twiml " in words else text


def _registered(text: str) -> Say | None:
    words = normal(text)
    if " start " not in words:
        return None
    flags = {name: "yes" for name in ("again", "realtime") if f" {name} " in words}
    return _says("registered", **flags)


def _said_instead(text: str) -> Say | None:
    """The fallback to the carrier's voice; a goodbye or a hand-over is named by its part, and judged by it."""
    if "<Response" in text or "</" in text:
        return None  # a document: it is read as one
    why = " to hand over" if _HANDS_OVER.search(text) else " as a goodbye" if _GOODBYE.search(text) else ""
    return _says("rest-write", document=f"<Say>{why}")


def _created_by_name(text: str) -> Say | None:
    """A call placed: on a line that bears the carrier's name for it."""
    mode = re.search(r"\bmode=(\w+)", text)
    return _says("create", mode=mode[1] if mode else "") if _SID.search(text) else None


def _started(text: str) -> Say | None:
    match = _STREAM_SID.search(text)
    return _says("stream-up", stream_sid=match[0] if match else "")


def reason(text: str) -> str:
    """What a line gives as the error's text."""
    match = _REASON.search(text)
    return words(match[1] if match else text)


def _error(text: str) -> Say | None:
    return told(Told.ERROR, reason(text))


def _not_in_progress(text: str) -> Say | None:
    """The carrier's error by its number, on a line that says that it is one."""
    if re.search(r"(?i)(?:error|code|fehler|[\[(/])\W{0,3}21220|twilio[^\d]{0,40}21220|21220\W{1,4}call", text):
        return _says("write-refused", code="21220")
    return None


def _means(concept: str, **fields: str) -> Callable[[str], Say | None]:
    return lambda text: _says(concept, **fields)


def _speaking(text: str) -> Say | None:
    """The first message asked for; a line that holds the document written for it tells more."""
    if re.search(rf"(?i)<response|{vocabulary.SAY}|{vocabulary.BY_CARRIER}", text):
        return None
    match = re.search(r"\(mode: ?(\w+)", text)
    return _says("greeting-asked", mode=match[1] if match else "")


_CALLBACK = r"callback|webhook|r\u00fcckruf|meldung"
_GREETING = r"greeting|message|begr\u00fc|nachricht"
_SAY = r"(?:<|\bTwiML[-_ ])say"
_SERVED = r"serv|return|answer|liefer"
_FETCH = r"fetch|request|asked|abgerufen|abruf|hol"

PHRASES = (
    Phrase("status callback", _status_with_value, _CALLBACK, Begins.OFTEN),
    Phrase("call status & callback", _status_with_value, _CALLBACK, Begins.OFTEN),
    Phrase("max duration & timer", _registered, r"duration|timer", Begins.PERHAPS),
    Phrase("twiml fetch", _fetch, _FETCH, Begins.OFTEN),
    Phrase("fetch & twiml", _fetch, _FETCH, Begins.OFTEN),
    Phrase("serve & realtime twiml", _served, _SERVED, Begins.OFTEN),
    Phrase("serve & twiml & <say", _spoken_document_served, _SERVED, Begins.OFTEN),
    *(
        Phrase(needle, _said_instead, _SAY, Begins.PERHAPS, denied=Told.WITHHELD)
        for needle in (
            "use twiml <say",
            *(f"<say & {verb}" for verb in ("fallback", "write", "update", "speak")),
            "twiml say & fallback",
        )
    ),
    Phrase("speaking initial message", _speaking, _GREETING, Begins.PERHAPS),
    Phrase("speak & greeting", _speaking, _GREETING, Begins.PERHAPS),
    Phrase("21220", _not_in_progress),
    *(
        Phrase(f"call {verb}", _created_by_name, r"created|placed|initiated", Begins.ALWAYS)
        for verb in ("created", "placed", "initiated")
    ),
    Phrase("outbound call & created", _created_by_name, r"created", Begins.ALWAYS),
    *(
        Phrase(f"media stream {verb}", _started, r"stream", Begins.PERHAPS)
        for verb in ("connected", "start", "open", "opened", "established")
    ),
    *(
        Phrase(f"media stream {verb}", _means("stream-down"), r"stream")
        for verb in ("closed", "ended", "stopped", "finished")
    ),
    Phrase("hanging up", _means("hang-up"), r"hanging up"),
    Phrase("websocket was closed before", _error, begins=Begins.PERHAPS),
)
_TABLE = tuple((runs_of(each.needle)[0], runs_of(each.needle)[1:], each) for each in PHRASES)
# Words that any server's log is full of: another word of the sentence is looked for, if there is one.
_EVERYDAY = frozenset(
    {
        *("status", "stream", "message", "start", "open", "opened", "created", "placed", "initiated", "connected"),
        *("stopped", "closed", "ended", "finished", "established"),
    }
)


def _needles() -> Iterator[str]:
    """What a line must hold, in small letters, to say any sentence of the table: of each one word, in all its forms."""
    for each in PHRASES:
        words = " ".join(runs_of(each.needle)).split()
        word = min(words, key=lambda word: (word in _EVERYDAY, len(forms_of(word)), -len(word)))
        for form in forms_of(word):
            yield form
            if form.startswith("<"):
                yield f"lt;{form[1:]}"


NEEDLES = shortest(_needles())
_TROUBLE = re.compile(r"\b(?:ERROR|error|Error|failed|Failed|FATAL|EADDRINUSE)\b")


def phrase_in(text: str) -> tuple[Phrase, Say] | None:
    """The first sentence of the table that a line says, with what that says of its call."""
    low = text.lower()
    for needle in NEEDLES:
        if needle in low:
            break
    else:
        return None
    words = normal(text)
    for run, runs, phrase in _TABLE:
        if run in words and mentions(words, runs):
            if phrase.about and not asserts(text, phrase.about):
                if phrase.denied and "<response" not in low:  # whether a whole document was written is read from it
                    return phrase, told(phrase.denied)
                continue
            if (say := phrase.says(text)) is not None:
                return phrase, say
    return None


def said_in(text: str, *, tag: bool) -> Saying | None:
    """What a line says; None if it says nothing to us. `tag`: it is a line of a program that makes calls."""
    text = text.replace("&lt;", "<").replace("&gt;", ">")
    found = phrase_in(text)
    if found is not None:
        phrase, say = found
        late = phrase.says is _status_with_value and any(word in text.lower() for word in TERMINAL)
        return Saying(say, Begins.PERHAPS if late else phrase.begins, Sure.LIKELY, own=tag)
    if tag and _TROUBLE.search(text):
        return Saying(told(Told.ERROR, reason(text)), Begins.NO, Sure.LIKELY, own=True)
    return None
