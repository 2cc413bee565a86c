"""The race in other programs' logs: found by the diagnosis's rules, from writes and their order alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.importers.spoiled import as_object, coloured, foreign, log, told
from voicecall_core.diagnosis import Finding, Sure
from voicecall_core.importers.imported_calls import ImportedCall
from voicecall_core.importers.log_kinds import LogKind

RACES = ("race", "silent-race", "race-inferred", "retried-write", "key-press-overwrite", "overwrite")

SEED, FIELD = log("seed.log"), log("field.log")


def only(lines: list[str], kind: LogKind | None = None) -> ImportedCall:
    calls = told(lines, kind).calls
    assert len(calls) == 1
    return calls[0]


def races(call: ImportedCall) -> list[Finding]:
    return [finding for finding in call.diagnosis.findings if finding.rule in RACES]


def race(lines: list[str]) -> Finding:
    (found,) = races(only(lines))
    return found


def lines_of(finding: Finding) -> list[int]:
    return [proof.line for proof in finding.proof]


def ms_between(call: ImportedCall, one: int, other: int) -> int:
    """From one line to another."""
    at = {evidence.line: step.event.at for step, evidence in zip(call.steps, call.evidence, strict=True)}
    return round((at[other] - at[one]) * 1000)


def assert_named(call: ImportedCall, first: int = 1) -> None:
    """The field's race as the field's log proves it, its first line being `first`."""
    assert call.diagnosis.rule == "race"
    (found,) = races(call)
    assert found.sure is Sure.LIKELY
    assert lines_of(found) == [first + 3, first + 4]
    assert "<Say> fallback" in found.proof[0].words and "served only afterwards" in found.what
    assert "through the stream" in found.fix
    assert ms_between(call, first + 3, first + 6) == 559
    (twice,) = [finding for finding in call.diagnosis.findings if finding.rule == "registered-twice"]
    assert lines_of(twice) == [first + 1, first + 5]


@pytest.mark.parametrize("lines", [SEED, FIELD], ids=["as reported", "paraphrased"])
def test_the_fields_log_names_its_race(lines: list[str]) -> None:
    assert_named(only(lines))


@pytest.mark.parametrize("lines", [SEED, FIELD], ids=["as reported", "paraphrased"])
def test_no_error_is_evidence_of_it(lines: list[str]) -> None:
    assert lines_of(race(lines[:6])) == [4, 5]
    assert not told([lines[6]], LogKind.CONSOLE).calls[0].diagnosis.findings
    assert not races(only([lines[3], lines[6]], LogKind.CONSOLE))


def test_indented_and_quoted_as_people_paste_it() -> None:
    assert_named(only([f"    {line}" for line in FIELD]))
    assert_named(only([f"> {line}" for line in SEED]))


def test_with_colours_tags_and_windows_line_ends() -> None:
    assert_named(only([coloured(line) for line in SEED]))
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
    call = only([line.replace(line[:7], "2026-04-18T12:00:57") for line in shuffled])
    (found,) = races(call)
    assert any("using TwiML <Say>" in proof.words for proof in found.proof)
    assert found.sure is Sure.LIKELY and "before" not in found.what and "afterwards" not in found.what
    assert any("parts of a second" in unknown for unknown in call.unknown)


@given(st.permutations(FIELD))
def test_lines_written_out_of_order_are_put_in_the_order_of_their_stamps(shuffled: list[str]) -> None:
    found = race([line.replace(":", "12:00:", 1) for line in shuffled])
    assert "using TwiML <Say>" in found.proof[0].words and "served only afterwards" in found.what


@pytest.mark.parametrize("cut", range(0, 90, 3))
def test_cut_anywhere_it_never_raises_and_is_named_where_enough_is_left(cut: int) -> None:
    for lines in ([line[:cut] for line in FIELD], [line[cut:] for line in FIELD]):
        calls = told(lines, LogKind.CONSOLE).calls
        if any("using TwiML <Say" in line for line in lines) and any("TwiML fetch -> <Conn" in line for line in lines):
            assert [bool(races(call)) for call in calls] == [True]


@pytest.mark.parametrize("missing", range(7))
def test_one_line_missing_hides_nothing_and_what_is_deduced_is_said(missing: int) -> None:
    found = race(FIELD[:missing] + FIELD[missing + 1 :])
    assert found.sure is Sure.LIKELY
    assert found.rule == ("race-inferred" if missing == 3 else "race")
    assert ("concluded and not seen" in found.what) is (missing == 3)
    assert any("(deduced)" in proof.words for proof in found.proof) is (missing == 4)


def test_over_a_live_stream_it_needs_no_error() -> None:
    lines = [
        "12:00:00.000 [voice-call] Serving realtime TwiML for Twilio call CA1 (direction=outbound-api)",
        "12:00:00.300 [voice-call] Realtime bridge starting for call abcdefgh (providerCallId=CA1)",
        "12:00:00.700 [voice-call] Using TwiML <Say> fallback - telephony TTS not configured",
        "12:00:01.000 [voice-call] Media stream disconnected: CA1",
    ]
    found = race(lines)
    assert (found.rule, found.sure, lines_of(found)) == ("overwrite", Sure.LIKELY, [2, 3, 4])
    moved = [*lines[:2], lines[3], lines[2].replace(":00.700", ":01.700")]
    assert not races(only(moved)), "a message after the stream's end overwrites nothing"


def test_a_stream_that_lived_on_was_not_overwritten() -> None:
    lines = [
        "12:00:00.000 [voice-call] Using TwiML <Say> fallback",
        "12:00:00.100 [voice-call] Serving realtime TwiML for Twilio call CA1 (direction=outbound-api)",
        "12:00:00.300 [voice-call] Realtime bridge starting for call abcdefgh (providerCallId=CA1)",
        "12:01:00.000 [voice-call] Media stream disconnected: CA1",
    ]
    call = only(lines)
    assert not races(call) and call.writes == (1,)
    assert lines_of(race([*lines[:3], lines[3].replace("12:01:00", "12:00:01")])) == [1, 2, 3, 4]


def test_without_a_stream_document_a_fallback_is_no_race() -> None:
    assert not races(only([FIELD[0], FIELD[3]]))


@pytest.mark.parametrize("denied", ["not using", "never using", "instead of using"])
def test_a_fallback_that_was_not_taken_is_no_write(denied: str) -> None:
    for lines in (SEED, FIELD):
        call = only([*lines[:3], lines[3].lower().replace("using", denied), lines[4]])
        assert not call.writes and not races(call)


def test_another_document_is_not_what_was_written_over() -> None:
    other = ":57.640 TwiML fetch -> <Response><Say>hello</Say></Response> returned"
    assert lines_of(race([*FIELD[:4], other, *FIELD[4:]])) == [4, 6]


def test_a_healthy_call_has_no_race() -> None:
    assert not only(log("healthy.log")).diagnosis.findings


def test_a_gateways_own_log_names_it_too() -> None:
    call = only(log("gateway.log"))
    (found,) = races(call)
    assert (found.rule, found.sure, lines_of(found)) == ("race", Sure.LIKELY, [6, 7])
    assert ms_between(call, 6, 10) == 559
    assert call.names.sid == "CA0123456789abcdef0123456789abcdef"
    assert call.names.call_id == "0b9f4a52-6c0e-4a7b-9a39-0f0f3f6f5a11"


def test_in_a_servers_log_a_payload_is_certain_and_a_bare_write_possible() -> None:
    lines = log("server.log")
    found = race(lines)
    assert (found.rule, found.sure, lines_of(found)) == ("race", Sure.CERTAIN, [5, 8, 13, 16])
    bare = race(lines[:4] + lines[5:])
    assert (bare.sure, lines_of(bare)) == (Sure.POSSIBLE, [4, 7, 12, 15])
    assert "something that is not told" in bare.what and "(deduced)" in bare.proof[0].words


@pytest.mark.parametrize(
    "payload",
    [
        "{'Status': 'completed'}",
        "{'Twiml': '<Response><Dial>+4915112345678</Dial></Response>'}",
    ],
)
def test_a_hang_up_or_a_hand_over_is_no_overwrite(payload: str) -> None:
    lines = log("server.log")
    lines[4] = lines[4].replace("{'Twiml': '<Response><Say>Hello there</Say></Response>'}", payload)
    assert not races(only(lines))


def test_a_goodbye_over_a_live_stream_is_no_overwrite() -> None:
    lines = log("server.log")
    written = lines.pop(4).replace("</Say>", "</Say><Hangup/>").replace("07,101", "07,900")
    request = lines.pop(3).replace("07,101", "07,900")
    assert not races(only([*lines[:13], request, written, *lines[13:]]))


def test_a_write_that_was_refused_did_nothing() -> None:
    lines = log("server.log")
    lines.insert(5, lines[3].replace("POST Request: ", "HTTP Request: POST ") + ' "HTTP/1.1 400 Bad Request"')
    assert not races(only(lines))


def test_snapshots_make_it_likely_and_say_from_what() -> None:
    call = only(log("calls.jsonl"))
    (found,) = races(call)
    assert (found.rule, found.sure, lines_of(found)) == ("race-inferred", Sure.LIKELY, [4, 5])
    assert "concluded and not seen" in found.what
    assert "registered-twice" in [finding.rule for finding in call.diagnosis.findings]


def test_snapshots_of_a_call_that_spoke_through_its_stream_show_nothing() -> None:
    lines = log("calls.jsonl")
    del lines[3]  # the state in which the first message was spoken by the other path
    assert not races(only(lines))
