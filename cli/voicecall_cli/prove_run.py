"""A proof as it is asked for on the command line: the walk, how far it is, and what it found. Judges nothing itself."""

from __future__ import annotations

import difflib
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from voicecall_cli.console.proof import proof_shown, rule_table
from voicecall_cli.exits import Exit
from voicecall_core.call.guard import Rulebook
from voicecall_core.call.guard_table import TABLE, Asker, Ruling, State
from voicecall_core.checker.environment import Actor
from voicecall_core.checker.proof import EVERYBODY, USUAL, Report, explore, without
from voicecall_core.checker.search import NO_LIMIT
from voicecall_core.errors import SettingsError
from voicecall_core.words.terms import Policy


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be proved: with which guard, without which rule, who moves, how many states at most."""

    guard: Policy
    without: str
    actors: str
    states: int | None


def run_proof(asked: Asked) -> int:
    """Walk, and show what was found; the exit code says whether everything held."""
    console = Console(highlight=False)
    rules = _rules(asked.without)
    began = perf_counter()
    report = _walk(asked, rules, console)
    console.print(proof_shown(report, took_s=perf_counter() - began, asked=_words(asked)))
    return Exit.OK if report.holds else Exit.DIFFERENT


def rules_shown() -> None:
    """Print the guard's rules by name."""
    Console(highlight=False).print(rule_table(_removable()))


class _Enough:
    """The first Ctrl-C ends the walk, and what was found so far is shown; the second leaves."""

    def __init__(self) -> None:
        self.wanted = False

    def __enter__(self) -> _Enough:
        self._before = signal.signal(signal.SIGINT, self._asked)
        return self

    def _asked(self, *_: object) -> None:
        if self.wanted:
            raise KeyboardInterrupt
        self.wanted = True

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)


def _walk(asked: Asked, rules: Rulebook | None, console: Console) -> Report:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    # The naive policy breaks a law in its first step; what people want to see is the harm that comes of it.
    until_harm = asked.guard is Policy.NAIVE
    shown = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    with _Enough() as enough, shown as progress:
        task = progress.add_task("walking")

        def told(left: int, known: int) -> bool:
            progress.update(task, description=f"{left:,} states walked, {known - left:,} before us")
            return enough.wanted

        return explore(
            asked.guard,
            rules=rules,
            actors=_actors(asked.actors),
            limit=asked.states or NO_LIMIT,
            until_harm=until_harm,
            progress=told,
        )


def _words(asked: Asked) -> str:
    """What was walked, for the first line of the result."""
    guard = f"guard {asked.guard}" + (f", without {asked.without}" if asked.without else "")
    return f"{guard}; who moves: {asked.actors}"


def _removable() -> Mapping[str, list[tuple[Asker, State]]]:
    """The rules that refuse or redirect something, each with its cells: what can be taken away."""
    kept = (Ruling.GRANTED, Ruling.IMPOSSIBLE, Ruling.STALE, Ruling.WANTED)
    found: dict[str, list[tuple[Asker, State]]] = {}
    for cell, rule in TABLE.items():
        if rule.ruling not in kept:
            found.setdefault(rule.rule, []).append(cell)
    return found


def _rules(name: str) -> Rulebook | None:
    if not name:
        return None
    removable = _removable()
    if name not in removable:
        close = difflib.get_close_matches(name, removable, n=1)
        meant = f"Did you mean {close[0]}? " if close else ""
        raise SettingsError(
            f"The guard has no rule {name!r} that could be taken away.",
            setting="--without",
            fix=f"{meant}voicecall prove --list-rules shows all.",
        )
    rules: Rulebook = TABLE
    for asker, state in removable[name]:
        rules = without(asker, state, rules)
    return rules


def _actors(names: str) -> frozenset[Actor]:
    match names.strip():
        case "usual":
            return USUAL
        case "all":
            return EVERYBODY
    by_name = {actor.name.lower().replace("_", "-"): actor for actor in Actor}
    wanted = {name.strip() for name in names.split(",") if name.strip()}
    if unknown := sorted(wanted - set(by_name)):
        raise SettingsError(
            f"Nobody called {', '.join(unknown)} can move.",
            setting="--actors",
            fix=f"Choose from {', '.join(by_name)}; or usual, or all.",
        )
    return frozenset(by_name[name] for name in wanted)
