from __future__ import annotations

import pytest

from tests.importers.spoiled import foreign, log, told
from voicecall_core.importers.log_kinds import LogKind
from voicecall_core.importers.report import tell
from voicecall_core.importers.whole_log import story


def test_the_fields_log_as_sentences() -> None:
    sentences = tell(told(log("field.log")))
    assert sentences[0] == "Read as an OpenClaw console log: 7 lines, 0 of them skipped, 1 call."
    text = "\n".join(sentences)
    for part in (
        "race (likely): A document was written by REST over the call, whose document is its stream's",
        "line 4, 0.016 s: WARN using TwiML <Say> fallback",
        "line 5, 0.023 s: TwiML fetch -> <Connect><Stream> returned",
        "refuse it while that is the stream's",
        "registered-twice (likely)",
        "line 4  +0.016 s",
        "line 7  +0.575 s  ERROR",
        "Not told: the carrier's name for the call (its SID).",
    ):
        assert part in text


def test_snapshots_say_likely_and_from_what() -> None:
    text = "\n".join(tell(told(log("calls.jsonl"))))
    assert "race-inferred (likely): The greeting was asked for before any stream had started" in text
    assert "the write itself is not told, so that this is concluded and not seen." in text
    assert "line 5, 7.185 s: a snapshot: answered (deduced)" in text
    assert "Not told by this log: what was written to the carrier by REST" in text


def test_the_silent_variant_is_told_by_its_order() -> None:
    text = "\n".join(tell(told(log("server.log"))))
    assert "race (certain" in text and "line 5, 6.097 s" in text and "line 16, 7.096 s" in text


def test_a_log_that_shows_no_failure_does_not_make_its_call_healthy() -> None:
    text = "\n".join(tell(told(log("healthy.log"))))
    assert "nothing found: what the record tells shows no failure" in text and "healthy:" not in text


def test_a_write_in_which_no_failure_is_found_is_said_all_the_same() -> None:
    assert "  Line 2 writes to the call by REST." in tell(told([log("field.log")[0], log("field.log")[3]]))


@pytest.mark.parametrize("name", ["field.log", "gateway.log", "server.log", "calls.jsonl", "healthy.log"])
def test_no_full_number_and_no_token_is_told(name: str) -> None:
    text = "\n".join(tell(told(log(name))))
    for secret in ("4915112345678", "15550000002", "secret-token-value"):
        assert secret not in text


def test_a_log_without_a_call_says_so() -> None:
    assert tell(story(foreign(3), LogKind.SERVER)) == [
        "Read as a server log around Twilio and a realtime model: 3 lines, 3 of them skipped, 0 calls."
    ]
