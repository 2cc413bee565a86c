"""Every table over events, orders and enums leaves nothing out, or says here why it may.

The tables are found, not listed: whatever dictionary at a module's level has such keys.
"""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from itertools import product
from typing import Any, cast

import pytest

import voicecall_cli
import voicecall_core
from tests.placing import place
from tests.samples import any_of
from tests.write_docs import ROOT
from voicecall_core.checker.causality import channel_of
from voicecall_core.models.openai_realtime.writing import messages
from voicecall_core.session.model_commands import TO_MODEL
from voicecall_core.words.events import EVENTS, Event
from voicecall_core.words.exhaustive import assert_exhaustive
from voicecall_core.words.orders import ORDERS, Order
from voicecall_core.words.terms import Brief

# Tables that speak for some of their cases only, each with what becomes of the others.
PARTIAL = {
    "_ACTS over Told": "only what the other program did; the rest is an event, or nothing",
    "_ANSWERS over Event": "only answers to what we asked for",
    "_BEGAN over Phase": "a phase without a moment of its own counts from the dialling",
    "_COLOURS over What": "what is not among them is drawn plain",
    "_ENDS over Event": "only what ends a media socket",
    "_EXITS over Status": "only what must be looked at; the others leave with 0",
    "_FIXED over What": "what has a detail is told by _SAID, and the two together are exhaustive",
    "_MARKS over Ruling": "what is neither granted nor refused gets a tilde",
    "_OF_FACTS over Event": "only what a concept makes; the others are told by messages alone",
    "_OF_STAGE over ModelStage": "only the stages that logs tell in words",
    "_OF_TOLD over Told": "only what a concept makes",
    "_OUTCOMES over Outcome": "what nobody decided is red",
    "_PERIODS over Style": "only clocks that begin again",
    "_PHASES over Phase": "phases before the answer have the carrier's colour",
    "_PROGRESS over CallStatus": "only statuses before the answer; the others are told apart by name",
    "_SAID over What": "what needs no detail is told by _FIXED, and the two together are exhaustive",
    "_SAYS over Shape": "what is cut off says only where",
    "_SCROLLS over Key": "left and right seek in a replay, and scroll nothing",
    "_SHORT over Ruling": "only what is too wide for its column",
    "_SHORT over Style": "only clocks that lack a part",
    "_STYLES over Lane": "the guard's own lane is not coloured",
    "_TELLING over Event": "only what the carrier does",
    "_TELLS over Order": "only what an event waits for",
    "_VERBS over Ruling": "only refusals; the others are told otherwise",
    "_VISITS over Event": "the others are named beside it, as stale",
    "_WHOSE over Asker": "only those who write over the stream where there is no guard",
    "_WRITES over Asker": "only those who are granted a numbered write",
    "BY_STATUS over CallStatus": "only statuses that end a call before its answer",
}

Cases = tuple[str, set[Any]]


def modules() -> Iterator[Any]:
    for package in (voicecall_cli, voicecall_core):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def cases_of(keys: Iterable[Any]) -> Cases | None:
    """What the keys are of (all events, all orders, an enum), and all of its cases; None for any other keys."""
    kinds = {key if isinstance(key, type) else type(key) for key in keys if key is not None}
    if kinds and all(issubclass(kind, Event) for kind in kinds):
        return "Event", set(EVENTS.values())
    if kinds and all(issubclass(kind, Order) for kind in kinds):
        return "Order", set(ORDERS.values())
    kind = kinds.pop() if len(kinds) == 1 else object
    return (kind.__name__, set(kind)) if issubclass(kind, Enum) else None


def cases_of_table(table: Mapping[Any, Any]) -> Cases | None:
    if not all(isinstance(key, tuple) for key in table) or len({len(key) for key in table}) != 1:
        return cases_of(table)
    columns = [cases_of(column) for column in zip(*table, strict=True)]
    known = [column for column in columns if column is not None]
    if len(known) != len(columns):
        return None
    return " and ".join(name for name, _ in known), set(product(*(cases for _, cases in known)))


