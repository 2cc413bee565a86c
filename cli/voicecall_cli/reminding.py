"""Names what an earlier program left behind, before anything is begun. Costs nothing where nothing was."""

from __future__ import annotations

import typer

from voicecall_cli.settings import Settings


def remind(settings: Settings) -> None:
    """Name, beside the output, the calls that may still be up, and what ends each."""
    if settings.state is None or not any(settings.state.glob("c-*.jsonl")):
        return

    from voicecall_cli.left_behind import reminders  # the carrier is asked: 0.3 s of imports

    for line in reminders(settings):
        typer.echo(line, err=True)
