"""A proof as it is asked for on the command line: the walk, how far it is, and what it found. Judges nothing itself."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from voicecall_cli.console.proof import Walked, proof_shown, rule_table
from voicecall_cli.exits import Exit
from voicecall_cli.prove_json import closing_object, rule_objects, walk_object
from voicecall_core.call.guard import Rulebook
from voicecall_core.call.guard_table import TABLE, Asker, Ruling, State
from voicecall_core.checker.environment import Actor
from voicecall_core.checker.proof import EVERYBODY, USUAL, without
from voicecall_core.checker.search import NO_LIMIT
from voicecall_core.checker.standard_walks import STANDARD, GuardWalk, Walk
from voicecall_core.errors import SettingsError, did_you_mean
from voicecall_core.words.terms import Policy


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be proved: with which guard, without which rule, who moves, how many states a walk at most.

    `actors`: empty for the standard walks; else one walk among these.
    """

    guard: Policy
    without: str
    actors: str
    states: int | None


def run_proof(asked: Asked, *, as_json: bool = False) -> int:
    """Walk, and show what was found; the exit code says whether everything held."""
    console = Console(highlight=False, stderr=as_json)
    rules, walks = _rules(asked.without), _walks(asked)
    found: list[Walked] = []
    with _Enough() as enough, _progress_on(console) as show:
        for name, walk in walks.items():
            found.append(_walked(name, walk, asked, rules, enough, show))
            if as_json:
                print(json.dumps(walk_object(found[-1]), ensure_ascii=False), flush=True)
            if enough.wanted or not found[-1].report.complete:
                break
    whole = len(found) == len(walks)
    code = Exit.OK if whole and all(each.report.holds for each in found) else Exit.DIFFERENT
    if as_json:
        print(json.dumps(closing_object(_words(asked), found, exit_code=code, whole=whole), ensure_ascii=False))
    else:
        console.print(proof_shown(found, asked=_words(asked), whole=whole))
    return code


def rules_shown(*, as_json: bool = False) -> None:
    """Print the guard's rules by name."""
    if not as_json:
        Console(highlight=False).print(rule_table(_removable()))
        return
    for told in rule_objects(_removable()):
        print(json.dumps(told, ensure_ascii=False))


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


@contextmanager
def _progress_on(console: Console) -> Iterator[Callable[[str], None]]:
    """A line that says how far the walking is, on a terminal alone."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task("walking")
        yield lambda words: shown.update(task, description=words)


def _walks(asked: Asked) -> Mapping[str, Walk]:
    if not asked.actors:
        return STANDARD
    return {"the call and its document": GuardWalk(_actors(asked.actors), policy=asked.guard)}


def _walked(
    name: str, walk: Walk, asked: Asked, rules: Rulebook | None, enough: _Enough, show: Callable[[str], None]
) -> Walked:
    def told(left: int, known: int) -> bool:
        show(f"{name}: {left:,} states walked, {known - left:,} before us")
        return enough.wanted

    began = perf_counter()
    report = walk.proof(rules=rules).run(
        limit=asked.states or NO_LIMIT,
        # The naive policy breaks a law in its first step; what people want to see is the harm that comes of it.
        until_harm=asked.guard is Policy.NAIVE,
        progress=told,
    )
    return Walked(name, walk, report, perf_counter() - began)


def _words(asked: Asked) -> str:
    """What was walked, for the first line of the result."""
    guard = f"guard {asked.guard}" + (f", without {asked.without}" if asked.without else "")
    return f"{guard}; " + (f"who moves: {asked.actors}" if asked.actors else "the standard walks")


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
        raise SettingsError(
            f"The guard has no rule {name!r} that could be taken away.",
            setting="--without",
            fix=f"{did_you_mean(name, removable)}voicecall prove --list-rules shows all.",
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
