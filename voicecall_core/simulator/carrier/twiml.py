"""TwiML as this carrier reads it. Knows nothing of running it.

Twilio: docs/voice/twiml. Verb names are case-sensitive; what is unknown is skipped with warning 12200, and what the
carrier knows and this one does not is skipped in words of our own, never in the carrier's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree import ElementTree

from voicecall_core.net.urls import is_loopback
from voicecall_core.simulator.carrier.verbs import (
    Dial,
    Gather,
    Hangup,
    Pause,
    Play,
    Prompt,
    Record,
    Redirect,
    Reject,
    Say,
    StopStream,
    Stream,
    Verb,
)
from voicecall_core.simulator.carrier.whole_numbers import whole

SCHEMA_WARNING, NOT_XML, EMPTY_BODY = 12200, 12100, 11770
BAD_SCHEME, BAD_STREAM_URL, HANDSHAKE_FAILED, BAD_TRACK = 31922, 31923, 31920, 31941
PARAMETER_CHARACTERS = 500  # name and value together (Twilio: docs/voice/twiml/stream)
DEEPEST = 20  # elements in one another; the carrier's own have four
# The carrier's own verbs (docs/voice/twiml) and what stands in Connect, Start, Stop and Dial, which are not built here.
NOT_BUILT = frozenset(
    "Enqueue Leave Pay Prompt Queue Refer Sms Message "
    "Connect/ConversationRelay Connect/VirtualAgent Connect/Assistant Connect/AiSession Connect/Room "
    "Connect/Conversation Connect/Autopilot Connect/ConversationRelaySession "
    "Start/Recording Start/Siprec Start/Transcription Stop/Recording Stop/Siprec Stop/Transcription "
    "Dial/Client Dial/Conference Dial/Queue Dial/Sim Dial/Sip Dial/Application Dial/WhatsApp".split()
)
_PROMPTS = {"Say", "Play", "Pause"}


@dataclass(frozen=True, slots=True)
class TwimlScript:
    """A document that was read: its verbs, and the error that forbids running it (0: none).

    `skipped` are no verbs of the carrier's, `not_built` are some that this one has not.
    """

    verbs: tuple[Verb, ...] = ()
    skipped: tuple[str, ...] = ()
    error: int = 0
    not_built: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Its verbs in one line, as `Connect/Stream Pause Redirect`; `Response` if it has none."""
        return " ".join(map(name_of, self.verbs)) or "Response"


def name_of(verb: Verb) -> str:
    """A verb as it is called in a document."""
    match verb:
        case Stream():
            return "Start/Stream" if verb.forked else "Connect/Stream"
        case StopStream():
            return "Stop/Stream"
    return type(verb).__name__


def read(text: bytes) -> TwimlScript:
    """Read a document; never raises: what cannot be run has `error`."""
    if not text.strip():
        return TwimlScript(error=EMPTY_BODY)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        return TwimlScript(error=NOT_XML)  # assumption: no document type, so that no entity can expand without end
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, LookupError, ValueError):
        return TwimlScript(error=NOT_XML)
    if root.tag != "Response" or _too_deep(root):
        return TwimlScript(error=NOT_XML)
    verbs: list[Verb] = []
    skipped: list[str] = []
    not_built: list[str] = []
    for element in root:
        verb = _verb(element)
        if verb is not None:
            verbs.append(verb)
        else:
            name = _path(element)
            (not_built if name in NOT_BUILT else skipped).append(name)
    return TwimlScript(tuple(verbs), tuple(skipped), 0, tuple(not_built))


def _too_deep(root: ElementTree.Element) -> bool:
    level, depth = list(root), 1
    while level and depth < DEEPEST:
        level, depth = [child for each in level for child in each], depth + 1
    return bool(level)


def _path(element: ElementTree.Element) -> str:
    """How an element that was skipped is called: with what stands in it, where that is what matters."""
    inside = element[0].tag if element.tag in ("Connect", "Start", "Stop", "Dial") and len(element) else ""
    return f"{element.tag}/{inside}" if inside else element.tag


