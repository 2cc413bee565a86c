"""Simulated calls as processes, led outside and back: through a real proxy with TLS, and through tunnels that start."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.tunnel.proxy import PASS, PASS_UPGRADES, Authority, free_port, installed, nginx, proxied
from tests.tunnel.standins import runs, stand_in_with_pid
from tests.write_docs import ROOT
from voicecall_cli.exits import Exit

pytestmark = [pytest.mark.real_sockets, pytest.mark.timeout(90)]
PROGRAM = [sys.executable, "-m", "voicecall_cli"]
COMMAND = [*PROGRAM, "dial", "+15555550100", "--sim", "--json", "--no-log"]
EXAMINE = [*PROGRAM, "doctor", "--sim", "--json", "--only", "tunnel"]
ENDED_WITHIN_S = 10.0


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Stand-ins first on PATH, and nothing of the machine's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VOICECALL", "TWILIO", "OPENAI"))}
    return kept | {"PYTHONPATH": str(ROOT), "PATH": f"{folder}:{kept.get('PATH', '')}"} | more


async def call(folder: Path, *arguments: str, **more: str) -> tuple[int, list[dict[str, Any]], str]:
    """Place a call; its exit code, the lines it printed, and what it told the person."""
    done = await anyio.run_process([*COMMAND, *arguments], env=environment(folder, **more), cwd=folder, check=False)
    told = done.stderr.decode()
    assert "Traceback" not in told
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], told


async def examined(folder: Path, *arguments: str, **more: str) -> dict[str, dict[str, Any]]:
    """What doctor found that is not healthy, by the checks' names."""
    done = await anyio.run_process([*EXAMINE, *arguments], env=environment(folder, **more), cwd=folder, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert {"webhook", "signature", "upgrade", "upgrade-signature", "frames"} <= {each["name"] for each in found}
    return {each["name"]: each for each in found if each["status"] != "ok"}


async def a_whole_call_goes_out_through_a_proxy_with_tls_and_back(folder: Path) -> None:
    authority, port = Authority(folder), free_port()
    authority.certify(folder)
    async with proxied(folder, port) as url:
        way = ("--public-url", url, "--port", str(port), "--scenario", "agent-ends")
        code, lines, told = await call(folder, *way, VOICECALL_CA_FILE=str(authority.file))
        assert (code, lines[-1]["outcome"], lines[-1]["laws_broken"]) == (Exit.OK, "completed", []), told
        code, _, told = await call(folder, *way)
    assert code == Exit.USAGE
    assert "its certificate is from no authority that is known here. Twilio would report 11237." in told


async def a_whole_call_goes_through_a_tunnel_that_starts_and_ends_with_it(folder: Path) -> None:
    stand_in_with_pid(folder, "cloudflared", "time.sleep(0.5); box(forward()); time.sleep(0.3); registered(); wait()")
    code, lines, told = await call(folder, "--tunnel", "cloudflared", "--scenario", "agent-ends")
    assert (code, lines[-1]["outcome"], lines[-1]["laws_broken"]) == (Exit.OK, "completed", []), told
    assert told.startswith("Starting cloudflared; its address is tried until it leads here.")
    assert not runs(folder)


async def a_tunnel_that_dies_in_mid_call_ends_the_call_at_once_and_by_its_name(folder: Path) -> None:
    # The second upgrade is the call's: the first one proved the way.
    behaviour = """
started(forward())
while len(upgrades) < 2:
    time.sleep(0.05)
time.sleep(1); note("out of memory", "crit"); os._exit(3)
"""
    stand_in_with_pid(folder, "ngrok", behaviour)
    code, lines, told = await call(folder, "--tunnel", "ngrok")
    assert (code, lines[-1]["outcome"], lines[-1]["cause"]) == (Exit.STREAM_FAILED, "stream-failed", "tunnel-lost")
    assert lines[-1]["confirmed"], "the carrier is asked, as it cannot tell"
    assert "ngrok ended by itself (exit status 3); it said: out of memory" in json.dumps(lines)
    assert told


async def test_calls_go_outside_and_back(tmp_path: Path) -> None:
    calls = [
        a_whole_call_goes_through_a_tunnel_that_starts_and_ends_with_it,
        a_tunnel_that_dies_in_mid_call_ends_the_call_at_once_and_by_its_name,
        *([a_whole_call_goes_out_through_a_proxy_with_tls_and_back] if installed() else []),
    ]
    async with anyio.create_task_group() as tasks:
        for each in calls:  # all at once: they take as long as calls do
            folder = tmp_path / each.__name__
            folder.mkdir()
            tasks.start_soon(each, folder)
    nginx()  # says so where the last one could not be tried


@pytest.mark.parametrize(
    ("behaviour", "says"),
    [
        ("sys.exit('failed to request quick Tunnel: no network')", "it said: failed to request quick Tunnel"),
        ("port = 9; box(forward()); registered(); time.sleep(2); sys.exit(1)", "cloudflared ended by itself"),
    ],
    ids=["dies at once", "leads nowhere, then dies"],
)
async def test_a_tunnel_that_does_not_come_up_places_no_call(tmp_path: Path, behaviour: str, says: str) -> None:
    stand_in_with_pid(tmp_path, "cloudflared", behaviour)
    code, lines, told = await call(tmp_path, "--tunnel", "cloudflared")
    assert (code, lines) == (Exit.USAGE, [])
    assert says in told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_whoever_ends_the_program_while_a_tunnel_comes_up_ends_the_tunnel(
    tmp_path: Path, number: signal.Signals
) -> None:
    stand_in_with_pid(tmp_path, "ngrok", "wait()")
    command = [*COMMAND, "--tunnel", "ngrok"]
    async with await anyio.open_process(
        command, env=environment(tmp_path), cwd=tmp_path, stdout=subprocess.DEVNULL
    ) as process:
        with anyio.fail_after(ENDED_WITHIN_S):
            while not (tmp_path / "pid").exists():  # noqa: ASYNC110 - another process's file
                await anyio.sleep(0.05)
            await anyio.sleep(0.1)  # it is written a little before its writer is waited for
            process.send_signal(number)
            assert await process.wait() == Exit.INTERRUPTED
    assert not runs(tmp_path)


async def test_doctor_finds_a_proxy_in_order_healthy_and_one_without_upgrades_not(tmp_path: Path) -> None:
    authority, port = Authority(tmp_path), free_port()
    authority.certify(tmp_path)
    trusted = {"VOICECALL_CA_FILE": str(authority.file)}
    async with proxied(tmp_path, port) as url:
        assert await examined(tmp_path, "--public-url", url, "--port", str(port), **trusted) == {}
    async with proxied(tmp_path, port, location=PASS.replace(PASS_UPGRADES, "")) as url:
        unhealthy = await examined(tmp_path, "--public-url", url, "--port", str(port), **trusted)
        assert unhealthy["upgrade"]["error"]["code"] == 31920
        assert "proxy_set_header Upgrade" in unhealthy["upgrade"]["fix"]


async def test_doctor_starts_a_tunnel_finds_it_healthy_and_stops_it(tmp_path: Path) -> None:
    stand_in_with_pid(tmp_path, "cloudflared", "box(forward()); registered(); wait()")
    assert await examined(tmp_path, "--tunnel", "cloudflared") == {}
    assert not runs(tmp_path)
