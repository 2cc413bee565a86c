"""Near misses: a call with one event dropped, moved or added, and everything else as it was. Knows no rule.

The times stay where they were, the events move among them. The orders of an event go with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from voicecall_core.call.step import Call, Entry, new_call, step
from voicecall_core.callfile.reader import CallFile, opened
from voicecall_core.diagnosis import Diagnosis, diagnose
from voicecall_core.words.codec import event_from
from voicecall_core.words.events import Event
from voicecall_core.words.terms import Terms

CALLS = Path(__file__).parent / "calls"
FILES = {path.stem: path for path in sorted(CALLS.glob("*.jsonl"))}


def read(path: Path) -> tuple[Terms, list[Entry], dict[str, Any]]:
    """A call file: its terms, its steps, and its header as JSON (`expects` a rule; `miss` says what differs)."""
    with opened(path) as source:
        recording = CallFile(source, path.name)
        header = recording.opened()
        steps = [entry for recorded in recording if (entry := recorded.entry) is not None]
    return header.terms, steps, json.loads(path.read_text(encoding="utf-8").splitlines()[0])


def missed(steps: list[Entry], miss: Mapping[str, Any]) -> list[Entry]:
    """The near miss: `drop` a step, `move` one `before` another, `add` an event `before` a step; steps count from 1."""
    found = list(steps)
    before = int(miss.get("before", 0)) - 1
    if "drop" in miss:
        del found[int(miss["drop"]) - 1]
    elif "move" in miss:
        at = int(miss["move"]) - 1
        moved = found.pop(at)
        found.insert(before - (at < before), moved)
    else:
        found.insert(before, Entry(event_from(miss["add"])))
    times = sorted(step.event.at for step in steps)
    if len(found) == len(steps):
        return [replace(step, event=replace(step.event, at=at)) for step, at in zip(found, times, strict=True)]
    if len(found) > len(steps):
        here = times[min(before, len(times) - 1)]
        found[before] = Entry(replace(found[before].event, at=here))
    return found


def diagnosed(terms: Terms, steps: list[Entry]) -> Diagnosis:
    """The diagnosis of these steps; the call's state is what today's judge makes of their events."""
    return diagnose(terms, steps, call_of(terms, steps))


def call_of(terms: Terms, steps: list[Entry]) -> Call:
    """What today's judge makes of these events."""
    call = new_call(terms)
    for entry in steps:
        call = step(call, entry.event).call
    return call


def mute(event: Event) -> Event:
    """The event without anything that somebody put into words."""
    words: dict[str, Any] = {f.name: "" for f in fields(event) if f.name == "reason" or f.name.startswith("pii_")}
    return replace(event, **words)
