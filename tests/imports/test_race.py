from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.imports.spoiled import as_object, coloured, foreign, log, told
from voicecall_core.imports.facts import Certainty
from voicecall_core.imports.judged import Judged
from voicecall_core.imports.kinds import Kind
from voicecall_core.imports.race import Order, Race


def only(lines: list[str], kind: Kind | None = None) -> Judged:
    calls = told(lines, kind).calls
    assert len(calls) == 1
    return calls[0]


def race(lines: list[str]) -> Race:
    found = only(lines).race
    assert found is not None
    return found


FIELD = log("field.log")


def assert_named(judged: Judged, first: int = 1) -> None:
    """The field's race as the field's log proves it, its first line being `first`."""
    found = judged.race
    assert found is not None and found.overwrite is not None and found.error is not None
    assert found.certainty is Certainty.SURE
    assert (found.overwrite.line - first, found.what, found.overwritten.line - first) == (3, "<Say>", 4)
    assert found.order is Order.SERVED_AFTER
    assert (found.error.line - first, found.to_error_ms) == (6, 559)
    assert [proof.line - first for proof in judged.registered] == [1, 5]
    assert found.callback is not None and found.asked_by is not None
    assert (found.callback.line - first, found.asked_by.line - first) == (0, 2)


def test_the_fields_log_names_its_race() -> None:
    assert_named(only(FIELD))


def test_indented_and_quoted_as_people_paste_it() -> None:
    assert_named(only([f"    {line}" for line in FIELD]))
    assert_named(only([f"> {line}" for line in FIELD]))


def test_with_colours_tags_and_windows_line_ends() -> None:
    assert_named(only([coloured(line) for line in FIELD]))
    assert_named(only([f"{line}\r\n" for line in FIELD]))


def test_one_object_a_line() -> None:
    assert_named(only([as_object(line, number) for number, line in enumerate(FIELD)]))


def test_surrounded_by_ten_thousand_foreign_lines() -> None:
    story = told(foreign(5_000) + FIELD + foreign(5_000))
    assert_named(story.calls[0], 5_001)
    assert (len(story.calls), story.skipped, story.lines) == (1, 10_000, 10_007)


def test_the_minute_may_turn_in_the_middle_of_it() -> None:
    later = [line.replace(":57.", ":59.").replace(":58.", ":00.") for line in FIELD]
    assert_named(only(later))


@given(st.permutations(FIELD))
def test_at_one_stamp_the_order_of_lines_proves_nothing_and_hides_nothing(shuffled: list[str]) -> None:
    judged = only([line.replace(line[:7], "2026-04-18T12:00:57") for line in shuffled])
    assert judged.race is not None and judged.race.overwrite is not None and judged.registered_twice
    assert "using TwiML <Say>" in judged.race.overwrite.pii_text
    assert judged.race.certainty is Certainty.SURE
    assert (judged.race.order, judged.race.to_error_ms) == (Order.AT_ONCE, None)
    assert any("parts of a second" in unknown for unknown in judged.unknown)


@given(st.permutations(FIELD))
def test_lines_written_out_of_order_are_put_in_the_order_of_their_stamps(shuffled: list[str]) -> None:
    found = race([line.replace(":", "12:00:", 1) for line in shuffled])
    assert (found.order, found.to_error_ms) == (Order.SERVED_AFTER, 559)


@pytest.mark.parametrize("cut", range(0, 90, 3))
def test_cut_anywhere_it_never_raises_and_is_named_where_enough_is_left(cut: int) -> None:
    for lines in ([line[:cut] for line in FIELD], [line[cut:] for line in FIELD]):
        calls = told(lines, Kind.CONSOLE).calls
        if any("using TwiML <Say" in line for line in lines) and any("TwiML fetch -> <Conn" in line for line in lines):
            assert [call.race is not None for call in calls] == [True]


@pytest.mark.parametrize("missing", range(7))
def test_one_line_missing_takes_at_most_certainty(missing: int) -> None:
    found = race(FIELD[:missing] + FIELD[missing + 1 :])
    assert found.certainty is (Certainty.LIKELY if missing in (3, 4) else Certainty.SURE)
    assert bool(found.from_what) is (missing in (3, 4))


def test_the_silent_variant_needs_no_error() -> None:
    lines = [
        "12:00:00.000 [voice-call] Serving realtime TwiML for Twilio call CA1 (direction=outbound-api)",
        "12:00:00.300 [voice-call] Realtime bridge starting for call abcdefgh (providerCallId=CA1)",
        "12:00:00.700 [voice-call] Using TwiML <Say> fallback - telephony TTS not configured",
        "12:00:01.000 [voice-call] Media stream disconnected: CA1",
    ]
    found = race(lines)
    assert found.certainty is Certainty.SURE and found.error is None and found.harm is not None
    assert (found.order, found.overwritten.line, found.to_harm_ms) == (Order.SERVED_BEFORE, 1, 300)
    moved = [*lines[:2], lines[3], lines[2].replace(":00.700", ":01.700")]
    assert only(moved).race is None, "a message after the stream's end overwrites nothing"


@pytest.mark.parametrize(("stamp", "told_of"), [("12:01:07.6", True), ("12:01:07.7", False)])
def test_what_comes_more_than_ten_seconds_after_a_write_is_not_taken_for_what_came_of_it(
    stamp: str, told_of: bool
) -> None:
    """The write is one of 12:00:57.635: model handshakes have given up by ten seconds later."""
    lines = [line.replace(":", "12:00:", 1) for line in FIELD]
    found = race([*lines[:6], lines[6].replace("12:00:58.194", stamp)])
    assert (found.error is not None) is told_of
    assert found.to_error_ms == (9_965 if told_of else None)


def test_without_a_stream_document_a_fallback_is_no_race() -> None:
    assert only([FIELD[0], FIELD[3]]).race is None


def test_a_healthy_call_has_no_race() -> None:
    judged = only(log("healthy.log"))
    assert judged.race is None and not judged.registered_twice


def test_a_gateways_own_log_names_it_too() -> None:
    judged = only(log("gateway.log"))
    assert judged.race is not None and judged.race.to_error_ms == 559 and judged.race.certainty is Certainty.SURE
    assert judged.names.sid == "CA0123456789abcdef0123456789abcdef"
    assert judged.names.call_id == "0b9f4a52-6c0e-4a7b-9a39-0f0f3f6f5a11"


def test_in_a_servers_log_a_payload_is_sure_and_a_bare_write_likely() -> None:
    lines = log("server.log")
    found = race(lines)
    assert found.overwrite is not None
    assert (found.certainty, found.overwrite.line, found.overwritten.line) == (Certainty.SURE, 5, 8)
    assert found.error is None and found.to_harm_ms == 999
    bare = race(lines[:4] + lines[5:])
    assert bare.certainty is Certainty.LIKELY and "not what was written" in bare.from_what[0]


def test_a_hang_up_by_rest_is_no_overwrite() -> None:
    lines = log("server.log")
    lines[4] = lines[4].replace("{'Twiml': '<Response><Say>Hello there</Say></Response>'}", "{'Status': 'completed'}")
    assert only(lines).race is None


def test_snapshots_make_it_likely_and_say_from_what() -> None:
    judged = only(log("calls.jsonl"))
    assert judged.race is not None and judged.race.overwrite is None
    assert judged.race.certainty is Certainty.LIKELY and len(judged.race.from_what) == 4
    assert judged.registered_twice


def test_snapshots_of_a_call_that_spoke_through_its_stream_show_nothing() -> None:
    lines = log("calls.jsonl")
    del lines[3]  # the state in which the first message was spoken by the other path
    assert only(lines).race is None
