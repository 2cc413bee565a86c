"""`voicecall sim`: what is typed becomes a line, and a program on it. Knows nothing of carrier or model."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from voicecall_cli.exits import Exit
from voicecall_cli.options import as_typed, parameter
from voicecall_cli.sim_asked import Asked
from voicecall_core.errors import SettingsError

EXAMPLES = "\n\n".join(
    (
        "[bold]Examples[/bold]",
        "voicecall sim",
        "voicecall sim -- python app.py",
        "voicecall sim --scenario race -- node server.js",
        "voicecall sim --call http://127.0.0.1:8000/incoming -- python app.py",
        "voicecall sim --map https://example.ngrok.app=http://127.0.0.1:8000 --exit-after 1 -- python app.py",
    )
)
NUMBER = "number"  # what a bare --call stands for
_WHO, _CALLS, _WHERE, _SHOWN = "What is played", "Calls to the program", "Where", "What is shown"
_PORTS = {"min": 0, "max": 65_535, "metavar": "PORT", "rich_help_panel": _WHERE}


class SimCommand(TyperCommand):
    """A command whose `--call` may stand alone."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give a bare `--call` its value; what stands behind `--` is the program's."""
        end = args.index("--") if "--" in args else len(args)
        given: list[str] = []
        for place, word in enumerate(args[:end]):
            following = args[place + 1] if place + 1 < end else "-"
            given.append(f"--call={NUMBER}" if word == "--call" and following.startswith("-") else word)
        return super().parse_args(ctx, [*given, *args[end:]])


_Program = Annotated[
    list[str] | None,
    typer.Argument(metavar="[-- PROGRAM ...]", help="Start this, led to the line.", show_default=False),
]
_Scenario = Annotated[
    str,
    typer.Option(
        "--scenario",
        metavar="NAME|FILE",
        help="What happens in every call: a name of voicecall dial --list-scenarios, or a file, .toml. Otherwise the "
        "number that is called decides.",
        rich_help_panel=_WHO,
    ),
]
_Numbers = Annotated[
    bool,
    typer.Option("--list-numbers", metavar="", help="Show what each number plays, and leave.", rich_help_panel=_WHO),
]
_Seed = Annotated[
    int, typer.Option("--seed", metavar="N", help="Decides keys and what is left to chance.", rich_help_panel=_WHO)
]
_Call = Annotated[
    str,
    typer.Option(
        "--call",
        metavar="[URL]",
        help="Call the program: ask at this URL, or, without one, where REST has set its number's voice URL to.",
        show_default=False,
        rich_help_panel=_CALLS,
    ),
]
_Caller = Annotated[
    str, typer.Option("--caller", metavar="NUMBER", help="Who calls it.", rich_help_panel=_CALLS, show_default=False)
]
_Own = Annotated[
    str,
    typer.Option(
        "--number",
        metavar="NUMBER",
        help="The account's own number, for a program that has its caller's written into it; else +15005550006.",
        show_default=False,
        rich_help_panel=_WHO,
    ),
]
_Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="PUBLIC=LOCAL",
        help="Lead webhooks and media for a public address to a port of this machine; signed for the public one: "
        "https://HOST=http://127.0.0.1:PORT. May be repeated.",
        rich_help_panel=_WHERE,
    ),
]
_Port = Annotated[int, typer.Option("--port", help="The carrier's port; 0: any free one.", **_PORTS)]
_ModelPort = Annotated[int, typer.Option("--model-port", help="The model's port; 0: any free one.", **_PORTS)]
_ExitAfter = Annotated[
    int,
    typer.Option(
        "--exit-after",
        min=0,
        metavar="N",
        help="Leave when so many calls are over. 0: with a program when its calls are over, else at Ctrl-C.",
        rich_help_panel=_SHOWN,
    ),
]
_Plain = Annotated[
    bool, typer.Option("--plain", metavar="", help="Lines instead of the live view.", rich_help_panel=_SHOWN)
]
_Json = Annotated[
    bool,
    typer.Option("--json", metavar="", help="One JSON object per line; the last closes.", rich_help_panel=_SHOWN),
]
_JUnit = Annotated[
    Path | None,
    typer.Option("--junit", metavar="FILE", help="Write the verdict as JUnit XML as well.", rich_help_panel=_SHOWN),
]
_Log = Annotated[
    str,
    typer.Option("--log", metavar="DIR", help="Where each call's file is written, for replay.", rich_help_panel=_SHOWN),
]
_NoLog = Annotated[bool, typer.Option("--no-log", metavar="", help="Write no call file.", rich_help_panel=_SHOWN)]
_Probe = Annotated[
    bool,
    typer.Option(
        "--probe-security",
        metavar="",
        help="Send forged webhooks and media sockets during each call, to see whether signatures are checked.",
        rich_help_panel=_WHO,
    ),
]


def sim(**typed: Any) -> int:
    """Be the phone line for any program: the built-in carrier and model, with everything that happens on them."""
    if typed.pop("list_numbers"):
        from voicecall_cli.sim_run import show_numbers

        show_numbers()
        return Exit.OK
    asked = _asked(**typed)

    from voicecall_cli.sim_run import run_line  # the telephony: not for `--help`

    return run_line(asked)


def _asked(*, program: list[str] | None, call: str, log: str, no_log: bool, **typed: Any) -> Asked:
    """What was typed, as far as it goes together. Raises SettingsError."""
    junit = typed["junit"]
    if typed["plain"] and typed["json"]:
        raise SettingsError("--plain and --json are two ways to show the same.", fix="Use one of them.")
    if typed["caller"] and not call:
        raise SettingsError("--caller says who calls, and nobody does.", setting="--caller", fix="Add --call.")
    if junit is not None and not junit.absolute().parent.is_dir():
        raise SettingsError(f"--junit {junit}: there is no such folder.", setting="--junit", fix="Make it first.")
    return Asked(
        command=tuple(program or ()),
        call=None if not call else "" if call == NUMBER else call,
        maps=tuple(typed.pop("map_") or ()),
        log=None if no_log else Path(log),
        **typed,
    )


as_typed(
    sim,
    inspect.Signature(
        [
            parameter("program", _Program, None),
            parameter("scenario", _Scenario, ""),
            parameter("list_numbers", _Numbers, False),
            parameter("number", _Own, ""),
            parameter("seed", _Seed, 0),
            parameter("probe", _Probe, False),
            parameter("call", _Call, ""),
            parameter("caller", _Caller, ""),
            parameter("map_", _Map, None),
            parameter("port", _Port, 0),
            parameter("model_port", _ModelPort, 0),
            parameter("exit_after", _ExitAfter, 0),
            parameter("plain", _Plain, False),
            parameter("json", _Json, False),
            parameter("junit", _JUnit, None),
            parameter("log", _Log, "sim-calls"),
            parameter("no_log", _NoLog, False),
        ],
        return_annotation=int,
    ),
)
