from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from tests.diagnosis.near_misses import FILES, diagnosed, read
from tests.samples import any_of
from voicecall_cli.console.ladder import Ladder
from voicecall_cli.console.lines import lines
from voicecall_core.call.step import new_call, step
from voicecall_core.words.descriptions import Lane, describe
from voicecall_core.words.events import EVENTS, StatusReported
from voicecall_core.words.orders import ORDERS, Document, DocumentKind, UpdateCall
from voicecall_core.words.terms import Terms
from voicecall_core.words.values import CallStatus

WIDE = 400
BOTH = {**EVENTS, **ORDERS}
SECRET = "a secret that somebody told"


def telling(kind: type[Any]) -> Any:
    """One in whose every field for what people or outsiders say a secret stands."""
    names = [each.name for each in dataclasses.fields(kind) if each.name.startswith("pii_") and each.type == "str"]
    names += [each.name for each in dataclasses.fields(kind) if each.name in ("reason", "said", "digit")]
    return any_of(kind, **dict.fromkeys(names, SECRET))


@pytest.mark.parametrize("name", BOTH)
def test_each_form_is_part_of_the_longer_one(name: str) -> None:
    told = describe(telling(BOTH[name]))
    assert told.short and told.short in told.long and told.full.startswith(told.long)


@pytest.mark.parametrize("name", BOTH)
def test_no_form_that_a_proof_shows_repeats_what_was_said(name: str) -> None:
    it = telling(BOTH[name])
    assert SECRET not in describe(it).long
    update = UpdateCall(1, "CA1", Document(DocumentKind.SAY, pii_text=SECRET))
    assert SECRET not in describe(update).long


@pytest.mark.parametrize("name", EVENTS)
def test_the_same_words_stand_on_the_ladder_and_in_the_lines(name: str) -> None:
    event = any_of(EVENTS[name])
    done = step(new_call(Terms("c-1")), event)
    words = describe(event).full
    drawn = Ladder(WIDE).step(done)
    assert words in drawn[0].plain
    told = lines(done)
    assert not told or words in told[0].plain


@pytest.mark.parametrize("name", ["overwrite", "stream-replaced", "hang-up-failed"])
def test_every_proof_can_be_searched_for_on_the_ladder(name: str) -> None:
    terms, steps, _ = read(FILES[name])
    ladder, call, drawn = Ladder(WIDE), new_call(terms), ""
    for entry in steps:
        done = dataclasses.replace(step(call, entry.event), verdicts=entry.verdicts, orders=entry.orders)
        drawn += "\n".join(line.plain for line in ladder.step(done))
        call = done.call
    proofs = [proof.words for finding in diagnosed(terms, steps).findings for proof in finding.proof]
    parts = [part for words in proofs for part in words.replace(" -> ", "|").split("|")]
    assert parts and all(part in drawn or all(one in drawn for one in part.split(", ")) for part in parts)


def test_a_word_of_the_carriers_own_is_told_where_it_is_none_that_we_know() -> None:
    known = StatusReported(CallStatus.QUEUED, "CA1", said="queued")
    unknown = StatusReported(CallStatus.UNKNOWN, "CA1", said="teleported")
    assert describe(known).full == "status callback: queued"
    assert describe(unknown).full == "status callback: unknown: teleported"


def test_an_arrow_points_where_it_went() -> None:
    update = describe(UpdateCall(1, "CA1", Document(DocumentKind.STREAM, 2)))
    assert (update.source, update.target) == (Lane.GUARD, Lane.CARRIER)
    assert update.full == "write 1: <Connect><Stream> 2 over the live call"
