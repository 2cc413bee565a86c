"""The rows of a folder: what the index must never change of them, and which call is meant by a word."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.callfile.recorded import dialled, lines_of
from voicecall_core import diagnose, read_call
from voicecall_core.archive import folder as archive
from voicecall_core.archive import index
from voicecall_core.archive.folder import Row
from voicecall_core.archive.summary import State, from_object
from voicecall_core.words.events import DialBegan
from voicecall_core.words.terms import Policy

RACE = "20260102-000000-c-bad0.jsonl"


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    folder = tmp_path / "calls"
    folder.mkdir()
    dialled(folder / "20260101-000000-c-abc1.jsonl", "ordinary")
    dialled(folder / RACE, "race", Policy.NAIVE)
    return folder


def by_name(rows: list[Row]) -> dict[str, Row]:
    return {row.path.name: row for row in rows}


def test_a_row_is_what_the_reader_and_the_diagnosis_say(calls: Path) -> None:
    for row in archive.rows(calls):
        record = read_call(row.path)
        assert (row.summary.outcome, row.summary.call) == (record.outcome, record.header.terms.call_id)
        assert row.summary.diagnosis == diagnose(record).rule
    assert by_name(archive.rows(calls))[RACE].summary.diagnosis == "race"


def test_the_second_look_reads_no_file(calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = archive.rows(calls)

    def unread(path: Path) -> None:
        raise AssertionError(path)

    monkeypatch.setattr(archive, "summary_of_file", unread)
    assert archive.rows(calls) == first


def test_a_file_that_has_grown_is_read_again(calls: Path) -> None:
    path = calls / "20260103-000000-c-abc2.jsonl"
    lines = path.with_suffix(".all")
    dialled(lines, "ordinary")
    whole = lines.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(whole[:5]), "utf-8")
    assert by_name(archive.rows(calls))[path.name].summary.state is State.UNFINISHED
    path.write_text("".join(whole), "utf-8")
    assert by_name(archive.rows(calls))[path.name].summary.state is State.OVER


def test_a_change_that_keeps_the_size_is_noticed_by_its_time(calls: Path) -> None:
    archive.rows(calls)
    path = calls / RACE
    text = path.read_text("utf-8")
    path.write_text(text.replace('"scenario":"race"', '"scenario":"raze"'), "utf-8")
    os.utime(path, ns=(1, 1))
    assert by_name(archive.rows(calls))[RACE].summary.scenario == "raze"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-40],
        lambda text: "",
        lambda text: "noise\n" + text,
        lambda text: text.replace('"outcome"', '"outcum"'),
        lambda text: text.replace('"code": "', '"code": "0'),
        lambda text: text.replace('"size": ', '"size": "x'),
        lambda text: "[]\n" * 3,
    ],
)
def test_a_damaged_or_foreign_index_changes_nothing(calls: Path, spoil: object) -> None:
    first = archive.rows(calls)
    path = calls / index.NAME
    assert callable(spoil)
    path.write_text(spoil(path.read_text("utf-8")), "utf-8")
    assert archive.rows(calls) == first
    assert set(index.load(calls)) == {row.path.name for row in first}, "it is whole again"


def test_what_another_program_has_found_is_not_believed(calls: Path) -> None:
    first = archive.rows(calls)
    path = calls / index.NAME
    lies = path.read_text("utf-8").replace('"outcome": "failed"', '"outcome": "completed"')
    path.write_text(lies, "utf-8")
    assert archive.rows(calls) != first, "of its own it is believed"
    path.write_text(lies.replace(f'"code": "{index.code()}"', '"code": "other"'), "utf-8")
    assert archive.rows(calls) == first


def test_the_first_word_is_no_reply(calls: Path) -> None:
    path = calls / "20260103-000000-c-abc3.jsonl"
    dialled(path, "race")
    call = by_name(archive.rows(calls))[path.name].summary
    assert call.worst_reply_s is not None and call.answer_to_first_audio_s is not None
    assert call.worst_reply_s < call.answer_to_first_audio_s <= (call.longest_wait_s or 0) + 0.01


def test_an_index_that_cannot_be_written_is_done_without(calls: Path) -> None:
    (calls / index.NAME).mkdir()
    assert len(archive.rows(calls)) == 2
    assert not [path for path in calls.iterdir() if path.name.startswith(f"{index.NAME}.")], "nothing is left lying"


def test_who_gives_up_waiting_does_not_wait_for_the_same_files_again(calls: Path) -> None:
    def leave(done: int, whole: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive.rows(calls, leave)
    assert len(index.load(calls)) == 1
    assert len(archive.rows(calls)) == 2


def test_the_index_is_its_owners_alone(calls: Path) -> None:
    archive.rows(calls)
    assert (calls / index.NAME).stat().st_mode & 0o077 == 0


def test_two_at_once_both_get_every_row(calls: Path) -> None:
    expected = archive.rows(calls)
    for _ in range(5):
        (calls / index.NAME).unlink()
        with ThreadPoolExecutor(4) as pool:
            assert all(rows == expected for rows in pool.map(lambda _: archive.rows(calls), range(8)))
        assert index.load(calls).keys() == {row.path.name for row in expected}


def test_what_is_torn_or_none_of_ours_is_a_row_that_says_so(calls: Path) -> None:
    (calls / "torn.jsonl").write_text("\n".join(lines_of(DialBegan(at=0.0)))[:-9], "utf-8")
    (calls / "foreign.jsonl").write_text('{"level": "info"}\n', "utf-8")
    (calls / "empty.jsonl").write_text("", "utf-8")
    (calls / "notes.txt").write_text("", "utf-8")
    (calls / "20260101-000000-c-abc1.wav").write_bytes(b"")
    rows = by_name(archive.rows(calls))
    assert rows["torn.jsonl"].summary.state is State.UNFINISHED and "line 2" in rows["torn.jsonl"].summary.trouble
    assert rows["foreign.jsonl"].summary.state is State.UNREADABLE
    assert rows["foreign.jsonl"].summary.trouble.startswith("foreign.jsonl is not a call file")
    assert rows["empty.jsonl"].summary.trouble == "empty.jsonl is empty."
    assert archive.others(calls) == ["notes.txt"]


def test_a_row_of_another_form_is_none(calls: Path) -> None:
    archive.rows(calls)
    row = json.loads((calls / index.NAME).read_text("utf-8").splitlines()[1])["call"]
    assert from_object(row).is_call
    with pytest.raises(ValueError, match="today"):
        from_object({**row, "more": 1})


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("c-abc1", ["20260101-000000-c-abc1.jsonl"]),
        ("abc1", ["20260101-000000-c-abc1.jsonl"]),
        ("c-ab", ["20260101-000000-c-abc1.jsonl", "20260103-000000-c-abc2.jsonl"]),
        ("20260101-000000-c-abc1", ["20260101-000000-c-abc1.jsonl"]),
        ("renamed.jsonl", ["renamed.jsonl"]),
        ("c-1", ["renamed.jsonl"]),
        ("c-9", []),
        ("", []),
    ],
)
def test_a_call_is_meant_by_its_id_its_file_or_the_beginning_of_either(
    calls: Path, word: str, found: list[str]
) -> None:
    (calls / "20260103-000000-c-abc2.jsonl").write_text("", "utf-8")
    (calls / "renamed.jsonl").write_text("\n".join(lines_of(DialBegan(at=0.0))), "utf-8")
    assert [each.path.name for each in archive.meant(calls, word)] == found


def test_a_whole_id_is_no_beginning_of_a_longer_one(calls: Path) -> None:
    (calls / "20260103-000000-c-abc12.jsonl").write_text("", "utf-8")
    assert [each.call for each in archive.meant(calls, "c-abc1")] == ["c-abc1"]


def test_a_call_whose_clock_stood_elsewhere_has_its_place_among_the_others(calls: Path) -> None:
    lines = lines_of(DialBegan(at=0.0))
    for name, began in (("east", "2026-01-01T13:00:00+14:00"), ("naive", "2025-12-31T23:30:00")):
        text = "\n".join(lines).replace("2026-01-01T00:00:00.000+00:00", began)
        (calls / f"{name}.jsonl").write_text(text, "utf-8")
    names = [row.path.stem[:5] for row in archive.rows(calls)]
    assert names[:2] == ["east", "naive"]
    assert [each.path.stem for each in archive.named(calls)][:2] == ["east", "naive"]


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert archive.rows(tmp_path / "none") == [] and archive.others(tmp_path / "none") == []
