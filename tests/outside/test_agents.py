"""Agents that nobody here has adapted, on the line: the naive one is named for what it does, the mended one passes."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as xml

import pytest

from tests.write_docs import ROOT
from voicecall_cli.exits import Exit

pytestmark = pytest.mark.every  # whole conversations in real time
HERE = Path(__file__).parent
WITHIN_S = 50.0
NEEDED = ("fastapi", "uvicorn", "websockets", "multipart")
MISSING = [name for name in NEEDED if find_spec(name) is None]
PYTHON = [sys.executable, str(HERE / "naive_agent.py")]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def judged(command: list[str], folder: Path, **more: str) -> tuple[int, dict[str, Any], xml.Element]:
    """The exit code, the call's object, and the JUnit document of a run."""
    port, junit = free_port(), folder / "junit.xml"
    line = [sys.executable, "-m", "voicecall_cli", "sim", "--json", "--no-log", "--junit", str(junit)]
    led = ["--map", f"https://agent.example.com=http://127.0.0.1:{port}"]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}/cli:{ROOT}", "PORT": str(port)} | more
    done = subprocess.run(
        [*line, *led, "--", *command], capture_output=True, timeout=WITHIN_S, env=environment, check=False, cwd=folder
    )
    objects = [json.loads(each) for each in done.stdout.splitlines()]
    assert objects[-1]["calls"] == 1, done.stderr.decode()
    return done.returncode, objects[-2], xml.parse(junit).getroot()


def names_the_race(command: list[str], folder: Path, **more: str) -> None:
    code, call, junit = judged(command, folder, **more)
    found = {each["rule"]: each for each in call["findings"]}
    assert code == Exit.LINE_BROKEN and call["verdict"] == "broken"
    overwritten = found.get("stream-ended-by-update") or found["stream-discarded-by-update"]
    assert overwritten["request"].startswith("REST request ") and overwritten["law"] == 1
    [failure] = junit.iter("failure")
    assert overwritten["request"] in failure.get("message", "")


def passes(command: list[str], folder: Path, **more: str) -> None:
    code, call, junit = judged(command, folder, MENDED="1", **more)
    assert code == Exit.OK and call["heard_s"] > 3 and not list(junit.iter("failure"))


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)} (pip install '.[outside]')")
def test_an_agent_of_fastapi_and_the_official_sdk(tmp_path: Path) -> None:
    names_the_race(PYTHON, tmp_path)
    passes(PYTHON, tmp_path)


@pytest.mark.timeout(240)
def test_an_agent_of_node_and_the_official_sdk(tmp_path: Path) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("node and npm are not installed")
    installed = subprocess.run([npm, "install", "twilio", "ws"], cwd=tmp_path, capture_output=True, check=False)
    if installed.returncode:
        pytest.skip("npm installed neither twilio nor ws")
    modules = {"NODE_PATH": str(tmp_path / "node_modules")}
    agent = [node, str(HERE / "naive_agent.js")]
    names_the_race(agent, tmp_path, **modules)
    passes(agent, tmp_path, **modules)
