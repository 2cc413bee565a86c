"""A whole log told: its calls, each diagnosed, what was skipped, what stays unknown. Memory has a bound."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from voicecall_core.imports.facts import Foreign, Found, Told
from voicecall_core.imports.imported import Imported
from voicecall_core.imports.kinds import Kind
from voicecall_core.imports.recorded import Recorded, recorded
from voicecall_core.imports.unknown import Clockwork
from voicecall_core.words.events import Heard, Spoken

MOST_FACTS = 100_000  # facts kept of a log: some thousand ordinary calls
MOST_OF_A_CALL = 5_000


@dataclass(frozen=True, slots=True)
class Story:
    """What a log tells. `skipped` lines said nothing to us; `unkept` facts were beyond what is kept."""

    kind: Kind
    calls: tuple[Recorded, ...]
    lines: int
    skipped: int
    unkept: int = 0
    unknown: tuple[str, ...] = ()


class Gathering:
    """The facts of a log, gathered by call while they come."""

    def __init__(self) -> None:
        self.calls: dict[str, list[Found]] = {}
        self.unkept = 0
        self._kept = 0
        self._same: dict[str, str] = {}

    def add(self, found: Found) -> None:
        """Keep a fact with its call."""
        if isinstance(found.fact, Foreign) and found.fact.told is Told.JOINED:
            self._join(found.key, found.fact.detail)
            return
        if isinstance(found.fact, Heard | Spoken) and not found.fact.final:
            return
        key = self._same.get(found.key, found.key)
        if self._kept >= MOST_FACTS or len(self.calls.get(key, ())) >= MOST_OF_A_CALL:
            self.unkept += 1
            return
        self._kept += 1
        self.calls.setdefault(key, []).append(found)

    def _join(self, keep: str, same: str) -> None:
        keep = self._same.get(keep, keep)
        self._same[same] = keep
        facts = [*self.calls.pop(keep, []), *self.calls.pop(same, [])]
        if facts:
            self.calls[keep] = sorted(facts, key=lambda found: found.line)


def story(lines: Iterable[str], kind: Kind) -> Story:
    """Read a whole log of this kind and diagnose its calls. Raises nothing for what is in the lines."""
    facts = Imported(lines, kind)
    gathering = Gathering()
    for found in facts:
        gathering.add(found)
    clock = Clockwork(
        facts.clock.shortened,
        len(facts.clock.styles),
        facts.clock.fine or facts.clock.now is None,
        facts.unstamped and facts.clock.now is not None,
        kind is Kind.SNAPSHOTS,
    )
    calls = tuple(recorded(found, clock) for found in gathering.calls.values())
    return Story(kind, calls, facts.lines, facts.skipped, gathering.unkept, tuple(_unknown(facts, gathering)))


def _unknown(facts: Imported, gathering: Gathering) -> list[str]:
    """What stays unknown of the log as a whole."""
    unknown = []
    if facts.clock.now is None and gathering.calls and facts.kind is not Kind.SNAPSHOTS:
        unknown.append("any time: no line bears a stamp that is known here")
    if facts.threads.guessed:
        unknown.append(
            "whose some lines are: several calls were up, and lines without a name went to the last one named"
        )
    if facts.kind is Kind.SNAPSHOTS:
        unknown.append("what was written to the carrier by REST, and when a snapshot was taken")
    return unknown
