"""The same files with a model that is none of ours: a program of its own, which follows a script."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.rehearsal.test_starter import SHORT, STARTER, line_of
from tests.write_docs import ROOT
from voicecall_core.accounts import ModelAccount
from voicecall_core.rehearsal.runner import Running, run_rehearsal

pytestmark = [pytest.mark.real_sockets, pytest.mark.timeout(180)]
SERVER = Path(__file__).with_name("scripted_model.py")
BOOKING: list[dict[str, Any]] = [
    {"say": "A table for two, gladly. On which day, and at what time?"},
    {"call": "book_table", "with": {"people": 2, "day": "tomorrow", "time": "20:00"}},
]
SCRIPTS: dict[str, list[dict[str, Any]]] = {
    "booking": BOOKING,
    "interruption": [
        {"say": "A table for two, gladly. On which day shall it be? We are open every day, from six to eleven."},
        {"say": "For three, then. On which day?"},
    ],
    "no_table": [{"say": "Gladly. I will call you again tomorrow. Goodbye!", "end": True}],
}


@contextmanager
def scripted(folder: Path, script: list[dict[str, Any]]) -> Iterator[str]:
    """A model that follows the script, in a process of its own; its address."""
    path = folder / "script.json"
    path.write_text(json.dumps(script), "utf-8")
    command = [sys.executable, "-I", str(SERVER), str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None and server.stdin is not None
        yield f"ws://127.0.0.1:{int(server.stdout.readline())}/v1/realtime"
        server.stdin.close()


def test_the_phone_is_simulated_and_the_model_is_the_one_that_was_named(tmp_path: Path) -> None:
    path = tmp_path / "short.toml"
    path.write_text(SHORT, "utf-8")
    with scripted(tmp_path, []) as url:
        run = run_rehearsal(path, "short.toml", 1, Running(model=ModelAccount(key="sk-x", url=url)))
    assert run.trouble == "" and [each.line for each in run.missed] == [13]
    assert run.cost_usd == 0.0 and run.took_s > run.call_s


def outcome_of(folder: Path, name: str, url: str) -> tuple[int, dict[str, Any], str]:
    """What `voicecall test` says of one of the starter's files with that model."""
    own = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "voicecall_cli", "test", f"rehearsals/{name}.toml", "--simulate", "carrier", "--json"],
        cwd=folder,
        env={**own, "PYTHONPATH": str(ROOT), "OPENAI_API_KEY": "sk-x", "OPENAI_REALTIME_URL": url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, json.loads(done.stdout.splitlines()[0]), done.stderr


@pytest.mark.every
@pytest.mark.parametrize("name", SCRIPTS)
def test_the_same_files_pass(tmp_path: Path, name: str) -> None:
    shutil.copytree(STARTER, tmp_path, dirs_exist_ok=True)
    with scripted(tmp_path, SCRIPTS[name]) as url:
        code, run, errors = outcome_of(tmp_path, name, url)
    assert (code, run["result"], errors) == (0, "passed", ""), run


@pytest.mark.every
def test_a_broken_prompt_turns_the_tools_line_red(tmp_path: Path) -> None:
    shutil.copytree(STARTER, tmp_path, dirs_exist_ok=True)
    agent = (tmp_path / "agent.toml").read_text("utf-8")
    (tmp_path / "agent.toml").write_text(agent.replace("call book_table, and tell", "tell"), "utf-8")
    with scripted(tmp_path, BOOKING) as url:
        code, run, _ = outcome_of(tmp_path, "booking", url)
    red = [each["line"] for each in run["expectations"] if each["result"] != "passed"]
    assert (code, red) == (1, [line_of(tmp_path, "booking", key) for key in ("tool = ", "matches = ")])
