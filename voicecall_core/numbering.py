"""How a number is read, and whether it may be called at all. Knows nothing of who calls it, and shows it masked alone.

A number is read as people write it. Whether it may be called is judged strictly: a call costs money and rings
somebody's phone.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from voicecall_core.errors import SettingsError
from voicecall_core.fictional import is_fictional
from voicecall_core.masking import masked
from voicecall_core.words.numbers import PhoneNumber

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber as Parsed


_EXAMPLE = "as in +15555550100: +, country code, number"
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")  # ITU-T E.164: at most 15 digits; no country's number has fewer than 7
_WRITTEN = re.compile(r"\+?[\d\s()./\-\u2010-\u2015\u2212]+")  # no extension, no second number, no letters
_SHORT = 6  # digits; whatever is this short is an emergency, service or in-house number
_NO_COUNTRY = "001"  # phonenumbers' region for codes that belong to networks, satellites among them
_FREEPHONE = 800  # the one of these that costs the caller nothing extra
_NORTH_AMERICA = "1"  # the one country code that is the trunk prefix, too


def callable_number(text: str, *, rehearsal: bool = False, region: str = "") -> PhoneNumber:
    """`text` as a number that may be called. Raises SettingsError that says what to type instead.

    Refused are numbers that do not exist or are kept free for fiction, emergency and short numbers, premium-rate and
    satellite ones. For a `rehearsal` on the built-in carrier any + with 7 to 15 digits will do. `region` is as for
    `read_number`.
    """
    number = read_number(text, region)
    return number if rehearsal else PhoneNumber(_callable(number.e164))


def read_number(text: str, region: str = "") -> PhoneNumber:
    """A number as people write it, with blanks, brackets, dashes, slashes, 00, (0) or tel:, in E.164 form.

    One without + and country code is meant in `region` (ISO 3166, two letters). Raises SettingsError that says what
    to type instead; nothing is guessed that could be another number.
    """
    if _E164.fullmatch(text):
        return PhoneNumber(text)
    return PhoneNumber(_e164(_tidy(text), region.upper()))


def demand_allowed(number: PhoneNumber, allowed: tuple[str, ...] | None) -> None:
    """Raise SettingsError unless the number begins like one of `allowed`; None allows all."""
    if allowed is not None and not number.e164.startswith(allowed):
        raise SettingsError(
            f"{number} begins with none of {', '.join(allowed)}, and VOICECALL_ALLOW lets no other number be called.",
            setting="VOICECALL_ALLOW",
            fix="Call one that does, or add its beginning to VOICECALL_ALLOW if you mean it.",
        )


def region_of(number: PhoneNumber) -> str:
    """The country of a number (ISO 3166, two letters); the biggest one where several share a code, "" for none."""
    import phonenumbers as book

    try:
        parsed = book.parse(number.e164)
    except book.NumberParseException:
        return ""
    region = book.region_code_for_number(parsed) or book.region_code_for_country_code(parsed.country_code or 0)
    return region if region.isalpha() and region != "ZZ" else ""


def is_region(text: str) -> bool:
    """Whether these two letters are a country that has telephone numbers."""
    import phonenumbers as book

    return text in book.SUPPORTED_REGIONS


def _tidy(text: str) -> str:
    """`text` without what cannot be seen and without tel:. Raises SettingsError if it is not written like a number."""
    folded = "".join(each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) != "Cf").strip()
    folded = re.sub(r"(?i)^tel:\s*", "", folded)
    digits = sum(each.isdecimal() for each in folded)
    if not digits:
        raise _wrong("That is not a phone number.", f"Write the number {_EXAMPLE}.")
    if any(each.isalpha() for each in folded):
        raise _wrong("The number has letters in it.", f"Write digits for the letters, and no extension, {_EXAMPLE}.")
    if digits <= _SHORT:
        raise _wrong(
            "Short numbers are not called: emergency services are among them.", f"Write a full number, {_EXAMPLE}."
        )
    if not _WRITTEN.fullmatch(folded):
        raise _wrong("The number has something in it that no number has.", f"Write it {_EXAMPLE}.")
    return folded


def _e164(text: str, region: str) -> str:
    """What a tidy text means in a region. Raises SettingsError where that is not certain."""
    import phonenumbers as book  # 30 ms, and 100 ms more for a country's plan: not for `--help`

    digits = "".join(str(unicodedata.decimal(each)) for each in text if each.isdecimal())
    abroad = text.startswith("+")
    if not abroad and digits.startswith("00"):
        # ITU-T E.123: how people write the way out, whatever theirs is; Australia's is 0011, and no number begins +1 1
        text, abroad = f"+{digits[4 if digits.startswith('0011') else 2 :]}", True
    if not abroad and not region:
        raise _wrong(
            "The number has no + and country code.",
            f"Write it with both, {_EXAMPLE}; or say with VOICECALL_REGION whose numbers you write: US, DE, ...",
        )
    code = str(book.country_code_for_region(region)) if region else ""
    if not abroad and code != _NORTH_AMERICA and digits.startswith(code):
        raise _wrong(
            f"The number begins with {code} and has no +: is that the country code?",
            f"Write it with the +, {_EXAMPLE}.",
        )
    try:
        parsed = book.parse(text, None if abroad else region)
    except book.NumberParseException as error:
        raise _unreadable(error, len(digits)) from None
    found = book.format_number(parsed, book.PhoneNumberFormat.E164)
    if fault := _length_fault(parsed):
        raise _wrong(f"{masked(found)} {fault}.", f"Check it and write it {_EXAMPLE}.")
    return found


def _unreadable(error: Exception, digits: int) -> SettingsError:
    import phonenumbers as book

    match getattr(error, "error_type", None):
        case book.NumberParseException.INVALID_COUNTRY_CODE:
            return _wrong("There is no such country code.", f"Write the number {_EXAMPLE}.")
        case book.NumberParseException.TOO_LONG:
            return _wrong(f"The number has {digits} digits; 15 are the most there can be.", f"Write it {_EXAMPLE}.")
    return _wrong("That is not a phone number.", f"Write the number {_EXAMPLE}.")


def _callable(number: str) -> str:
    """The number, without a trunk zero behind its country code. Raises SettingsError for one that must not be called.

    That is one that does not exist, or that no test should call.
    """
    import phonenumbers as book

    shown = masked(number)
    if is_fictional(number):
        raise _wrong(
            f"{shown} is kept free for films, books and examples: no phone rings there.",
            "Put the number that you mean in its place; or add --sim.",
        )
    try:
        parsed = book.parse(number)
    except book.NumberParseException:
        raise _wrong(f"{shown}: there is no such country code.", f"Check it and write it {_EXAMPLE}.") from None
    national = book.national_significant_number(parsed)
    regions = book.COUNTRY_CODE_TO_REGION_CODE.get(parsed.country_code or 0, ())
    if any(book.is_emergency_number(national, region) for region in regions):
        raise _wrong(f"{shown} is an emergency number. It is not called.", "Call a number of your own.")
    if not book.is_valid_number(parsed):
        fault = _length_fault(parsed) or f"is not a number that +{parsed.country_code} gives to anybody"
        raise _wrong(f"{shown} {fault}.", f"Check it and write it {_EXAMPLE}; or add --sim.")
    if book.number_type(parsed) == book.PhoneNumberType.PREMIUM_RATE:
        raise _wrong(f"{shown} is a premium-rate number. It is not called.", "Call an ordinary number.")
    if book.region_code_for_number(parsed) == _NO_COUNTRY and parsed.country_code != _FREEPHONE:
        raise _wrong(
            f"{shown} belongs to a satellite or worldwide network, at several dollars a minute. It is not called.",
            "Call an ordinary number.",
        )
    return book.format_number(parsed, book.PhoneNumberFormat.E164)


def _length_fault(parsed: Parsed) -> str:
    """What is wrong with a number's length; empty if nothing is."""
    import phonenumbers as book

    match book.is_possible_number_with_reason(parsed):
        case book.ValidationResult.TOO_SHORT:
            return f"is too short for a number in +{parsed.country_code}"
        case book.ValidationResult.TOO_LONG:
            return f"is too long for a number in +{parsed.country_code}"
        case book.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            return "has no area code"
        case book.ValidationResult.INVALID_LENGTH:
            return f"has a length that no number in +{parsed.country_code} has"
    return ""


def _wrong(what: str, fix: str) -> SettingsError:
    return SettingsError(what, setting="NUMBER", fix=fix)
