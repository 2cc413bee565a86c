"""docs/first-hour.md and AGENTS.md, typed by somebody who has nothing but the installed program."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "first-hour.md").read_text("utf-8")
TYPED = [line.strip() for line in PAGE.splitlines() if line.startswith("    voicecall ")]
NEEDS_MORE = ("YOUR_NUMBER", "YOUR.log")  # what only the reader has


def test_the_page_goes_from_a_simulated_call_to_a_real_one() -> None:
    assert TYPED[0] == "voicecall dial +15555550100 --sim"
    assert sum(any(word in line for word in NEEDS_MORE) for line in TYPED) == len(NEEDS_MORE)


@pytest.mark.every
@pytest.mark.timeout(300)
def test_every_command_of_the_page_does_what_it_says(tmp_path: Path) -> None:
    program = str(Path(sys.executable).with_name("voicecall"))
    for line in TYPED:
        if any(word in line for word in NEEDS_MORE):
            continue
        command, _, remark = line.partition("    # ")
        expected = int(match[1]) if (match := re.search(r"exit (\d+)", remark)) else 0
        done = subprocess.run(
            [program, *command.split()[1:]],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "VOICECALL_STATE": str(tmp_path / "state")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == expected, f"{line}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stdout + done.stderr
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "call.html").stat().st_size > 10_000


@pytest.mark.every
@pytest.mark.timeout(120)
def test_a_coding_agent_that_has_its_page_alone_breaks_a_call_and_names_the_rule(tmp_path: Path) -> None:
    page = (ROOT / "AGENTS.md").read_text("utf-8")
    typed = [line.strip() for line in page.splitlines() if line.startswith("    .venv/bin/voicecall")]
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parents[1])
    (tmp_path / "app.log").write_text("12:00:01 Using TwiML <Say> fallback\n12:00:02 Returned stream TwiML\n", "utf-8")
    told = {line: _printed(line if "tail" in line else f"{line} | tail -1", tmp_path) for line in typed}
    ordinary, broken, replayed, rehearsed, log = (json.loads(said) for line, said in told.items() if "--json" in line)
    assert (rehearsed["passed"], rehearsed["exit"]) == (3, 0)
    assert (ordinary["outcome"], ordinary["exit"]) == ("completed", 0)
    assert (broken["outcome"], broken["exit"], broken["diagnosis"]) == ("failed", 12, "race")
    assert replayed["race"] == "found"
    assert log["race"] == "found"


def _printed(line: str, at: Path) -> str:
    return subprocess.run(line, shell=True, cwd=at, capture_output=True, text=True, check=False).stdout
