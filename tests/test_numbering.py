"""How numbers are read, which may be called, and what is said of all others."""

from __future__ import annotations

import pytest

from voicecall_core.errors import SettingsError
from voicecall_core.fictional import is_fictional
from voicecall_core.numbering import callable_number, demand_allowed, is_region, read_number, region_of
from voicecall_core.words.numbers import PhoneNumber


def refusal(text: str, *, rehearsal: bool = False, region: str = "") -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        callable_number(text, rehearsal=rehearsal, region=region)
    return caught.value


@pytest.mark.parametrize("text", ["+12125551234", "+4930123456", "+447911123456", "+911123456789", "+80012345678"])
def test_ordinary_numbers_may_be_called(text: str) -> None:
    assert callable_number(text).e164 == text


@pytest.mark.parametrize(
    ("text", "region", "read"),
    [
        ("(555) 555-0100", "US", "+15555550100"),
        ("1 555 555 0100", "US", "+15555550100"),
        ("555.555.0100", "us", "+15555550100"),
        ("tel:+1-555-555-0100", "", "+15555550100"),
        ("\u202a+1 (212) 555\u20110123\u202c", "DE", "+12125550123"),  # as a phone's address book copies it
        ("011 49 30 23125000", "US", "+493023125000"),
        ("0049 30 23125 000", "DE", "+493023125000"),
        ("0049 30 23125 000", "US", "+493023125000"),
        ("0011 49 30 23125 000", "AU", "+493023125000"),
        ("0049 30 23125 000", "", "+493023125000"),
        ("0044 20 7946 0123", "JP", "+442079460123"),
        ("+49 (0)30 23125-000", "", "+493023125000"),
        ("+49-30-23125000\n", "", "+493023125000"),
        ("030/23125 000", "DE", "+493023125000"),
        ("\uff0b493023125000", "", "+493023125000"),
        ("\u0660\u0663\u0660\u0662\u0663\u0661\u0662\u0665\u0660\u0660\u0660", "DE", "+493023125000"),
        ("+39 (0)6 12345678", "", "+390612345678"),  # Italy's zero is part of the number
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, region: str, read: str) -> None:
    assert read_number(text, region).e164 == read


@pytest.mark.parametrize(
    ("text", "region", "says"),
    [
        ("4930123456", "", "no + and country code"),
        ("030 123456", "", "no + and country code"),
        ("(555) 555-0100", "", "no + and country code"),
        ("4930123456", "DE", "is that the country code?"),
        ("555-0100", "US", "no area code"),
        ("+49 30 123456 ext 5", "", "letters"),
        ("+1-800-FLOWERS", "", "letters"),
        ("030 123456, 030 123457", "DE", "that no number has"),
        ("+49 30 123456;5", "", "that no number has"),
        ("++4930123456", "", "that no number has"),
        ("+1234567890123456", "", "too long for a number in +1"),
        ("+49 123456789012345678901", "", "15 are the most"),
        ("+0301234567", "", "no such country code"),
        ("+99912345678", "", "no such country code"),
        ("", "", "not a phone number"),
        ("+", "US", "not a phone number"),
        ("grandmother", "US", "not a phone number"),
    ],
)
def test_what_is_not_certain_is_refused_with_what_to_type(text: str, region: str, says: str) -> None:
    error = refusal(text, region=region)
    assert says in error.message
    assert "as in +15555550100" in error.fix
    assert text == "" or text not in error.message + error.fix or not text[-1].isdecimal()


def test_whose_numbers_are_written_can_be_said() -> None:
    assert "VOICECALL_REGION" in refusal("030 123456").fix
    assert is_region("DE") and not is_region("XX") and not is_region("de")


@pytest.mark.parametrize("text", ["911", "112", "9-1-1", "tel:911", "+1911", "+1 (911)", "+49110", "+442", "0 112"])
@pytest.mark.parametrize("region", ["", "US", "DE", "GB"])
def test_emergency_and_short_numbers_are_refused_in_every_form(text: str, region: str) -> None:
    assert "emergency" in refusal(text, region=region).message
    assert "emergency" in refusal(text, rehearsal=True, region=region).message


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("+19005551234", ""),
        ("(900) 555-1234", "US"),
        ("001 900 555 1234", "DE"),
        ("+449098790000", ""),
        ("0909 879 0000", "GB"),
        ("+979123456789", ""),
    ],
)
def test_premium_rate_numbers_are_refused_in_every_form(text: str, region: str) -> None:
    assert "premium-rate" in refusal(text, region=region).message


@pytest.mark.parametrize("text", ["+8816123456789", "+881 6 123456789", "00870 773123456", "+882161234567"])
def test_satellite_and_worldwide_networks_are_refused_in_every_form(text: str) -> None:
    assert "satellite" in refusal(text, region="DE").message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("+15555551234", "is not a number that +1 gives"),
        ("+1212555", "too short for a number in +1"),
        ("+121255512345", "too long for a number in +1"),
        ("+99912345678", "no such country code"),
    ],
)
def test_numbers_that_do_not_exist_are_refused(text: str, says: str) -> None:
    error = refusal(text)
    assert says in error.message
    assert text not in error.message + error.fix


FICTIONAL = ["+15555550100", "+12125550199", "+18005550199", "+493023125000", "+442079460123", "+447700900461"]
REAL = ["+12125550200", "+18005550123", "+12125551212", "+4930123456", "+442079461000", "+447700901000"]


@pytest.mark.parametrize("text", [*FICTIONAL, "+1 (555) 555-0100", "0049 30 23125 000"])
def test_numbers_kept_for_fiction_are_called_in_rehearsals_alone(text: str) -> None:
    assert callable_number(text, rehearsal=True).e164 in FICTIONAL
    error = refusal(text)
    assert "no phone rings there" in error.message
    assert "--sim" in error.fix


def test_numbers_kept_for_fiction_are_told_from_others() -> None:
    assert [each for each in FICTIONAL if not is_fictional(each)] == []
    assert [each for each in REAL if is_fictional(each)] == []


@pytest.mark.parametrize("text", ["+15555550100", "+1234567", "+999123456789012"])
def test_a_rehearsal_takes_any_plus_and_seven_to_fifteen_digits(text: str) -> None:
    assert callable_number(text, rehearsal=True).e164 == text


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("+493023125000", "DE"),
        ("+14165550100", "CA"),
        ("+15555550100", "US"),
        ("+99912345678", ""),
        ("+80012345678", ""),
    ],
)
def test_the_country_of_a_number(number: str, region: str) -> None:
    assert region_of(PhoneNumber(number)) == region


def test_a_trunk_zero_behind_the_country_code_is_not_dialled() -> None:
    assert callable_number("+49030123456").e164 == "+4930123456"


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
