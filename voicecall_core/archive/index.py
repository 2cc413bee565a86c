"""What the files of a folder came to when they were last read: a file of its own beside them, which can always be made
again from them.

A row holds as long as its file has the size and the time of change that it was read with, and the program is the one
that read it. An index that is damaged, of other code or unwritable costs time and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from voicecall_core.archive.summary import CallSummary, as_object, from_object
from voicecall_core.whole_file import write_whole

NAME = ".index.jsonl"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Stamp:
    """By what a change of a file is noticed."""

    size: int
    changed_ns: int


Rows = Mapping[str, tuple[Stamp, CallSummary]]


@cache
def code() -> str:
    """The program that reads the files, in a word: another one may find something else in them."""
    digest = sha256()
    root = Path(__file__).parents[1]
    for path in sorted(root.rglob("*.py")):
        with suppress(OSError):
            seen = path.stat()
            digest.update(f"{path.relative_to(root)} {seen.st_size} {seen.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:32]


def load(folder: Path) -> dict[str, tuple[Stamp, CallSummary]]:
    """The rows by file name; none if there is no index, or it is another program's. A damaged row is not there."""
    rows: dict[str, tuple[Stamp, CallSummary]] = {}
    with suppress(OSError, ValueError, TypeError, AttributeError):
        first, *lines = (folder / NAME).read_bytes().split(b"\n")
        if json.loads(first) != _head():
            return {}
        for line in lines:
            with suppress(ValueError, TypeError, KeyError, AttributeError):
                row = json.loads(line)
                rows[str(row["file"])] = Stamp(int(row["size"]), int(row["changed_ns"])), from_object(row["call"])
    return rows


def save(folder: Path, rows: Rows) -> bool:
    """Write the index anew, in one piece: of two at once the later stays, whole. False if it cannot be written."""
    lines = [json.dumps(_head())]
    for name, (stamp, summary) in rows.items():
        row = {"file": name, "size": stamp.size, "changed_ns": stamp.changed_ns, "call": as_object(summary)}
        lines.append(json.dumps(row))
    try:
        write_whole(folder / NAME, ("\n".join(lines) + "\n").encode("ascii"))
    except OSError:
        return False
    return True


def _head() -> dict[str, object]:
    return {"index": _FORMAT, "code": code()}
