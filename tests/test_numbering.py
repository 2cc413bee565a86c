"""Which numbers may be called, and what is said of all others."""

from __future__ import annotations

import pytest

from voicecall_core.errors import SettingsError
from voicecall_core.numbering import callable_number, demand_allowed
from voicecall_core.words.numbers import PhoneNumber


def refusal(text: str, *, rehearsal: bool = False) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        callable_number(text, rehearsal=rehearsal)
    return caught.value


@pytest.mark.parametrize("text", ["+12125551234", "+4930123456", "+447911123456", "+911123456789", "+80012345678"])
def test_ordinary_numbers_may_be_called(text: str) -> None:
    assert callable_number(text).e164 == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("+49 30 123456", "Leave blanks"),
        ("+49-30-123456", "Leave blanks"),
        ("+12125551234\n", "Leave blanks"),
        ("\uff0b4930123456", "Leave blanks"),
        ("+49 (0) 30 123456", "Leave the (0) away"),
        ("004930123456", "Write + for the 00"),
        ("4930123456", "with both"),
        ("030 123456", "with both"),
        ("+1-800-FLOWERS", "digits for the letters"),
        ("+1234567890123456", "as in +4930123456"),
        ("+0301234567", "as in +4930123456"),
        ("", "as in +4930123456"),
        ("grandmother", "as in +4930123456"),
    ],
)
@pytest.mark.parametrize("rehearsal", [False, True])
def test_another_form_is_refused_with_what_to_type(text: str, says: str, rehearsal: bool) -> None:
    assert says in refusal(text, rehearsal=rehearsal).fix


@pytest.mark.parametrize("text", ["911", "112", "+1911", "+49110", "+442"])
def test_emergency_and_short_numbers_are_refused(text: str) -> None:
    assert "emergency" in refusal(text).message
    assert "emergency" in refusal(text, rehearsal=True).message


@pytest.mark.parametrize("text", ["+19005551234", "+449098790000", "+979123456789"])
def test_premium_rate_numbers_are_refused(text: str) -> None:
    assert "premium-rate" in refusal(text).message


@pytest.mark.parametrize("text", ["+8816123456789", "+870773123456", "+882161234567"])
def test_satellite_and_worldwide_networks_are_refused(text: str) -> None:
    assert "satellite" in refusal(text).message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("+15555550100", "is not a number that +1 gives"),
        ("+1212555", "too short for a number in +1"),
        ("+121255512345", "too long for a number in +1"),
        ("+99912345678", "no such country code"),
    ],
)
def test_numbers_that_do_not_exist_are_refused(text: str, says: str) -> None:
    error = refusal(text)
    assert says in error.message
    assert text not in error.message + error.fix


@pytest.mark.parametrize("text", ["+15555550100", "+1234567", "+999123456789012"])
def test_a_rehearsal_takes_any_plus_and_seven_to_fifteen_digits(text: str) -> None:
    assert callable_number(text, rehearsal=True).e164 == text


@pytest.mark.parametrize("text", ["+4930123456", "+12125551234"])
def test_a_number_with_an_allowed_beginning_may_be_called(text: str) -> None:
    demand_allowed(PhoneNumber(text), ("+49", "+1212"))
    demand_allowed(PhoneNumber(text), None)


@pytest.mark.parametrize("text", ["+13105551234", "+447911123456", "+4300000000"])
def test_a_number_with_another_beginning_is_refused_masked_with_what_to_change(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        demand_allowed(PhoneNumber(text), ("+49", "+1212"))
    assert "+49, +1212" in caught.value.message
    assert text not in caught.value.message
    assert "VOICECALL_ALLOW" in caught.value.fix
