"""Names are resolved in threads that nobody has to wait for."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest

from voicecall_core.doctor import dns
from voicecall_core.doctor.dns import OwnNames, resolve
from voicecall_core.net.network import TcpNetwork, drop, port_of

pytestmark = pytest.mark.real_sockets
ROOT = Path(__file__).parents[2]

# A DNS that never answers, in a process of its own: its thread is still there when the program ends.
HANGING = """
import socket, threading
socket.getaddrinfo = lambda *asked, **more: threading.Event().wait()
from voicecall_cli.main import run
run(["doctor", *{arguments!r}])
"""
CONFIGURED = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "f" * 32,
    "OPENAI_API_KEY": "sk-proj-0123456789abcdef",
    "TWILIO_PHONE_NUMBER": "+14155552671",
    "VOICECALL_PUBLIC_URL": "https://call.example.com",
    "VOICECALL_PORT": "0",
}


@pytest.fixture
def hanging_dns(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, **more: [release.wait()][1:])
    monkeypatch.setattr(dns, "RESOLVE_WITHIN_S", 0.05)
    yield
    release.set()


async def test_an_address_is_its_own_answer(hanging_dns: None) -> None:
    assert await resolve("127.0.0.1") == ["127.0.0.1"]
    assert await resolve("::1") == ["::1"]


async def test_a_dns_that_hangs_is_given_up(hanging_dns: None) -> None:
    with pytest.raises(TimeoutError, match=r"call\.example\.com"):
        await resolve("call.example.com")


async def test_a_name_that_is_unknown_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*asked: object, **more: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(OSError, match="not in the DNS"):
        await resolve("call.example.com")


async def test_a_connection_is_made_to_the_first_address_that_takes_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(2, 1, 6, "", (address, 0)) for address in ("127.0.0.2", "127.0.0.1", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, **more: rows)
    network = OwnNames(TcpNetwork())
    async with await network.listen(0) as listener:
        await drop(await network.connect("call.example.com", port_of(listener)))


@pytest.mark.parametrize("environ", [{}, CONFIGURED], ids=["nothing-set-up", "all-set-up"])
def test_the_program_tells_and_ends_although_the_dns_hangs(tmp_path: Path, environ: dict[str, str]) -> None:
    own = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    began = perf_counter()
    ended = subprocess.run(
        [sys.executable, "-c", HANGING.format(arguments=["--only", "twilio", "--only", "model", "--only", "tunnel"])],
        cwd=tmp_path,
        env={**own, "PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert perf_counter() - began < 15  # 5 s, and as much again for two cores that others use as well
    assert ended.returncode == (2 if environ else 0)
    assert not ended.stderr
    assert ("the DNS gave no answer" in ended.stdout) == bool(environ)
