"""An agent file on the command line: which value counts, and what is said of one that will not do."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.write_docs import ROOT
from voicecall_cli.dial import given_values
from voicecall_cli.main import run
from voicecall_cli.settings import Settings, settings_from
from voicecall_core.errors import SettingsError

AGENT = """\
version = 1
voice = "cedar"
greeting = "Hello {name}."
max_duration = "2h"
[variables]
name = "you"
"""


@pytest.fixture(autouse=True)
def agent(bare_shell: None) -> None:
    Path("agent.toml").write_text(AGENT)


def settings(environ: dict[str, str] | None = None, given: dict[str, str] | None = None, **typed: str) -> Settings:
    typed = {"sim": "on", "max_duration_s": "60", **typed}
    return settings_from(environ or {}, typed, Path(".env"), given={} if given is None else given)


def test_a_flag_beats_the_file_which_beats_the_environment_and_each_says_where() -> None:
    environ = {"VOICECALL_AGENT": "agent.toml", "VOICECALL_VOICE": "ash", "VOICECALL_MODEL": "m"}
    found = settings(environ)
    assert (found.voice, found.sources["voice"]) == ("cedar", "voice in agent.toml, line 2")
    assert (found.model, found.sources["model"]) == ("m", "VOICECALL_MODEL in the environment")
    assert (found.patience_s, found.sources["patience_s"]) == (4.0, "default")
    assert settings(environ, voice="coral").voice == "coral"
    assert settings({}, voice="coral").agent is None


def test_the_values_given_are_in_the_texts() -> None:
    assert settings(agent="agent.toml", given={"name": "Ada"}).greeting == "Hello Ada."
    assert settings(agent="agent.toml", greeting="Hello {name}.", given={"name": "Ada"}).greeting == "Hello {name}."


def test_a_greeting_is_kept_for_others_as_the_file_says_if_it_is_the_files() -> None:
    assert not settings(agent="agent.toml").keeps_greeting
    assert settings(agent="agent.toml", greeting="Hello.").keeps_greeting
    assert settings().keeps_greeting
    Path("agent.toml").write_text(f"keep_greeting = true\n{AGENT}")
    assert settings(agent="agent.toml").keeps_greeting


def test_nobody_raises_the_cap_by_a_file() -> None:
    with pytest.raises(SettingsError) as refused:
        settings_from({}, {"sim": "on", "agent": "agent.toml"}, Path(".env"), given={})
    assert refused.value.message.startswith("max_duration in agent.toml, line 4 asks for 2h; no call may")


def test_only_who_places_a_call_reads_the_file() -> None:
    Path("agent.toml").write_text("nonsense")
    assert settings_from({"VOICECALL_AGENT": "agent.toml"}, {"sim": "on"}, Path(".env")).agent is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("--set", "name=Ada"), "no file is named"),
        (("--agent", "agent.toml", "--set", "name"), "--set gives no value."),
        (("--agent", "agent.toml", "--set", "=x"), "--set gives no value."),
        (("--agent", "agent.toml", "--set", "name=a", "--set", "name=b"), "--set name is given twice."),
        (("--agent", "agent.toml", "--set", "nmae=a"), "--set nmae: agent.toml has no such variable."),
        (("--agent", "agent.toml", "--set", "name=\x1b[2J"), "--set name: its value holds a line break"),
        (("--agent", "gone.toml"), "--agent names gone.toml, which is not there."),
        (("--agent", "."), "--agent names ., which is a directory."),
    ],
)
def test_what_will_not_do_is_one_sentence_and_nobody_is_called(
    typed: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "voicecall_cli.dial_run", SimpleNamespace(place=lambda *_: pytest.fail("placed")))
    with pytest.raises(SystemExit) as left:
        run(["dial", "+15555550100", "--sim", *typed])
    assert left.value.code == 2
    assert said in capsys.readouterr().err.splitlines()[0]


def test_a_value_may_hold_an_equals_sign() -> None:
    assert given_values(["a=b=c", "d="]) == {"a": "b=c", "d": ""}


def test_a_dry_run_shows_which_value_counts_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    typed = ["dial", "+15555550100", "--sim", "--agent", "agent.toml", "--max-duration", "60", "--dry-run"]
    for more in ([], ["--json"]):
        with pytest.raises(SystemExit):
            run([*typed, *more])
    text, _, told = capsys.readouterr().out.rpartition("Nothing was sent.\n")
    assert "  voice         voice in agent.toml, line 2\n" in text and "  max_duration  --max-duration\n" in text
    assert json.loads(told)["origins"]["greeting"] == "greeting in agent.toml, line 3"
    assert json.loads(told)["session"]["set_up"]["session"]["audio"]["output"]["voice"] == "cedar"


def test_the_call_of_the_page_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs/agent-file.md").read_text("utf-8")
    (command,) = (line.split() for line in page.splitlines() if line.startswith("    voicecall dial"))
    Path("table.toml").write_text(page.split("```toml\n")[1].split("```")[0])
    with pytest.raises(SystemExit) as left:
        run([*command[1:], "--dry-run"])
    assert left.value.code == 0
    assert "thank Ada, say goodbye" in capsys.readouterr().out
