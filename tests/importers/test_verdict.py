"""The three answers, each with what it rests on, and what the log itself says failed."""

from __future__ import annotations

import pytest

from tests.importers.spoiled import log, told
from tests.importers.test_false_alarms import CREATE, FETCH, SERVE, START, at, bare_write, payload, stop
from tests.importers.test_imported import SID
from voicecall_core.importers.report import tell
from voicecall_core.importers.verdict import Race

SEED = log("seed.log")


def status(second: int, word: str) -> str:
    return at(second, f"DEBUG app form {{'CallSid': '{SID}', 'CallStatus': '{word}', 'SequenceNumber': '3'}}")


@pytest.mark.parametrize("name", ["seed.log", "field.log", "gateway.log", "server.log", "calls.jsonl"])
def test_found(name: str) -> None:
    report = told(log(name))
    assert (report.race, report.calls[0].verdict.race) == (Race.FOUND, Race.FOUND)
    assert "The race: found." in "\n".join(tell(report))


@pytest.mark.parametrize(
    "lines",
    [
        log("healthy.log"),
        [CREATE, FETCH, SERVE, START, stop(40)],
        [CREATE, status(9, "busy")],
        [CREATE, status(9, "no-answer")],
        [CREATE.replace("201 Created", "400 Bad Request")],
    ],
)
def test_not_there_needs_positive_proof(lines: list[str]) -> None:
    report = told(lines)
    assert report.race is Race.ABSENT
    assert "  The race was not there: " in "\n".join(tell(report))


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([CREATE, FETCH, SERVE], "the log does not show a stream of this call"),
        ([CREATE, FETCH, SERVE, START], "no line shows that its stream lived on for 10 s"),
        ([CREATE, FETCH, SERVE, START, stop(9)], "no line shows that its stream lived on for 10 s"),
        ([CREATE, FETCH, SERVE, bare_write(9)], "line 4 writes to the call, and the log does not show a stream"),
        ([CREATE, status(6, "in-progress"), status(9, "completed")], "the log does not show a stream of this call"),
        (
            [CREATE, FETCH, SERVE, START, bare_write(30), stop(31)],
            "line 5 writes to the call, and no line shows that",
        ),
        ([*SEED[:3], *SEED[4:5]], "the log does not show a stream of this call"),
    ],
)
def test_cannot_tell_says_why(lines: list[str], why: str) -> None:
    report = told(lines)
    assert report.race is Race.UNKNOWN and report.calls[0].verdict.why.startswith(why)
    assert f"cannot be told, because {why}" in "\n".join(tell(report))


@pytest.mark.parametrize(
    "lines",
    [
        SEED,
        [CREATE, FETCH, SERVE, bare_write(9)],
        [CREATE, FETCH, SERVE, START, payload(9, "<Dial>+4915</Dial>"), stop(9)],
        [CREATE, FETCH, SERVE, START, payload(30, "<Say>bye</Say><Hangup/>"), stop(31)],
    ],
)
def test_a_write_that_was_seen_is_always_in_the_headline(lines: list[str]) -> None:
    report = told(lines)
    (write,) = report.calls[0].writes
    bare = " (what, is not told)" if lines[-1] == bare_write(9) else ""
    assert tell(report)[2].endswith(f"Written to a call by REST: line {write}{bare}.")


def test_one_call_that_cannot_be_told_leaves_the_log_untold() -> None:
    other = [line.replace(SID, "CA" + "e" * 32) for line in (CREATE, FETCH, SERVE)]
    report = told([CREATE, FETCH, SERVE, START, stop(40), *(line.replace("09:15", "09:25") for line in other)])
    assert [call.verdict.race for call in report.calls] == [Race.ABSENT, Race.UNKNOWN]
    assert report.race is Race.UNKNOWN


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        ("ERROR OpenAI WebSocket is not open", ""),
        ("ERROR twilio: error 21220, Call is not in-progress", "Twilio's 21220: "),
        ("openai.AuthenticationError: Error code: 401", ""),
        ("FATAL realtime session lost", ""),
    ],
)
def test_what_the_log_itself_says_failed_leads_the_story(line: str, meaning: str) -> None:
    report = told([CREATE, FETCH, SERVE, START, at(9, line), stop(40)])
    (failure,) = report.calls[0].failures
    assert failure.line == 5 and failure.meaning.startswith(meaning)
    assert report.shows_failure
    sentences = tell(report)
    assert sentences.index("  The log itself says that something failed:") == 5
    assert sentences[6].startswith("    line 5: ") and not any("nothing found" in each for each in sentences)


def test_an_error_of_something_else_is_not_the_calls() -> None:
    assert not told([CREATE, FETCH, SERVE, START, at(9, "ERROR the disk is full"), stop(40)]).calls[0].failures


def test_an_error_long_after_the_call_is_not_the_calls() -> None:
    late = at(9, "ERROR the stream of another program broke").replace("09:15", "11:15")
    assert not told([CREATE, FETCH, SERVE, START, stop(40), status(41, "completed"), late]).calls[0].failures


@pytest.mark.parametrize("line", ["calls.update(<Say>) tried again", "retrying the greeting via calls.update"])
def test_a_write_that_is_announced_and_then_told_is_one(line: str) -> None:
    sid = "CA" + "1" * 32
    report = told(
        [
            f"09:00:00.000 call {sid} created",
            f"09:00:02.000 {sid} ringing, greeting with calls.update(<Say>)",
            "09:00:02.200 Twilio 21220: call not in-progress, will retry",
            f"09:00:03.200 {line}",
            "09:00:03.900 media stream started",
        ]
    )
    assert report.calls[0].writes == (2, 4)
