"""How fast a folder of many calls is listed: the first time, when each file is read, and every time after that."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from tests.bench.figure import Figure, of_runs
from tests.callfile.recorded import dialled
from voicecall_core.archive import folder as archive
from voicecall_core.archive import index

CALLS = 2_000
RUNS = 5


def figures() -> Iterator[Figure]:
    """All of them."""
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        dialled(folder / "call", "barge-in")
        content = (folder / "call").read_bytes()
        for number in range(CALLS):
            (folder / f"20260101-{number:06}-c-{number:08x}.jsonl").write_bytes(content)
        yield of_runs(f"{CALLS:,} calls listed, without an index", [_listed(folder, fresh=True)])
        yield of_runs(f"{CALLS:,} calls listed, with it", [_listed(folder) for _ in range(RUNS)], goal="0.2")
        os.utime(folder / f"20260101-000000-c-{0:08x}.jsonl")
        yield of_runs(f"{CALLS:,} calls listed, one of them changed", [_listed(folder)])


def _listed(folder: Path, *, fresh: bool = False) -> float:
    if fresh:
        (folder / index.NAME).unlink(missing_ok=True)
    began = perf_counter()
    assert len(archive.rows(folder)) == CALLS
    return perf_counter() - began
