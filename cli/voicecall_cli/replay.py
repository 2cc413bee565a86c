"""`voicecall replay`: what is typed becomes a way to look at recorded calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicecall_cli.completions import calls
from voicecall_cli.which import Last, Log, files_meant
from voicecall_core.durations import EXAMPLES as EXAMPLES_OF_DURATIONS
from voicecall_core.durations import seconds_of
from voicecall_core.words.terms import Policy

if TYPE_CHECKING:  # the importers are not for `--help`
    from voicecall_core.importers.log_kinds import LogKind


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """What was asked for. `mode`: the option that asks something of the judge, empty to show the call.

    `kind`: what the file is to be read as; None to find out. `format`: a file that says what a program's lines mean.
    `unread`: show the lines that nothing is understood of.
    """

    mode: str = ""
    ladder: bool = False
    speed: float = 1.0
    idle_limit: float | None = None
    follow: bool = False
    guard: Policy | None = None
    directory: Path | None = None
    kind: LogKind | None = None
    format: Path | None = None
    unread: bool = False
    as_json: bool = False


EXAMPLES = "\n\n".join(
    (
        "[bold]Examples[/bold]",
        "voicecall replay --last",
        "voicecall replay c-7f3a --speed 4 --idle-limit 2s",
        "voicecall replay call.jsonl --ladder | less",
        "voicecall replay calls/*.jsonl --check",
        "voicecall replay call.jsonl --guard off",
        "voicecall replay call.jsonl --every-order",
        "voicecall replay call.jsonl --save-as-test tests/calls",
        "voicecall replay gateway.log",
        "voicecall replay app.log alerts.json",
    )
)
KINDS = (
    "call",
    "plain",
    "openclaw",
    "openclaw-json",
    "openclaw-calls",
    "twilio",
    "line",
    "server",
)  # as voicecall_core/importers/log_kinds.py has them
_SHOW, _JUDGE, _KEEP = "Show", "Judge again", "Keep"


def _duration(text: str) -> float:
    try:
        return seconds_of(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no duration. Write one such as {EXAMPLES_OF_DURATIONS}.") from None


Files = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILE|ID|DIR...",
        help="Call files or logs of other programs, a call's id or the beginning of one, a folder of call files; - is "
        "standard input.",
        show_default=False,
        autocompletion=calls,
    ),
]

As = Annotated[
    str | None,
    typer.Option("--as", metavar="KIND", help=f"What to read it as: {', '.join(KINDS)}.", show_default=False),
]
Format = Annotated[
    Path | None,
    typer.Option(
        "--format",
        metavar="FILE.toml",
        help="What the lines of your program mean (docs/imports.md).",
        show_default=False,
    ),
]
Unread = Annotated[
    bool,
    typer.Option("--unread", metavar="", help="Show what is not understood of a log, by template."),
]
ListFormats = Annotated[
    bool,
    typer.Option(
        "--list-formats",
        metavar="",
        help="Name the built-in formats, with their files.",
        is_eager=True,
        callback=lambda wanted: _list_formats() if wanted else None,
    ),
]
Drawn = Annotated[
    bool,
    typer.Option("--ladder", metavar="", help="Draw a ladder, as always where no terminal is.", rich_help_panel=_SHOW),
]
Speed = Annotated[
    float,
    typer.Option("--speed", min=0.01, metavar="TIMES", help="How much faster than it was.", rich_help_panel=_SHOW),
]
Idle = Annotated[
    float | None,
    typer.Option(
        "--idle-limit",
        parser=_duration,
        metavar="DURATION",
        help="Wait at most so long between two steps.",
        show_default=False,
        rich_help_panel=_SHOW,
    ),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", metavar="", help="One JSON object per line, the last closes a file.", rich_help_panel=_SHOW),
]
Follow = Annotated[
    bool,
    typer.Option("--follow", "-f", metavar="", help="Wait for more until the call is over.", rich_help_panel=_SHOW),
]
Check = Annotated[
    bool,
    typer.Option(
        "--check", metavar="", help="Judge every step again; show what differs today.", rich_help_panel=_JUDGE
    ),
]
Guard = Annotated[
    Policy | None,
    typer.Option("--guard", help="What this policy would have done.", show_default=False, rich_help_panel=_JUDGE),
]
EveryOrder = Annotated[
    bool,
    typer.Option(
        "--every-order",
        metavar="",
        help="Walk every order in which it could have happened.",
        rich_help_panel=_JUDGE,
    ),
]
Directory = Annotated[
    Path | None,
    typer.Option(
        "--save-as-test",
        metavar="DIR",
        help="Write a small, masked call file with today's verdicts.",
        show_default=False,
        rich_help_panel=_KEEP,
    ),
]


def _list_formats() -> None:
    from voicecall_core.importers.formats.matching import shipped  # the importers are not for `--help`

    for each, path in shipped():
        typer.echo(f"{each.name}: {each.about}\n  {path}")
    raise typer.Exit


def replay(
    files: Files = None,
    last: Last = False,
    ladder: Drawn = False,
    speed: Speed = 1.0,
    idle_limit: Idle = None,
    follow: Follow = False,
    check: Check = False,
    guard: Guard = None,
    every_order: EveryOrder = False,
    save_as_test: Directory = None,
    read_as: As = None,
    format: Format = None,
    unread: Unread = False,
    list_formats: ListFormats = False,
    as_json: AsJson = False,
    log: Log = None,
) -> int:
    """Show recorded calls, judge them again, keep them as tests. The exit code is what they come to."""
    asked = {"--check": check, "--guard": guard, "--every-order": every_order, "--save-as-test": save_as_test}
    modes = [name for name, value in asked.items() if value]
    _refuse(modes, follow=follow, ladder=ladder, unread=unread, as_json=as_json)
    if read_as is not None and read_as not in KINDS:
        raise typer.BadParameter(f"There is no kind {read_as!r}. There are {', '.join(KINDS)}.")
    if (files or []).count("-") > 1:
        raise typer.BadParameter("Standard input can be read once.")

    from voicecall_cli.replay_run import replay_all  # the judge and the views: not for `--help`
    from voicecall_core.importers.log_kinds import LogKind

    kind = LogKind(read_as) if read_as else None
    wishes = ReplayRequest(
        "".join(modes), ladder, speed, idle_limit, follow, guard, save_as_test, kind, format, unread, as_json
    )
    return replay_all(files_meant(files or [], last, log), wishes)


def _refuse(modes: Sequence[str], *, follow: bool, ladder: bool, unread: bool, as_json: bool) -> None:
    """Refuse options that ask for two different things."""
    if len(modes) > 1:
        raise typer.BadParameter(f"{modes[0]} and {modes[1]} are two different questions. Ask one at a time.")
    if modes and follow:
        raise typer.BadParameter(f"{modes[0]} looks at a whole file, --follow at one that is still written.")
    looks = [*modes, *(["--ladder"] if ladder else []), *(["--follow"] if follow else [])]
    if unread and looks:
        raise typer.BadParameter(f"--unread is for logs of other programs, and {looks[0]} for call files.")
    if as_json and (modes or ladder):
        raise typer.BadParameter(f"--json shows what a file tells, and {looks[0]} is for people.")
