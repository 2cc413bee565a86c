"""Who spoke when, and what of it was heard."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.callfile.recorded import dialled
from voicecall_core import CallRecord, read_call
from voicecall_core.archive.speech import Span, Utterance, conversation, overlaps, replies, silences, spans


def said(tmp_path: Path, scenario: str) -> tuple[CallRecord, list[Utterance]]:
    dialled(tmp_path / "call.jsonl", scenario)
    record = read_call(tmp_path / "call.jsonl")
    return record, conversation(record.header.terms, record.steps, record.call)


def test_an_ordinary_call_is_heard_whole_in_the_order_of_its_sounds(tmp_path: Path) -> None:
    _, lines = said(tmp_path, "ordinary")
    assert {line.who for line in lines} == {"agent", "callee"}
    assert all(line.pii_heard and not line.pii_unheard and not line.cut for line in lines)
    begins = [line.begin for line in lines if line.begin is not None]
    assert begins == sorted(begins) and len(begins) == len(lines)


def test_an_interrupted_sentence_is_cut_where_it_was_cut(tmp_path: Path) -> None:
    record, lines = said(tmp_path, "barge-in")
    (cut,) = [line for line in lines if line.cut]
    (text,) = [line.pii_text for line in record.call.transcript if line.pii_text.startswith(cut.pii_heard)]
    assert cut.pii_heard and cut.pii_unheard and f"{cut.pii_heard} {cut.pii_unheard}" == text
    assert len(cut.pii_heard) < 0.6 * len(text), "the callee breaks in after a third of it"


def test_what_never_left_was_not_heard(tmp_path: Path) -> None:
    _, lines = said(tmp_path, "no-answer")
    assert [(line.pii_heard, line.begin) for line in lines] == [("", None)] and lines[0].pii_unheard


def test_a_reply_is_timed_from_the_end_of_the_callees_turn(tmp_path: Path) -> None:
    record, lines = said(tmp_path, "ordinary")
    waited = replies(record.header.terms, record.steps, record.call)
    timed = [line for line in lines if line.reply_s is not None]
    assert len(timed) == len(waited) >= 1
    for line in timed:
        turn = max(each.end for each in lines if each.who == "callee" and each.end and each.end <= (line.begin or 0))
        assert line.begin is not None and line.reply_s == pytest.approx(line.begin - turn, abs=0.05)


def test_a_clip_is_a_line_without_words(tmp_path: Path) -> None:
    _, lines = said(tmp_path, "model-drops")
    assert "apology" in [line.clip for line in lines]


def test_silences_and_overlaps() -> None:
    spoken = [Span("agent", 1, 3), Span("callee", 2, 4), Span("agent", 7, 8)]
    assert overlaps(spoken) == [(2, 3)]
    assert silences(spoken, 0, 10, 2) == [(4, 7), (8, 10)]
    assert silences([], 0, 1, 2) == []


def test_nobody_is_heard_in_a_call_that_nobody_answered(tmp_path: Path) -> None:
    record, _ = said(tmp_path, "no-answer")
    assert spans(record.steps) == []
