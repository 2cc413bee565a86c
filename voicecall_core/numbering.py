"""Whether a number may be called at all. Knows nothing of who calls it, and shows it masked alone.

Strict on purpose: a call costs money and rings somebody's phone, so nothing is guessed; an error says how to write it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from voicecall_core.errors import SettingsError
from voicecall_core.masking import masked
from voicecall_core.words.numbers import PhoneNumber

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber as Parsed


_EXAMPLE = "as in +4930123456: +, country code, number, digits alone"
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")  # ITU-T E.164: at most 15 digits; no country's number has fewer than 7
_SHORT = 6  # digits; whatever is this short is an emergency, service or in-house number
_NO_COUNTRY = "001"  # phonenumbers' region for codes that belong to networks, satellites among them
_FREEPHONE = 800  # the one of these that costs the caller nothing extra


def callable_number(text: str, *, rehearsal: bool = False) -> PhoneNumber:
    """`text` as a number that may be called. Raises SettingsError that says what to type instead.

    Refused are numbers that do not exist, emergency and short numbers, premium-rate and satellite ones. For a
    `rehearsal` on the built-in carrier any + with 7 to 15 digits will do.
    """
    number = _in_form(text)
    if not rehearsal:
        _refuse_costly(number)
    return PhoneNumber(number)


def demand_allowed(number: PhoneNumber, allowed: tuple[str, ...] | None) -> None:
    """Raise SettingsError unless the number begins like one of `allowed`; None allows all."""
    if allowed is not None and not number.e164.startswith(allowed):
        raise SettingsError(
            f"{number} begins with none of {', '.join(allowed)}, and VOICECALL_ALLOW lets no other number be called.",
            setting="VOICECALL_ALLOW",
            fix="Call one that does, or add its beginning to VOICECALL_ALLOW if you mean it.",
        )


def _in_form(text: str) -> str:
    """`text` if it is + and 7 to 15 digits; otherwise the error tells the most likely slip."""
    if _E164.fullmatch(text):
        return text
    folded = unicodedata.normalize("NFKC", text)
    digits = "".join(each for each in folded if each.isdecimal())
    if not digits:
        raise _wrong("That is not a phone number.", f"Write the number {_EXAMPLE}.")
    if any(each.isalpha() for each in folded):
        raise _wrong("The number has letters in it.", f"Write digits for the letters, {_EXAMPLE}.")
    if len(digits) <= _SHORT:
        raise _wrong(
            "Short numbers are not called: emergency services are among them.", f"Write a full number, {_EXAMPLE}."
        )
    if re.search(r"\(0\)", folded):
        raise _wrong("The number has a (0) in it.", f"Leave the (0) away, {_EXAMPLE}.")
    if folded.strip().startswith("00"):
        raise _wrong("The number begins with 00.", f"Write + for the 00, {_EXAMPLE}.")
    if not folded.strip().startswith("+"):
        raise _wrong("The number has no + and country code.", f"Write it with both, {_EXAMPLE}.")
    if len(digits) > 15:
        raise _wrong(f"The number has {len(digits)} digits; 15 are the most there can be.", f"Write it {_EXAMPLE}.")
    if digits.startswith("0"):
        raise _wrong("A country code does not begin with 0.", f"Write the number {_EXAMPLE}.")
    raise _wrong(
        "The number has something in it besides + and digits.",
        f"Leave blanks, dashes, dots and brackets away, {_EXAMPLE}.",
    )


def _refuse_costly(number: str) -> None:
    """Raise SettingsError for a number that does not exist, or that no test should call."""
    import phonenumbers as book  # 30 ms, and 100 ms more for a country's plan: not for `--help`

    shown = masked(number)
    try:
        parsed = book.parse(number)
    except book.NumberParseException:
        raise _wrong(f"{shown}: there is no such country code.", f"Check it and write it {_EXAMPLE}.") from None
    national = book.national_significant_number(parsed)
    regions = book.COUNTRY_CODE_TO_REGION_CODE.get(parsed.country_code or 0, ())
    if any(book.is_emergency_number(national, region) for region in regions):
        raise _wrong(f"{shown} is an emergency number. It is not called.", "Call a number of your own.")
    if not book.is_valid_number(parsed):
        raise _wrong(f"{shown} {_what_is_wrong(parsed)}.", f"Check it and write it {_EXAMPLE}; or add --sim.")
    if book.number_type(parsed) == book.PhoneNumberType.PREMIUM_RATE:
        raise _wrong(f"{shown} is a premium-rate number. It is not called.", "Call an ordinary number.")
    if book.region_code_for_number(parsed) == _NO_COUNTRY and parsed.country_code != _FREEPHONE:
        raise _wrong(
            f"{shown} belongs to a satellite or worldwide network, at several dollars a minute. It is not called.",
            "Call an ordinary number.",
        )


def _what_is_wrong(parsed: Parsed) -> str:
    import phonenumbers as book

    match book.is_possible_number_with_reason(parsed):
        case book.ValidationResult.TOO_SHORT:
            return f"is too short for a number in +{parsed.country_code}"
        case book.ValidationResult.TOO_LONG:
            return f"is too long for a number in +{parsed.country_code}"
    return f"is not a number that +{parsed.country_code} gives to anybody"


def _wrong(what: str, fix: str) -> SettingsError:
    return SettingsError(what, setting="NUMBER", fix=fix)
