from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.importers.spoiled import LOGS, as_object, foreign, log, told
from voicecall_core.diagnosis import Sure
from voicecall_core.importers.formats.matching import built_in
from voicecall_core.importers.log_facts import Foreign, LogFact, Told
from voicecall_core.importers.log_kinds import LogKind, recognise
from voicecall_core.importers.report import tell, unread_lines
from voicecall_core.importers.whole_log import imported, story, unread_in
from voicecall_core.words import events as e
from voicecall_core.words.values import CallStatus, ModelStage

SID = "CA" + "a" * 32
STREAM_SID = "MZ" + "b" * 32


def facts(*lines: str, kind: LogKind = LogKind.SERVER) -> list[LogFact]:
    return list(imported(lines, kind))


def only(*lines: str, kind: LogKind = LogKind.SERVER) -> list[object]:
    return [found.fact for found in facts(*lines, kind=kind)]


def start(sid: str = SID, stream_sid: str = STREAM_SID) -> str:
    sound = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
    begun = {"accountSid": "AC" + "0" * 32, "streamSid": stream_sid, "callSid": sid, "mediaFormat": sound}
    return json.dumps({"event": "start", "sequenceNumber": "1", "start": begun, "streamSid": stream_sid})


# --- the carrier's messages -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    ["{}", "12:00:00 DEBUG app < {}", "INFO < TEXT '{}' [420 bytes]", "Received event 'start': {}"],
)
def test_a_start_is_read_wherever_it_stands(form: str) -> None:
    assert only(form.replace("{}", start())) == [e.StreamStarted(1, STREAM_SID, SID)]


def test_a_start_as_python_prints_it() -> None:
    assert only(f"got {json.loads(start())}") == [e.StreamStarted(1, STREAM_SID, SID)]


def test_a_start_inside_a_log_record() -> None:
    assert only(json.dumps({"time": "2026-01-01T00:00:00Z", "msg": start()})) == [e.StreamStarted(1, STREAM_SID, SID)]
    assert only(json.dumps({"ts": 1776513657619, "data": json.loads(start())})) == [e.StreamStarted(1, STREAM_SID, SID)]


def test_stop_mark_and_digits() -> None:
    stream = f'"streamSid":"{STREAM_SID}"'
    assert only(
        start(),
        f'{{"event":"dtmf","sequenceNumber":"2","dtmf":{{"digit":"5"}},{stream}}}',
        f'{{"event":"media","sequenceNumber":"3","media":{{"track":"inbound","timestamp":"940","payload":""}},{stream}}}',
        f'{{"event":"mark","sequenceNumber":"4","mark":{{"name":"item_1"}},{stream}}}',
        f'{{"event":"stop","sequenceNumber":"5",{stream}}}',
        f'{{"event":"stop","sequenceNumber":"5",{stream}}}',
    )[1:] == [e.DigitPressed(1, "5"), e.MarkReturned(1, "item_1", "", 940), e.StreamStopped(1)]


def test_what_another_program_sends() -> None:
    stream = f'"streamSid":"{STREAM_SID}"'
    frame = f'{{"event":"media",{stream},"media":{{"payload":"//8="}}}}'
    assert only(start(), frame, frame, f'{{"event":"clear",{stream}}}', '{"type":"response.create"}')[1:] == [
        e.AudioSent(1, "", "", 0),
        Foreign(Told.CLEARED),
        Foreign(Told.TO_MODEL, "response.create"),
    ]


# --- the model's messages ---------------------------------------------------------------------------------------


def test_the_models_events_by_message_by_head_and_by_name() -> None:
    assert only(
        start(),
        'openai {"type":"session.created","event_id":"e1","session":{"id":"sess_abc"}}',
        'openai {"type":"session.updated","event_id":"e2","sess',
        "Received event: response.created",
        'openai {"type":"input_audio_buffer.speech_started","audio_start_ms":1200,"item_id":"item_x"}',
    )[1:] == [
        e.ModelReached(1, ModelStage.CREATED),
        e.ModelReached(1, ModelStage.READY),
        e.ResponseBegan(1, ""),
        e.SpeechStarted(1, 1200),
    ]


