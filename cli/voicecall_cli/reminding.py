"""Names what an earlier program left behind, before anything is begun. Costs nothing where nothing was."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from voicecall_cli.settings import Settings


def unwritable(folder: Path) -> str:
    """Why nothing can be written in a folder that may have to be made; empty if something can."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        return f"{there} is no folder"
    return "" if os.access(there, os.W_OK) else f"{there} cannot be written to"


def forgetful(folder: Path) -> str:
    """Why no call can be remembered in a folder that may have to be made; empty if one can."""
    if (fault := unwritable(folder)) or not folder.is_dir():
        return fault

    from voicecall_core.ledger import open_ledger  # where there is something to be opened

    try:
        open_ledger(folder)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def remind(settings: Settings) -> None:
    """Name, beside the output, the calls that may still be up, and what ends each."""
    if not settings.phone_rings or settings.state is None:
        return
    if fault := forgetful(settings.state):
        typer.echo(f"Calls are not remembered across starts: {fault}. VOICECALL_STATE names another folder.", err=True)
    if not any(settings.state.glob("c-*.jsonl")):
        return

    from voicecall_cli.left_behind import reminders  # the carrier is asked: 0.3 s of imports

    for line in reminders(settings):
        typer.echo(line, err=True)
