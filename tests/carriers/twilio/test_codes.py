"""Every code has a meaning and something to do about it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_core.carriers.twilio.errors import explain, known, refusal
from voicecall_core.words.values import Refusal

DESCRIBED = """
    20003 20005 20006 20403 20008 20404 20422 20429 20500 20503 10001 10002 10004 21201 21213 21202 21203 21205 21206
    21208 21209 21218 21210 21211 21217 21212 21214 21215 13227 32205 21216 13225 32203 21219 21220 21221 21225 21262
    21263 13223 13224 32014 32015 32016 32017 32018 32019 32100 15002 15003 15004 11200 11205 11206 11210 11215 11220
    11235 11236 11237 11750 11770 12100 12200 12300 11100 31900 31901 31902 31903 31904 31910 31920 31921 31922 31923
    31924 31930 31931 31940 31941 31942 31950 31951 31952 31960
"""


def test_every_code_this_program_can_meet_is_in_the_table() -> None:
    assert {int(code) for code in DESCRIBED.split()} <= known()


@pytest.mark.parametrize("code", sorted(known()))
def test_a_meaning_is_a_clause_and_a_fix_is_a_sentence(code: int) -> None:
    meaning = explain(code)
    assert meaning.what and not meaning.what.endswith(".")
    assert meaning.fix[0].isupper() and meaning.fix.endswith(".")
    assert len(meaning.what) < 100 and len(meaning.fix) < 240


@given(st.integers(), st.integers())
def test_no_code_and_no_status_is_without_an_answer(code: int, status: int) -> None:
    meaning = explain(code, status)
    assert meaning.what and meaning.fix


def test_what_a_refused_write_says_of_its_call() -> None:
    assert [refusal(code) for code in (21220, 20404)] == [Refusal.NOT_IN_PROGRESS, Refusal.NOT_FOUND]
    assert {refusal(code) for code in known() - {21220, 20404}} == {refusal(0)} == {Refusal.OTHER}


def test_an_unknown_code_leads_to_its_page() -> None:
    assert explain(99999).fix == "Read https://www.twilio.com/docs/api/errors/99999."


def test_without_a_code_the_status_speaks() -> None:
    assert explain(0, 401) == explain(20003)
    assert explain(0, 429) == explain(20429)
    assert "on the way" in explain(0, 502).what
    assert "TWILIO_API_URL" in explain(0, 302).fix
