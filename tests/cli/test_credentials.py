from __future__ import annotations

from collections.abc import Callable

import pytest

from voicecall_cli import value_formats
from voicecall_cli.value_formats import Secret, Wrong

HEX = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("shape", "text", "says"),
    [
        (
            value_formats.account_sid,
            "SK" + HEX,
            "holds the SID of a Twilio API key (TWILIO_API_KEY), not an account SID",
        ),
        (value_formats.account_sid, "AC123", "5 characters"),
        (value_formats.account_sid, "PN" + HEX, "the SID of a call, a number or an application"),
        (value_formats.account_sid, "+15555550100", "a phone number"),
        (value_formats.auth_token, "AC" + HEX, "holds a Twilio account SID (TWILIO_ACCOUNT_SID), not an auth token"),
        (value_formats.auth_token, "sk-abc", "holds an OpenAI key"),
        (value_formats.auth_token, "'" + HEX + "'", "quotation marks"),
        (value_formats.auth_token, HEX[:-1] + "g", "wrong form"),
        (value_formats.api_key, "AC" + HEX, "a Twilio account SID"),
        (value_formats.api_secret, "SK" + HEX, "the SID of a Twilio API key"),
        (value_formats.model_key, "AC" + HEX, "a Twilio account SID"),
        (value_formats.model_key, "Bearer sk-abc", "the word Bearer"),
        (value_formats.model_key, "sk-a\u200bbc", "cannot be seen"),
    ],
)
def test_what_was_pasted_into_the_wrong_place_is_recognised(
    shape: Callable[[str], object], text: str, says: str
) -> None:
    with pytest.raises(Wrong) as caught:
        shape(text)
    assert says in caught.value.what
    assert HEX not in caught.value.what + caught.value.fix


def test_credentials_of_the_right_form_are_taken() -> None:
    assert value_formats.account_sid("AC" + HEX) == "AC" + HEX
    assert value_formats.api_key("SK" + HEX) == "SK" + HEX
    assert value_formats.auth_token(HEX).reveal() == HEX
    assert value_formats.model_key("sk-proj-abc").reveal() == "sk-proj-abc"
    assert value_formats.model_key("a-compatible-servers-key").reveal() == "a-compatible-servers-key"


@pytest.mark.parametrize("text", ["15555550100", "(555) 555-0100", "030 123456", "+0555", "+1234567890123456"])
def test_a_number_of_ones_own_has_the_international_form(text: str) -> None:
    with pytest.raises(Wrong):
        value_formats.own_number(text)


def test_a_number_of_ones_own_is_taken_as_the_console_shows_it() -> None:
    assert value_formats.own_number("+1 (555) 555-0100").e164 == "+15555550100"


@pytest.mark.parametrize("text", ["de", "DE"])
def test_a_country_is_two_letters(text: str) -> None:
    assert value_formats.region(text) == "DE"
    for wrong in ("Germany", "XX", "49", "D\u00c9"):
        with pytest.raises(Wrong):
            value_formats.region(wrong)


def test_a_secret_shows_four_characters_at_most() -> None:
    assert str(Secret(HEX)) == "\u2022" * 5 + "cdef"
    assert str(Secret("short")) == "\u2022" * 5
    assert f"{Secret(HEX)!r} {Secret(HEX)}".count(HEX[:8]) == 0
    assert not Secret() and str(Secret()) == ""
