"""The TwiML documents of this program, as XML text. Knows nothing of who may write one, and makes no URL or token.

Plain templates: the SDK's TwiML classes cost 34 ms to import, on the way to the first document of a call. The tests
compare both.
"""

from __future__ import annotations

import re

from voicecall_core.carriers.base import DocumentUrls
from voicecall_core.carriers.twilio.media import CALL_PARAMETER
from voicecall_core.errors import SettingsError
from voicecall_core.words.orders import Document, DocumentKind

# Added to the redirect's URL; neither sent nor signed (Twilio, docs/usage/webhooks/webhooks-connection-overrides).
# Five retries, the most there are, when no connection comes about, when no answer comes (the fetch of a generation may
# be repeated), and on a 5xx (a tunnel whose far end is away). Short waits, so that several fit into the 15 s which a
# webhook may take in all. Assumed, as no source tells it: that a retry follows at once, and that `<Redirect>` obeys.
REDIRECT_OVERRIDES = "#rc=5&rp=ct,rt,5xx&ct=2000&rt=3000"

PARAMETER_LONGEST = 499  # characters of name and value together, "under 500" (Twilio, docs/voice/twiml/stream)
DOCUMENT_LONGEST = 64 * 1024  # bytes; error 11750 above

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2 (Char)
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})


def write(document: Document, urls: DocumentUrls) -> str:
    """The document as XML. Raises SettingsError if what is to be said is longer than Twilio takes (64 kB)."""
    if document.kind is DocumentKind.STREAM:
        body = _stream(urls)
    elif document.kind is DocumentKind.SAY:
        body = _say(document.pii_text)
    else:
        body = "<Hangup/>"
    xml = f'<?xml version="1.0" encoding="UTF-8"?><Response>{body}</Response>'
    size = len(xml.encode())
    if size > DOCUMENT_LONGEST:
        raise SettingsError(
            f"The message to be spoken makes a document of {size} bytes; Twilio takes {DOCUMENT_LONGEST}.",
            setting="--say",
            fix="Shorten the text given to --say.",
        )
    return xml


def _stream(urls: DocumentUrls) -> str:
    assert urls.stream_url.startswith(("wss://", "ws://")) and not set("?#") & set(urls.stream_url), "31920, 31922"
    assert "#" not in urls.redirect_url, "the fragment is added here"
    assert len(CALL_PARAMETER) + len(urls.call_id) <= PARAMETER_LONGEST
    return (
        f'<Connect><Stream url="{_xml(urls.stream_url)}" statusCallback="{_xml(urls.stream_status_url)}">'
        f'<Parameter name="{CALL_PARAMETER}" value="{_xml(urls.call_id)}"/></Stream></Connect>'
        # Reached when the stream has ended without the call's end: a moment for what broke it to pass, then again.
        f'<Pause length="1"/><Redirect method="POST">{_xml(urls.redirect_url + REDIRECT_OVERRIDES)}</Redirect>'
    )


def _say(text: str) -> str:
    spoken = _NOT_XML.sub("", text).strip()
    return (
        f"<Say>{_xml(spoken)}</Say><Hangup/>" if spoken else "<Hangup/>"
    )  # an empty <Say> is an error to Twilio (13520)


def _xml(text: str) -> str:
    return _NOT_XML.sub("", text).translate(_ESCAPES)
