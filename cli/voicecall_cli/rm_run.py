"""Recorded calls thrown away: first it is said which, then asked, then done, and said."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import typer
from rich.text import Text

from voicecall_cli.ages import moment_of
from voicecall_cli.console import palette
from voicecall_cli.console.text import counted, plain
from voicecall_cli.exits import Exit
from voicecall_cli.output import console_of, put
from voicecall_cli.settings import one_setting
from voicecall_cli.which import files_meant
from voicecall_core.archive import folder as archive
from voicecall_core.archive.folder import Row
from voicecall_core.archive.removal import Kept, kept, remove
from voicecall_core.archive.summary import summary_of_file
from voicecall_core.ledger import open_calls
from voicecall_core.simulation import utc_now

_SHOWN = 20


def remove_calls(folder: Path, words: list[str], older_than: str | None, log: str | None, *, yes: bool) -> int:
    """Throw away what is meant. Exit code 1 if some of it had to stay. Raises BadParameter, CallFileError."""
    out = console_of(sys.stdout)
    chosen = _named(words, log) if words else _old(folder, older_than or "")
    state: Path | None = one_setting("state")
    up = open_calls(state, utc_now()) if state is not None else frozenset()
    judged = [(row, kept(row, up, utc_now())) for row in chosen]
    staying = [each for _, each in judged if each is not None]
    going = [row for row, stays in judged if stays is None]
    put(out, (_stays(each) for each in staying))
    code = Exit.DIFFERENT if staying else Exit.OK
    if not going:
        put(
            out,
            [Text("Nothing was thrown away." if staying else f"No call in {plain(str(folder))} is as old as that.")],
        )
        return code
    if not yes and not _agreed(going):
        put(out, [Text("Nothing was thrown away.")])
        return code
    return _remove(going) or code


def _named(words: list[str], log: str | None) -> list[Row]:
    paths = dict.fromkeys(Path(file) for file in files_meant(words, False, log))
    return [Row(path, summary_of_file(path)) for path in paths]


def _old(folder: Path, older_than: str) -> list[Row]:
    """Calls that are old enough; what is no call file is not even looked at for its age."""
    before = moment_of(older_than, utc_now(), "--older-than")
    return [row for row in archive.rows(folder) if row.summary.is_call and row.began < before]


def _agreed(going: Sequence[Row]) -> bool:
    """Whether whoever sits at the terminal wants that. Raises BadParameter where nobody does."""
    if not sys.stdin.isatty():
        raise typer.BadParameter("Nobody can be asked here. Say --yes to throw them away.")
    put(console_of(sys.stdout), (_line(row) for row in going[:_SHOWN]))
    more = f" (and {len(going) - _SHOWN:,} more)" if len(going) > _SHOWN else ""
    return typer.confirm(f"Throw {'it' if len(going) == 1 else 'them'} away{more}?", default=False)


def _remove(going: Sequence[Row]) -> Exit:
    """Throw them away, one after the other; what cannot be is said, and stops nothing."""
    out, freed, gone = console_of(sys.stdout), 0, list[Row]()
    for row in going:
        line = _line(row)
        try:
            freed += remove(row.path)
        except OSError as error:
            put(out, [_stays(Kept(row, f"it cannot be: {error.strerror or error}"))])
            continue
        gone.append(row)
        put(out, [Text.assemble("Thrown away: ", line)])
    for folder in {row.path.parent for row in gone}:
        archive.forget(folder, [row.path.name for row in gone if row.path.parent == folder])
    if gone:
        put(out, [Text(f"{counted(len(gone), 'call')}, {freed / 1_000_000:.1f} MB.", style=palette.FAINT)])
    return Exit.OK if len(gone) == len(going) else Exit.DIFFERENT


def _line(row: Row) -> Text:
    call = row.summary
    sound = " with its recording" if row.recording is not None else ""
    told = f"{call.call}, {row.began:%Y-%m-%d %H:%M}, to {call.to}, {call.outcome or call.state}{sound}"
    return Text(f"{plain(told)} ({plain(row.path.name)})")


def _stays(each: Kept) -> Text:
    words = each.why if each.row.path.name in each.why else f"{each.row.path.name}: {each.why}"
    return Text(f"Kept: {plain(words)}", style=palette.CARE)
