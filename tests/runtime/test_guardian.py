"""The guardian as a process: what it does when whoever started it is gone, and that it does nothing else."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest

from voicecall_core.carriers.base import RawRequest
from voicecall_core.guardian import open_guardian
from voicecall_core.guardian.guardian import CHILD
from voicecall_core.net.http_server import Request, Response, serve
from voicecall_core.net.network import TcpNetwork, port_of
from voicecall_core.net.opening import Offer

pytestmark = pytest.mark.real_sockets


class Carrier:
    """Takes hang-ups, or answers with other statuses first."""

    def __init__(self, statuses: Sequence[int] = (200,)) -> None:
        self.statuses, self.asked = [*statuses], list[Request]()

    async def answer(self, request: Request) -> Response:
        self.asked.append(request)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        location = (("Location", "http://127.0.0.1:1/elsewhere"),) if status == 302 else ()
        return Response(status, b"{}", location)

    async def upgrade(self, request: Request, offer: Offer) -> None:
        await offer.refuse(404)


def request_at(port: int) -> RawRequest:
    return RawRequest("POST", f"http://127.0.0.1:{port}/Calls/CA1.json", (("Authorization", "Basic k"),), "Status=done")


async def said(carrier: Carrier, *lines: Any) -> str:
    """What a guardian says that was told these lines, `port` of the carrier in them, and then left alone."""
    network = TcpNetwork()
    async with await network.listen(0) as listener, anyio.create_task_group() as group:
        await group.start(lambda *, task_status: serve(listener, carrier, task_status=task_status))
        told = "".join(json.dumps(line) + "\n" for line in lines).replace("PORT", str(port_of(listener)))
        command = [sys.executable, "-I", "-S", str(CHILD)]
        done = await anyio.run_process(command, input=told.encode(), stderr=subprocess.PIPE)
        group.cancel_scope.cancel()
    return done.stderr.decode()


SEND = {"method": "POST", "url": "http://127.0.0.1:PORT/Calls/CA1.json", "headers": [["A", "b"]], "body": "Status=x"}
UP = {"watch": "c-1", "say": "It may be up: voicecall hangup CA1.", "send": SEND}


async def test_what_is_left_behind_is_hung_up_and_told() -> None:
    carrier = Carrier()
    words = await said(carrier, {**UP, "send": None}, UP)
    assert words == "It may be up: voicecall hangup CA1. The carrier took its guardian's hang-up (HTTP 200).\n"
    assert [(each.method, each.path, each.body) for each in carrier.asked] == [("POST", "/Calls/CA1.json", b"Status=x")]


async def test_what_has_ended_is_left_alone() -> None:
    carrier = Carrier()
    assert await said(carrier, UP, {"settled": "c-1"}) == ""
    assert carrier.asked == []


async def test_a_call_without_a_sid_is_told_of() -> None:
    assert await said(Carrier(), {**UP, "send": None}) == "It may be up: voicecall hangup CA1.\n"


async def test_a_carrier_that_is_down_is_asked_again() -> None:
    carrier = Carrier([503, 200])
    assert "took its guardian's hang-up" in await said(carrier, UP)
    assert len(carrier.asked) == 2


@pytest.mark.parametrize("status", [302, 401, 404])
async def test_a_refusal_is_told_and_keys_go_nowhere_else(status: int) -> None:
    carrier = Carrier([status])
    assert f"refused its guardian's hang-up (HTTP {status})" in await said(carrier, UP)
    assert len(carrier.asked) == 1


async def test_a_guardian_with_nothing_to_do_ends_with_its_block() -> None:
    async with open_guardian({}) as guardian:
        assert guardian is not None
        guardian.watch("c-1", "words", request_at(1))
        guardian.settle("c-1")
        process = guardian._process
        assert process.poll() is None
    assert process.returncode == 0
    assert not any("Basic" in str(argument) for argument in [process.args])


async def test_a_guardian_that_was_stopped_holds_up_nobody() -> None:
    before = threading.active_count()
    async with open_guardian({}) as guardian:
        assert guardian is not None
        process = guardian._process
        process.send_signal(signal.SIGSTOP)
    assert process.returncode == -signal.SIGKILL
    assert threading.active_count() == before, "a thread that waits for it would keep the program"


def until_it_ignores(process: int, number: signal.Signals) -> None:
    """Wait for a process that is still starting."""
    while True:
        told = Path(f"/proc/{process}/status").read_text()
        if int(told.split("SigIgn:")[1].split()[0], 16) >> (number - 1) & 1:
            return
        time.sleep(0.005)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks the kernel what is ignored")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGUSR1", "SIGALRM", "SIGTSTP"])
def test_no_signal_that_is_sent_to_all_ends_or_stops_it(name: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-I", "-S", str(CHILD)], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as it:
        assert it.stdin is not None
        until_it_ignores(it.pid, signal.SIGRTMAX)
        it.stdin.write(json.dumps({**UP, "send": None}).encode() + b"\n")
        it.stdin.flush()
        it.send_signal(getattr(signal, name))
        _, told = it.communicate(timeout=20)
    assert told == b"It may be up: voicecall hangup CA1.\n"


async def test_a_guardian_that_has_gone_fails_nobody() -> None:
    async with open_guardian({}) as guardian:
        assert guardian is not None
        guardian._process.kill()
        guardian._process.wait()
        for number in range(100):
            guardian.watch(f"c-{number}", "words")
            guardian.settle(f"c-{number}")