def test_audio_becomes_its_edges() -> None:
    ids = '"response_id":"resp_1","item_id":"item_1"'
    delta = f'{{"type":"response.output_audio.delta","event_id":"e",{ids},"delta":"{"A" * 1600}"}}'
    assert only(start(), delta, delta, f'{{"type":"response.output_audio.done",{ids}}}')[1:] == [
        e.AudioBegan(1, "resp_1", "item_1"),
        e.AudioEnded(1, "resp_1", "item_1", 300),
    ]


def test_an_error_of_the_models_is_read_by_the_models_own_translator() -> None:
    error = {"type": "error", "error": {"code": "insufficient_quota", "message": "no more"}}
    (found,) = only(start(), json.dumps(error))[1:]
    assert isinstance(found, e.ModelFailed) and found.code == "insufficient_quota" and not found.retryable


# --- webhooks, requests, sockets --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [
        f"CallSid={SID}&CallStatus=ringing&CallbackSource=call-progress-events&To=%2B4915112345678",
        f"{{'CallSid': '{SID}', 'CallStatus': 'ringing', 'SequenceNumber': '1'}}",
        f'{{"CallSid": ["{SID}"], "CallStatus": ["ringing"], "SequenceNumber": ["1"]}}',
        f"body=CallSid={SID}&CallStatus=ringing&SequenceNumber=1",
        f'"AccountSid=AC1&CallSid={SID}&CallStatus=ringing&SequenceNumber=1"',
        f"ImmutableMultiDict([('CallSid', '{SID}'), ('CallStatus', 'ringing'), ('SequenceNumber', '1')])",
    ],
)
def test_a_form_is_read_as_it_was_printed(form: str) -> None:
    (found,) = only(f"12:00:00 form {form}")
    assert isinstance(found, e.StatusReported)
    assert (found.status, found.sid) == (CallStatus.RINGING, SID)


def test_a_form_and_its_access_line_are_one_webhook() -> None:
    form = f"form CallSid={SID}&CallStatus=in-progress&AccountSid=AC1"
    access = '1.2.3.4 - - [18/Apr/2026:12:00:57 +0000] "POST /twiml HTTP/1.1" 200 12'
    assert [type(fact) for fact in only(form, access)] == [e.Fetched]
    assert [type(fact) for fact in only(access)] == [e.Fetched]


def test_a_repeated_fetch_is_the_same_document_until_its_stream_has_started() -> None:
    form = f"form CallSid={SID}&CallStatus=in-progress&AccountSid=AC1"
    fetches = [fact for fact in only(form, form, start(), form) if isinstance(fact, e.Fetched)]
    assert [(fetch.request, fetch.generation) for fetch in fetches] == [(1, 1), (2, 1), (3, 2)]


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        ('INFO:     1.2.3.4:0 - "POST /twiml HTTP/1.1" 403 Forbidden', Foreign(Told.SIGNATURE_REFUSED, "HTTP 403")),
        ('INFO:     1.2.3.4:0 - "POST /voice/status HTTP/1.1" 204 No Content', Foreign(Told.STATUS)),
        ("POST /incoming-call 500 3.1 ms - 12", Foreign(Told.ERROR, "a webhook was answered with HTTP 500")),
        ('INFO:     1.2.3.4:0 - "WebSocket /media/x" [accepted]', e.UpgradeAsked(1, 1, True)),
        ('INFO:     1.2.3.4:0 - "WebSocket /media/x" 403', Foreign(Told.TOKEN_REFUSED, "HTTP 403")),
        ('1.2.3.4 - - [18/Apr/2026:12:00:57 +0000] "GET /media HTTP/1.1" 101 0', e.UpgradeAsked(1, 1, True)),
        (
            f'https://api.twilio.com:443 "POST /2010-04-01/Accounts/AC1/Calls/{SID}.json HTTP/1.1" 200 None',
            Foreign(Told.WRITE, "HTTP 200"),
        ),
        (
            f'HTTP Request: POST https://api.twilio.com/2010-04-01/Accounts/AC1/Calls/{SID}.json "HTTP/1.1 400 Bad"',
            Foreign(Told.WRITE_REFUSED, "HTTP 400"),
        ),
    ],
)
def test_a_request_is_known_by_path_and_status(line: str, fact: object) -> None:
    assert only(line) == [fact]


