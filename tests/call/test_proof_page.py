"""docs/proof.md says what the code says."""

from __future__ import annotations

import re

from tests.call.write_tables import PAGE, written
from tests.checker.test_grants import BACKED as GRANTS_BACKED
from tests.checker.test_proof import BACKED
from voicecall_core.call.invariants import LAWS
from voicecall_core.checker.environment import Actor


def test_the_tables_on_the_page_are_the_codes() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert written(page) == page, "run: python -m tests.call.write_tables"


def test_every_law_of_the_house_has_a_row_that_says_how_it_is_checked() -> None:
    how = PAGE.read_text(encoding="utf-8").split("| law | in short |")[1]
    rows = [int(row) for row in re.findall(r"^\| (\d+) \|", how, re.M)]
    assert rows == sorted({12, 13, *(number for number in LAWS if number)})  # two are not the judge's to show


def test_every_actor_and_every_backed_cell_is_named_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [actor for actor in Actor if actor not in page] == []
    assert [reason for reason in [*BACKED.values(), *GRANTS_BACKED.values()] if reason not in page] == []