def _verb(element: ElementTree.Element) -> Verb | None:
    text = (element.text or "").strip()
    match element.tag:
        case "Say" | "Play" | "Pause":
            return _prompt(element)
        case "Redirect":
            return Redirect(text, _method(element))
        case "Hangup":
            return Hangup()
        case "Reject":
            return Reject(element.get("reason", "rejected"))
        case "Gather":
            return _gather(element)
        case "Record":
            return _record(element)
        case "Dial":
            return _dial(element)
        case "Connect" | "Start" if len(element) == 1 and element[0].tag == "Stream":
            return _stream(element[0], forked=element.tag == "Start")
        case "Stop" if len(element) == 1 and element[0].tag == "Stream":
            return StopStream(element[0].get("name", ""))
    return None


def _prompt(element: ElementTree.Element) -> Prompt:
    loop = whole(element.get("loop", "1"), 1)
    if element.tag == "Say":
        inner = (element.text or "") + "".join(ElementTree.tostring(child, "unicode") for child in element)
        return Say(" ".join("".join(element.itertext()).split()), inner.strip(), loop)
    if element.tag == "Play":
        return Play((element.text or "").strip(), element.get("digits", ""), loop)
    return Pause(whole(element.get("length", "1"), 1))


def _gather(element: ElementTree.Element) -> Gather:
    timeout = whole(element.get("timeout", "5"), 5)
    return Gather(
        prompts=tuple(_prompt(child) for child in element if child.tag in _PROMPTS),
        action=element.get("action", ""),
        method=_method(element),
        takes=frozenset(element.get("input", "dtmf").split()),
        timeout_s=timeout,
        # assumption: `auto` ends where a second is silent
        speech_timeout_s=whole(element.get("speechTimeout", ""), 1 if "speechTimeout" in element.keys() else timeout),
        finish_on=element.get("finishOnKey", "#"),
        digits=whole(element.get("numDigits", ""), 0),
        action_on_empty=element.get("actionOnEmptyResult", "").lower() == "true",
    )


def _record(element: ElementTree.Element) -> Record:
    events = frozenset(element.get("recordingStatusCallbackEvent", "completed").split())
    return Record(
        action=element.get("action", ""),
        method=_method(element),
        timeout_s=whole(element.get("timeout", "5"), 5),
        finish_on=element.get("finishOnKey", "1234567890*#"),
        longest_s=whole(element.get("maxLength", "3600"), 3_600),
        beep=element.get("playBeep", "true").lower() != "false",
        callback=element.get("recordingStatusCallback", ""),
        callback_method=_method(element, "recordingStatusCallbackMethod"),
        callback_events=events,
    )


def _dial(element: ElementTree.Element) -> Dial | None:
    """A number, as its text or in `<Number>`; the first, where there are several."""
    if any(child.tag != "Number" for child in element):
        return None
    number = (element[0].text if len(element) else element.text) or ""
    return Dial(
        number=number.strip(),
        action=element.get("action", ""),
        method=_method(element),
        timeout_s=whole(element.get("timeout", "30"), 30),
        limit_s=whole(element.get("timeLimit", "14400"), 14_400),
        caller_id=element.get("callerId", ""),
    )


def _method(element: ElementTree.Element, name: str = "method") -> str:
    return element.get(name, "POST").upper()


def _stream(element: ElementTree.Element, *, forked: bool) -> Stream:
    parameters = tuple((child.get("name", ""), child.get("value", "")) for child in element if child.tag == "Parameter")
    track = element.get("track", "inbound_track")
    return Stream(
        element.get("url", ""),
        element.get("name", ""),
        element.get("statusCallback", ""),
        element.get("statusCallbackMethod", "POST").upper(),
        parameters,
        stream_fault(element.get("url", ""), "inbound_track" if forked else track, parameters),
        forked,
        track,
    )


def stream_fault(url: str, track: str, parameters: tuple[tuple[str, str], ...]) -> int:
    """The carrier's error for a stream with these attributes, 0 if it takes them."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return BAD_STREAM_URL
    # assumption: plain ws is let through for loopback addresses, which only this carrier can reach
    if parts.scheme != "wss" and not (parts.scheme == "ws" and is_loopback(host or "")):
        return BAD_SCHEME
    if not host:
        return BAD_STREAM_URL
    if parts.query:
        return HANDSHAKE_FAILED  # a query string "can surface as 31920" (Twilio: docs/api/errors/31920)
    if track != "inbound_track":
        return BAD_TRACK
    if any(len(name) + len(value) >= PARAMETER_CHARACTERS for name, value in parameters):
        return SCHEMA_WARNING  # assumption: which code it is
    return 0
