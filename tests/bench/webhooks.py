"""What a status callback costs, a hundred in flight, beside Starlette with the SDK's validator: runs in turn."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from tests.bench.figure import Figure, of_runs

PROGRAM, PLAIN = "program", "starlette"
NAMES = {PLAIN: "Starlette, uvicorn, the SDK's validator", PROGRAM: "this program"}
RUNS, COUNT, WITHIN_S = 3, 5_000, 120
GOAL = 1.3  # times what the plain server takes


def figures() -> Iterator[Figure]:
    """All of them: over connections that are kept, and each on a connection of its own."""
    lacking = [name for name in ("starlette", "uvicorn", "multipart") if find_spec(name) is None]
    if lacking:
        raise SystemExit(f"To compare with, {', '.join(lacking)} is needed: pip install -e '.[dev,bench]'")
    yield from _of("on a connection that is kept", anew=False)
    yield from _of("on a connection of its own", anew=True)


def _of(what: str, *, anew: bool) -> Iterator[Figure]:
    runs: dict[str, list[dict[str, Any]]] = {PLAIN: [], PROGRAM: []}
    for _ in range(RUNS):
        for kind, made in runs.items():
            made.append(_run(kind, anew=anew))
    for kind, made in runs.items():
        yield of_runs(f"{what}: {NAMES[kind]}", [run["us"] for run in made], "us")
        yield of_runs(f"{what}: p99, {NAMES[kind]}", [run["p99_ms"] for run in made], "ms")
        assert not any(run["wrong"] for run in made), "a callback was not taken"
    for unit, name in (("us", "processor time"), ("p99_ms", "p99")):
        pairs = zip(runs[PROGRAM], runs[PLAIN], strict=True)
        ratios = [mine[unit] / its[unit] for mine, its in pairs]
        yield of_runs(f"{what}: {name}, this program to {NAMES[PLAIN]}", ratios, "times", f"at most {GOAL}")


def _run(kind: str, *, anew: bool) -> dict[str, Any]:
    settings = json.dumps({"kind": kind, "count": COUNT, "anew": anew})
    command = [sys.executable, "-m", "tests.bench.hooks.load", settings]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=WITHIN_S)
    if done.returncode:
        raise SystemExit(f"The load on {kind} came to nothing:\n{done.stderr}")
    run: dict[str, Any] = json.loads(done.stdout)
    return run
