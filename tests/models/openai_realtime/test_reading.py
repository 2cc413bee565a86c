"""What the model's messages come to mean; the shapes are those of the official package's server events."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openai.types.beta.realtime.realtime_server_event import RealtimeServerEvent as OldServerEvent
from pydantic import TypeAdapter

from voicecall_core.errors import PeerError
from voicecall_core.models.base import AudioDelta, AudioDone
from voicecall_core.models.openai_realtime import reading
from voicecall_core.models.openai_realtime.reading import read
from voicecall_core.words.events import (
    Event,
    Heard,
    ModelErred,
    ModelFailed,
    ModelReached,
    ResponseBegan,
    ResponseEnded,
    SpeechStarted,
    SpeechStopped,
    Spoken,
    ToolCalled,
    TurnCommitted,
)
from voicecall_core.words.values import TRANSCRIPTION_FAILED, ModelStage, Usage

PLACE = {"response_id": "resp_1", "item_id": "item_1", "output_index": 0, "content_index": 0}


def said(kind: str, **fields: Any) -> str:
    return json.dumps({"type": kind, "event_id": "event_1", **fields})


def done(status: str, **fields: Any) -> str:
    return said("response.done", response={"id": "resp_1", "object": "realtime.response", "status": status, **fields})


USAGE = {
    "total_tokens": 300,
    "input_tokens": 200,
    "output_tokens": 100,
    "input_token_details": {
        "text_tokens": 120,
        "audio_tokens": 80,
        "image_tokens": 0,
        "cached_tokens": 64,
        "cached_tokens_details": {"text_tokens": 60, "audio_tokens": 4, "image_tokens": 0},
    },
    "output_token_details": {"text_tokens": 30, "audio_tokens": 70},
}
CALL = {"type": "function_call", "name": "end_call", "call_id": "call_1", "arguments": "{}", "status": "completed"}

MEANINGS: list[tuple[str, list[Event]]] = [
    (said("session.created", session={"id": "sess_1"}), [ModelReached(7, ModelStage.CREATED)]),
    (
        said("session.created", session={"expires_at": 1_795_525_200}),
        [ModelReached(7, ModelStage.CREATED, 1_795_525_200)],
    ),
    (said("session.created", session={"expires_at": "soon"}), [ModelReached(7, ModelStage.CREATED)]),
    (said("session.updated", session={"id": "sess_1"}), [ModelReached(7, ModelStage.READY)]),
    (said("response.created", response={"id": "resp_1", "metadata": None}), [ResponseBegan(7, "resp_1")]),
    (
        said("response.created", response={"id": "resp_1", "metadata": {"ref": "greet"}}),
        [ResponseBegan(7, "resp_1", "greet")],
    ),
    (
        done("completed", usage=USAGE, status_details=None),
        [ResponseEnded(7, "resp_1", "completed", "", Usage(120, 60, 80, 4, 30, 70))],
    ),
    (
        done("cancelled", status_details={"type": "cancelled", "reason": "turn_detected"}),
        [ResponseEnded(7, "resp_1", "cancelled", "turn_detected")],
    ),
    (
        done("incomplete", status_details={"reason": "max_output_tokens", "error": None}, usage=None),
        [ResponseEnded(7, "resp_1", "incomplete", "max_output_tokens")],
    ),
    (
        said("response.output_audio_transcript.delta", delta="Hel", **PLACE),
        [Spoken(7, "item_1", "resp_1", "Hel", False)],
    ),
    (
        said("response.output_audio_transcript.done", transcript="Hello", **PLACE),
        [Spoken(7, "item_1", "resp_1", "Hello")],
    ),
    (
        said("conversation.item.input_audio_transcription.delta", item_id="item_2", delta="Hi"),
        [Heard(7, "item_2", "Hi", final=False)],
    ),
    (
        said("conversation.item.input_audio_transcription.completed", item_id="item_2", transcript="Hi.\n"),
        [Heard(7, "item_2", "Hi.\n")],
    ),
    (said("input_audio_buffer.speech_started", audio_start_ms=420, item_id="item_2"), [SpeechStarted(7, 420)]),
    (said("input_audio_buffer.speech_stopped", audio_end_ms=900, item_id="item_2"), [SpeechStopped(7, 900)]),
    (said("input_audio_buffer.committed", item_id="item_2", previous_item_id=None), [TurnCommitted(7, "item_2")]),
    (
        said("response.output_item.done", response_id="resp_1", output_index=0, item=CALL),
        [ToolCalled(7, "resp_1", "call_1", "end_call", "{}")],
    ),
    (
        said("error", error={"type": "invalid_request_error", "code": None, "message": "Hm.", "event_id": "e9"}),
        [ModelErred(7, "invalid_request_error", "Hm.", "e9")],
    ),
    (
        said("error", error={"code": "conversation_already_has_active_response", "message": "Hm.", "event_id": "e9"}),
        [ModelErred(7, "conversation_already_has_active_response", "Hm.", "e9", busy=True)],
    ),
    (
        said("error", error={"type": "invalid_request_error", "code": "session_expired", "message": "60 minutes."}),
        [ModelFailed(7, "session_expired", "60 minutes.", retryable=True)],
    ),
    (
        said("error", error={"type": "invalid_request_error", "code": "invalid_api_key", "message": "No."}),
        [ModelFailed(7, "invalid_api_key", "No.", retryable=False)],
    ),
    (
        said("error", error={"type": "insufficient_quota", "code": "grant_expired", "message": "No."}),
        [ModelFailed(7, "insufficient_quota", "grant_expired: No.", retryable=False)],
    ),
    (
        said(
            "conversation.item.input_audio_transcription.failed",
            item_id="item_2",
            content_index=0,
            error={"type": "insufficient_quota", "code": "insufficient_quota", "message": "No."},
        ),
        [ModelErred(7, TRANSCRIPTION_FAILED, "insufficient_quota: No.")],
    ),
    (
        said("conversation.item.input_audio_transcription.failed", item_id="item_2", error=None),
        [ModelErred(7, TRANSCRIPTION_FAILED, "")],
    ),
]


@pytest.mark.parametrize(("message", "events"), MEANINGS)
def test_what_a_message_means(message: str, events: list[Event]) -> None:
    assert read(message, 7) == read(message.encode(), 7) == events


def test_the_voice_and_its_end() -> None:
    assert read(said("response.output_audio.delta", **PLACE, delta="fw=="), 7) == AudioDelta(
        7, "resp_1", "item_1", "fw=="
    )
    assert read(said("response.output_audio.done", **PLACE), 7) == AudioDone(7, "resp_1", "item_1")


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("spaces", [True, False])
@pytest.mark.parametrize(
    ("names", "fields"),
    [
        (("response.output_audio.delta", "response.audio.delta"), {"delta": "fw=="}),
        (("response.output_audio.done", "response.audio.done"), {}),
        (("response.output_audio_transcript.delta", "response.audio_transcript.delta"), {"delta": "Hel"}),
        (("response.output_audio_transcript.done", "response.audio_transcript.done"), {"transcript": "Hello."}),
    ],
)
def test_what_a_session_says_by_both_names_is_heard_once(
    names: tuple[str, str], fields: dict[str, str], first: int, spaces: bool
) -> None:
    """A server that means to suit clients of either interface; the next session may use the other name."""
    separators = (", ", ": ") if spaces else (",", ":")
    told = [json.dumps({"type": name, "event_id": "e", **PLACE, **fields}, separators=separators) for name in names]
    one, other = (told[first], told[1 - first])
    session, next_session = reading.VoiceNames(), reading.VoiceNames()
    assert [bool(read(each, 7, session)) for each in (one, other, one, other)] == [True, False, True, False]
    assert read(one, 7, session) == read(other, 7) == read(other, 7, next_session)


OLD_EVENTS: list[tuple[dict[str, Any], list[Event] | AudioDelta | AudioDone]] = [
    ({"type": "response.audio.delta", "delta": "fw=="}, AudioDelta(7, "resp_1", "item_1", "fw==")),
    ({"type": "response.audio.done"}, AudioDone(7, "resp_1", "item_1")),
    (
        {"type": "response.audio_transcript.delta", "delta": "Hel"},
        [Spoken(7, "item_1", "resp_1", "Hel", False)],
    ),
    ({"type": "response.audio_transcript.done", "transcript": "Hello"}, [Spoken(7, "item_1", "resp_1", "Hello")]),
]


@pytest.mark.parametrize(("event", "meaning"), OLD_EVENTS)
def test_the_beta_interface_and_azures_preview_have_other_names_for_the_same(event: Any, meaning: object) -> None:
    """The official package still knows the shapes: what is asserted of them here is what they are."""
    message = {"type": event["type"], "event_id": "event_1", **PLACE, **event}
    official: Any = TypeAdapter(OldServerEvent).validate_python(message)
    assert official.type == event["type"] and official.to_dict() == message
    assert read(json.dumps(message), 7) == meaning


def test_a_failed_response_is_noticed() -> None:
    """Field failure M19: nothing else says that the call has gone silent."""
    failed = done("failed", status_details={"type": "failed", "error": {"type": "server_error", "message": "Oops."}})
    assert read(failed, 7) == [ResponseEnded(7, "resp_1", "failed", "server_error")]


def test_an_exhausted_quota_shows_in_a_failed_response_and_ends_the_session() -> None:
    """Field failure M20: session.created came, and would come again."""
    error = {"type": "insufficient_quota", "code": "insufficient_quota", "message": "You exceeded your quota."}
    failed = done("failed", status_details={"type": "failed", "error": error}, usage=None)
    assert read(failed, 7) == [
        ResponseEnded(7, "resp_1", "failed", "insufficient_quota", retryable=False),
        ModelFailed(7, "insufficient_quota", "You exceeded your quota.", retryable=False),
    ]


def test_a_finer_code_under_a_fatal_type_ends_the_session_too() -> None:
    error = {"type": "insufficient_quota", "code": "grant_expired", "message": "Your credit has expired."}
    failed = done("failed", status_details={"type": "failed", "error": error}, usage=None)
    assert read(failed, 7) == [
        ResponseEnded(7, "resp_1", "failed", "insufficient_quota", retryable=False),
        ModelFailed(7, "insufficient_quota", "grant_expired: Your credit has expired.", retryable=False),
    ]


@pytest.mark.parametrize("status", ["incomplete", "in_progress", None])
def test_an_interrupted_tool_call_is_none(status: str | None) -> None:
    item = CALL | {"status": status, "arguments": '{"half":'}
    assert read(said("response.output_item.done", response_id="resp_1", item=item), 7) == []


@pytest.mark.parametrize(
    "message",
    [
        "{}",
        '{"type":null}',
        '{"type":["error"]}',
        said("rate_limits.updated", rate_limits=[]),
        said("conversation.item.truncated", item_id="item_1", content_index=0, audio_end_ms=1500),
        said("response.output_item.done", item={"type": "message", "status": "completed"}),
        said("something.of.next.year", session={}),
    ],
)
def test_what_says_nothing_to_us_says_nothing(message: str) -> None:
    assert read(message, 7) == []


@pytest.mark.parametrize("nonsense", ["", "{", "[]", "3", "null", '"x"', b"\xff\xfe", "[" * 99_999, "9" * 9_999])
def test_what_is_not_a_json_object_is_the_peers_fault(nonsense: str | bytes) -> None:
    with pytest.raises(PeerError):
        read(nonsense, 7)


def test_half_a_character_does_not_reach_a_terminal() -> None:
    told = read(said("response.output_audio_transcript.done", transcript="a\ud800b", **PLACE), 7)
    assert told == [Spoken(7, "item_1", "resp_1", "a?b")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted({*PLACE, *USAGE, *CALL})), inner)
    ),
    max_leaves=8,
)
FIELDS = ["response", "item", "error", "delta", "transcript", "item_id", "response_id", "audio_start_ms", "session"]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # what a busy machine takes to draw is no fault
@given(st.sampled_from(sorted(reading._READERS)), st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_absent_null_and_strange_fields_never_raise(kind: str, fields: dict[str, Any]) -> None:
    read(json.dumps({"type": kind, **fields}), 7)


WORD = st.text(max_size=12) | st.sampled_from(['"', "\\", '","delta":"x', "item_1", "\u2028", '"}'])
BASE64 = st.binary(max_size=40).map(lambda b: json.dumps(b64encode(b).decode()))
SHUFFLED = ["type", "event_id", "response_id", "item_id", "output_index", "content_index", "delta"]


@st.composite
def deltas(draw: st.DrawFn) -> str:
    """Audio deltas as the service orders them, and with whatever else JSON allows."""
    values = {
        "type": json.dumps(draw(st.sampled_from(["response.output_audio.delta", "response.audio.delta"]))),
        "event_id": json.dumps(draw(WORD), ensure_ascii=draw(st.booleans())),
        "response_id": json.dumps(draw(WORD), ensure_ascii=draw(st.booleans())),
        "item_id": json.dumps(draw(WORD), ensure_ascii=draw(st.booleans())),
        "output_index": draw(st.sampled_from(["0", "12", "null", '"0"'])),
        "content_index": draw(st.sampled_from(["0", "3"])),
        "delta": draw(BASE64 | WORD.map(json.dumps)),
        "obfuscation": '"x"',
    }
    keys = draw(st.just(SHUFFLED) | st.permutations(SHUFFLED) | st.just([*SHUFFLED, "obfuscation"]))
    comma, colon = draw(st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")]))
    return "{" + comma.join(f'"{key}"{colon}{values[key]}' for key in keys) + "}"


@given(deltas())
def test_cutting_by_position_and_parsing_agree(message: str) -> None:
    slowly = reading._audio_delta(json.loads(message), 7)
    assert reading._cut(message, 7) in (None, (json.loads(message)["type"], slowly))
    assert read(message, 7) == slowly


@pytest.mark.parametrize("kind", ["response.output_audio.delta", "response.audio.delta"])
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_the_usual_order_is_cut(separators: tuple[str, str], kind: str) -> None:
    message = {"type": kind, "event_id": "event_1", **PLACE, "delta": "fw=="}
    assert reading._cut(json.dumps(message, separators=separators), 7) == (
        kind,
        AudioDelta(7, "resp_1", "item_1", "fw=="),
    )


@pytest.mark.parametrize("digits", [16, 400, 4_000])
def test_a_number_that_nothing_can_be_reckoned_with_is_none(digits: int) -> None:
    wild = int("9" * digits)
    assert read(said("session.created", session={"expires_at": wild}), 1) == [ModelReached(1, ModelStage.CREATED, 0.0)]
    usage = {"input_token_details": {"text_tokens": wild}, "output_token_details": {"audio_tokens": wild}}
    (ended,) = read(done("completed", usage=usage), 1)  # type: ignore[misc]
    assert isinstance(ended, ResponseEnded) and ended.usage == Usage()
