"""`voicecall rm`: what is thrown away, and what never is."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.callfile.recorded import dialled, lines_of
from tests.cli.typed import Told, typed
from voicecall_cli import rm_run
from voicecall_cli.exits import Exit
from voicecall_core.archive import index
from voicecall_core.archive.folder import rows
from voicecall_core.archive.removal import remove
from voicecall_core.ledger import open_calls, open_ledger
from voicecall_core.simulation import utc_now
from voicecall_core.words.events import DialBegan
from voicecall_core.words.numbers import PhoneNumber

OLD, OTHER = "20260101-000000-c-abc1", "20260102-000000-c-abc2"
Rm = Callable[..., Told]


@pytest.fixture
def rm(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Rm:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def ran(*arguments: str | Path) -> Told:
        return typed(capfd, "rm", *arguments)

    return ran


@pytest.fixture
def calls() -> Path:
    """Two calls, the first with a recording; both say that they were placed in November 2026."""
    folder = Path("calls")
    folder.mkdir()
    dialled(folder / f"{OLD}.jsonl", "ordinary")
    dialled(folder / f"{OTHER}.jsonl", "busy")
    (folder / f"{OLD}.wav").write_bytes(b"RIFF")
    (folder / "notes.jsonl").write_text('{"level": "info"}\n', "utf-8")
    rows(folder)
    return folder


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def test_a_call_goes_with_its_recording_and_its_row(rm: Rm, calls: Path) -> None:
    code, out, err = rm("c-abc1", "--yes")
    assert (code, err) == (Exit.OK, "")
    assert "Thrown away:" in out and "with its recording" in out and f"{OLD}.jsonl" in out
    assert names(calls) == {f"{OTHER}.jsonl", "notes.jsonl"}
    assert set(index.load(calls)) == {f"{OTHER}.jsonl"}


def test_what_is_old_enough_goes_and_what_is_no_call_stays(rm: Rm, calls: Path) -> None:
    assert rm("--older-than", "2020-01-01", "--yes")[:2] == (Exit.OK, "No call in calls is as old as that.\n")
    assert len(names(calls)) == 4
    code, out, _ = rm("--older-than", "2099-01-01", "--yes")
    assert code == Exit.OK and "2 calls" in out
    assert names(calls) == {"notes.jsonl"}


def test_nothing_but_a_call_file_is_thrown_away(rm: Rm, calls: Path) -> None:
    code, out, _ = rm(calls / "notes.jsonl", "--yes")
    assert code == Exit.DIFFERENT and "Kept: notes.jsonl is not a call file" in out
    assert rm("notes.jsonl", "--yes")[0] == Exit.CALL_FILE, "it is not even meant"
    assert "notes.jsonl" in names(calls)


@pytest.mark.parametrize("arguments", [(), ("c-abc1", "--older-than", "1d"), ("--older-than", "soon", "--yes")])
def test_what_is_not_clear_is_not_begun(rm: Rm, calls: Path, arguments: tuple[str, ...]) -> None:
    assert rm(*arguments)[0] == Exit.USAGE
    assert len(names(calls)) == 4


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_asked_and_nobody_else_can_be(rm: Rm, calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, err = rm("c-abc1")
    assert code == Exit.USAGE and "--yes" in err
    for answer, left in (("\n", 4), ("n\n", 4), ("y\n", 2)):
        monkeypatch.setattr(sys, "stdin", Terminal(answer))
        code, out, _ = rm("c-abc1")
        assert code == Exit.OK and out.index(f"{OLD}.jsonl") < out.index("Throw it away?")
        assert len(names(calls)) == left


def test_a_call_that_may_be_up_is_kept(rm: Rm, calls: Path, tmp_path: Path) -> None:
    call = rows(calls)[-1].summary.call
    ledger = open_ledger(tmp_path / "state" / "voicecall")
    ledger.ask(call, PhoneNumber("+15555550100"), "AC1", utc_now(), 600)
    code, out, _ = rm("--older-than", "2099-01-01", "--yes")
    assert code == Exit.DIFFERENT and "may still be up: voicecall hangup" in out
    assert len(names(calls)) == 4
    ledger.close(call)
    assert rm("--older-than", "2099-01-01", "--yes")[0] == Exit.OK
    assert names(calls) == {"notes.jsonl"}


def test_a_call_that_is_being_made_is_kept(rm: Rm, calls: Path) -> None:
    lines = lines_of(DialBegan(at=0.0))
    for name, began in (("now", utc_now()), ("then", utc_now() - timedelta(days=30))):
        text = "\n".join(lines).replace("2026-01-01T00:00:00.000+00:00", began.isoformat())
        (calls / f"{name}.jsonl").write_text(text, "utf-8")
    code, out, _ = rm(calls / "now.jsonl", calls / "then.jsonl", "--yes")
    assert code == Exit.DIFFERENT and "Kept: now.jsonl: the call is not over" in out
    assert "now.jsonl" in names(calls) and "then.jsonl" not in names(calls)


def test_what_cannot_be_thrown_away_is_said_and_stops_nothing(
    rm: Rm, calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> int:
        if path.stem == OLD:
            raise PermissionError(13, "Permission denied")
        return remove(path)

    monkeypatch.setattr(rm_run, "remove", refuse)
    code, out, _ = rm("--older-than", "2099-01-01", "--yes")
    assert code == Exit.DIFFERENT and f"Kept: {OLD}.jsonl: it cannot be: Permission denied" in out
    assert names(calls) == {f"{OLD}.jsonl", f"{OLD}.wav", "notes.jsonl"}


def test_the_ledger_names_the_calls_whose_end_nobody_has_confirmed(tmp_path: Path) -> None:
    assert open_calls(tmp_path / "none", utc_now()) == frozenset()
    ledger = open_ledger(tmp_path)
    for call, lasts_s in (("c-1", 600.0), ("c-2", 600.0), ("c-3", -1.0)):
        ledger.ask(call, PhoneNumber("+15555550100"), "AC1", utc_now(), lasts_s)
    ledger.close("c-2")
    assert open_calls(tmp_path, utc_now()) == {"c-1"}
    ledger.let_go("c-1")
    ledger.let_go("c-3")
