"""TwiML as this carrier reads it: the verbs that voice programs of this kind use. Knows nothing of running them.

Twilio: docs/voice/twiml. Verb names are case-sensitive; what is unknown is skipped with warning 12200.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree import ElementTree

from voicecall_core.net.urls import is_loopback
from voicecall_core.simulator.carrier.whole_numbers import whole

SCHEMA_WARNING, NOT_XML, EMPTY_BODY = 12200, 12100, 11770
BAD_SCHEME, BAD_STREAM_URL, HANDSHAKE_FAILED, BAD_TRACK = 31922, 31923, 31920, 31941
PARAMETER_CHARACTERS = 500  # name and value together (Twilio: docs/voice/twiml/stream)


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a text with the carrier's own voice."""

    pii_text: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait in silence."""

    seconds: int = 1


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go on with another document."""

    url: str
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, slots=True)
class Stream:
    """`<Connect><Stream>`. `fault` is the carrier's error for attributes it will not take, 0 if all are well."""

    url: str
    name: str = ""
    callback: str = ""
    callback_method: str = "POST"
    parameters: tuple[tuple[str, str], ...] = ()
    fault: int = 0


Verb = Say | Pause | Redirect | Hangup | Stream


@dataclass(frozen=True, slots=True)
class TwimlScript:
    """A document that was read: its verbs, what was skipped, and the error that forbids running it (0: none)."""

    verbs: tuple[Verb, ...] = ()
    skipped: tuple[str, ...] = ()
    error: int = 0

    @property
    def words(self) -> str:
        """Its verbs in one line, as `Connect/Stream Pause Redirect`; `Response` if it has none."""
        names = ["Connect/Stream" if isinstance(verb, Stream) else type(verb).__name__ for verb in self.verbs]
        return " ".join(names) or "Response"


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
    if root.tag != "Response":
        return TwimlScript(error=NOT_XML)
    verbs: list[Verb] = []
    skipped: list[str] = []
    for element in root:
        verb = _verb(element)
        if verb is None:
            skipped.append(element.tag)
        else:
            verbs.append(verb)
    return TwimlScript(tuple(verbs), tuple(skipped))


def _verb(element: ElementTree.Element) -> Verb | None:
    match element.tag:
        case "Say":
            return Say((element.text or "").strip())
        case "Pause":
            return Pause(whole(element.get("length", "1"), 1))
        case "Redirect":
            return Redirect((element.text or "").strip(), element.get("method", "POST").upper())
        case "Hangup":
            return Hangup()
        case "Connect" if len(element) == 1 and element[0].tag == "Stream":
            return _stream(element[0])
    return None


def _stream(element: ElementTree.Element) -> Stream:
    parameters = tuple((child.get("name", ""), child.get("value", "")) for child in element if child.tag == "Parameter")
    return Stream(
        element.get("url", ""),
        element.get("name", ""),
        element.get("statusCallback", ""),
        element.get("statusCallbackMethod", "POST").upper(),
        parameters,
        _fault(element.get("url", ""), element.get("track", "inbound_track"), parameters),
    )


def _fault(url: str, track: str, parameters: tuple[tuple[str, str], ...]) -> int:
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
