"""Which rehearsals there are: files that were named, and in folders every one that has a [rehearsal]."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from voicecall_core.errors import SettingsError
from voicecall_core.lined_toml import LONGEST
from voicecall_core.rehearsal.rehearsal_file import Rehearsal, is_rehearsal, read_rehearsal
from voicecall_core.rehearsal.selection import selection

FOLDER = Path("rehearsals")
_SHOWN = 20  # mistakes


@dataclass(frozen=True, slots=True)
class Found:
    """A rehearsal, and where it is."""

    path: Path
    rehearsal: Rehearsal


def find_rehearsals(paths: Sequence[Path], chosen: str = "") -> list[Found]:
    """The rehearsals that are meant, in the order in which they were named.

    Raises SettingsError where there is none, or for everything that is wrong with them, all at once.
    """
    named = paths or [FOLDER]
    files = list(dict.fromkeys(file for path in named for file in _files(path)))
    if not files:
        where = ", ".join(map(str, named))
        raise SettingsError(f"There is no rehearsal in {where}.", fix="voicecall init rehearsal writes three.")
    fits = selection(chosen) if chosen else None
    found, wrong = [], []
    for path in files:
        try:
            rehearsal = read_rehearsal(path, path.as_posix())
        except SettingsError as error:
            if fits is None or fits(path.as_posix()):
                wrong.append(f"{error.message} {error.fix}".strip())
            continue
        if fits is None or fits(f"{rehearsal.name} {rehearsal.about}"):
            found.append(Found(path, rehearsal))
    if wrong:
        more = f"\nand {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise SettingsError("\n".join(wrong[:_SHOWN]) + more)
    if not found:
        raise SettingsError(f"No rehearsal fits -k {chosen!r}.", fix="voicecall test --list shows them all.")
    return found


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (file for file in sorted(path.rglob("*.toml")) if file.is_file() and _has_head(file))
    elif path.is_file():
        yield path
    elif path.exists():  # a pipe gives what it holds once, and a rehearsal is read by every run
        raise SettingsError(f"{path} is no file.", fix="Name a rehearsal file, or a folder of them.")
    elif path == FOLDER:
        raise SettingsError(
            f"There is no folder {path} here.", fix="voicecall init rehearsal writes one, or name a file."
        )
    else:
        raise SettingsError(f"{path} is not there.", fix="Name a rehearsal file, or a folder of them.")


def _has_head(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return is_rehearsal(file.read(LONGEST))
    except OSError:
        return True  # it is told that it cannot be read
