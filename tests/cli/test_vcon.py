"""A call as a vCon: by the draft's own words, and by the library that implements it where that can be installed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.callfile.recorded import dialled
from voicecall_cli.report.call_report import open_report
from voicecall_cli.report.vcon import vcon_of
from voicecall_core import read_call

MADE = datetime(2026, 12, 1, tzinfo=UTC)
SCENARIOS = ("barge-in", "say", "busy", "no-answer", "failed", "model-drops")
SOUND = b"RIFF0123"

# draft-ietf-vcon-vcon-core, sections 4.1 to 4.4: what each object may hold, and must.
MAY = {
    "vcon": {"uuid", "created_at", "updated_at", "subject", "parties", "dialog", "analysis", "attachments"},
    "party": {"tel", "sip", "stir", "mailto", "name", "did", "validation", "uuid", "type", "org", "dept"},
    "dialog": {"type", "start", "duration", "parties", "originator", "mediatype", "filename", "body", "encoding"},
    "incomplete": {"type", "start", "duration", "parties", "originator", "disposition"},
    "analysis": {"type", "dialog", "mediatype", "filename", "vendor", "product", "schema", "body", "encoding"},
}
DISPOSITIONS = {"no-answer", "congestion", "failed", "busy", "hung-up", "voicemail-no-message"}
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def made(folder: Path, scenario: str, *, words: bool = True, recorded: bool = False) -> dict[str, Any]:
    call = folder / f"{scenario}.jsonl"
    dialled(call, scenario)
    if recorded:
        call.with_suffix(".wav").write_bytes(SOUND)
    told: dict[str, Any] = json.loads(json.dumps(vcon_of(open_report(call, words=words), MADE)))
    return told


def assert_fits_the_draft(vcon: dict[str, Any]) -> None:
    assert set(vcon) <= MAY["vcon"] and DATE.fullmatch(vcon["created_at"])
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", vcon["uuid"])
    assert all(set(party) <= MAY["party"] for party in vcon["parties"])
    for dialog in vcon["dialog"]:
        assert DATE.fullmatch(dialog["start"]) and dialog.get("duration", 0) >= 0
        assert all(party in range(len(vcon["parties"])) for party in [*dialog["parties"], dialog["originator"]])
        if dialog["type"] == "incomplete":
            assert set(dialog) <= MAY["incomplete"] and dialog["disposition"] in DISPOSITIONS
        else:
            assert dialog["type"] in ("recording", "text") and set(dialog) <= MAY["dialog"]
            assert isinstance(dialog["body"], str) and dialog["encoding"] in ("base64url", "none")
    for analysis in vcon["analysis"]:
        assert set(analysis) <= MAY["analysis"] and {"type", "vendor", "dialog"} <= set(analysis)
        assert all(number in range(len(vcon["dialog"])) for number in analysis["dialog"])
        assert analysis["encoding"] == "json"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_kind_of_call_fits_the_draft(tmp_path: Path, scenario: str) -> None:
    for words in (True, False):
        assert_fits_the_draft(made(tmp_path, scenario, words=words))
    assert_fits_the_draft(made(tmp_path, scenario, recorded=True))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the vcon library of this draft needs Python 3.12")
def test_the_drafts_library_finds_nothing_wrong(tmp_path: Path) -> None:
    """In a process of its own: it imports what warns of its own deprecation, and logs to standard output."""
    for scenario in SCENARIOS:
        for recorded in (False, True):
            path = tmp_path / f"{scenario}-{recorded}.vcon"
            path.write_text(json.dumps(made(tmp_path, scenario, recorded=recorded)), "utf-8")
    program = (
        "import sys; from vcon import Vcon\n"
        "for path in sys.argv[1:]:\n"
        "    good, faults = Vcon.validate_file(path)\n"
        "    assert good, (path, faults)"
    )
    paths = [str(path) for path in tmp_path.glob("*.vcon")]
    assert len(paths) == 2 * len(SCENARIOS)
    done = subprocess.run([sys.executable, "-c", program, *paths], capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr


def test_what_was_heard_is_text_by_who_said_it(tmp_path: Path) -> None:
    vcon = made(tmp_path, "barge-in")
    names = [party["name"] for party in vcon["parties"]]
    assert names[0].startswith("callee, +15•") and names[1] == "agent"
    assert {dialog["type"] for dialog in vcon["dialog"]} == {"text"}
    assert [dialog["start"] for dialog in vcon["dialog"]] == sorted(dialog["start"] for dialog in vcon["dialog"])
    said = {(dialog["originator"], dialog["body"]) for dialog in vcon["dialog"]}
    whole = {line.pii_text for line in read_call(tmp_path / "barge-in.jsonl").call.transcript if line.who == "agent"}
    cut = [body for who, body in said if who == 1 and body not in whole]
    assert len(cut) == 1, "one sentence was interrupted, and is not told as if it had been heard"


def test_a_recording_is_the_dialog_and_what_was_said_its_transcript(tmp_path: Path) -> None:
    vcon = made(tmp_path, "barge-in", recorded=True)
    (dialog,) = vcon["dialog"]
    assert (dialog["type"], dialog["parties"], dialog["filename"]) == ("recording", [0, 1], "barge-in.wav")
    assert "=" not in dialog["body"] and urlsafe_b64decode(dialog["body"] + "=") == SOUND
    transcript = next(each["body"] for each in vcon["analysis"] if each["type"] == "transcript")
    assert any(line["pii_unheard"] for line in transcript)


@pytest.mark.parametrize(("scenario", "why"), [("busy", "busy"), ("no-answer", "no-answer"), ("failed", "failed")])
def test_a_call_that_nobody_answered_is_incomplete(tmp_path: Path, scenario: str, why: str) -> None:
    (dialog,) = made(tmp_path, scenario)["dialog"]
    assert (dialog["type"], dialog["disposition"]) == ("incomplete", why)


def test_the_diagnosis_is_an_analysis(tmp_path: Path) -> None:
    report = next(each["body"] for each in made(tmp_path, "model-drops")["analysis"] if each["type"] == "report")
    assert report["outcome"] == "model-failed" and report["findings"][0]["proof"]


def test_without_words_it_is_another_one_that_holds_none(tmp_path: Path) -> None:
    whole, bare = (made(tmp_path, "barge-in", words=words, recorded=True) for words in (True, False))
    assert whole["uuid"] != bare["uuid"] and whole["uuid"] == made(tmp_path, "barge-in")["uuid"]
    said = {word for line in read_call(tmp_path / "barge-in.jsonl").call.transcript for word in line.pii_text.split()}
    assert not [word for word in said if len(word) > 6 and word in json.dumps(bare)]
    assert "base64url" not in json.dumps(bare)
