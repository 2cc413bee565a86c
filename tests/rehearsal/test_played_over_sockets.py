"""Agent and callee at a model that is none of ours: a program of its own, which serves both of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rehearsal.test_real_model import scripted
from tests.write_docs import ROOT

pytestmark = [pytest.mark.real_sockets, pytest.mark.timeout(90)]
PLAYED = """
[scenario]
version = 1
[phone]
answers_after = "0.3s"
[phone.played_by]
persona = "A man in a hurry"
turns = 1
"""


@pytest.mark.every
def test_dial_says_who_plays_the_callee_and_how_it_went(tmp_path: Path) -> None:
    (tmp_path / "played.toml").write_text(PLAYED, "utf-8")
    own = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    typed = ("dial", "+15555550100", "--simulate", "carrier", "--scenario", "played.toml", "--json", "--no-log")
    with scripted(tmp_path, [{"say": "Well?"}, {"say": "Goodbye.", "end": True}]) as url:
        keys = {"OPENAI_API_KEY": "sk-x", "OPENAI_REALTIME_URL": url}
        done = subprocess.run(
            [sys.executable, "-m", "voicecall_cli", *typed],
            cwd=tmp_path,
            env={**own, **keys, "PYTHONPATH": f"{ROOT}:{ROOT / 'cli'}"},
            capture_output=True,
            text=True,
            timeout=80,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    header, *_, closing = map(json.loads, done.stdout.splitlines())
    assert "not deterministic" in done.stderr and header["callee_model"]
    assert closing["callee"]["turns"] and closing["callee"]["left"] != "lost", closing["callee"]
