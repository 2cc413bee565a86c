from __future__ import annotations

from collections.abc import Callable

import pytest

from cli import credentials
from cli.credentials import Secret
from cli.shapes import Wrong

HEX = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("shape", "text", "says"),
    [
        (credentials.account_sid, "SK" + HEX, "holds the SID of a Twilio API key (TWILIO_API_KEY), not an account SID"),
        (credentials.account_sid, "AC123", "5 characters"),
        (credentials.account_sid, "PN" + HEX, "the SID of a call, a number or an application"),
        (credentials.account_sid, "+15555550100", "a phone number"),
        (credentials.auth_token, "AC" + HEX, "holds a Twilio account SID (TWILIO_ACCOUNT_SID), not an auth token"),
        (credentials.auth_token, "sk-abc", "holds an OpenAI key"),
        (credentials.auth_token, "'" + HEX + "'", "quotation marks"),
        (credentials.auth_token, HEX[:-1] + "g", "wrong form"),
        (credentials.api_key, "AC" + HEX, "a Twilio account SID"),
        (credentials.api_secret, "SK" + HEX, "the SID of a Twilio API key"),
        (credentials.model_key, "AC" + HEX, "a Twilio account SID"),
        (credentials.model_key, "Bearer sk-abc", "the word Bearer"),
        (credentials.model_key, "sk-a\u200bbc", "cannot be seen"),
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
    assert credentials.account_sid("AC" + HEX) == "AC" + HEX
    assert credentials.api_key("SK" + HEX) == "SK" + HEX
    assert credentials.auth_token(HEX).reveal() == HEX
    assert credentials.model_key("sk-proj-abc").reveal() == "sk-proj-abc"
    assert credentials.model_key("a-compatible-servers-key").reveal() == "a-compatible-servers-key"


@pytest.mark.parametrize(
    "text", ["15555550100", "+1 555 555 0100", "+0555", "+1234567890123456", "+\u0664\u0669301234567"]
)
def test_a_number_of_ones_own_has_the_international_form(text: str) -> None:
    with pytest.raises(Wrong):
        credentials.own_number(text)


def test_a_secret_shows_four_characters_at_most() -> None:
    assert str(Secret(HEX)) == "\u2022" * 5 + "cdef"
    assert str(Secret("short")) == "\u2022" * 5
    assert f"{Secret(HEX)!r} {Secret(HEX)}".count(HEX[:8]) == 0
    assert not Secret() and str(Secret()) == ""
