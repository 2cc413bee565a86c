"""`voicecall doctor`: what is typed becomes settings, and these are examined. Knows no check.

Its options are rows of cli/options.py, as dial's are, and three of its own.
"""

from __future__ import annotations

import inspect
from typing import Annotated, Any

import typer

from voicecall_cli.completions import checks
from voicecall_cli.options import BY_FIELD, as_typed, of_row, parameter

EXAMPLES = "\n\n".join(
    (
        "[bold]Examples[/bold]",
        "voicecall doctor",
        "voicecall doctor --sim --verbose",
        "voicecall doctor --to +493023125000 --public-url https://abc.ngrok.app",
        "voicecall doctor --only tunnel --only model-key",
        "voicecall doctor --json | jq 'select(.status == \"critical\")'",
    )
)
FIELDS = ("sim", "simulate", "from_number", "model", "voice", "tunnel", "public_url", "port", "json", "plain")


def doctor(**typed: Any) -> int:
    """See whether a call would work, before the phone rings; where it would not, what to type."""
    to, only, offline, verbose = (typed.pop(name) for name in ("to", "only", "no_network", "verbose"))

    from voicecall_cli.doctor_run import examine_all  # the checks, 0.2 s of imports: not for `--help`

    return examine_all(typed, to=to, only=only or [], network=not offline, verbose=verbose)


def _signature() -> inspect.Signature:
    to = typer.Option(
        "--to", metavar="NUMBER", help="Whom you mean to call: is the number, and its country, open to you? Not called."
    )
    only = typer.Option(
        "--only",
        metavar="NAME",
        help="A section (machine, twilio, model, tunnel, limits) or a check by its name, with all that it needs. "
        "May be repeated.",
        autocompletion=checks,
    )
    offline = typer.Option("--no-network", metavar="", help="Look at this machine alone.")
    verbose = typer.Option("--verbose", "-v", metavar="", help="A line for each check, not only for what is not well.")
    own = [
        parameter("to", Annotated[str | None, to], None),
        parameter("only", Annotated[list[str] | None, only], None),
        parameter("no_network", Annotated[bool, offline], False),
        parameter("verbose", Annotated[bool, verbose], False),
    ]
    return inspect.Signature([*own, *(of_row(BY_FIELD[field]) for field in FIELDS)], return_annotation=int)


as_typed(doctor, _signature())
