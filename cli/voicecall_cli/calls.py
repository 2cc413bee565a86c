"""`voicecall calls`: what is typed becomes a question to the folder of call files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from voicecall_cli.completions import findings, outcomes
from voicecall_cli.which import Log, log_folder

EXAMPLES = "\n\n".join(
    (
        "[bold]Examples[/bold]",
        "voicecall calls",
        "voicecall calls --since 7d --real",
        "voicecall calls --finding agent-silent",
        "voicecall calls --json --limit 1",
    )
)
_ONLY = "Only these"

Since = Annotated[
    str | None,
    typer.Option("--since", metavar="7d|DATE", help="Not older than that.", show_default=False, rich_help_panel=_ONLY),
]
Outcome = Annotated[
    str | None,
    typer.Option(
        "--outcome",
        metavar="NAME",
        help="With this outcome, or unfinished.",
        show_default=False,
        rich_help_panel=_ONLY,
        autocompletion=outcomes,
    ),
]
Finding = Annotated[
    str | None,
    typer.Option(
        "--finding",
        metavar="RULE",
        help="With this among their findings, or healthy.",
        show_default=False,
        rich_help_panel=_ONLY,
        autocompletion=findings,
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="NUMBER",
        help="To this number, or one that ends like this. Numbers are masked: two may look alike.",
        show_default=False,
        rich_help_panel=_ONLY,
    ),
]
Simulated = Annotated[
    bool | None,
    typer.Option("--sim/--real", help="Simulated ones, or real ones.", show_default=False, rich_help_panel=_ONLY),
]
Limit = Annotated[
    int | None,
    typer.Option(
        "--limit", min=1, metavar="N", help="The newest N of them.", show_default=False, rich_help_panel=_ONLY
    ),
]
AsJson = Annotated[bool, typer.Option("--json", metavar="", help="One JSON object per call, and nothing else.")]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls are asked for; None: all of them."""

    since: str | None = None
    outcome: str | None = None
    finding: str | None = None
    to: str | None = None
    simulated: bool | None = None
    limit: int | None = None

    @property
    def everything(self) -> bool:
        """Nothing is left out."""
        return self == Wanted()


def calls(
    since: Since = None,
    outcome: Outcome = None,
    finding: Finding = None,
    to: To = None,
    sim: Simulated = None,
    limit: Limit = None,
    log: Log = None,
    as_json: AsJson = False,
) -> int:
    """List the calls that were written down: when, whom, what became of each, the newest last."""
    from voicecall_cli.calls_run import list_calls  # the reader and the diagnosis: not for `--help`

    return list_calls(log_folder(log), Wanted(since, outcome, finding, to, sim, limit), as_json=as_json)
