"""docs/glossary.md explains every value that is shown, and nothing that is not."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest

from voicecall_core.call.endings import Cause, Outcome
from voicecall_core.call.guard_table import Asker, Ruling, State
from voicecall_core.call.phase import Phase
from voicecall_core.diagnosis import Sure
from voicecall_core.words.descriptions import Lane
from voicecall_core.words.values import Timer

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "glossary.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (.+)\n([^#]*)", PAGE, re.M))
TERMS = dict(re.findall(r"^- \*\*(.+?)\*\*: (.+)$", SECTIONS["Terms"], re.M))
VALUES: dict[str, type[StrEnum]] = {
    "Phases of a call": Phase,
    "States of its document": State,
    "Who asks the guard": Asker,
    "Rulings": Ruling,
    "Outcomes": Outcome,
    "Causes of an end": Cause,
    "Timers": Timer,
    "How sure a finding is": Sure,
}
# What an engineer of the field looks up here first; every other term is welcome.
LOOKED_UP = frozenset(
    "barge-in, bridge, call, call file, callee, carrier, clear, counterexample, document, environment, event, fetch, "
    "generation, greeting, guard, invariant, item, journal, ladder, law, leg, mark, model, order, playout, public URL, "
    "reduction, response, ruling, scenario, search, session, signature, state, status callback, stream, token, "
    "transition, tunnel, turn, TwiML, VAD, verdict, webhook".split(", ")
)


def test_the_page_has_a_table_for_each_kind_of_value_and_no_other() -> None:
    assert set(SECTIONS) == {"Terms", *VALUES}


@pytest.mark.parametrize("section", VALUES)
def test_every_value_that_is_shown_has_its_row_in_its_order(section: str) -> None:
    rows = re.findall(r"^\| `(.+?)` \| (.+?) \|$", SECTIONS[section], re.M)
    assert [value for value, _ in rows] == [str(value) for value in VALUES[section]]
    assert all(meaning.strip() for _, meaning in rows)


def test_every_term_has_its_sentence_in_the_order_of_the_alphabet() -> None:
    assert list(TERMS) == sorted(TERMS, key=str.lower)
    assert len(TERMS) == len([line for line in SECTIONS["Terms"].splitlines() if line.startswith("- ")])
    assert [term for term, sentence in TERMS.items() if not re.fullmatch(r"[^.].+[^.]\.", sentence)] == []


def test_what_the_ladder_and_the_field_call_by_name_is_explained() -> None:
    lanes = {lane.name.lower() for lane in Lane}
    assert lanes | LOOKED_UP <= set(TERMS)


def test_every_page_it_leads_to_is_there() -> None:
    assert [name for name in re.findall(r"\]\((.+?)\)", PAGE) if not (DOCS / name).exists()] == []
