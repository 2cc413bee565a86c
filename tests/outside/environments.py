"""Environments of their own for the outsiders, below .outsiders: never the project's."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from tests.outside.outsiders import Outsider

CACHE = Path(__file__).parent.parent.parent / ".outsiders"
INSTALL_S = 600


class Unavailable(Exception):
    """An outsider cannot be had here; the text says why."""


def prepared(outsider: Outsider) -> list[str]:
    """What runs its program, installed if it was not yet. Raises Unavailable."""
    if outsider.unavailable:
        raise Unavailable(outsider.unavailable)
    wanted = "\n".join([*outsider.python, *outsider.node])
    place = CACHE / f"{outsider.name}-{hashlib.sha256(wanted.encode()).hexdigest()[:8]}"
    if outsider.node:
        return _node(outsider, place)
    python = place / "bin" / "python"
    if not (place / "installed").exists():
        _run([sys.executable, "-m", "venv", "--clear", str(place)])
        _run([str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check", *outsider.python])
        (place / "installed").touch()
    return [str(python)]


def _node(outsider: Outsider, place: Path) -> list[str]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise Unavailable("Node.js and npm are not installed")
    if not (place / "installed").exists():
        place.mkdir(parents=True, exist_ok=True)
        _run([npm, "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(place), *outsider.node])
        (place / "installed").touch()
    return ["env", f"NODE_PATH={place / 'node_modules'}", node]


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_S)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{Path(command[0]).name} was not done after {INSTALL_S} s") from None
    if done.returncode:
        raise Unavailable(f"it could not be installed: {(done.stderr.strip().splitlines() or ['?'])[-1][:200]}")
