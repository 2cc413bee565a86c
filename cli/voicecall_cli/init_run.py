"""`voicecall init` at work: what is asked, what is written, what is said of a .env that is there. Changes none."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer

from voicecall_cli.completeness import missing_for_call
from voicecall_cli.doctor_facts import settings_as_far_as_they_go
from voicecall_cli.env_template import env_template, write_new
from voicecall_cli.exits import Exit
from voicecall_cli.init import Wanted
from voicecall_cli.init_questions import Questions, easiest_way
from voicecall_cli.rehearsing.starter import write_starter
from voicecall_cli.settings import DOTENV
from voicecall_cli.slips import tell_slips

NUMBER = "+15555550100"
_HERE_TO_STAY = f"{DOTENV} is there, and is never overwritten. To be asked for everything, move it away first."


def set_up(what: Wanted | None) -> int:
    """Set up what is wanted; on a terminal that is asked, if it was not said. Returns the exit code."""
    asks = sys.stdin.isatty() and sys.stdout.isatty()
    try:
        if what is None:
            what = _wanted() if asks else Wanted.KEYS
        return write_starter(Path()) if what is Wanted.REHEARSAL else _keys(asks)
    except (typer.Abort, KeyboardInterrupt):
        typer.echo("\nLeft; nothing was written.", err=True)
        return Exit.INTERRUPTED


def _wanted() -> Wanted:
    typer.echo("rehearsal: an agent to change, a tool of its and three rehearsals, without keys.")
    typer.echo("keys: real calls, through Twilio.")
    while True:
        said = typer.prompt("What is to be set up?", default=Wanted.KEYS.value).strip().lower()
        for each in Wanted:
            if said and each.value.startswith(said):
                return each


def _keys(asks: bool) -> int:
    """Write a .env: filled in on a terminal, with everything left to fill in elsewhere."""
    if os.path.lexists(DOTENV):
        return _what_is_there()
    values = Questions().ask() if asks else easiest_way()
    write_new(DOTENV, env_template(values))
    typer.echo(f"{DOTENV} is written; only you can read it (mode 600). Keep it out of version control.")
    return _next()


def _what_is_there() -> int:
    """Say what a .env that is there has, and what it lacks."""
    typer.echo(_HERE_TO_STAY)
    tell_slips()
    return _next()


def _next() -> int:
    """What is still to be filled in, and the one next step."""
    settings, faulty = settings_as_far_as_they_go({"sim": False})
    for each in faulty:
        typer.echo(f"{each.message} {each.fix}")
    wrong = {each.env for each in faulty}
    lacking = [each for each in missing_for_call(settings) if each.env not in wrong]
    if lacking:
        typer.echo(f"Still to be filled in, in {DOTENV}:")
    for one in lacking:
        typer.echo(f"  {one.env}\n    {one.where}")
    typer.echo("Next: voicecall doctor" + (f", or without keys: voicecall dial {NUMBER} --sim" if lacking else ""))
    return Exit.DIFFERENT if lacking or faulty else Exit.OK
