"""`dial` as a process: the real path against servers of one's own, signals, pipes, what is written and what is not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from tests.placing import simulator_from_outside
from voicecall_core.callfile.writer import FORMAT
from voicecall_core.simulator.carrier.heard import heard_clip
from voicecall_core.simulator.voices import clip

pytestmark = [pytest.mark.real_sockets, pytest.mark.timeout(60)]

REAL_NUMBER = "+14155552671"  # valid in form; the servers below are on this machine
COMMAND = [sys.executable, "-m", "voicecall_cli", "dial"]
SIMULATED = [*COMMAND, "+15555550100", "--sim"]
ROOT = Path(__file__).parents[2]


def environment(**more: str) -> dict[str, str]:
    """Nothing of the machine's own settings, so that a developer's .env or keys cannot matter."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VOICECALL", "TWILIO", "OPENAI"))}
    return kept | {"PYTHONPATH": str(ROOT)} | more


async def test_the_very_same_code_places_a_call_on_servers_of_ones_own(tmp_path: Path) -> None:
    async with simulator_from_outside("agent-ends") as (simulator, settings):
        carrier, model, env = simulator.carrier_server, simulator.model_server, environment(**settings)
        done = await anyio.run_process([*COMMAND, REAL_NUMBER, "--plain"], env=env, cwd=tmp_path, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert heard_clip(carrier.log, clip("greeting").audio) is not None
    (call_file,) = (tmp_path / "calls").iterdir()
    written = (done.stdout + done.stderr).decode() + call_file.read_text()
    for secret in (REAL_NUMBER, carrier.auth_token, model.key, carrier.number):
        assert secret not in written
    assert call_file.stat().st_mode & 0o077 == 0


async def test_a_wrong_token_is_told_in_words(tmp_path: Path) -> None:
    async with simulator_from_outside("ordinary") as (_, settings):
        env = environment(**settings | {"TWILIO_AUTH_TOKEN": "0" * 32})
        done = await anyio.run_process([*COMMAND, REAL_NUMBER, "--plain"], env=env, cwd=tmp_path, check=False)
    assert done.returncode == 13
    assert b"20003" in done.stdout and b"Traceback" not in done.stdout + done.stderr


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A simulated call from a shell."""
    command = [*SIMULATED, *arguments]
    return subprocess.run(command, env=environment(), cwd=cwd, capture_output=True, text=True, timeout=50, check=False)


def test_json_is_one_object_a_line_and_people_read_stderr(tmp_path: Path) -> None:
    done = run("--scenario", "busy", "--json", cwd=tmp_path)
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    assert objects[0]["voicecall"] == FORMAT and objects[1]["event"]["type"] == "DialBegan"
    assert objects[-1]["outcome"] == "busy" and objects[-1]["exit"] == done.returncode == 10
    assert (objects[-1]["diagnosis"], objects[-1]["finding"]) == ("busy", "It was busy.")
    assert "the line was busy" in done.stderr


def test_no_log_writes_none(tmp_path: Path) -> None:
    assert run("--scenario", "busy", "--no-log", "--plain", cwd=tmp_path).returncode == 10
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_shows_all_and_sends_nothing(tmp_path: Path) -> None:
    done = run("--dry-run", cwd=tmp_path)
    assert done.returncode == 0
    for shown in ("POST https://api.twilio.com", "<Connect>", '"audio/pcmu"', "TimeLimit=630", "Nothing was sent."):
        assert shown in done.stdout
    assert "+15555550100" not in done.stdout and list(tmp_path.iterdir()) == []


def test_a_reader_that_leaves_is_a_guest_and_the_call_goes_on(tmp_path: Path) -> None:
    call = subprocess.Popen(
        [*SIMULATED, "--plain", "--scenario", "callee-hangs-up-early"],
        env=environment(),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert call.stdout is not None and call.stderr is not None
    call.stdout.readline()
    call.stdout.close()
    said = call.stderr.read()
    call.stderr.close()
    assert call.wait(timeout=30) == 14 and b"Traceback" not in said
    assert b"Not all of the output was written: Broken pipe." in said


@pytest.mark.parametrize(("scenario", "times", "code"), [("no-answer", 1, 17), ("rest-down-at-hangup", 3, 130)])
def test_the_first_ctrl_c_hangs_up_and_the_third_leaves_now(
    scenario: str, times: int, code: int, tmp_path: Path
) -> None:
    call = subprocess.Popen(
        [*SIMULATED, "--plain", "--scenario", scenario],
        env=environment(),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert call.stdout is not None
    said = ""
    for wanted in ("status callback: ringing", "you hung up", "once more")[:times]:
        while wanted not in said:
            line = call.stdout.readline()
            assert line, said
            said += line
        call.send_signal(signal.SIGINT)
    said += call.stdout.read()
    call.stdout.close()
    assert call.wait(timeout=30) == code, said
    assert "Traceback" not in said
    assert ("voicecall hangup CA" in said) == (code == 130)


LEAVING = """
import os, signal
import anyio
from voicecall_cli.signals import SIGNALS, open_signals

async def main():
    async with open_signals():
        pass

anyio.run(main, backend_options={"use_uvloop": True})
for number in SIGNALS:
    os.kill(os.getpid(), number)
raise SystemExit(17)
"""


async def test_a_signal_to_a_program_that_is_leaving_does_not_take_its_exit_code() -> None:
    done = await anyio.run_process([sys.executable, "-c", LEAVING], check=False)
    assert done.returncode == 17
