"""Media Streams messages as captured from Twilio, both ways; the short cut and the long way must agree."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_core.carriers.base import Connected, Digit, Mark, Media, Start, Stop, Unknown
from voicecall_core.carriers.twilio import media
from voicecall_core.carriers.twilio.media import read, read_slowly
from voicecall_core.errors import PeerError

MZ, CA, AC = ("MZ" + "1" * 32, "CA" + "2" * 32, "AC" + "3" * 32)
AUDIO = base64.b64encode(bytes(160)).decode()

START: dict[str, Any] = {
    "event": "start",
    "sequenceNumber": "1",
    "start": {
        "accountSid": AC,
        "streamSid": MZ,
        "callSid": CA,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"call": "c-7f3a"},
    },
    "streamSid": MZ,
}


def media_text(
    sequence: str = "2", chunk: str = "1", timestamp: str = "155", payload: str = AUDIO, track: str = "inbound"
) -> str:
    return (
        f'{{"event":"media","sequenceNumber":"{sequence}","media":{{"track":"{track}","chunk":"{chunk}",'
        f'"timestamp":"{timestamp}","payload":"{payload}"}},"streamSid":"{MZ}"}}'
    )


def test_connected_start_stop() -> None:
    assert read('{"event":"connected","protocol":"Call","version":"1.0.0"}') == Connected()
    assert read(json.dumps(START)) == Start(MZ, CA, AC, "audio/x-mulaw 8000 1", "c-7f3a")
    stop = {"event": "stop", "sequenceNumber": "378", "streamSid": MZ, "stop": {"accountSid": AC, "callSid": CA}}
    assert read(json.dumps(stop)) == Stop()


def test_a_start_of_another_format_is_told_in_words() -> None:
    sound = {"encoding": "audio/l16", "sampleRate": 16000, "channels": 2}
    message = read(json.dumps({**START, "start": {**START["start"], "mediaFormat": sound}}))
    assert isinstance(message, Start) and message.encoding == "audio/l16 16000 2"


@pytest.mark.parametrize("given_", [{}, None, [], {"call": 3}, {"other": "x"}])
def test_a_start_without_our_parameter_has_no_call(given_: object) -> None:
    message = read(json.dumps({**START, "start": {**START["start"], "customParameters": given_}}))
    assert isinstance(message, Start) and message.call_id == ""


def test_media_in_any_order_of_keys_and_with_spaces() -> None:
    wanted = Media(155, AUDIO)
    assert read(media_text()) == wanted
    parsed = json.loads(media_text())
    assert read(json.dumps(parsed)) == wanted
    assert read(json.dumps(dict(reversed(parsed.items())))) == wanted
    assert read(json.dumps({**parsed, "new": {"field": 1}})) == wanted
    assert read(media_text(payload=AUDIO.replace("A", "\\u0041", 1))) == wanted


def test_the_other_track_is_not_the_callee() -> None:
    assert isinstance(read(media_text(track="outbound")), Unknown)


def test_dtmf_and_mark() -> None:
    dtmf = {"event": "dtmf", "streamSid": MZ, "sequenceNumber": "5", "dtmf": {"track": "inbound_track", "digit": "#"}}
    assert read(json.dumps(dtmf)) == Digit("#")
    mark = {"event": "mark", "sequenceNumber": "4", "streamSid": MZ, "mark": {"name": 'a "label"'}}
    assert read(json.dumps(mark)) == Mark('a "label"')
    with pytest.raises(PeerError):
        read(json.dumps({**dtmf, "dtmf": {"digit": "12"}}))


def test_an_unknown_event_is_not_an_error() -> None:
    assert read('{"event":"reconnecting"}') == Unknown("reconnecting")


def without(message: dict[str, Any], path: str) -> str:
    outer, _, inner = path.partition(".")
    copy = json.loads(json.dumps(message))
    del (copy[outer] if inner else copy)[inner or outer]
    return json.dumps(copy)


@pytest.mark.parametrize(
    "text",
    [
        b'{"event":"stop"}',
        "",
        "hello",
        "[]",
        "null",
        "{}",
        '{"event":1}',
        "[" * 100_000,
        '{"event":"media"}',
        '{"event":"media","media":[]}',
        media_text(timestamp="-1"),
        media_text(timestamp="1" * 5000),
        media_text(timestamp="१"),
        media_text(payload="not base64!"),
        media_text(payload="AAA"),
        media_text(payload="\\u0000"),
        media_text(payload=AUDIO + "\\n"),
        media_text(payload="A" * 10_672),
        *(without(START, path) for path in ("start", "start.callSid", "start.streamSid", "start.mediaFormat")),
        json.dumps({**START, "start": {**START["start"], "streamSid": 'x","event":"clear'}}),
        *(without(json.loads(media_text()), path) for path in ("media", "media.payload", "media.timestamp")),
    ],
)
def test_nonsense_is_a_peer_error_with_a_sentence(text: str | bytes) -> None:
    with pytest.raises(PeerError) as caught:
        read(text)
    assert caught.value.message.startswith("Twilio ") and caught.value.message.endswith(".")
    assert len(caught.value.message) < 120


@pytest.mark.parametrize("path", ["sequenceNumber", "streamSid", "media.chunk", "media.track"])
def test_what_nobody_reads_of_the_audio_may_be_missing(path: str) -> None:
    assert read(without(json.loads(media_text()), path)) == Media(155, AUDIO)


@pytest.mark.parametrize("path", ["sequenceNumber", "streamSid", "start.tracks", "start.customParameters"])
def test_what_nobody_reads_of_a_start_may_be_missing(path: str) -> None:
    message = read(without(START, path))
    assert isinstance(message, Start) and (message.stream_sid, message.sid, message.account_sid) == (MZ, CA, AC)


@pytest.mark.parametrize("start", [{"accountSid": ""}, {"accountSid": None}, {"accountSid": 7}])
def test_a_start_that_names_no_account_is_a_start(start: dict[str, Any]) -> None:
    message = read(json.dumps({**START, "start": START["start"] | start}))
    assert isinstance(message, Start) and message.account_sid == ""


@given(st.text("Aa0+/=", max_size=12))
def test_audio_is_taken_if_and_only_if_it_is_base64(payload: str) -> None:
    try:
        proper = base64.b64encode(base64.b64decode(payload, validate=True)).decode()[:-3] == payload[:-3]
    except ValueError:
        proper = False
    message = outcome(read, media_text(payload=payload))
    assert isinstance(message, Media) == (proper and len(payload) % 4 == 0)


def test_the_short_cut_is_taken_for_what_twilio_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "read_slowly", lambda text: pytest.fail("the long way"))
    assert read(media_text()) == Media(155, AUDIO)


counts = st.integers(0, 10**16).map(str) | st.text("0123456789-+.१\\ ", max_size=6)
payloads = st.binary(max_size=200).map(lambda raw: base64.b64encode(raw).decode()) | st.text('Aa/+=\\"{}\n\x00é ')


def outcome(read_: Any, text: str) -> object:
    try:
        return read_(text)
    except PeerError as error:
        return error.message


@given(counts, counts, counts, payloads, st.sampled_from(["inbound", "outbound", "", '"']))
def test_the_short_cut_and_the_long_way_agree(
    sequence: str, chunk: str, timestamp: str, payload: str, track: str
) -> None:
    text = media_text(sequence, chunk, timestamp, payload, track)
    assert outcome(read, text) == outcome(read_slowly, text)


@given(st.data())
def test_they_agree_on_damaged_messages_too(data: st.DataObject) -> None:
    text = media_text(payload=AUDIO[:8])
    at = data.draw(st.integers(0, len(text)))
    damaged = text[:at] + data.draw(st.text(max_size=3)) + text[at + data.draw(st.integers(0, 3)) :]
    assert outcome(read, damaged) == outcome(read_slowly, damaged)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(["event", "media", "start", "mark", "dtmf", "stop", "payload", "name"]), x
            )
        ),
    )
)
def test_no_json_does_more_than_raise_peer_error(value: object) -> None:
    outcome(read, json.dumps(value))


def test_what_we_send_has_exactly_the_documented_fields() -> None:
    assert media.frame(MZ, AUDIO) == f'{{"event":"media","streamSid":"{MZ}","media":{{"payload":"{AUDIO}"}}}}'
    assert media.clear(MZ) == f'{{"event":"clear","streamSid":"{MZ}"}}'
    assert media.mark(MZ, "g1") == f'{{"event":"mark","streamSid":"{MZ}","mark":{{"name":"g1"}}}}'


@given(st.text())
def test_a_mark_of_any_name_comes_back_as_it_left(name: str) -> None:
    sent = json.loads(media.mark(MZ, name))
    assert sent == {"event": "mark", "streamSid": MZ, "mark": {"name": name}}
    assert read(json.dumps({**sent, "sequenceNumber": "9"})) == Mark(name)
