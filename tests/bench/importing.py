"""How fast other people's logs are read, and how much memory that takes, whatever their size."""

from __future__ import annotations

import json
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
        scanned = [_scanned(path) for _ in range(RUNS)]
        yield of_runs("log lines scanned a second", scanned, "lines", "200000")
        path.write_text("\n".join(of_json(100_000)) + "\n", encoding="utf-8")
        objects = [_scanned(path, LogKind.OBJECTS) for _ in range(RUNS)]
        yield of_runs("JSON log lines scanned a second", objects, "lines", "100000")
        path.write_text("\n".join(of_calls(2_000)) + "\n", encoding="utf-8")
        read = [_scanned(path) for _ in range(RUNS)]
        yield of_runs("lines of calls read a second", read, "lines", "20000")
        for size in SIZES_MB:
            _write(path, size)
            yield of_runs(f"memory at {size} MB of log", [_peak_mb(path)], "MB")


def _write(path: Path, size_mb: int) -> None:
    block = ("\n".join(foreign(20_000)) + "\n").encode()
    with open(path, "wb") as file:
        for _ in range(max(1, size_mb * 1_000_000 // len(block))):
            file.write(block)
        file.write(("\n".join(log("field.log")) + "\n").encode())


def of_calls(count: int) -> list[str]:
    """A log in which every line is of a call, each under names of its own, one minute after the other."""
    lines = [line for line in log("gateway.log") if "0b9f4a52" in line or "CA0123" in line]
    return [
        line.replace("T14:02", f"T{i // 60 % 24:02d}:{i % 60:02d}")
        .replace("0b9f4a52", f"{i:08x}")
        .replace("CA01234567", f"CA{i:08x}")
        .replace("2026-04-18", f"2026-04-{18 + i // 1440:02d}")
        for i in range(count)
        for line in lines
    ]


def of_json(count: int) -> Iterator[str]:
    """A service's own log as pino writes it, in which no line is of a call."""
    for i in range(count):
        request = {"reqId": f"r{i}", "method": "GET", "path": f"/health/{i % 50}", "ms": i % 90}
        yield json.dumps(
            {"level": 30, "time": 1_776_520_000_000 + 7 * i, "pid": 1, "hostname": "gw", **request, "msg": "completed"}
        )


def _scanned(path: Path, kind: LogKind = LogKind.CONSOLE) -> float:
    began = perf_counter()
    with open(path, "rb") as file:
        lines = story(lines_of(file), kind).lines
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
