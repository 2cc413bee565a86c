from __future__ import annotations

import sys
from pathlib import Path

import pytest
import typer

from tests.cli.shell import COMPLETE, settings
from tests.tunnel.standins import stand_in
from voicecall_cli.settings import Settings
from voicecall_cli.tunnels import installed, tunnelling, with_a_way
from voicecall_core.errors import SettingsError

REACHABLE = {name: value for name, value in COMPLETE.items() if name != "VOICECALL_PUBLIC_URL"}


@pytest.fixture
def bin_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The one folder on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A person at a terminal, who says yes; what was asked."""
    questions: list[str] = []

    def confirm(text: str, **_: object) -> bool:
        questions.append(text)
        return True

    monkeypatch.setattr(typer, "confirm", confirm)
    for stream in (sys.stdin, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    return questions


def explained(found: Settings) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        with_a_way(found)
    return caught.value


def test_the_one_program_that_is_installed_is_offered_on_a_terminal(bin_folder: Path, asked: list[str]) -> None:
    stand_in(bin_folder, "cloudflared", "")
    found = with_a_way(settings(REACHABLE))
    assert (found.tunnel_program, found.port) == ("cloudflared", 0)
    assert asked == ["No public URL is set. Start cloudflared for this call?"]
    assert with_a_way(settings({**REACHABLE, "VOICECALL_PORT": "6000"})).port == 6000


def test_off_a_terminal_it_is_said_what_to_type_in_three_lines(bin_folder: Path) -> None:
    stand_in(bin_folder, "ngrok", "")
    error = explained(settings(REACHABLE))
    assert error.message == "The carrier has to reach this program, and no public URL is set."
    cloudflared, ngrok, own = error.fix.splitlines()
    assert "--tunnel cloudflared" in cloudflared and "install it: https://" in cloudflared
    assert "--tunnel ngrok" in ngrok and ngrok.endswith("is installed")
    assert "--public-url https://..." in own
    assert max(map(len, error.fix.splitlines())) < 120


def test_nothing_is_offered_where_both_or_none_are_installed(bin_folder: Path, asked: list[str]) -> None:
    explained(settings(REACHABLE))
    for name in ("cloudflared", "ngrok"):
        stand_in(bin_folder, name, "")
    assert installed() == ["cloudflared", "ngrok"]
    explained(settings(REACHABLE))
    assert asked == []


@pytest.mark.parametrize(
    ("environ", "flags"),
    [
        (COMPLETE, {}),
        (REACHABLE, {"sim": True}),
        (REACHABLE, {"tunnel": "none"}),
        (REACHABLE, {"tunnel": "ngrok"}),
        ({"TWILIO_ACCOUNT_SID": COMPLETE["TWILIO_ACCOUNT_SID"]}, {}),
    ],
    ids=["a public URL", "a rehearsal", "none on purpose", "chosen", "more is missing"],
)
def test_nothing_is_offered_where_it_would_not_help(
    bin_folder: Path, asked: list[str], environ: dict[str, str], flags: dict[str, str | bool | None]
) -> None:
    stand_in(bin_folder, "cloudflared", "")
    found = settings(environ, flags)
    assert with_a_way(found) is found
    assert asked == []


def test_a_program_that_is_not_installed_is_said_with_where_to_get_it(bin_folder: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        tunnelling(settings({}, {"tunnel": "ngrok"}))
    assert caught.value.message == "ngrok is not installed: there is no such program on PATH."
    assert "https://ngrok.com/download" in caught.value.fix
    assert tunnelling(settings()) is None