def tables() -> dict[str, tuple[Mapping[Any, Any], Cases]]:
    """Every table over such cases, once, by the name under which it was met first."""
    found, seen = {}, set()
    for module in modules():
        for name, value in vars(module).items():
            if isinstance(value, Mapping) and value and not name.startswith("__") and id(value) not in seen:
                seen.add(id(value))
                if (cases := cases_of_table(value)) is not None:
                    found[f"{module.__name__}: {name} over {cases[0]}"] = (value, cases)
    return found


TABLES = tables()


def bare(name: str) -> str:
    return name.partition(": ")[2]


def test_the_tables_are_found() -> None:
    names = {bare(name) for name in TABLES}
    assert {"_EVENTS over Event", "_TIMERS over Timer", "_ORDERS over Order", "TABLE over Asker and State"} <= names
    assert set(PARTIAL) <= names


@pytest.mark.parametrize("name", TABLES)
def test_a_table_leaves_nothing_out(name: str) -> None:
    table, (_, cases) = TABLES[name]
    keys = {key for key in table if key is not None}
    if bare(name) in PARTIAL:
        assert keys < cases, "complete: strike it from PARTIAL"
    else:
        assert_exhaustive(name, keys, cases)


def test_every_event_and_order_class_is_in_the_vocabulary() -> None:
    """`slots=True` makes a class twice, so that only the names of the subclasses can be compared."""
    ours = {"voicecall_core.words.events", "voicecall_core.words.model_events"}
    assert {kind.__name__ for kind in Event.__subclasses__() if kind.__module__ in ours} == set(EVENTS)
    assert {kind.__name__ for kind in Order.__subclasses__() if kind.__module__ == Order.__module__} == set(ORDERS)
    others = [*Event.__subclasses__(), *Order.__subclasses__()]
    assert {kind.__module__ for kind in others} == {*ours, Order.__module__}


def test_what_is_missing_is_named() -> None:
    with pytest.raises(AssertionError, match="the table lacks SAY and does not need Heard, nobody"):
        assert_exhaustive("the table", ["STREAM", EVENTS["Heard"], "nobody"], ["STREAM", "SAY"])


FORGOTTEN = """
import importlib, sys
from voicecall_core.words.events import EVENTS, Event
from voicecall_core.words.orders import ORDERS, Order
rooms = [importlib.import_module(name) for name in sys.argv[1:]]
for words, word in ((EVENTS, type("Teleported", (Event,), {})), (ORDERS, type("Teleport", (Order,), {}))):
    words[word.__name__] = word
    for room in rooms:
        try:
            importlib.reload(room)
        except AssertionError as missing:
            print(missing)
    del words[word.__name__]
"""


def test_a_word_that_is_forgotten_stops_the_program_when_it_is_read() -> None:
    """It is added to the vocabulary alone: each room says by itself which of its tables lacks it."""
    rooms = ["call.step", "call.tombstone", "words.descriptions"]
    command = [sys.executable, "-c", FORGOTTEN, *(f"voicecall_core.{room}" for room in rooms)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=30).stdout
    assert told.splitlines() == [
        "what follows an event lacks Teleported",
        "what follows an event when the call is over lacks Teleported",
        "the descriptions of events lacks Teleported",
        "the descriptions of orders lacks Teleport",
    ]


async def test_an_order_that_nobody_carries_out_stops_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cast(dict[str, type[Order]], ORDERS), "Teleport", type("Teleport", (Order,), {}))
    with pytest.raises(AssertionError, match="who carries out an order lacks Teleport"):
        await place("race")


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_has_a_channel_or_none(name: str) -> None:
    assert isinstance(channel_of(any_of(EVENTS[name])), str)


@pytest.mark.parametrize("order", TO_MODEL)
def test_every_order_to_the_model_has_its_messages(order: type[Order]) -> None:
    assert isinstance(messages(any_of(order), Brief("m", "v", "i", "g"), "vc-1"), list)
