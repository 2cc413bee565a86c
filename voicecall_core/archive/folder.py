"""A folder of call files: its rows, and the call that somebody means by a word. Reads a file only if it has changed."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from voicecall_core.archive import index
from voicecall_core.archive.index import Stamp
from voicecall_core.archive.summary import CallSummary, summary_of_file
from voicecall_core.callfile.reader import CallFile, opened
from voicecall_core.errors import CallFileError

SUFFIX, SOUND = ".jsonl", ".wav"
_NAMED = re.compile(r"(\d{8}-\d{6})-(c-[0-9a-z]+)\.jsonl")  # as a call names its file: when, and its id
_AT = "%Y%m%d-%H%M%S"
_NEVER = datetime.min.replace(tzinfo=UTC)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Row:
    """A file of the folder, with what it comes to."""

    path: Path
    summary: CallSummary

    @property
    def recording(self) -> Path | None:
        """The audio beside it, if there is any."""
        return recording_of(self.path)

    @property
    def began(self) -> datetime:
        """When its call began; of what is no call file, the beginning of time."""
        return in_utc(datetime.fromisoformat(self.summary.began)) if self.summary.began else _NEVER


@dataclass(frozen=True, slots=True)
class Named:
    """A call file by its call, as far as its name or its first line tells."""

    path: Path
    call: str
    began: datetime


def in_utc(moment: datetime) -> datetime:
    """The moment in UTC; one that does not say where its clock stood is taken for that."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def recording_of(path: Path) -> Path | None:
    """The recording that lies beside a call file."""
    sound = path.with_suffix(SOUND)
    return sound if sound.is_file() else None


def rows(folder: Path, progress: Progress | None = None) -> list[Row]:
    """Every file that may be a call file, the oldest call first; what is none comes before them all.

    Raises CallFileError if the folder cannot be read.
    """
    files = _files(folder)
    known = index.load(folder)
    fresh: dict[str, tuple[Stamp, CallSummary]] = {}
    try:
        for done, (path, stamp) in enumerate(files):
            held = known.get(path.name)
            if held is not None and held[0] == stamp:
                fresh[path.name] = held
                continue
            fresh[path.name] = (stamp, summary_of_file(path))
            if progress is not None:
                progress(done, len(files))
    finally:  # who gives up waiting need not wait for the same files again
        _keep(folder, known, fresh, {path.name for path, _ in files})
    found = [Row(path, fresh[path.name][1]) for path, _ in files]
    return sorted(found, key=lambda row: (row.began, row.path.name))


def _keep(folder: Path, known: index.Rows, fresh: index.Rows, names: Collection[str]) -> None:
    """Write the index if there is news. Why a file is unreadable may pass, so that such a row is not kept."""
    rows = {name: row for name, row in {**known, **fresh}.items() if name in names and row[1].is_call}
    if rows != known:
        index.save(folder, rows)


def forget(folder: Path, names: Sequence[str]) -> None:
    """Take the rows of files that are gone out of the index."""
    known = index.load(folder)
    left = {name: row for name, row in known.items() if name not in names}
    if left != known:
        index.save(folder, left)


def others(folder: Path) -> list[str]:
    """The names of what lies there and is neither a call file by its name, nor a recording beside one, nor hidden."""
    files = {path.name for path, _ in _files(folder)}
    sounds = {Path(name).with_suffix(SOUND).name for name in files}
    names = {path.name for path in _entries(folder) if not path.name.startswith(".")}
    return sorted(names - files - sounds)


def named(folder: Path) -> list[Named]:
    """Every call file with its call's id and beginning, the oldest first. Most tell both by their names."""
    found = [each for path, _ in _files(folder) if (each := _named(path)) is not None]
    return sorted(found, key=lambda each: (each.began, each.path.name))


def meant(folder: Path, word: str) -> list[Named]:
    """The calls that are meant: by id, by a file's name, or by the beginning of either; one if it is clear."""
    calls = named(folder) if word else []
    for exact in (word, f"c-{word}"):
        if same := [each for each in calls if exact in (each.call, each.path.name, each.path.stem)]:
            return same
    return [each for each in calls if each.call.startswith((word, f"c-{word}")) or each.path.name.startswith(word)]


def _named(path: Path) -> Named | None:
    if told := _NAMED.fullmatch(path.name):
        try:
            return Named(path, told[2], datetime.strptime(told[1], _AT).replace(tzinfo=UTC))
        except ValueError:
            pass  # digits that are no date
    try:
        with opened(path) as source:
            header = CallFile(source, path.name).opened()
    except CallFileError:
        return None
    return Named(path, header.terms.call_id, in_utc(header.began))


def _files(folder: Path) -> list[tuple[Path, Stamp]]:
    """The files that may be call files, by their names, in order; hidden ones are none."""
    found = []
    for path in _entries(folder):
        if path.name.startswith(".") or not path.name.endswith(SUFFIX):
            continue
        try:
            seen = path.stat()
        except OSError:
            continue  # it went away while we looked, or leads nowhere
        if stat.S_ISREG(seen.st_mode):
            found.append((path, Stamp(seen.st_size, seen.st_mtime_ns)))
    return sorted(found, key=lambda each: each[0].name)


def _entries(folder: Path) -> Iterator[Path]:
    try:
        yield from folder.iterdir()
    except FileNotFoundError:
        return
    except OSError as error:
        raise CallFileError(f"The folder {folder} cannot be read: {error.strerror or error}.") from None
