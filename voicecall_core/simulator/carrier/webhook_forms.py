"""The parameter sets of the carrier's webhooks, in the order seen on the wire. Knows nothing of sending them.

Orders and names as captured in the field: the TwiML fetch of an outbound-api call, and its status callbacks (Twilio:
docs/voice/twiml, docs/voice/api/call-resource). The geographic fields are present and empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from voicecall_core.simulator.carrier.call_records import CallResource
from voicecall_core.simulator.carrier.recordings import Recording

Params = list[tuple[str, str]]

_FETCH_ORDER = (
    "Called ToState CallerCountry Direction CallerState ToZip CallSid To CallerZip ToCountry ApiVersion CalledZip "
    "CalledCity CallStatus From AccountSid CalledCountry CallerCity ToCity FromCountry Caller FromCity CalledState "
    "FromZip FromState"
).split()

_STATUS_ORDER = (
    "Called ToState CallerCountry Direction Timestamp CallbackSource SipResponseCode CallerState ToZip SequenceNumber "
    "To CallSid ToCountry CallerZip CalledZip ApiVersion CallStatus CalledCity Duration From CallDuration AccountSid "
    "CalledCountry CallerCity ToCity FromCountry Caller FromCity CalledState FromZip FromState StirStatus "
    "RecordingSid RecordingUrl"
).split()

_ONLY_WHERE_GIVEN = frozenset(
    "RecordingSid RecordingUrl Direction Duration CallDuration SipResponseCode StirStatus".split()
)


def rfc2822(epoch_s: float) -> str:
    """`Sun, 25 Mar 2018 09:53:19 +0000`, the form of the call callbacks and the REST answers."""
    return format_datetime(_moment(epoch_s).replace(microsecond=0))


def iso8601(epoch_s: float) -> str:
    """`2018-03-25T09:53:19.123Z`, the form of the stream callbacks."""
    return _moment(epoch_s).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _moment(epoch_s: float) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=epoch_s)


def fetch_form(record: CallResource, direction: str | None, extra: Mapping[str, str] | None = None) -> Params:
    """What asks for a document. `extra` (ErrorCode, ErrorUrl) comes last."""
    known = _known(record, direction) | {"CallStatus": record.status}
    found = detection_form(record) if record.answered_by else []
    return _in_order(_FETCH_ORDER, known) + found + list((extra or {}).items())


def detection_form(record: CallResource) -> Params:
    """What the detection of answering machines has found."""
    return [("AnsweredBy", record.answered_by), ("MachineDetectionDuration", str(record.detection_ms))]


def status_form(record: CallResource, direction: str | None, status: str, sequence: int, at: float) -> Params:
    """A status callback of the event that made the call `status` at epoch second `at`."""
    known = _known(record, direction) | {
        "Timestamp": rfc2822(at),
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(sequence),
        "CallStatus": status,
    }
    if record.over:
        known |= {
            "CallDuration": str(record.seconds),
            "SipResponseCode": str(record.sip_code),
            "Duration": str(-(-record.seconds // 60)),  # billed minutes, begun ones count
        }
        if record.recording_sid:
            known |= {"RecordingSid": record.recording_sid, "RecordingUrl": record.recording_url}
    if status in ("ringing", "in-progress"):
        known["StirStatus"] = "B"  # assumption: its value and its place; that it is sent on these two is documented
    return _in_order(_STATUS_ORDER, known)


def stream_form(record: CallResource, stream_sid: str, name: str, event: str, error: str, at: float) -> Params:
    """A `<Stream statusCallback>` (Twilio: docs/voice/twiml/stream). The order is an assumption."""
    form = [
        ("AccountSid", record.account_sid),
        ("CallSid", record.sid),
        ("StreamSid", stream_sid),
        ("StreamName", name or stream_sid),
        ("StreamEvent", event),
        ("Timestamp", iso8601(at)),
    ]
    return [*form, ("StreamError", error)] if error else form


def recording_form(recording: Recording, url: str) -> Params:
    """A recording's status callback (Twilio: docs/voice/twiml/record); `url` is where the file lies."""
    return [
        ("AccountSid", recording.account_sid),
        ("CallSid", recording.call_sid),
        ("RecordingSid", recording.sid),
        ("RecordingUrl", url),
        ("RecordingStatus", recording.status),
        ("RecordingDuration", str(recording.seconds)),
        ("RecordingChannels", "1"),
        ("RecordingStartTime", rfc2822(recording.began_at)),
        ("RecordingSource", recording.source),
        ("RecordingTrack", "both"),
    ]


def _known(record: CallResource, direction: str | None) -> dict[str, str]:
    known = {
        "Called": record.to,
        "Caller": record.from_,
        "To": record.to,
        "From": record.from_,
        "CallSid": record.sid,
        "AccountSid": record.account_sid,
        "ApiVersion": "2010-04-01",
    }
    if record.direction == "inbound":
        direction = record.direction
    return known if direction is None else known | {"Direction": direction}


def _in_order(order: list[str], known: Mapping[str, str]) -> Params:
    return [(name, known.get(name, "")) for name in order if name in known or name not in _ONLY_WHERE_GIVEN]
