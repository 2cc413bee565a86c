"""`voicecall init`: what is typed decides what is set up. Knows nothing of how anything is asked or checked."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

EXAMPLES = "\n\n".join(
    (
        "[bold]Examples[/bold]",
        "voicecall init rehearsal",
        "voicecall init keys",
        "voicecall init --template > .env.example",
    )
)


class Wanted(StrEnum):
    """What can be set up."""

    KEYS = "keys"
    REHEARSAL = "rehearsal"


def init(
    what: Annotated[
        Wanted | None,
        typer.Argument(
            help="keys: what a real call needs is asked for, checked, and written into .env. rehearsal: an agent, a "
            "tool of its and three rehearsals are written here; nothing is overwritten.",
            show_default=False,
        ),
    ] = None,
    template: Annotated[
        bool, typer.Option("--template", metavar="", help="Print a .env with every setting; ask and write nothing.")
    ] = False,
) -> int:
    """Set up real calls, or an agent to rehearse. Asks nothing without a terminal, changes no file that is there."""
    if template:
        from voicecall_cli.env_template import env_template

        typer.echo(env_template(), nl=False)
        return 0

    from voicecall_cli.init_run import set_up  # not for `--help`

    return set_up(what)
