"""Logs for the tests: the files beside this one, and ways to spoil them as logs are spoiled in the field."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from voicecall_core.importers.log_kinds import LogKind, recognise
from voicecall_core.importers.whole_log import LogReport, story

LOGS = Path(__file__).parent / "logs"


def log(name: str) -> list[str]:
    """The lines of a log."""
    return (LOGS / name).read_text(encoding="utf-8").splitlines()


def told(lines: Iterable[str], kind: LogKind | None = None) -> LogReport:
    """The story of some lines, their kind recognised unless it is given."""
    kept = list(lines)
    found = kind or recognise(kept)
    assert found is not None, "no kind was recognised"
    return story(kept, found)


def foreign(count: int) -> list[str]:
    """Lines of somebody's server that say nothing of any call."""
    return [
        f"2026-04-18 11:{i // 60 % 60:02d}:{i % 60:02d},{i % 1000:03d} INFO worker[{i % 7}]: job {i} took {i % 90} ms"
        for i in range(count)
    ]


def coloured(line: str) -> str:
    """A line as a console with colours shows it."""
    stamp, _, rest = line.partition("  ")
    return f"\x1b[90m{stamp}\x1b[39m \x1b[36m[voice-call]\x1b[39m \x1b[33m{rest}\x1b[0m\r"


def as_object(line: str, number: int) -> str:
    """A line as a file with one JSON object a line keeps it."""
    stamp, _, rest = line.partition("  ")
    return json.dumps(
        {
            "0": '{"subsystem":"plugins"}',
            "1": f"\x1b[35m[voice-call]\x1b[39m {rest}",
            "_meta": {"name": "openclaw", "logLevelName": "INFO", "date": f"2026-04-18T12:00{stamp}Z"},
            "time": f"2026-04-18T14:00{stamp}+02:00",
            "n": number,
        }
    )
