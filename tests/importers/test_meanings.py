"""What failures mean, said to the owner of another program."""

from __future__ import annotations

import re

import pytest

from voicecall_core.carriers.twilio.errors import explain, known
from voicecall_core.importers.meanings import meaning_of, theirs


@pytest.mark.parametrize("code", sorted(known()))
def test_no_number_is_said_to_be_about_us(code: int) -> None:
    assert not re.search(r"\b(?:our|we|us)\b", theirs(explain(code).what))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("ERROR twilio error 12100", "Twilio's 12100: the program's document is not XML"),
        ("openai: code=insufficient_quota", "the model account's quota is used up"),
        ("OpenAI connection failed: HTTP 401", "the model does not take the key"),
        ("invalid Twilio signature on /voice", "the signature is made with another auth token"),
        ("GET /media upgrade refused with 401", ""),
        ("order 21 shipped", ""),
    ],
)
def test_a_failure_has_its_meaning(text: str, meaning: str) -> None:
    assert meaning_of(text).startswith(meaning) and bool(meaning_of(text)) is bool(meaning)