@pytest.mark.parametrize(
    "line",
    [
        'INFO:     1.2.3.4:0 - "GET /status HTTP/1.1" 200 OK',
        'INFO:     1.2.3.4:0 - "POST /login HTTP/1.1" 200 OK',
        '1.2.3.4 - - [18/Apr/2026:12:00:57 +0000] "GET /index.html HTTP/1.1" 200 9',
        "INFO:     connection closed",
        "the response.done handler was registered",
        "INFO:     this program never answers with <Say>",
        '{"event": "start"}',
        '{"type": "error"}',
        '{"level": "info", "event": "user logged in", "timestamp": "2026-01-01T00:00:00Z"}',
    ],
)
def test_what_means_nothing_is_skipped_and_counted(line: str) -> None:
    reader = imported([line], LogKind.SERVER)
    assert list(reader) == [] and (reader.lines, reader.skipped) == (1, 1)


def test_in_a_plugins_log_other_peoples_requests_are_not_the_calls() -> None:
    line = '12:00:00 [browser] "POST /answer HTTP/1.1" 200'
    assert only(line, kind=LogKind.CONSOLE) == []


# --- several calls ----------------------------------------------------------------------------------------------


def call_lines(call_id: str, sid: str, shift: int) -> list[tuple[int, str]]:
    """A call that is raced, as (ms, line)."""
    words = [
        (0, f"Outbound call initiated: callId={call_id} providerCallId={sid} mode=conversation"),
        (400, f"Starting max duration timer (300s) for call {call_id}"),
        (402, f"Speaking initial message for call {call_id} (mode: conversation)"),
        (403, f"Using TwiML <Say> fallback - telephony TTS not configured callId={call_id}"),
        (410, f"Serving realtime TwiML for Twilio call callSid={sid} (direction=outbound-api)"),
        (950, f"Starting max duration timer (300s) for call {call_id}"),
        (953, f"Realtime bridge starting for call {call_id} (providerCallId={sid}, initialGreeting=absent)"),
    ]
    return [(ms + shift, line) for ms, line in words]


def stamped(lines: list[tuple[int, str]]) -> list[str]:
    return [f"2026-04-18T12:00:{ms // 1000:02d}.{ms % 1000:03d}Z [voice-call] {line}" for ms, line in sorted(lines)]


@pytest.mark.parametrize("shift", [0, 1, 5, 200, 401, 700, 5000])
def test_two_calls_interleaved_are_told_apart(shift: int) -> None:
    first = call_lines("0b9f4a52-6c0e-4a7b-9a39-0f0f3f6f5a11", "CA" + "1" * 32, 0)
    second = call_lines("5d0f1f2e-0000-4a7b-9a39-0f0f3f6f5a22", "CA" + "2" * 32, shift)
    found = told(stamped(first + second))
    assert [call.names.sid[-1] for call in found.calls] == ["1", "2"]
    assert [len(call.steps) for call in found.calls] == [len(found.calls[0].steps)] * 2
    for call in found.calls:
        assert [finding.rule for finding in call.diagnosis.findings] == ["race", "registered-twice"]
        assert [finding.sure for finding in call.diagnosis.findings] == [Sure.LIKELY] * 2


def test_names_that_turn_out_to_be_one_calls_are_joined() -> None:
    lines = stamped(call_lines("0b9f4a52-6c0e-4a7b-9a39-0f0f3f6f5a11", "CA" + "1" * 32, 0)[1:])
    other = stamped(call_lines("5d0f1f2e-0000-4a7b-9a39-0f0f3f6f5a22", "CA" + "2" * 32, 0)[1:2])
    found = told(other + lines)
    assert [call.diagnosis.rule for call in found.calls].count("race") == 1


def test_one_call_after_another_without_names() -> None:
    again = [line.replace(":57.", ":03.").replace(":58.", ":04.") for line in log("field.log")]
    ended = ":59.000  status callback (type=status, completed) -> regular path"
    calls = told([*log("field.log"), ended, *again]).calls
    proofs = [[proof.line for proof in call.diagnosis.findings[0].proof] for call in calls]
    assert [call.diagnosis.rule for call in calls] == ["race", "race"] and proofs == [[4, 5], [12, 13]]


