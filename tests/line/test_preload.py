"""What leads a program's own connections, in processes of their own; nothing is sent to anybody."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from voicecall_core.line.proxy import Doors
from voicecall_core.line.setting_up import open_folder
from voicecall_core.line.surroundings import Files

CERTIFICATE = b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"


@contextmanager
def a_door() -> Iterator[tuple[socket.socket, Files]]:
    """A port that both hosts lead to, and the files."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        door.settimeout(10)
        with open_folder({}, CERTIFICATE, Doors(1, port, port)) as files:
            yield door, files


def printed(command: list[str], **environment: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=False, env={"PATH": "/usr/bin:/bin"} | environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_python_program_reaches_the_door_and_its_own_start_up_file_still_runs(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import builtins; builtins.own = 'mine'", encoding="utf-8")
    asks = """
import socket
one = socket.create_connection(("api.twilio.com", 443), 5)
two = socket.socket(); two.settimeout(5); two.connect((socket.gethostbyname("API.openai.com"), 443))
print(own, one.getpeername() == two.getpeername(), one.getpeername()[0], socket.gethostbyname("127.0.0.1"))
"""
    with a_door() as (_, files):
        path = f"{files.python}:{tmp_path}"
        assert printed([sys.executable, "-c", asks], PYTHONPATH=path) == "mine True 127.0.0.1 127.0.0.1"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no uvloop")
def test_uvloop_is_led_too() -> None:
    asks = """
import uvloop
async def main():
    import asyncio
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, "api.openai.com", 443)
    print(type(loop).__module__, transport.get_extra_info("peername")[0])
uvloop.run(main())
"""
    with a_door() as (_, files):
        assert printed([sys.executable, "-c", asks], PYTHONPATH=str(files.python)) == "uvloop 127.0.0.1"


def test_another_port_of_a_led_host_is_not_reached_for_real() -> None:
    asks = """
import socket
try:
    socket.create_connection(("api.twilio.com", 9), 5)
except OSError as error:
    print(type(error).__name__)
"""
    with a_door() as (_, files):
        assert printed([sys.executable, "-c", asks], PYTHONPATH=str(files.python)) == "ConnectionRefusedError"


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize(
    "opening",
    [
        "require('net').connect(443, 'api.twilio.com')",
        "require('net').connect({ host: 'API.openai.com', port: 443 })",
        "new (require('net').Socket)().connect({ host: 'api.openai.com', port: '443' })",
    ],
)
def test_a_node_program_reaches_the_door(opening: str) -> None:
    asks = f"const s = {opening}; s.on('connect', () => {{ console.log(s.remoteAddress); s.destroy(); }})"
    with a_door() as (_, files):
        said = printed(["node", "-e", asks], NODE_OPTIONS=f'--require "{files.node}"')
    assert said == "127.0.0.1"


def test_the_files_go_with_the_run_and_hold_the_usual_roots() -> None:
    with a_door() as (_, files):
        folder = files.bundle.parent
        bundle = files.bundle.read_bytes()
        assert bundle.count(b"BEGIN CERTIFICATE") > 50 and bundle.endswith(CERTIFICATE)
        assert files.extra.read_bytes() == CERTIFICATE
        assert folder.stat().st_mode & 0o077 == 0
        assert not any(b"PRIVATE" in file.read_bytes() for file in folder.rglob("*.*"))
    assert not folder.exists()


def test_a_bundle_of_the_users_own_is_kept(tmp_path: Path) -> None:
    own = tmp_path / "own.pem"
    own.write_bytes(b"# ours\n")
    with open_folder(
        {"REQUESTS_CA_BUNDLE": str(own), "NODE_EXTRA_CA_CERTS": "/no/such"}, CERTIFICATE, Doors(1, 2, 3)
    ) as f:
        assert b"# ours\n" in f.bundle.read_bytes() and f.extra.read_bytes() == CERTIFICATE
