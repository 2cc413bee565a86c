from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.importers.spoiled import told
from voicecall_core.importers.inspected import inspected
from voicecall_core.importers.log_facts import Foreign, LogFact, Told
from voicecall_core.importers.log_kinds import LogKind, recognise
from voicecall_core.importers.records import MOST_LINES, records
from voicecall_core.importers.whole_log import imported
from voicecall_core.words.events import StatusReported, StreamStarted

SID, STREAM = "CA" + "1" * 32, "MZ" + "2" * 32

_INSPECTED = f"""\
12:00:57.619 status callback {{
  CallSid: '{SID}',
  'content-type': 'a form',
  CallStatus: 'in-progress',
  Direction: 'outbound-api'
}}
12:00:58.000 next"""
_PINO_PRETTY = f"""\
[12:00:57.619] INFO (812): status callback
    CallSid: "{SID}"
    SequenceNumber: "1"
    CallStatus: "in-progress"
[12:00:58.000] INFO (812): next"""
_JSON = f"""\
{{
  "time": "2026-04-18T12:00:57.619Z",
  "CallSid": "{SID}",
  "AccountSid": "x",
  "CallStatus": "in-progress",
  "CallbackSource": "call-progress-events"
}}
"""
_DOCKER = f"""\
voice-1  | 12:00:57.619 status callback {{
voice-1  |   CallSid: '{SID}',
db-1     | 2026-04-18 12:00:57 LOG:  checkpoint starting
voice-1  |   SequenceNumber: '1',
voice-1  |   CallStatus: 'in-progress'
voice-1  | }}
voice-1  | 12:00:58.000 next"""
_JOURNALD = f"""\
Apr 18 12:00:57 gw node[812]: status callback {{
Apr 18 12:00:57 gw node[812]:   CallSid: '{SID}',
Apr 18 12:00:57 gw kernel: eth0 up
Apr 18 12:00:57 gw node[812]:   CallStatus: 'in-progress',
Apr 18 12:00:57 gw node[812]:   SequenceNumber: '0'
Apr 18 12:00:57 gw node[812]: }}"""


def _facts(text: str) -> list[LogFact]:
    return list(imported(text.splitlines(), LogKind.SERVER))


@pytest.mark.parametrize(
    ("text", "line"), [(_INSPECTED, 4), (_PINO_PRETTY, 4), (_JSON, 5), (_DOCKER, 5), (_JOURNALD, 4)]
)
def test_a_form_printed_over_several_lines_is_one_status_at_its_line(text: str, line: int) -> None:
    (found,) = [each for each in _facts(text) if isinstance(each.fact, StatusReported)]
    assert (found.line, found.names.sid) == (line, SID)
    assert recognise(text.splitlines()) is LogKind.SERVER


def test_a_stream_message_as_node_prints_it_starts_the_stream() -> None:
    text = f"""\
12:00:58.100 received {{
  event: 'start',
  sequenceNumber: '1',
  start: {{
    accountSid: 'x',
    streamSid: '{STREAM}',
    callSid: '{SID}',
    tracks: [ 'inbound' ],
    mediaFormat: {{ encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 }},
    customParameters: {{}}
  }},
  streamSid: '{STREAM}'
}}"""
    (found,) = [each for each in _facts(text) if isinstance(each.fact, StreamStarted)]
    assert (found.line, found.names.stream_sid) == (2, STREAM)


_TRACEBACK = """\
12:00:57.000 INFO call CA11111111111111111111111111111111 answered
12:00:57.619 ERROR asgi: exception in application
Traceback (most recent call last):
  File "/app/server.py", line 12, in answer
    client.calls(sid).update(twiml="<Response><Say>Hello</Say></Response>")
  File "/app/twilio/rest.py", line 99, in request
    raise error
httpx.ConnectError: no route to host

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/server.py", line 14, in answer
    raise Failed from None
app.FailedError: gave up
12:00:58.000 INFO next"""


def test_a_traceback_is_a_failure_at_its_last_line_and_its_source_is_nobodys_doing() -> None:
    found = _facts("12:00:56.000 INFO status callback CallSid=CA" + "1" * 32 + " status=ringing\n" + _TRACEBACK)
    errors = [each for each in found if isinstance(each.fact, Foreign) and each.fact.told is Told.ERROR]
    assert [each.line for each in errors] == [16]
    assert not [each for each in found if isinstance(each.fact, Foreign) and each.fact.told is Told.OVERWRITE]


def test_a_record_that_never_closes_loses_no_line() -> None:
    lines = ["12:00:57.000 received {", *[f"  key{i}: {i}," for i in range(3 * MOST_LINES)], "12:00:59.000 end"]
    made = list(records(lines))
    assert max(len(each.rest) for each in made) == MOST_LINES
    numbered = [(each.number, each.line) for each in made] + [line for each in made for line in each.rest]
    assert sorted(numbered) == list(enumerate(lines, 1))


def test_lines_set_in_that_bear_their_own_stamp_are_their_own() -> None:
    lines = ["Here is my log:", "    :57.635  WARN: Using TwiML <Say> fallback", "    :57.642  TwiML-fetch"]
    assert [each.number for each in records(lines)] == [1, 2, 3]


def test_lines_below_a_line_that_are_no_object_are_read_by_themselves() -> None:
    report = told(
        [
            "12:00:57.000 call log",
            *[f"  - {line}" for line in ("Using TwiML <Say> fallback", "TwiML fetch -> <Connect>")],
        ]
    )
    assert report.calls[0].writes == (2,)


@given(
    st.lists(
        st.one_of(st.text(max_size=60), st.sampled_from([*_DOCKER.splitlines(), *_TRACEBACK.splitlines()])), max_size=60
    )
)
def test_every_line_is_in_one_record_once(lines: list[str]) -> None:
    made = list(records(lines))
    assert sorted([each.number for each in made] + [n for each in made for n, _ in each.rest]) == list(
        range(1, len(lines) + 1)
    )
    assert [each.number for each in made] == sorted(each.number for each in made)
    list(imported(lines, LogKind.SERVER))


@given(st.text(alphabet="{}[]:,'\"` aA1\\+\n<>*", max_size=120))
def test_no_text_makes_the_reader_of_objects_raise(text: str) -> None:
    inspected("{a: " + text, 0)
