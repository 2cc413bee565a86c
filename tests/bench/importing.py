"""How fast other people's logs are read, and how much memory that takes, whatever their size."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from tests.bench.figure import Figure, of_runs
from tests.importers.spoiled import foreign, log
from voicecall_core.importers.lines import lines_of
from voicecall_core.importers.log_kinds import LogKind
from voicecall_core.importers.whole_log import story

SIZES_MB = (10, 1000)
RUNS = 3


def figures() -> Iterator[Figure]:
    """All of them."""
    with tempfile.TemporaryDirectory() as room:
        path = Path(room) / "gateway.log"
        _write(path, SIZES_MB[0])
        yield of_runs("log lines scanned a second", [_scanned(path) for _ in range(RUNS)], "lines", "100000")
        for size in SIZES_MB:
            _write(path, size)
            yield of_runs(f"memory at {size} MB of log", [_peak_mb(path)], "MB")


def _write(path: Path, size_mb: int) -> None:
    block = ("\n".join(foreign(20_000)) + "\n").encode()
    with open(path, "wb") as file:
        for _ in range(max(1, size_mb * 1_000_000 // len(block))):
            file.write(block)
        file.write(("\n".join(log("field.log")) + "\n").encode())


def _scanned(path: Path) -> float:
    began = perf_counter()
    with open(path, "rb") as file:
        lines = story(lines_of(file), LogKind.CONSOLE).lines
    return lines / (perf_counter() - began)


_PEAK = """
import resource, sys
from voicecall_core.importers.log_kinds import LogKind
from voicecall_core.importers.lines import lines_of
from voicecall_core.importers.whole_log import story
with open(sys.argv[1], "rb") as file:
    assert story(lines_of(file), LogKind.CONSOLE).calls[0].diagnosis.findings
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def _peak_mb(path: Path) -> float:
    """In a process of its own: memory once had is not given back."""
    done = subprocess.run([sys.executable, "-c", _PEAK, str(path)], capture_output=True, text=True, check=True)
    return float(done.stdout)
