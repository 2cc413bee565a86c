"""`voicecall calls`: the folder of call files as a list."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer

from tests.callfile.recorded import dialled, lines_of
from tests.cli.typed import Told, typed
from voicecall_cli.ages import moment_of
from voicecall_cli.exits import Exit
from voicecall_core.words.events import DialBegan
from voicecall_core.words.terms import Policy

Ran = Callable[..., Told]


@pytest.fixture
def voicecall(capfd: pytest.CaptureFixture[str]) -> Ran:
    def ran(*arguments: str | Path) -> Told:
        return typed(capfd, *arguments)

    return ran


@pytest.fixture
def drawer() -> Path:
    folder = Path("calls")
    folder.mkdir()
    dialled(folder / "20260101-000000-c-abc1.jsonl", "ordinary")
    dialled(folder / "20260102-000000-c-bad0.jsonl", "race", Policy.NAIVE)
    (folder / "torn.jsonl").write_text("\n".join(lines_of(DialBegan(at=0.0)))[:-9], "utf-8")
    (folder / "foreign.jsonl").write_text('{"level": "info"}\n', "utf-8")
    (folder / "shopping.txt").write_text("", "utf-8")
    return folder


def test_every_file_is_told(voicecall: Ran, drawer: Path) -> None:
    code, out, err = voicecall("calls")
    assert (code, err) == (Exit.OK, "")
    assert "completed" in out and "healthy" in out and "race, guard off" in out and "unfinished" in out
    assert "foreign.jsonl is not a call file" in out and "torn.jsonl: It ends within line 2." in out
    assert "Not call files, and left alone: shopping.txt." in out
    assert "+15•••••100" in out and "15555550100" not in out


def test_an_empty_folder_says_what_to_type(voicecall: Ran) -> None:
    code, out, _ = voicecall("calls")
    assert code == Exit.OK and "voicecall dial +15555550100 --sim" in out
    assert voicecall("calls", "--json") == (Exit.OK, "", "")


def test_json_is_a_line_a_call_and_nothing_else(voicecall: Ran, drawer: Path) -> None:
    code, out, err = voicecall("calls", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert (code, err, len(rows)) == (Exit.OK, "", 4)
    assert {row["state"] for row in rows} == {"over", "unfinished", "unreadable"}
    harmed = next(row for row in rows if row["outcome"] == "failed")
    assert (harmed["diagnosis"], harmed["guard"], harmed["cost_usd"]) == ("race", "off", 0.0)
    assert harmed["finding"].endswith(".") and harmed["file"] == "calls/20260102-000000-c-bad0.jsonl"


@pytest.mark.parametrize(
    ("filters", "outcomes"),
    [
        (("--outcome", "completed"), ["completed"]),
        (("--outcome", "unfinished"), [None]),
        (("--outcome", "unreadable"), [None]),
        (("--finding", "race"), ["failed"]),
        (("--finding", "healthy"), ["completed"]),
        (("--to", "+1 555 555 0100", "--sim"), ["completed", "failed"]),
        (("--to", "100", "--sim"), ["completed", "failed"]),
        (("--to", "101"), []),
        (("--real",), [None]),
        (("--sim", "--limit", "1"), ["failed"]),
        (("--since", "2099-01-01"), []),
    ],
)
def test_filters(voicecall: Ran, drawer: Path, filters: tuple[str, ...], outcomes: list[str | None]) -> None:
    code, out, _ = voicecall("calls", "--json", *filters)
    assert code == Exit.OK
    assert [json.loads(line)["outcome"] for line in out.splitlines()] == outcomes


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        (("--outcome", "complete"), "Did you mean completed?"),
        (("--finding", "rce"), "Did you mean race?"),
        (("--since", "soon"), "Write 90m, 36h, 7d"),
        (("--to", "5550100"), "the rest is masked"),
    ],
)
def test_a_filter_that_could_never_fit_is_refused(
    voicecall: Ran, drawer: Path, filters: tuple[str, ...], words: str
) -> None:
    code, _, err = voicecall("calls", *filters)
    assert code == Exit.USAGE and words in err


def test_a_mistake_in_another_setting_stops_no_reader(
    voicecall: Ran, drawer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "nonsense")
    monkeypatch.setenv("VOICECALL_LOG", str(drawer.absolute()))
    assert voicecall("calls")[0] == Exit.OK
    monkeypatch.setenv("VOICECALL_LOG", "off")
    code, _, err = voicecall("calls")
    assert code == Exit.USAGE and "--log DIR" in err


NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("7d", NOW - timedelta(days=7)),
        ("36H", NOW - timedelta(hours=36)),
        ("1d12h", NOW - timedelta(hours=36)),
        ("2026-05-01", datetime(2026, 5, 1, tzinfo=UTC)),
        ("2026-05-01T10:00+02:00", datetime(2026, 5, 1, 8, tzinfo=UTC)),
    ],
)
def test_ages(text: str, moment: datetime) -> None:
    assert moment_of(text, NOW, "--since") == moment


@pytest.mark.parametrize("text", ["", "7", "1.5", "d", "-1d", "999999999d", "2w", "1y"])
def test_no_ages(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        moment_of(text, NOW, "--since")
