"""Tools as they are asked for: by a flag, in the environment, in an agent file; what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicecall_cli.settings import Settings, settings_from
from voicecall_cli.wiring import options_of
from voicecall_cli.without_effect import without_effect
from voicecall_core.errors import SettingsError

TOOLS = 'def look() -> str:\n    """Looks."""\n    return ""\n'
AGENT = """
    tools = "tools.py"
    filler = "Wait, {name}."
    filler_after = "3s"
    [[tool]]
    name = "hours"
    about = "Opening hours."
    url = "https://example.com/hours?key=${BOOKING_KEY}"
    [variables]
    name = {}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tools.py").write_text(TOOLS)
    (tmp_path / "agent").mkdir()
    (tmp_path / "agent" / "tools.py").write_text(TOOLS.replace("look", "book"))
    (tmp_path / "agent" / "agent.toml").write_text(AGENT)
    return tmp_path


def settings(environ: dict[str, str] | None = None, **typed: str) -> Settings:
    given = {"name": "Ada"} if "agent" in typed else {}
    return settings_from(environ or {}, {"sim": True, **typed}, given=given)


def names(asked: Settings) -> list[str]:
    return [spec.name for spec in options_of(asked).tools.specs]


def test_no_tools_unless_they_are_named() -> None:
    assert names(settings()) == []


def test_a_file_is_named_by_a_flag_or_in_the_environment() -> None:
    assert names(settings(tools="tools.py")) == ["look"]
    assert names(settings({"VOICECALL_TOOLS": "tools.py"})) == ["look"]


def test_an_agent_has_functions_and_requests_and_a_flag_beats_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKING_KEY", "s3cret")
    asked = settings(agent="agent/agent.toml")
    assert names(asked) == ["book", "hours"]
    options = options_of(asked)
    assert (options.filler, options.filler_after_s) == ("Wait, Ada.", 3.0)
    assert "s3cret" not in repr(options)
    assert names(settings(agent="agent/agent.toml", tools="tools.py")) == ["look", "hours"]


def test_a_secret_may_stand_in_dotenv(folder: Path) -> None:
    with pytest.raises(SettingsError, match=r"agent.toml: line 8: url needs \$\{BOOKING_KEY\}"):
        options_of(settings(agent="agent/agent.toml"))
    (folder / ".env").write_text("BOOKING_KEY=s3cret\n")
    assert names(settings(agent="agent/agent.toml")) == ["book", "hours"]


def test_an_announcement_has_no_tools() -> None:
    asked = settings(tools="tools.py", say="Hello.")
    assert names(asked) == []
    assert "An announcement uses no model: --tools has no effect." in without_effect(asked)


def test_a_model_that_is_a_stand_in_calls_none() -> None:
    assert "It calls no tools: --tools has no effect." in without_effect(settings(tools="tools.py"))


def test_a_file_that_cannot_be_loaded_is_told_with_its_line(folder: Path) -> None:
    (folder / "tools.py").write_text("x = 1\nimport nowhere_to_be_found\n")
    with pytest.raises(SettingsError, match=r"tools.py: line 2: it cannot be loaded: ModuleNotFoundError"):
        options_of(settings(tools="tools.py"))
