"""`voicecall dial`: what is typed becomes settings, and these become a call."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from voicecall_cli.completeness import demand_complete
from voicecall_cli.numbers import told_as, typed_number
from voicecall_cli.options import EITHER, GROUPS, OPTIONS, REHEARSAL, SCREEN, VOICE, as_typed, of_row, parameter
from voicecall_cli.played_callee import played_line
from voicecall_cli.reminding import remind
from voicecall_cli.settings import Settings
from voicecall_cli.slips import settings_told
from voicecall_cli.tunnels import demand_installed, with_a_way
from voicecall_cli.without_effect import without_effect
from voicecall_core.errors import SettingsError
from voicecall_core.numbering import demand_allowed


def show_scenarios() -> None:
    """Print every scenario's name, what happens in it, and what comes of it."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from voicecall_core.simulator.scenarios.catalogue import SCENARIOS  # not for `--help`

    table = Table(box=None, pad_edge=False, show_edge=False)
    table.add_column("scenario", style="bold", no_wrap=True)
    table.add_column("what happens")
    table.add_column("outcome", no_wrap=True)
    for each in SCENARIOS.listed():
        table.add_row(each.name, Text(each.about), each.outcome)
    Console().print(table)


EXAMPLES = "\n\n".join(
    (
        "[bold]Examples[/bold]",
        "voicecall dial +15555550100 --sim",
        "voicecall dial +15555550100 --sim --scenario race --guard off",
        "voicecall dial +15555550100 --sim --scenario order.toml",
        "voicecall dial +493023125000 --tunnel cloudflared",
        "voicecall dial +493023125000 --public-url https://abc.ngrok.app",
        "voicecall dial +493023125000 --instructions @pizza.txt --voice cedar",
        "voicecall dial +493023125000 --agent pizza.toml --set name=Ada",
        "voicecall dial +493023125000 --say 'Your parcel has arrived.'",
    )
)


def dial(**typed: Any) -> int:
    """Place a call and carry it to the realtime model."""
    number = typed.pop("number")
    typed.pop("list_scenarios")
    given = given_values(typed.pop("set") or ())
    if typed.pop("no_log"):
        typed["log"] = "off"
    settings = settings_told(typed, given)
    callee = typed_number(number, settings)
    demand_allowed(callee, settings.allow)
    if told := told_as(number, callee):
        typer.echo(told, err=True)
    if not settings.dry_run:
        settings = with_a_way(settings)
        demand_complete(settings)
        _announce(settings)

    from voicecall_cli.dial_run import place  # the telephony, 0.2 s of imports: not for `--help`

    return place(settings, callee)


def given_values(typed: Sequence[str]) -> dict[str, str]:
    """The values of variables as they were typed, NAME=VALUE each. Raises SettingsError."""
    given: dict[str, str] = {}
    for each in typed:
        name, equals, value = each.partition("=")
        if not (name and equals):
            raise SettingsError("--set gives no value.", setting="--set", fix="Write --set NAME=VALUE.")
        if name in given:
            raise SettingsError(f"--set {name} is given twice.", setting="--set", fix="Give each name one value.")
        given[name] = value
    return given


def _announce(settings: Settings) -> None:
    """What a person should know before a call that costs money, and what takes its time; beside the output proper."""
    if settings.tunnel_program:
        demand_installed(settings.tunnel_program)
        typer.echo(f"Starting {settings.tunnel_program}; its address is tried until it leads here.", err=True)
    for line in without_effect(settings):
        typer.echo(line, err=True)
    if told := played_line(settings):
        typer.echo(told, err=True)
    if settings.phone_rings:
        remind(settings)
    if settings.is_real(EITHER):
        from voicecall_cli.dial_summary import price_line

        typer.echo(price_line(settings), err=True)


def _list_scenarios(wanted: bool) -> None:
    """Print what can happen in a simulated call, and leave."""
    if wanted:
        show_scenarios()
        raise typer.Exit


def _signature() -> inspect.Signature:
    number = typer.Argument(
        metavar="NUMBER",
        help="Whom to call: +15555550100, '+1 (555) 555-0100', or a number of the caller's own country without + and "
        "code. Premium-rate, satellite, emergency and short numbers are refused.",
        show_default=False,
    )
    listing = typer.Option(
        "--list-scenarios",
        help="Show what can happen in a simulated call, and leave.",
        rich_help_panel=REHEARSAL,
        metavar="",
        is_eager=True,
        callback=_list_scenarios,
    )
    setting = typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="The value of a variable of the agent file, {NAME} in its texts. May be repeated.",
        rich_help_panel=VOICE,
    )
    no_log = typer.Option("--no-log", metavar="", help="Write no call file.", rich_help_panel=SCREEN)
    rows = [option for group in GROUPS for option in OPTIONS if option.group == group and option.flag]
    parameters = [parameter("number", Annotated[str, number], inspect.Parameter.empty)]
    parameters += [of_row(option) for option in rows]
    parameters += [
        parameter("set", Annotated[list[str] | None, setting], None),
        parameter("list_scenarios", Annotated[bool, listing], False),
        parameter("no_log", Annotated[bool, no_log], False),
    ]
    return inspect.Signature(parameters, return_annotation=int)


as_typed(dial, _signature())
