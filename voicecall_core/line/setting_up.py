"""The files that a program on the line reads: certificates to trust, and what leads it. In a folder of its own."""

from __future__ import annotations

import json
import shutil
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path

import certifi

from voicecall_core.line.hosts import LED, Place
from voicecall_core.line.proxy import Doors
from voicecall_core.line.surroundings import BUNDLES, Files

_LARGEST = 4_000_000  # bytes of a bundle of the user's; the usual one is below 300 kB


@contextmanager
def open_folder(environ: Mapping[str, str], certificate: bytes, doors: Doors) -> Iterator[Files]:
    """The files, until the block is left. Raises OSError. No key is among them."""
    folder = Path(tempfile.mkdtemp(prefix="voicecall-sim-"))  # for this user alone
    try:
        yield _written(folder, environ, certificate, doors)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _written(folder: Path, environ: Mapping[str, str], certificate: bytes, doors: Doors) -> Files:
    files = Files(folder / "roots.pem", folder / "extra.pem", folder / "lead.cjs", folder / "python")
    files.bundle.write_bytes(b"\n".join((*_roots(environ), certificate)))
    files.extra.write_bytes(b"\n".join((*_read(environ.get("NODE_EXTRA_CA_CERTS", "")), certificate)))
    ports = {host: doors.carrier if place is Place.CARRIER else doors.model for host, place in LED.items()}
    files.node.write_text(f"{_shipped('lead.cjs')}\nlead({json.dumps(ports)});\n", encoding="utf-8")
    files.python.mkdir()
    call = f"\nlead({ports!r})\ngive_way({str(files.python)!r})\n"
    (files.python / "sitecustomize.py").write_text(_shipped("sitecustomize.py") + call, encoding="utf-8")
    return files


def _shipped(name: str) -> str:
    return (resources.files("voicecall_core.line") / "preload" / name).read_text(encoding="utf-8")


def _roots(environ: Mapping[str, str]) -> Iterator[bytes]:
    """What this system trusts, and what the user's environment names beside that."""
    usual = ssl.get_default_verify_paths().cafile  # SSL_CERT_FILE's, if there is one
    yield from _read(usual or certifi.where())
    for name in BUNDLES:
        if environ.get(name) and environ[name] != usual:
            yield from _read(environ[name])


def _read(name: str) -> Iterator[bytes]:
    with suppress(OSError):
        if name and Path(name).stat().st_size <= _LARGEST:
            yield Path(name).read_bytes()
