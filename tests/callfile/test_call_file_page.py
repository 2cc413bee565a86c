from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.call_file_page import HEADER, REFUSALS, SAID, STEP, WITHOUT_WORDS
from tests.callfile.recorded import dialled, objects
from tests.write_docs import ROOT
from voicecall_core.callfile.reader import CallFile, opened
from voicecall_core.callfile.records import header_of
from voicecall_core.callfile.rejudging import rejudge

needs_jq = pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")


def filtered(command: str, directory: Path) -> str:
    """What a line of the page prints."""
    return subprocess.run(["sh", "-c", command], cwd=directory, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    dialled(tmp_path / "call.jsonl", "barge-in")
    return tmp_path


def test_the_page_names_every_key_that_is_written(directory: Path) -> None:
    header, *steps = objects(directory / "call.jsonl")
    half = replace(header_of(header, 1), half="carrier", callee_model="m").as_object()
    assert set(header) | {"simulated", "callee_model"} == set(half)
    assert set(HEADER) - {"expects"} == set(half)
    assert {key for step in steps for key in step} == set(STEP)


def test_the_pages_filters_are_the_tested_ones() -> None:
    page = (ROOT / "docs/call-file.md").read_text("utf-8")
    commands = [line.strip() for line in page.splitlines() if line.startswith("    jq")]
    assert commands == [WITHOUT_WORDS, REFUSALS, SAID]


@needs_jq
def test_one_filter_takes_out_what_people_said(directory: Path) -> None:
    said = [json.loads(line)["event"] for line in (directory / "call.jsonl").read_text("utf-8").splitlines()[1:]]
    spoken = {event["pii_text"] for event in said if len(event.get("pii_text", "")) > 8}
    left = filtered(WITHOUT_WORDS, directory)
    assert spoken and "pii_" not in left
    assert not [words for words in spoken if words in left]
    (directory / "shared.jsonl").write_text(left, "utf-8")
    with opened(directory / "shared.jsonl") as source:
        recording = CallFile(source, "shared")
        assert not [one for one in rejudge(recording.opened().terms, recording) if one.differences]


@needs_jq
def test_the_other_filters_find_what_they_say(directory: Path) -> None:
    assert [json.loads(line)[1] for line in filtered(REFUSALS, directory).splitlines()] == ["greeting fallback"]
    assert "can I ask you something first?" in filtered(SAID, directory)
