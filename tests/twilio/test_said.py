"""Nothing that Twilio quotes back may show a number, a secret or a stream's token."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_core.carriers.twilio.said import LONGEST, fit_to_show


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("The number +15555550100 is unverified.", "The number +15•••••100 is unverified."),
        ("provided, +15555550100, is not", "provided, +15•••••100, is not"),
        ("to=%2B15555550100&x", "to=+15•••••100&x"),
        ("call (555) 555-0100 now", "call 555•••••100 now"),
        ("call +1 (555) 555-0100 now", "call +15•••••100 now"),
        ("4915112345678", "491•••••678"),
        ("call CA" + "0" * 32 + " ended", "call CA" + "0" * 32 + " ended"),
        ("error 21211, HTTP 400", "error 21211, HTTP 400"),
        ("see wss://h.example/c-1/media/1/0f3ca9: 404", "see (stream URL) 404"),
        ("two\nlines\x1b[31m\u202e", "two lines [31m"),
        ("x" * 1000, "x" * (LONGEST - 1) + "…"),
        ("the key hunter2 is wrong", "the key **** is wrong"),
    ],
)
def test_what_is_shown(said: str, shown: str) -> None:
    assert fit_to_show(said, ["hunter2", ""]) == shown


@given(st.text(), st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True), st.text())
def test_a_full_number_is_never_shown(before: str, number: str, after: str) -> None:
    shown = fit_to_show(f"{before} {number} {after}")
    assert number not in shown
    assert not re.search(r"\+[0-9]{7,}", shown)
