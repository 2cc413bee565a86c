"""Forms as Twilio sends them, and as nobody should: events, or one PeerError."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_core.carriers.twilio.webhooks import fetched, status_reported, stream_reported
from voicecall_core.errors import PeerError
from voicecall_core.words.events import Fetched, StatusReported, StreamReported
from voicecall_core.words.values import CallStatus

SID = "CA" + "0123456789abcdef" * 2
Form = list[tuple[str, str]]

# Names and order of a captured fetch of an outbound-api call, most of its values empty but present.
FETCH: Form = [
    ("Called", "+15555550100"),
    ("ToState", ""),
    ("CallerCountry", "US"),
    ("Direction", "outbound-api"),
    ("CallerState", ""),
    ("ToZip", ""),
    ("CallSid", SID),
    ("To", "+15555550100"),
    ("ToCountry", "US"),
    ("ApiVersion", "2010-04-01"),
    ("CallStatus", "in-progress"),
    ("From", "+15555550199"),
    ("AccountSid", "AC" + "0" * 32),
    ("FromState", ""),
]
STATUS: Form = [
    ("Direction", "outbound-api"),
    ("Timestamp", "Sun, 25 Mar 2018 09:53:19 +0000"),
    ("CallbackSource", "call-progress-events"),
    ("SipResponseCode", "486"),
    ("SequenceNumber", "2"),
    ("CallSid", SID),
    ("CallStatus", "busy"),
    ("Duration", "0"),
    ("CallDuration", "0"),
]
STREAM: Form = [
    ("AccountSid", "AC" + "0" * 32),
    ("CallSid", SID),
    ("StreamSid", "MZ" + "0" * 32),
    ("StreamName", "MZ" + "0" * 32),
    ("StreamEvent", "stream-error"),
    ("StreamError", "31920 Handshake wss://voice.example.com/c-1/media/1/0f3ca9 answered 404"),
    ("Timestamp", "2026-04-14T10:00:00.000Z"),
]


def changed(form: Form, **fields: str | None) -> Form:
    kept = [pair for pair in form if pair[0] not in fields]
    return kept + [(name, value) for name, value in fields.items() if value is not None]


def test_a_fetch() -> None:
    assert fetched(FETCH, 7, 2) == Fetched(7, 2, SID, direction="outbound-api", status=CallStatus.IN_PROGRESS)


@pytest.mark.parametrize("direction", ["outbound-api", "outbound-dial", "inbound", "", "something new"])
def test_any_direction_is_a_fetch(direction: str) -> None:
    assert fetched(changed(FETCH, Direction=direction), 1, 1).direction == direction
    assert fetched(changed(FETCH, Direction=None), 1, 1).direction == ""


def test_a_fallback_fetch_tells_its_error() -> None:
    assert fetched([*FETCH, ("ErrorCode", "11200"), ("ErrorUrl", "https://x/")], 1, 1).error_code == 11200
    assert fetched([*FETCH, ("ErrorCode", "none")], 1, 1).error_code == 0


def test_a_status_callback() -> None:
    assert status_reported(STATUS) == StatusReported(CallStatus.BUSY, SID, sequence=2, said="busy", sip_code=486)


@pytest.mark.parametrize("status", [status for status in CallStatus if status is not CallStatus.UNKNOWN])
def test_every_documented_status(status: CallStatus) -> None:
    assert status_reported(changed(STATUS, CallStatus=status.value)).status is status


# Field failure 25: a status named like something every object has was taken for a terminal one
@pytest.mark.parametrize("said", ["constructor", "__class__", "COMPLETED", "completed ", "", "toString", "unknown"])
def test_an_unknown_status_is_unknown_and_kept(said: str) -> None:
    event = status_reported(changed(STATUS, CallStatus=said))
    assert event.status is CallStatus.UNKNOWN
    assert event.said == said.strip()


@pytest.mark.parametrize("number", ["", "-1", "two", "1.5", "१", "9" * 5000, " 3", None])
def test_a_bad_sequence_number_is_none(number: str | None) -> None:
    assert status_reported(changed(STATUS, SequenceNumber=number)).sequence is None


def test_sequence_number_zero_is_a_number() -> None:
    assert status_reported(changed(STATUS, SequenceNumber="0")).sequence == 0


def test_answering_machine_detection_is_told() -> None:
    assert status_reported([*STATUS, ("AnsweredBy", "machine_end_beep")]).answered_by == "machine_end_beep"


def test_a_stream_callback_without_the_token_that_is_in_its_url() -> None:
    event = stream_reported(STREAM)
    assert event == StreamReported("stream-error", SID, reason="31920 Handshake (stream URL) answered 404")


BAD_SIDS = [None, "", "CA123", "AC" + "0" * 32, "CA" + "g" * 32, SID + "\n", "../" + SID, SID + "0"]


@pytest.mark.parametrize("sid", BAD_SIDS)
def test_no_call_sid_no_event(sid: str | None) -> None:
    for read in (lambda form: fetched(form, 1, 1), status_reported, stream_reported):
        with pytest.raises(PeerError) as caught:
            read(changed(STREAM, CallSid=sid))
        assert caught.value.message.startswith("Twilio sent a")


def test_the_first_of_two_names_counts() -> None:
    assert status_reported([*STATUS, ("CallStatus", "completed")]).status is CallStatus.BUSY


@given(st.lists(st.tuples(st.text() | st.sampled_from([name for name, _ in STATUS]), st.text())))
def test_no_form_does_more_than_raise_peer_error(form: Form) -> None:
    for read in (lambda form: fetched(form, 1, 1), status_reported, stream_reported):
        event = read([("CallSid", SID), *form])
        assert event.sid == SID
        try:
            read(form)
        except PeerError:
            pass
