"""docs/proof.md says what the code says."""

from __future__ import annotations

import re

from tests.call.write_tables import PAGE, written
from tests.checker.test_proof import BACKED
from voicecall_core.call.invariants import LAWS
from voicecall_core.checker.environment import Actor


def test_the_tables_on_the_page_are_the_codes() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert written(page) == page, "run: python -m tests.judgement.write_tables"


def test_every_law_of_the_house_has_a_row_that_says_how_it_is_checked() -> None:
    rows = re.findall(r"^\| (\d+) \|", PAGE.read_text(encoding="utf-8"), re.M)
    assert {int(row) for row in rows} >= {*range(1, 15), *(number for number in LAWS if number)}


def test_every_actor_and_every_backed_refusal_is_named_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [actor for actor in Actor if actor not in page] == []
    assert [reason for reason in BACKED.values() if reason not in page] == []
