"""`voicecall replay`: what is typed becomes a way to look at recorded calls. Knows nothing of what they hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voicecall_core.words.terms import Policy

EXAMPLES = "\n\n".join(
    (
        "[bold]Examples[/bold]",
        "voicecall replay calls/20260101-120000-c-7f3a.jsonl --speed 4 --idle-limit 2",
        "voicecall replay call.jsonl --ladder | less",
        "voicecall replay call.jsonl --check",
        "voicecall replay call.jsonl --guard off",
        "voicecall replay call.jsonl --save-as-test tests/calls",
    )
)
_SHOW, _JUDGE, _KEEP = "Show", "Judge again", "Keep"


def replay(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Call files; - is standard input.", show_default=False),
    ],
    ladder: Annotated[
        bool,
        typer.Option(
            "--ladder", metavar="", help="Draw a ladder, as always where there is no terminal.", rich_help_panel=_SHOW
        ),
    ] = False,
    speed: Annotated[
        float,
        typer.Option("--speed", min=0.01, metavar="TIMES", help="How much faster than it was.", rich_help_panel=_SHOW),
    ] = 1.0,
    idle_limit: Annotated[
        float | None,
        typer.Option(
            "--idle-limit",
            min=0.0,
            metavar="SECONDS",
            help="Wait at most so long between two steps.",
            rich_help_panel=_SHOW,
        ),
    ] = None,
    follow: Annotated[
        bool,
        typer.Option(
            "--follow",
            "-f",
            metavar="",
            help="Go on while the file is still written, until the call is over.",
            rich_help_panel=_SHOW,
        ),
    ] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            metavar="",
            help="Judge every step again, and show what is judged differently today.",
            rich_help_panel=_JUDGE,
        ),
    ] = False,
    guard: Annotated[
        Policy | None,
        typer.Option("--guard", help="What this policy would have done.", show_default=False, rich_help_panel=_JUDGE),
    ] = None,
    every_order: Annotated[
        bool,
        typer.Option(
            "--every-order",
            metavar="",
            help="Walk every order in which it could have happened.",
            rich_help_panel=_JUDGE,
        ),
    ] = False,
    save_as_test: Annotated[
        Path | None,
        typer.Option(
            "--save-as-test",
            metavar="DIR",
            help="Write a minimal, masked call file with today's verdicts.",
            show_default=False,
            rich_help_panel=_KEEP,
        ),
    ] = None,
) -> int:
    """Show recorded calls again, judge them again, keep them as tests."""
    asked = {"--check": check, "--guard": guard, "--every-order": every_order, "--save-as-test": save_as_test}
    modes = [name for name, value in asked.items() if value]
    if len(modes) > 1:
        raise typer.BadParameter(f"{modes[0]} and {modes[1]} are two different questions. Ask one at a time.")
    if files.count("-") > 1:
        raise typer.BadParameter("Standard input can be read once.")

    from cli.replaying import replay_all  # the judge and the views: not for `--help`
    from cli.wishes import Wishes

    return replay_all(
        files,
        Wishes(
            mode=modes[0] if modes else "",
            ladder=ladder,
            speed=speed,
            idle_limit=idle_limit,
            follow=follow,
            guard=guard,
            directory=save_as_test,
        ),
    )
