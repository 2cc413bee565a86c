from __future__ import annotations

import pytest

from tests.imports.spoiled import foreign, log, told
from voicecall_core.imports.kinds import Kind
from voicecall_core.imports.story import story
from voicecall_core.imports.telling import tell


def test_the_fields_log_as_sentences() -> None:
    sentences = tell(told(log("field.log")))
    assert sentences[0] == "Read as an OpenClaw console log: 7 lines, 0 of them skipped, 1 call."
    text = "\n".join(sentences)
    for part in (
        "Race found (sure): line 4 overwrites with <Say> the stream's document of line 5, which is served only after",
        "It follows the status callback of line 1 and the first message being asked for on line 3.",
        "559 ms from the overwrite to the error on line 7.",
        "Registered twice: lines 2 and 6.",
        "line 4  +0.016 s",
        "Not told: the carrier's name for the call (its SID).",
    ):
        assert part in text


def test_snapshots_say_likely_and_from_what() -> None:
    text = "\n".join(tell(told(log("calls.jsonl"))))
    assert (
        "Race found (likely): the document of the stream that line 5 speaks of was written over by what line 4" in text
    )
    assert "From what: the log does not show the write itself." in text
    assert "Not told by this log: what was written to the carrier by REST" in text


def test_the_silent_variant_says_that_no_line_calls_it_an_error() -> None:
    text = "\n".join(tell(told(log("server.log"))))
    assert "The stream ended on line 16, 999 ms after the overwrite; no line calls it an error." in text


@pytest.mark.parametrize("name", ["field.log", "gateway.log", "server.log", "calls.jsonl", "healthy.log"])
def test_no_full_number_and_no_token_is_told(name: str) -> None:
    text = "\n".join(tell(told(log(name))))
    for secret in ("4915112345678", "15550000002", "secret-token-value"):
        assert secret not in text


def test_a_log_without_a_call_says_so() -> None:
    assert tell(story(foreign(3), Kind.SERVER)) == [
        "Read as a server log around Twilio and a realtime model: 3 lines, 3 of them skipped, 0 calls."
    ]
