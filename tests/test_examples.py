"""Every phone number that a user could copy from us belongs to nobody. Knows the pages by their text alone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.write_docs import ROOT
from voicecall_core.fictional import is_fictional
from voicecall_core.numbering import region_of
from voicecall_core.words.numbers import PhoneNumber

PAGES = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", ".env.example", *sorted((ROOT / "docs").glob("*.md"))]
CODE = sorted([*(ROOT / "cli").rglob("*.py"), *(ROOT / "voicecall_core").rglob("*.py")])
_WRITTEN = re.compile(r"\+[1-9](?:[ ()./-]{0,2}[0-9]){6,}|(?<![\w+])\(?[2-9]\d\d\)?[ .-]\d{3}[ .-]\d{4}(?!\w)")
TWILIOS_OWN = {f"+1500555000{digit}" for digit in "12346"}  # Twilio's docs/iam/test-credentials: they ring nobody
NOBODY = "+10000000000"  # stands in for a caller where none is set; no plan has it


def numbers_in(text: str) -> set[str]:
    found = _WRITTEN.findall(text.replace("(0)", ""))
    return {("+" if each[0] == "+" else "+1") + re.sub(r"\D", "", each) for each in found}


def somebodys(text: str) -> set[str]:
    return {each for each in numbers_in(text) if not is_fictional(each) and each not in TWILIOS_OWN | {NOBODY}}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_no_page_shows_a_number_that_could_be_somebodys(page: str | Path) -> None:
    assert somebodys((ROOT / page).read_text("utf-8")) == set()


def test_no_text_of_the_program_shows_a_number_that_could_be_somebodys() -> None:
    found: dict[str, set[str]] = {}
    for path in CODE:
        texts = (node.value for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant))
        if own := set().union(*(somebodys(each) for each in texts if isinstance(each, str))):
            found[path.name] = own
    assert found == {}


def test_numbers_are_seen_in_every_form_in_which_a_page_could_show_them() -> None:
    text = "dial +4930123456, '+49 (0)30 654321-0', (212) 555-1234 or 212-555-1235; 2026-11-22, 10.5 s, +15555550100"
    assert somebodys(text) == {"+4930123456", "+49306543210", "+12125551234", "+12125551235"}
    assert numbers_in(text) - somebodys(text) == {"+15555550100"}


def test_the_one_example_that_every_page_shares_can_be_simulated_and_has_a_country() -> None:
    assert is_fictional("+15555550100") and region_of(PhoneNumber("+15555550100")) == "US"
