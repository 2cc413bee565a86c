"""`init` as a process: what it asks, what it checks, what it writes, and what it leaves alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import anyio.to_thread
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.shell import COMPLETE
from tests.cli.terminal import Terminal
from tests.cli.test_place import environment
from tests.placing import simulator_from_outside
from voicecall_cli.env_template import env_template, write_new
from voicecall_cli.options import OPTIONS
from voicecall_cli.rehearsing.found import find_rehearsals
from voicecall_cli.settings import dotenv_entries, settings_from
from voicecall_core.errors import SettingsError

pytestmark = pytest.mark.timeout(60)
INIT = [sys.executable, "-m", "voicecall_cli", "init"]
WRONG_TOKEN = "f" * 32


def init(*arguments: str, at: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*INIT, *arguments],
        cwd=at, env=environment(**environ), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=40,
    )  # fmt: skip


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


# --- on a terminal ---


@pytest.mark.real_sockets
async def test_each_answer_is_checked_at_once_and_a_complete_env_is_written(tmp_path: Path) -> None:
    async with simulator_from_outside("ordinary") as (simulator, settings):
        urls = {name: settings[name] for name in ("TWILIO_API_URL", "OPENAI_REALTIME_URL")}
        carrier, key = simulator.carrier_server, simulator.model_server.key
        terminal = Terminal([*INIT, "keys"], tmp_path, environment(PATH=str(tmp_path), **urls))

        def talk() -> int:
            terminal.answer("  TWILIO_ACCOUNT_SID: ", "nonsense")
            terminal.answer("It is not an account SID")
            terminal.answer("  TWILIO_ACCOUNT_SID: ", f' TWILIO_ACCOUNT_SID="{carrier.account_sid}" ')
            terminal.answer("  TWILIO_AUTH_TOKEN: ", WRONG_TOKEN)
            terminal.answer("refused")
            terminal.answer("  TWILIO_ACCOUNT_SID: ", "")
            terminal.answer("  TWILIO_AUTH_TOKEN: ", carrier.auth_token)
            terminal.answer("accepted")
            terminal.answer("  TWILIO_PHONE_NUMBER: ", "+1 212 555 0123")
            terminal.answer("neither owned nor verified")
            terminal.answer("  TWILIO_PHONE_NUMBER: ", carrier.number)
            terminal.answer("is owned, and can make calls")
            terminal.answer("  OPENAI_API_KEY: ", key)
            terminal.answer("accepted")
            terminal.answer("Which [cloudflared]: ", "")
            terminal.answer("cloudflared is not installed yet")
            return terminal.end()

        code = await anyio.to_thread.run_sync(talk)
    assert code == 0, terminal.shown
    for secret in (carrier.auth_token, WRONG_TOKEN, key):
        assert secret not in terminal.shown
    assert "console.twilio.com" in terminal.shown and "platform.openai.com/api-keys" in terminal.shown
    assert terminal.shown.endswith("Next: voicecall doctor\n")
    written = settings_from({}, {}, tmp_path / ".env")
    assert written.login == (carrier.account_sid, carrier.auth_token)
    assert written.from_number is not None and written.from_number.e164 == carrier.number
    assert written.openai_key is not None and written.openai_key.reveal() == key
    assert written.tunnel_program == "cloudflared"
    assert mode_of(tmp_path / ".env") == 0o600


def test_what_is_left_out_is_named_and_what_the_environment_has_is_not_asked_for(tmp_path: Path) -> None:
    terminal = Terminal([*INIT], tmp_path, environment(TWILIO_PHONE_NUMBER="+15555550100"))
    terminal.answer("What is to be set up? [keys]: ", "k")
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "OPENAI_API_KEY"):
        terminal.answer(f"  {name}: ", "")
    terminal.answer("Which [cloudflared]: ", "https://abc.ngrok.app")
    assert terminal.end() == 1
    assert "TWILIO_PHONE_NUMBER: taken from the environment" in terminal.shown
    assert "Still to be filled in" in terminal.shown
    entries = dotenv_entries(tmp_path / ".env")
    assert {name for name, entry in entries.items() if entry.text} == {"VOICECALL_PUBLIC_URL"}


@pytest.mark.parametrize("keys", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_whoever_leaves_in_the_middle_leaves_nothing_behind(tmp_path: Path, keys: str) -> None:
    terminal = Terminal([*INIT, "keys"], tmp_path, environment())
    terminal.answer("  TWILIO_ACCOUNT_SID: ", "")
    terminal.answer("  TWILIO_AUTH_TOKEN: ")
    terminal.press(keys)
    assert terminal.end() == 130
    assert terminal.shown.endswith("Left; nothing was written.\n")
    assert "Traceback" not in terminal.shown
    assert list(tmp_path.iterdir()) == []


# --- without one ---


def test_without_a_terminal_nothing_is_asked_and_what_is_to_be_filled_in_is_written(tmp_path: Path) -> None:
    told = init(at=tmp_path)
    assert (told.returncode, told.stderr) == (1, "")
    assert all(name in told.stdout for name in COMPLETE if name != "VOICECALL_PUBLIC_URL")
    assert mode_of(tmp_path / ".env") == 0o600
    assert (tmp_path / ".env").read_text() == env_template({"VOICECALL_TUNNEL": "cloudflared"})


def test_what_the_environment_has_is_not_to_be_filled_in(tmp_path: Path) -> None:
    told = init("keys", at=tmp_path, **COMPLETE)
    assert (told.returncode, told.stdout.splitlines()[-1]) == (0, "Next: voicecall doctor")
    assert settings_from(COMPLETE, {}, tmp_path / ".env").tunnel is None


@pytest.mark.parametrize("content", ["", "VOICECALL_VOIC=ash\nnonsense\n", "dangling link"])
def test_an_env_that_is_there_is_never_touched_and_told_what_it_lacks(tmp_path: Path, content: str) -> None:
    path = tmp_path / ".env"
    if content == "dangling link":
        path.symlink_to("elsewhere")
    else:
        path.write_text(content)
    told = init("keys", at=tmp_path)
    assert told.returncode == 1
    assert "never overwritten" in told.stdout and "TWILIO_ACCOUNT_SID" in told.stdout
    if "nonsense" in content:
        assert "did you mean VOICECALL_VOICE?" in told.stderr
        assert "line 2 cannot be understood" in told.stdout
    assert path.is_symlink() or path.read_text() == content
    assert [each.name for each in tmp_path.iterdir()] == [".env"]


_REHEARSALS = [f"rehearsals/{name}.toml" for name in ("booking", "interruption", "no_table")]
STARTER = ["agent.toml", *_REHEARSALS, "tools.py"]


def test_a_rehearsal_is_an_agent_its_tool_and_three_files_and_needs_nothing(tmp_path: Path) -> None:
    told = init("rehearsal", at=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    in_order = ["agent.toml", "tools.py", *_REHEARSALS]
    assert told.stdout.splitlines() == [*(f"{name} is written." for name in in_order), "Next: voicecall test"]
    assert sorted(str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*") if each.is_file()) == STARTER
    assert all(each.rehearsal.agent for each in find_rehearsals([tmp_path / "rehearsals"]))


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text("mine")
    (tmp_path / "agent.toml").symlink_to("elsewhere")
    told = init("rehearsal", at=tmp_path)
    assert told.returncode == 0
    assert told.stdout.splitlines()[:2] == [
        "agent.toml is there already, and is left as it is.",
        "tools.py is there already, and is left as it is.",
    ]
    assert (tmp_path / "tools.py").read_text() == "mine" and not (tmp_path / "elsewhere").exists()
    assert (tmp_path / "rehearsals" / "booking.toml").is_file()


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "rehearsals").write_text("mine")
    told = init("rehearsal", at=tmp_path)
    assert told.returncode == 2 and "rehearsals" in told.stderr and "Traceback" not in told.stderr
    assert (tmp_path / "rehearsals").read_text() == "mine"


def test_the_template_is_printed_as_it_stands_beside_the_readme(tmp_path: Path) -> None:
    told = init("--template", at=tmp_path)
    assert (told.returncode, told.stdout) == (0, env_template())
    assert list(tmp_path.iterdir()) == []


# --- the file ---


@given(value=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_whatever_is_answered_is_read_back(value: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("env") / ".env"
    write_new(path, env_template({"OPENAI_API_KEY": value}))
    entries = dotenv_entries(path)
    assert entries["OPENAI_API_KEY"].text == value
    assert {name for name, entry in entries.items() if entry.text} == {"OPENAI_API_KEY"}


def test_a_value_of_any_setting_takes_the_place_of_its_comment() -> None:
    for option in OPTIONS:
        lines = env_template({option.env: "x"}).splitlines()
        assert f"{option.env}=x" in lines and f"# {option.env}={option.default}" not in lines


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_new(tmp_path / ".env", "VOICECALL_VOICE=ash\n\udce9")
    assert list(tmp_path.iterdir()) == []
    write_new(tmp_path / ".env", "one")
    with pytest.raises(SettingsError, match="is there already"):
        write_new(tmp_path / ".env", "two")
    assert (tmp_path / ".env").read_text() == "one"
    with pytest.raises(SettingsError, match="cannot be written"):
        write_new(tmp_path / "absent" / ".env", "three")
