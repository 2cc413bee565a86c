"""Completion as a shell asks for it: a process for each Tab, and the scripts that the shells read."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_place import environment
from voicecall_core.doctor.table import CHECKS
from voicecall_core.simulator.scenarios.catalogue import SCENARIOS

pytestmark = pytest.mark.timeout(60)
PROGRAM = [sys.executable, "-m", "voicecall_cli"]
SHELLS = ("bash", "zsh", "fish")


def asked(shell: str, line: str, at: Path | None = None) -> str:
    """What the program answers when the shell asks what may follow `line`."""
    words = line.split(" ")
    own = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)} if shell == "bash" else {"_TYPER_COMPLETE_ARGS": line}
    env = environment(_VOICECALL_COMPLETE=f"complete_{shell}", _TYPER_COMPLETE_FISH_ACTION="get-args", **own)
    done = subprocess.run(PROGRAM, env=env, cwd=at, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def offered(line: str, at: Path | None = None) -> list[str]:
    return asked("bash", line, at).split("\n")[:-1]


@pytest.mark.parametrize("shell", SHELLS)
def test_scenarios_are_offered_by_name(shell: str) -> None:
    told = asked(shell, "voicecall dial +15555550100 --sim --scenario rac")
    assert "race" in told and "ordinary" not in told
    if shell != "bash":
        assert SCENARIOS["race"].about.split()[-1] not in told and "answered after 0.3 s" in told, (
            "with what happens in them"
        )


def test_every_scenario_check_command_and_choice_is_offered() -> None:
    assert offered("voicecall dial --scenario ") == list(SCENARIOS)
    assert {check.name for check in CHECKS} | {"limits"} <= set(offered("voicecall doctor --only "))
    assert {"init", "dial", "doctor", "replay"} <= set(offered("voicecall "))
    assert offered("voicecall init ") == ["keys", "rehearsal"]
    assert offered("voicecall dial --tunnel ") == ["cloudflared", "ngrok", "none"]
    assert offered("voicecall dial --guard o") == ["on", "off"]
    assert "--scenario" in offered("voicecall dial --sc")
    assert offered("voicecall calls --outcome bu") == ["busy"]
    assert offered("voicecall calls --finding agent-s") == ["agent-silent"]


def test_recorded_calls_are_offered_by_their_ids_the_newest_first(tmp_path: Path) -> None:
    for name in ("20260101-000000-c-abc1", "20260102-000000-c-abc2", "20260102-000000-c-fff0"):
        (tmp_path / "calls").mkdir(exist_ok=True)
        (tmp_path / "calls" / f"{name}.jsonl").touch()
    for command in ("show", "rm", "replay"):
        assert offered(f"voicecall {command} c-ab", tmp_path) == ["c-abc2", "c-abc1"]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_each_shell_is_printed(shell: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [*PROGRAM, "--show-completion", shell], env=environment(_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1"),
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert f"complete_{shell}" in done.stdout and "voicecall" in done.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_bash_completes_with_the_script_that_is_printed(tmp_path: Path) -> None:
    program = tmp_path / "voicecall"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m voicecall_cli "$@"\n')
    program.chmod(0o755)
    typed = """
eval "$(voicecall --show-completion bash)"
COMP_WORDS=(voicecall dial --scenario rac); COMP_CWORD=3
_voicecall_completion voicecall; echo "${COMPREPLY[@]}"
"""
    env = environment(PATH=f"{tmp_path}:{environment()['PATH']}", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    done = subprocess.run(["bash", "-c", typed], env=env, capture_output=True, text=True, timeout=40, check=False)
    assert (done.stdout.split()[0], done.stderr) == ("race", "")
