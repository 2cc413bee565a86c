"""The folder of call files as a list: for people a table, for programs one object a call."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from voicecall_cli.ages import moment_of
from voicecall_cli.calls import Wanted
from voicecall_cli.console import palette
from voicecall_cli.console.call_table import call_table
from voicecall_cli.console.text import counted, dollars, plain
from voicecall_cli.exits import OUTCOMES, Exit
from voicecall_cli.json_format import numbered
from voicecall_cli.output import console_of, put
from voicecall_core.archive import folder as archive
from voicecall_core.archive.folder import Row
from voicecall_core.archive.summary import State, as_object
from voicecall_core.diagnosis import HEALTHY, RULES
from voicecall_core.errors import did_you_mean
from voicecall_core.masking import masked
from voicecall_core.simulation import utc_now

_BAR_FROM = 200  # files that have to be read: below that nobody could see a bar
_NAMED = 3  # of what lies there and is no call file
_STATES = (str(State.UNFINISHED), str(State.UNREADABLE))


def list_calls(folder: Path, wanted: Wanted, *, as_json: bool) -> int:
    """Print what was asked for. Raises BadParameter for a filter that could never fit, CallFileError for a folder
    that cannot be read."""
    _judged(wanted)
    with _progress() as progress:
        rows = archive.rows(folder, progress)
    found = chosen(rows, wanted)
    if as_json:
        for row in found:
            typer.echo(json.dumps(row_object(row)))
        return Exit.OK
    _put_table(folder, rows, found, wanted)
    return Exit.OK


def row_object(row: Row) -> dict[str, object]:
    """One call as JSON: its files, and what it comes to."""
    sound = row.recording
    return numbered({"file": str(row.path), "recording": str(sound) if sound else None, **as_object(row.summary)})


def chosen(rows: Sequence[Row], wanted: Wanted) -> list[Row]:
    """Those that are asked for, in their order."""
    since = moment_of(wanted.since, utc_now(), "--since") if wanted.since is not None else None
    found = [row for row in rows if _fits(row, wanted, since)]
    return found[-wanted.limit :] if wanted.limit is not None else found


def _fits(row: Row, wanted: Wanted, since: datetime | None) -> bool:
    call = row.summary
    tests = (
        since is None or row.began >= since,
        wanted.outcome is None or wanted.outcome == (call.outcome or str(call.state)),
        wanted.finding is None or wanted.finding in (call.diagnosis, *call.findings),
        wanted.to is None or _is_to(call.to, wanted.to),
        wanted.simulated is None or (call.is_call and bool(call.scenario) is wanted.simulated),
    )
    return all(tests)


def _is_to(to: str, number: str) -> bool:
    """Whether a masked number may be this one, given in full, as it is masked, or by its end."""
    typed = "".join(each for each in number if each not in " ()-./")
    if typed.startswith("+"):
        return to in (masked(typed), typed)
    return len(typed) <= 3 and to.endswith(typed)


def _judged(wanted: Wanted) -> None:
    """Raises BadParameter for what no call could ever fit."""
    if wanted.since is not None:
        moment_of(wanted.since, utc_now(), "--since")
    _known("--outcome", wanted.outcome, (*OUTCOMES, *_STATES))
    _known("--finding", wanted.finding, (HEALTHY, *(rule.name for rule in RULES)))
    digits = sum(each.isdigit() for each in wanted.to or "")
    if wanted.to is not None and not wanted.to.strip().startswith("+") and not 1 <= digits <= 3:
        raise typer.BadParameter(
            "--to takes a number with its +, or its last digits, three at most: the rest is masked."
        )


def _known(option: str, name: str | None, names: Sequence[str]) -> None:
    if name is None or name in names:
        return
    hint = did_you_mean(name, names).strip() or f"There are {', '.join(names)}."
    raise typer.BadParameter(f"{option} {name!r} is none that a call can have. {hint}")


def _put_table(folder: Path, rows: Sequence[Row], found: Sequence[Row], wanted: Wanted) -> None:
    out = console_of(sys.stdout)
    calls = [row for row in rows if row.summary.is_call]
    if not rows:
        put(out, [Text(f"No call is written down in {plain(str(folder))} yet. Place one that costs nothing:")])
        put(out, [Text("  voicecall dial +15555550100 --sim", style=palette.STRONG)])
    elif not found:
        put(out, [Text(f"Of {counted(len(calls), 'call')} in {plain(str(folder))} none fits.")])
    if shown := [row for row in found if row.summary.is_call]:
        put(out, call_table(shown, width=out.width if out.is_terminal else None))
        put(out, [Text(), _total(folder, shown, len(calls))])
    put(out, _remarks(folder, rows if wanted.everything else found))


def _total(folder: Path, shown: Sequence[Row], of: int) -> Text:
    simulated = sum(bool(row.summary.scenario) for row in shown)
    words = f"{counted(len(shown), 'call')} of {of:,}" if len(shown) < of else counted(of, "call")
    parts = [f"{words} in {plain(str(folder))}"]
    if simulated:
        parts.append("simulated" if simulated == len(shown) else f"{simulated:,} simulated")
    spent = [row.summary.cost_usd for row in shown if not row.summary.scenario or row.summary.cost_usd]
    if known := [each for each in spent if each is not None]:
        left_out = f", {counted(len(spent) - len(known), 'call')} of unknown price" if len(known) < len(spent) else ""
        parts.append(f"model tokens about {dollars(sum(known))}{left_out}")
    last = shown[-1].summary.call
    return Text.assemble((", ".join(parts) + ".", palette.FAINT), (f" Look at the last: voicecall show {last}", ""))


def _remarks(folder: Path, rows: Sequence[Row]) -> Iterator[Text]:
    """What was found and is no call, and what is not whole."""
    for row in rows:
        if words := row.summary.trouble:
            named = words if row.path.name in words else f"{row.path.name}: {words}"
            yield Text(plain(named), style=palette.CARE)
    if strange := archive.others(folder):
        names = ", ".join(plain(name) for name in strange[:_NAMED])
        more = f" and {len(strange) - _NAMED:,} more" if len(strange) > _NAMED else ""
        yield Text(f"Not call files, and left alone: {names}{more}.", style=palette.FAINT)


@contextmanager
def _progress() -> Iterator[archive.Progress | None]:
    """A bar on stderr while many files are read for the first time, if somebody looks at it."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("Reading call files, once", visible=False, total=None)
        yield lambda done, whole: bar.update(task, completed=done, total=whole, visible=whole >= _BAR_FROM)
