"""What Twilio's webhooks report, as events. Knows nothing of HTTP, of signatures, or of which call is meant.

A form is a list of (name, value) pairs, blank values included. Only the call's SID is indispensable; every other field
may be absent, empty or new, because Twilio adds fields and values at any time (docs/usage/security).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from voicecall_core.errors import PeerError
from voicecall_core.masking import fit_to_show
from voicecall_core.words.events import Fetched, StatusReported, StreamReported
from voicecall_core.words.values import CallStatus

_CALL_SID = re.compile(r"CA[0-9a-fA-F]{32}")  # twilio-oai, twilio_api_v2010.yaml
_WHOLE = re.compile(r"[0-9]{1,9}")  # bounded: int() of thousands of digits is refused by Python with a ValueError
_STATUSES: Mapping[str, CallStatus] = {status.value: status for status in CallStatus}

Form = Iterable[tuple[str, str]]


def status_named(said: str) -> CallStatus:
    """Twilio's word as a status; `UNKNOWN` for any word that is not in its documents."""
    return _STATUSES.get(said, CallStatus.UNKNOWN)


def is_call_sid(text: object) -> bool:
    """Whether `text` has the form of a call's SID."""
    return isinstance(text, str) and _CALL_SID.fullmatch(text) is not None


def fetched(form: Form, request: int, generation: int) -> Fetched:
    """Twilio asks for the document of `generation`; `request` is our number for the waiting HTTP request.

    `error_code` is set if Twilio asks at the fallback URL because of an error. Raises PeerError without a call SID.
    """
    fields = _fields(form)
    return Fetched(
        request=request,
        generation=generation,
        sid=_sid(fields, "a document fetch"),
        direction=fit_to_show(fields.get("Direction", "")),
        status=status_named(fields.get("CallStatus", "")),
        error_code=_whole(fields, "ErrorCode") or 0,
    )


def status_reported(form: Form) -> StatusReported:
    """A call's status callback. Raises PeerError without a call SID."""
    fields = _fields(form)
    said = fields.get("CallStatus", "")
    return StatusReported(
        status=status_named(said),
        sid=_sid(fields, "a status callback"),
        sequence=_whole(fields, "SequenceNumber"),
        said=fit_to_show(said),
        sip_code=_whole(fields, "SipResponseCode") or 0,
        answered_by=fit_to_show(fields.get("AnsweredBy", "")),
    )


def stream_reported(form: Form) -> StreamReported:
    """A `<Stream statusCallback>`: stream-started, stream-stopped or stream-error. Raises PeerError without a SID."""
    fields = _fields(form)
    return StreamReported(
        report=fit_to_show(fields.get("StreamEvent", "")),
        sid=_sid(fields, "a stream callback"),
        reason=fit_to_show(fields.get("StreamError", "")),
    )


def _fields(form: Form) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in form:
        fields.setdefault(name, value)  # Twilio repeats no name in these forms; if somebody does, the first counts
    return fields


def _sid(fields: Mapping[str, str], what: str) -> str:
    sid = fields.get("CallSid", "")
    if not sid:
        raise PeerError(f"Twilio sent {what} without a CallSid.")
    if not is_call_sid(sid):
        raise PeerError(f"Twilio sent {what} whose CallSid is not CA and 32 hexadecimal digits.")
    return sid


def _whole(fields: Mapping[str, str], name: str) -> int | None:
    text = fields.get(name, "")
    return int(text) if _WHOLE.fullmatch(text) else None