def test_streams_alone_tell_calls_apart() -> None:
    other = start("CA" + "c" * 32, "MZ" + "d" * 32)
    stop = f'{{"event":"stop","sequenceNumber":"9","streamSid":"{STREAM_SID}"}}'
    found = facts(start(), other, stop)
    assert [each.key for each in found] == ["1", "2", "1"]


# --- any bytes, any size ----------------------------------------------------------------------------------------

_PIECES = st.sampled_from(
    [
        *log("seed.log"),
        *log("field.log"),
        *log("gateway.log"),
        *log("server.log"),
        *log("calls.jsonl"),
        *(sample.line for each in built_in().formats for sample in each.samples),
        start(),
        "Traceback (most recent call last):",
        '  File "/app/server.py", line 1, in <module>',
        "voice-1  |   CallSid: 'CA1',",
        "  CallStatus: 'in-progress'",
        "12:00:00 form {",
        "{",
        "}",
        '"',
        "{'",
        "\x1b[",
    ]
)


@given(st.lists(st.one_of(_PIECES, st.text(max_size=60)), max_size=12), st.integers(0, 200), st.sampled_from(LogKind))
def test_no_lines_make_it_raise(lines: list[str], cut: int, kind: LogKind) -> None:
    spoiled = [line[: -cut or None] if index % 3 else line[cut:] for index, line in enumerate(lines)]
    for each in (lines, spoiled, lines + spoiled):
        assert tell(story(each, kind)) and list(unread_lines(unread_in(each, kind)))


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner)
            | (
                st.dictionaries(
                    st.sampled_from(
                        [
                            "event",
                            "type",
                            "start",
                            "media",
                            "streamSid",
                            "callId",
                            "state",
                            "time",
                            "0",
                            "msg",
                            "metadata",
                            "error",
                            "CallSid",
                            "CallStatus",
                            "answeredAt",
                        ]
                    ),
                    inner,
                )
            )
        ),
        max_leaves=12,
    )
)
def test_no_object_makes_it_raise(value: object) -> None:
    line = json.dumps(value)
    for kind in LogKind:
        story([line, f"12:00:00 app {line}", f"got {value!r}"], kind)
    recognise([line])


@pytest.mark.parametrize(
    "piece",
    [
        "[voice-call] failed ",
        "{a: ",
        "{a: {",
        "'b': 'c' + ",
        "voice-1  |   ",
        "Traceback (most recent call last): ",
        "| pipecat. exception sending data: ",
        "OpenAIRealtimeLLMService error: Client (",
        "[voice-call] Transcript for CA1: (chars=",
        "[voice-call] Realtime call ended reason",
        "x=1&",
        "CallSid ",
        "status callback (",
        '{"event":',
        "{'event': ",
        "<Say>",
        "POST /twiml ",
        "12:00:00 ",
        "\x1b]",
        "[1m",
        "callId=",
        "a-",
        '"media": {',
        "received: {",
    ],
)
def test_no_long_line_takes_long(piece: str) -> None:
    line = "[voice-call] CallSid= streamSid " + piece * (200_000 // len(piece))
    began = perf_counter()
    for kind in LogKind:
        story([line], kind)
    recognise([line])
    assert perf_counter() - began < 20  # seconds; a pattern that looks back for ever takes minutes


def test_memory_does_not_grow_with_the_log() -> None:
    def peak(lines: Iterator[str]) -> int:
        tracemalloc.start()
        story(lines, LogKind.CONSOLE)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    def many(count: int) -> Iterator[str]:
        for _ in range(count):
            yield from block
            yield from log("field.log")[:1]

    block = foreign(500)
    few, lots = peak(many(2)), peak(many(40))
    assert lots < few + 200_000


def test_every_shipped_log_can_be_told() -> None:
    for path in LOGS.iterdir():
        lines = path.read_text("utf-8").splitlines()
        assert tell(told(lines))[0].startswith("Read as ")
    objects = [as_object(line, number) for number, line in enumerate(log("field.log"))]
    assert "one JSON object a line" in tell(told(objects))[0]
