"""Keys, tokens and numbers of one's own: what each looks like, which was taken for which. Opens nothing with them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cli.shapes import Wrong, plain
from voicecall_core.masking import MASK, last_four
from voicecall_core.words.numbers import PhoneNumber


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A text that masks itself: `str` and `repr` show at most its last four characters; `reveal` gives all.

    An empty one is false.
    """

    _text: str = ""

    def reveal(self) -> str:
        """The whole secret, for the request that needs it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __str__(self) -> str:
        return MASK + last_four(self._text) if self._text else ""

    def __repr__(self) -> str:
        return f"Secret({str(self)!r})"


def _taken_for(text: str) -> str:
    """What a pasted credential really is, by its form; empty if it could be anything."""
    if re.fullmatch(r"AC[0-9a-fA-F]{32}", text):
        return "a Twilio account SID (TWILIO_ACCOUNT_SID)"
    if re.fullmatch(r"SK[0-9a-fA-F]{32}", text):
        return "the SID of a Twilio API key (TWILIO_API_KEY)"
    if re.fullmatch(r"(CA|PN|MZ|AP|VA)[0-9a-fA-F]{32}", text):
        return "the SID of a call, a number or an application"
    if text.startswith("sk-"):
        return "an OpenAI key (OPENAI_API_KEY)"
    if re.fullmatch(r"\+[0-9]{7,15}", text):
        return "a phone number"
    return ""


def _credential(text: str, pattern: str, wanted: str, fix: str) -> str:
    plain(text)
    if re.fullmatch(pattern, text):
        return text
    if taken := _taken_for(text):
        raise Wrong(f"holds {taken}, not {wanted}", fix)
    raise Wrong(f"is not {wanted}: it has {len(text)} characters and the wrong form", fix)


def account_sid(text: str) -> str:
    """`AC` and 32 hex digits (Twilio: OpenAPI, sid patterns)."""
    return _credential(text, r"AC[0-9a-fA-F]{32}", "an account SID", "Write the SID that begins with AC.")


def auth_token(text: str) -> Secret:
    """32 hex digits. A key pair's secret looks alike in length alone, so it is told apart by its letters."""
    return Secret(_credential(text, r"[0-9a-fA-F]{32}", "an auth token", "Write the 32 hex digits under Auth Token."))


def api_key(text: str) -> str:
    """`SK` and 32 hex digits."""
    return _credential(text, r"SK[0-9a-fA-F]{32}", "an API key's SID", "Write the SID that begins with SK.")


def api_secret(text: str) -> Secret:
    """What was shown once when the API key was made: letters and digits."""
    fix = "Write the secret that was shown when the API key was made; if it is lost, make another key."
    if taken := _taken_for(plain(text)):
        raise Wrong(f"holds {taken}, not an API key's secret", fix)
    return Secret(text)


def model_key(text: str) -> Secret:
    """Any bearer token but the neighbours': a compatible server may hand out keys of another form."""
    fix = "Write the key that begins with sk-, without the word Bearer."
    if text.lower().startswith("bearer "):
        raise Wrong("begins with the word Bearer", fix)
    taken = _taken_for(plain(text))
    if taken and not text.startswith("sk-"):
        raise Wrong(f"holds {taken}, not a key of the model", fix)
    return Secret(text)


def own_number(text: str) -> PhoneNumber:
    """A number in E.164 form; whether it exists is for the carrier to say, whose it is."""
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", text):
        raise Wrong("is not a number in international form", "Write + and digits alone, as in +15555550100.")
    return PhoneNumber(text)
