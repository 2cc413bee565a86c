"""What a run's tools change of their process is not left to the next one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from voicecall_core.rehearsal.runner import Running, run_rehearsal

TOOLS = """
import os

import helper_of_tools


def count() -> str:
    \"\"\"Counts.\"\"\"
    os.chdir("/")
    helper_of_tools.COUNTED.append(1)
    return f"{helper_of_tools.NAME} {len(helper_of_tools.COUNTED)}"
"""
REHEARSAL = """
[rehearsal]
version = 1
agent = "agent.toml"
[phone]
[[phone.turn]]
say = "Hello there."
[[phone.turn]]
hang_up = true
[[phone.reply]]
call = { tool = "count" }
then = "It is {answer} now."
[[expect]]
said = "NAME 1 now"
"""


def agent(name: str) -> Path:
    folder = Path(name)
    folder.mkdir()
    (folder / "tools.py").write_text(TOOLS)
    (folder / "helper_of_tools.py").write_text(f"NAME = {name!r}\nCOUNTED: list[int] = []\n")
    (folder / "agent.toml").write_text('tools = "tools.py"\n')
    (folder / "own.toml").write_text(REHEARSAL.replace("NAME", name))
    return folder / "own.toml"


def test_another_agents_module_of_the_same_name_is_another_one_and_counts_from_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = os.getcwd()
    for path in (first := agent("first"), agent("second"), first):
        run = run_rehearsal(path, str(path), 1, Running())
        assert run.passed, run.sentences()
        assert os.getcwd() == folder
