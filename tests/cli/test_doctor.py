"""`doctor` as a process: what is told, in which form, with which exit code."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.shell import COMPLETE
from tests.tunnel.standins import runs, stand_in_with_pid
from voicecall_core.doctor.findings import Section
from voicecall_core.doctor.table import CHECKS

pytestmark = pytest.mark.timeout(60)
ROOT = Path(__file__).parents[2]
FIELDS = ["name", "section", "status", "found", "expected", "error", "fix", "took_ms", "format"]


def doctor(*arguments: str, at: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run it in an empty environment but for what is given."""
    own = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "voicecall_cli", "doctor", *arguments],
        cwd=at,
        env={**own, "PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        text=True,
        timeout=40,
    )


def objects(told: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in told.stdout.splitlines()]


def statuses(told: subprocess.CompletedProcess[str]) -> dict[object, object]:
    return {each["name"]: each["status"] for each in objects(told)}


def test_a_rehearsal_passes_every_check_in_an_empty_environment(tmp_path: Path) -> None:
    told = doctor("--sim", "--json", at=tmp_path)
    found = objects(told)
    assert [list(each) for each in found] == [FIELDS] * len(CHECKS)
    assert [each["name"] for each in found] == [check.name for check in CHECKS]
    # The one thing that a rehearsal cannot choose is the machine it runs on.
    assert {each["name"]: each["found"] for each in found if each["status"] != "ok"}.keys() <= {"loop-lag", "frames"}
    assert told.returncode in (0, 1)
    assert not told.stderr


def test_in_a_pipe_each_check_has_its_line_in_a_fixed_order_without_colour(tmp_path: Path) -> None:
    told = doctor("--sim", "--only", "tunnel", "--only", "limits", at=tmp_path, FORCE_COLOR="", TERM="xterm-256color")
    assert "\x1b" not in told.stdout
    lines = told.stdout.splitlines()
    assert [line for line in lines if line and line[0] != " "][:3] == [
        "This machine",
        "Public URL and tunnel",
        "Safety limits",
    ]
    names = [line.split()[1] for line in lines if line.startswith("  ") and line[2] != " "]
    assert names == [check.name for check in CHECKS if check.section in ("tunnel", "limits") or check.name == "port"]
    assert lines[-1] == "Next: voicecall dial +15555550100 --sim"


def test_what_is_well_takes_a_line_for_each_section_and_every_check_can_be_asked_for(tmp_path: Path) -> None:
    told = doctor("--no-network", at=tmp_path, **COMPLETE, VOICECALL_PORT="0")
    *sections, blank, _, following = told.stdout.splitlines()
    assert [line[12:36].strip() for line in sections] == [each.heading for each in Section]
    assert all(line.startswith("  ok ") for line in sections)
    assert (blank, following) == ("", "Next: voicecall dial NUMBER")
    for flag in ("-v", "--verbose"):
        told = doctor("--no-network", flag, at=tmp_path, **COMPLETE, VOICECALL_PORT="0")
        assert all(f" {check.name}" in told.stdout for check in CHECKS)


def test_with_nothing_set_up_it_is_the_guide(tmp_path: Path) -> None:
    told = doctor(at=tmp_path, VOICECALL_PORT="0")
    assert told.returncode == 2
    assert "Nothing is set up yet" in told.stdout
    assert all(name in told.stdout for name in COMPLETE)
    assert told.stdout.splitlines()[0].startswith("Nothing is set up yet"), "the guide alone, where all else is well"
    assert told.stdout.splitlines()[-1].startswith("Next: voicecall init")
    assert not told.stderr


def test_without_network_everything_else_is_told(tmp_path: Path) -> None:
    told = doctor("--no-network", "--json", at=tmp_path, **COMPLETE, VOICECALL_PORT="0")
    assert told.returncode == 0
    assert set(statuses(told).values()) == {"ok", "skipped"}


def test_values_that_cannot_be_used_are_told_all_at_once(tmp_path: Path) -> None:
    wrong = {**COMPLETE, "VOICECALL_PORT": "99999", "TWILIO_AUTH_TOKEN": "x", "TWILIO_API_KEY": "SK" + "0" * 32}
    told = doctor("--only", "settings", "--json", at=tmp_path, **wrong)
    (found,) = objects(told)
    assert told.returncode == 2
    assert all(name in str(found["found"]) for name in ("VOICECALL_PORT", "TWILIO_AUTH_TOKEN", "TWILIO_API_SECRET"))


def test_what_is_typed_wrong_is_refused_on_the_spot(tmp_path: Path) -> None:
    told = doctor("--port", "x", at=tmp_path)
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith("Error: --port is 'x'")


def test_a_word_that_names_no_check_is_refused(tmp_path: Path) -> None:
    told = doctor("--only", "tunel", at=tmp_path)
    assert (told.returncode, told.stdout) == (2, "")
    assert "'tunel'" in told.stderr


def test_a_file_that_others_may_read_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("VOICECALL_PORTT=1\nVOICECALL_VOIC=ash\n")
    (tmp_path / ".env").chmod(0o644)
    told = doctor("--sim", "--only", "env-file", "--only", "names", at=tmp_path)
    assert told.returncode == 1
    assert "chmod 600 .env" in told.stdout
    assert "Rename VOICECALL_PORTT to VOICECALL_PORT. Rename VOICECALL_VOIC to VOICECALL_VOICE." in told.stdout
    assert not told.stderr
    told = doctor("--sim", "--only", "python", at=tmp_path)
    assert told.stderr.count("did you mean") == 2, "where the check is not run, the slips are told beside the output"


def test_a_port_that_is_taken_is_critical(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = doctor("--sim", "--only", "port", "--port", str(taken.getsockname()[1]), at=tmp_path)
    assert told.returncode == 2
    assert "Twilio 11200" in told.stdout


def test_a_number_that_may_not_be_called_is_told_masked(tmp_path: Path) -> None:
    told = doctor("--only", "callee", "--to", "+491234567", "--json", at=tmp_path)
    (found,) = objects(told)
    assert found["status"] == "critical"
    assert "+491234567" not in told.stdout


def test_a_tunnel_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    told = doctor("--only", "tunnel-program", "--tunnel", "cloudflared", "--json", at=tmp_path, PATH=str(tmp_path))
    assert statuses(told)["tunnel-program"] == "critical"
    assert told.returncode == 2


@pytest.mark.parametrize("form", ["--json", "--plain"])
def test_a_reader_that_leaves_first_is_no_error(tmp_path: Path, form: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "voicecall_cli", "doctor", "--sim", form],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None and running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == ""
    assert running.returncode == 141


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_told_to_leave_it_stops_the_tunnel_that_it_started(tmp_path: Path, number: signal.Signals) -> None:
    stand_in_with_pid(tmp_path, "cloudflared", "wait()")
    with subprocess.Popen(
        [sys.executable, "-m", "voicecall_cli", "doctor", "--sim", "--json", "--tunnel", "cloudflared"],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None and running.stderr is not None
        for line in running.stdout:  # the rest waits for the tunnel's address, which never comes
            if json.loads(line)["name"] == "loop-lag":
                break
        running.send_signal(number)
        assert running.stderr.read() == ""
    assert running.returncode == 130
    assert not runs(tmp_path)
