"""Which recorded call is meant: by its file, its id or the beginning of one, or as the last that was placed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # the reader is not for `--help`
    from voicecall_core.archive.folder import Named

STDIN = "-"
_LISTED = 10  # calls that a word may mean

Log = Annotated[
    str | None,
    typer.Option(
        "--log", metavar="DIR", help="The folder of call files. [dim]VOICECALL_LOG = calls[/dim]", show_default=False
    ),
]
Last = Annotated[bool, typer.Option("--last", metavar="", help="The call that was placed last.")]


def log_folder(typed: str | None) -> Path:
    """The folder of call files. Raises SettingsError where none are kept."""
    from voicecall_cli.settings import one_setting
    from voicecall_core.errors import SettingsError

    folder: Path | None = one_setting("log", typed)
    if folder is None:
        raise SettingsError(
            "No call files are kept: VOICECALL_LOG is off.", setting="VOICECALL_LOG", fix="Name a folder: --log DIR."
        )
    return folder


def files_meant(words: list[str], last: bool, log: str | None) -> list[str]:
    """The files that are meant, in their order; of a folder every call file, the oldest first.

    Raises BadParameter where nothing is named, or too much; CallFileError for a word that means no call.
    """
    if last and words:
        raise typer.BadParameter("--last means one call, and so does an id or a file. Name one of them.")
    if last:
        return [str(last_call(log_folder(log)).path)]
    if not words:
        raise typer.BadParameter("Which call? Name its id or its file, or say --last; voicecall calls lists them.")
    return [file for word in words for file in _files(word, log)]


def one_file(word: str | None, last: bool, log: str | None) -> Path:
    """The one file that is meant. Raises as `files_meant` does."""
    if word is not None and Path(word).is_dir():
        raise typer.BadParameter(f"{word} is a folder. One call is shown: --last --log {word}, or one of its ids.")
    (file,) = files_meant([] if word is None else [word], last, log)
    return Path(file)


def last_call(folder: Path) -> Named:
    """The call that was placed last. Raises CallFileError if there is none."""
    from voicecall_core.archive.folder import named
    from voicecall_core.errors import CallFileError

    calls = named(folder)
    if not calls:
        raise CallFileError(
            f"No call is written down in {folder} yet.", fix="Place one: voicecall dial +15555550100 --sim"
        )
    return calls[-1]


def _files(word: str, log: str | None) -> list[str]:
    from voicecall_core.archive.folder import named
    from voicecall_core.errors import CallFileError

    path = Path(word)
    if word == STDIN or "\0" in word:
        return [word]
    if path.is_dir():
        if files := [str(call.path) for call in named(path)]:
            return files
        raise CallFileError(f"The folder {word} holds no call file.")
    if path.exists() or path.is_symlink() or path.name != word:  # what has a folder in it is a path, there or not
        return [word]
    return [str(_by_id(word, log))]


def _by_id(word: str, log: str | None) -> Path:
    """The call file that a word means which is no file. Raises CallFileError where it means none, or several."""
    from voicecall_core.archive.folder import meant
    from voicecall_core.errors import CallFileError

    folder = log_folder(log)
    found = meant(folder, word)
    if not found:
        raise CallFileError(
            f"There is no file {word}, and no call in {folder} whose id or file begins like that.",
            fix="voicecall calls lists what there is.",
        )
    if len(found) > 1:
        lines = "".join(f"\n  {call.call}  {call.path.name}" for call in found[-_LISTED:])
        more = f"\n  and {len(found) - _LISTED:,} older ones" if len(found) > _LISTED else ""
        raise CallFileError(f"{word} means {len(found):,} calls in {folder}:{lines}{more}", fix="Write more of it.")
    return found[0].path
