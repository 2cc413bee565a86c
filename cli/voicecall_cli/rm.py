"""`voicecall rm`: what is typed becomes calls to throw away."""

from __future__ import annotations

from typing import Annotated

import typer

from voicecall_cli import completions
from voicecall_cli.which import Log, log_folder

EXAMPLES = "\n\n".join(
    (
        "[bold]Examples[/bold]",
        "voicecall rm c-7f3a",
        "voicecall rm --older-than 30d",
        "voicecall rm --older-than 30d --yes",
    )
)

Calls = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ID|FILE...",
        help="Calls by their ids or the beginnings of these, or their files.",
        show_default=False,
        autocompletion=completions.calls,
    ),
]
OlderThan = Annotated[
    str | None,
    typer.Option("--older-than", metavar="30d|DATE", help="All that were placed before that.", show_default=False),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", metavar="", help="Do not ask.")]


def rm(calls: Calls = None, older_than: OlderThan = None, yes: Yes = False, log: Log = None) -> int:
    """Throw recorded calls away, each with its recording. A call that may still be up is kept."""
    if calls and older_than:
        raise typer.BadParameter("--older-than means calls by their age, an id means one. Ask for one of the two.")
    if not calls and not older_than:
        raise typer.BadParameter("Which calls? Name them, or say --older-than 30d.")

    from voicecall_cli.rm_run import remove_calls  # the reader: not for `--help`

    return remove_calls(log_folder(log), calls or [], older_than, log, yes=yes)
