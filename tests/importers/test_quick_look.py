"""The quick look by which most lines are passed over: none is that would have been understood."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.importers.corpus import LOGS as CORPUS
from tests.importers.disguises import DISGUISES
from tests.importers.spoiled import LOGS
from voicecall_core.importers.formats.matching import built_in
from voicecall_core.importers.lines import plain
from voicecall_core.importers.log_line import may_say, opened, sayings
from voicecall_core.importers.phrases import PHRASES
from voicecall_core.importers.wording import forms_of, runs_of

_WORDS = sorted({word for each in PHRASES for word in " ".join(runs_of(each.needle)).split()})
_PIECES = st.one_of(
    st.sampled_from([form for word in _WORDS for form in forms_of(word)]),
    st.sampled_from([f"{word.title()}" for word in _WORDS]),
    st.sampled_from(
        "not ERROR FATAL Fehler Error: ValueError: Exception: critical twilio call CA0 openai websocket stream closed "
        "disconnected connected POST GET /twiml 200 500 in-progress callback( status= <Response> </Say> <Connect> "
        "21220 event type streamSid session.created {'type': 'session.created'} 12:00:00.000 [x] ; , - ? = >"
        " \u0130 \u017f".split()
    ),
)
_CONCEPTS = st.sampled_from(
    "create record|RestException|placing the call|dialing|could not|failed|calls.create|Anruf gestartet|retrying|erneut"
    "|updating|invalid signature|webhook|media stream|Medienstrom|started|stopped|closed 1006|lost|verloren|<Say>"
    "|say document|written|greeting|Ansage|via Twilio|to the call|error 31920|twilio 12100|panic:|unhandledRejection"
    "|worker timeout|out of memory|upgrade rejected|token|serving|returned|connect_stream|realtime|model|OpenAI|open ai"
    "|connected|status 401|response 500|was answered|intro|trying again|fell back to say|spoken TwiML|%3CSay%3E"
    "|uncaught exception|segmentation fault|Exception was never retrieved|ws|denied|rest|welcome"
    "|opener|hello|announcement"
    "|pushed|injected|posted|onto the live call|over the call|an den laufenden Anruf gesendet|calls.update|update_call"
    "|modified call|redirecting leg|document|markup|carrier|stream up|stream down|stream +|inbound call|call.status="
    "|answered|connecting wss://api.openai.com/x|session_expired|timed out|oai"
    "|MediaStreamStopped|GreetingWrittenOverCall|ws /media|Incoming stream has started|dtmf|503 Service Unavailable"
    "".split("|")
)
_JOINERS = st.sampled_from([" ", " ", " ", "", "-", "_", ", "])
_LINES = st.lists(st.tuples(_PIECES | _CONCEPTS, _JOINERS), min_size=1, max_size=9).map(
    lambda parts: "".join(a + b for a, b in parts)
)


def _understood(line: str) -> bool:
    return next(sayings(opened(plain(line), built_in()), plugin=False), None) is not None


@given(_LINES)
def test_no_line_is_passed_over_that_would_have_been_understood(line: str) -> None:
    assert may_say(line, built_in()) or not _understood(line)


@given(_LINES)
def test_nor_an_object_with_such_a_message(line: str) -> None:
    for text in (json.dumps({"level": 30, "msg": line}), json.dumps({"msg": line}, ensure_ascii=False)):
        assert may_say(text, built_in()) or not _understood(text)


@pytest.mark.parametrize("path", [*LOGS.iterdir(), *CORPUS.glob("*.log")], ids=lambda path: path.name)
def test_nor_any_line_of_the_logs(path: Path) -> None:
    for line in path.read_text(encoding="utf-8").splitlines():
        assert may_say(plain(line), built_in()) or not _understood(line)


@pytest.mark.parametrize("name", DISGUISES)
def test_nor_any_disguise(name: str) -> None:
    for line in DISGUISES[name][0]:
        assert may_say(plain(line), built_in()) or not _understood(line)
