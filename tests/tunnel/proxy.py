"""A real reverse proxy with TLS, made on the spot: nginx, with an authority and certificates of its own.

Where nginx is not installed the tests that need it are skipped with the reason; in continuous integration they fail.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest
import trustme
from anyio.abc import Process

PASS_UPGRADES = """
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $on_upgrade;
"""
PASS_HOST = "proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto $scheme;"
PASS = f"proxy_pass http://127.0.0.1:UPSTREAM; {PASS_UPGRADES} {PASS_HOST}"
STARTED_WITHIN_S = 10.0

# One process that stays in front, every file in its own folder; otherwise as a distribution's nginx comes.
_CONFIGURATION = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors;
{user}
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    map $http_upgrade $on_upgrade {{ default upgrade; '' close; }}
    server {{
        listen 127.0.0.1:{port} ssl;
        server_name localhost;
        ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem;
        {server}
        location / {{ {location} }}
    }}
}}
"""


def installed() -> str | None:
    """The program's path, if there is one."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def nginx() -> str:
    """The program's path. Skips the test where there is none, or fails it in continuous integration."""
    found = installed()
    if found is None:
        why = "nginx is not installed: a real proxy was not tried (Debian, Ubuntu: apt install nginx-light)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)
    return found


class Authority:
    """Somebody whose certificates are believed by whoever has `file`."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.file = folder / "authority.pem"
        self._ca.cert_pem.write_to_path(str(self.file))

    def certify(self, folder: Path, *, host: str = "localhost", first: int = -3, last: int = 60) -> None:
        """Write a certificate and its key into `folder`, valid from `first` to `last`, in days from now."""
        now = datetime.now(UTC)  # noqa: TID251 - certificates are judged by the date
        begin, end = now + timedelta(days=first), now + timedelta(days=last)
        certificate = self._ca.issue_cert(host, not_before=begin, not_after=end)
        certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
        certificate.cert_chain_pems[0].write_to_path(str(folder / "certificate.pem"))

    def believed(self) -> ssl.SSLContext:
        """A client's context that believes in this authority besides the usual ones."""
        context = ssl.create_default_context()
        context.load_verify_locations(self.file)
        return context


def free_port() -> int:
    """A port that nobody listens on now.

    It is none of those that are given to whoever asks for any (32768 and up, on Linux): until it is taken up, another
    test's connection may get one of them.
    """
    while True:
        try:
            with socket.create_server(("127.0.0.1", 20_000 + secrets.randbelow(12_000))) as held:
                return int(held.getsockname()[1])
        except OSError:
            continue


@asynccontextmanager
async def proxied(folder: Path, upstream: int, *, location: str = PASS, server: str = "") -> AsyncIterator[str]:
    """nginx before the port `upstream`, with the certificate in `folder`; gives its public URL."""
    port = free_port()
    text = _CONFIGURATION.format(
        folder=folder,
        port=port,
        server=server,
        location=location.replace("UPSTREAM", str(upstream)),
        user="user root;" if os.geteuid() == 0 else "",
    )
    (folder / "nginx.conf").write_text(text)
    command = [nginx(), "-p", str(folder), "-e", str(folder / "errors"), "-c", str(folder / "nginx.conf")]
    async with await anyio.open_process(command, stdout=None, stderr=None) as process:
        try:
            await _listens(process, port, folder)
            yield f"https://localhost:{port}"
        finally:
            if process.returncode is None:
                process.terminate()


async def _listens(process: Process, port: int, folder: Path) -> None:
    with anyio.move_on_after(STARTED_WITHIN_S):
        while process.returncode is None:
            try:
                await (await anyio.connect_tcp("127.0.0.1", port)).aclose()
                return
            except OSError:
                await anyio.sleep(0.02)
    raise AssertionError(f"nginx does not listen: {(folder / 'errors').read_text()}")
