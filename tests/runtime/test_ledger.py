"""The ledger: what it says of a call, whose it is, when it is forgotten."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.write_docs import ROOT
from voicecall_core.ledger import open_ledger
from voicecall_core.words.numbers import PhoneNumber

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TO = PhoneNumber("+4930123456")
SID = "CA" + "a" * 32


def test_it_is_its_owners_and_tells_no_number(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "state")
    ledger.ask("c-1", TO, "AC1", NOW, 600)
    ledger.learn("c-1", SID)
    ledger.let_go("c-1")
    for path in (tmp_path / "state").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert TO.e164 not in path.read_text("latin-1") and "AC1" not in path.read_text("latin-1")
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    (entry,) = open_ledger(tmp_path / "state").left_behind("AC1", NOW)
    assert (entry.call, entry.to, entry.sid, entry.asked) == ("c-1", str(TO), SID, NOW)
    assert entry.number == ledger.hashed(TO.e164)


def test_all_who_start_at_once_have_one_key(tmp_path: Path) -> None:
    opened = f"""
import sys
from pathlib import Path
from voicecall_core.ledger import open_ledger
print("ready", flush=True)
sys.stdin.readline()
for number in range(50):
    print(open_ledger(Path({str(tmp_path)!r}) / str(number)).hashed("x"))
"""
    command = [sys.executable, "-c", opened]
    programs = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(4)
    ]
    for program in programs:
        assert program.stdout is not None and program.stdout.readline() == "ready\n"
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("go\n")
        program.stdin.flush()
    hashes = {program.communicate()[0] for program in programs}
    assert len(hashes) == 1 and len(set(hashes.pop().split())) == 50
    assert {path.name for path in tmp_path.glob("*/*")} == {"key"}


def test_what_a_living_process_is_at_was_not_left_behind(tmp_path: Path) -> None:
    held = f"""
import sys
from datetime import datetime, UTC
from pathlib import Path
from voicecall_core.ledger import open_ledger
from voicecall_core.words.numbers import PhoneNumber
now = datetime(2026, 11, 22, 12, tzinfo=UTC)
open_ledger(Path({str(tmp_path)!r})).ask("c-1", PhoneNumber("{TO.e164}"), "AC1", now, 600)
print("asked", flush=True)
sys.stdin.read()
"""
    command = [sys.executable, "-c", held]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"asked\n"
        ledger = open_ledger(tmp_path)
        assert ledger.left_behind("AC1", NOW) == []
        other.kill()
        other.wait()
        assert [entry.call for entry in ledger.left_behind("AC1", NOW)] == ["c-1"]


def test_what_has_ended_or_cannot_be_up_is_forgotten(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    for call in ("c-1", "c-2", "c-3"):
        ledger.ask(call, TO, "AC1" if call != "c-3" else "AC2", NOW, 600)
        ledger.let_go(call)
    ledger.close("c-1")
    assert [entry.call for entry in ledger.left_behind("AC1", NOW)] == ["c-2"]
    assert ledger.left_behind("AC1", NOW + timedelta(seconds=601)) == []
    assert not list(tmp_path.glob("c-*"))
    ledger.close("c-1")
    assert not list(tmp_path.glob("c-*")), "nothing is made by forgetting it"


def test_the_sids_of_others_are_known_also_when_they_have_ended(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    ledger.ask("c-1", TO, "AC1", NOW, 600)
    ledger.learn("c-1", SID)
    ledger.close("c-1")
    assert open_ledger(tmp_path).known_sids(but="c-2") == open_ledger(tmp_path).known_sids() == {SID}
    assert open_ledger(tmp_path).known_sids(but="c-1") == frozenset()


def test_a_line_that_was_cut_off_says_nothing(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    ledger.ask("c-1", TO, "AC1", NOW, 600)
    ledger.let_go("c-1")
    path = tmp_path / "c-1.jsonl"
    path.write_text(path.read_text() + '{"sid": "CA')
    assert [entry.sid for entry in ledger.left_behind("AC1", NOW)] == [""]
    path.write_text("{")
    assert ledger.left_behind("AC1", NOW) == []


def test_a_ledger_that_cannot_be_written_fails_no_call(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    (tmp_path / "c-1.jsonl").mkdir()
    ledger.ask("c-1", TO, "AC1", NOW, 600)
    ledger.learn("c-1", SID)
    ledger.close("c-1")
    assert ledger.failure


ENTRY = (
    '{"to": "+1", "number": "n", "account": "a", "asked": "2026-11-22T12:00:00%s", "until": "2026-11-23T12:00:00%s"}\n'
)
NO_ENTRIES = {
    "empty": "",
    "nested without end": "[" * 20_000,
    "without a time zone": ENTRY % ("", ""),
    "with what a terminal obeys": ENTRY.replace('"+1"', r'"\u001b]0;x\u0007"') % ("+00:00", "+00:00"),
    "larger than any": ENTRY % ("+00:00", "+00:00") + '{"sid": "x"}\n' * 10_000,
}


@pytest.mark.parametrize("text", NO_ENTRIES.values(), ids=NO_ENTRIES)
def test_a_file_that_no_ledger_has_written_hides_no_call(text: str, tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    (tmp_path / "c-0.jsonl").write_text(text)
    ledger.ask("c-1", TO, "AC1", NOW, 600)
    ledger.learn("c-1", SID)
    with (tmp_path / "c-1.jsonl").open("a") as file:
        file.write("[" * 20_000 + '\n{"sid": "nobody\'s"}\n')
    ledger.let_go("c-1")
    assert [(entry.call, entry.sid) for entry in ledger.left_behind("AC1", NOW)] == [("c-1", SID)]


def test_a_pipe_in_its_folder_is_not_waited_for(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    os.mkfifo(tmp_path / "c-0.jsonl")
    assert ledger.left_behind("AC1", NOW) == []
    (tmp_path / "key").unlink()
    os.mkfifo(tmp_path / "key")
    with pytest.raises(OSError, match="damaged"):
        open_ledger(tmp_path)


def test_no_number_is_hashed_without_a_key(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"")
    with pytest.raises(OSError, match="damaged"):
        open_ledger(tmp_path)


def test_an_end_is_remembered_when_nothing_can_be_opened_any_more(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    ledger.ask("c-1", TO, "AC1", NOW, 600)
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, most))
    try:
        ledger.close("c-1")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, most))
    assert ledger.left_behind("AC1", NOW) == []


def test_an_end_is_remembered_when_nothing_can_be_written_any_more(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    ledger.ask("c-1", TO, "AC1", NOW, 600)
    few, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, most))  # to whoever writes it is a full disk
    try:
        ledger.close("c-1")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (few, most))
    assert ledger.failure
    assert ledger.left_behind("AC1", NOW) == []
