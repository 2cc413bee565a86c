"""What each kind of setting may look like: keys, tokens, numbers, URLs, durations."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from voicecall_cli.durations import EXAMPLES, as_duration, seconds_of
from voicecall_core.errors import SettingsError
from voicecall_core.masking import MASK, last_four
from voicecall_core.net.urls import url_fault
from voicecall_core.numbering import is_region, read_number
from voicecall_core.words.numbers import PhoneNumber
from voicecall_core.words.terms import Greet, Policy


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


def shared_key(text: str) -> Secret:
    """What was shown when the SharedKey was made; its id begins with webhooks_sharedkey_."""
    fix = "Write the secret that was shown when the SharedKey was made; if it is lost, make another key."
    taken = "the id of a SharedKey" if text.startswith("webhooks_sharedkey_") else _taken_for(plain(text))
    if taken:
        raise Wrong(f"holds {taken}, not a SharedKey's secret", fix)
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
    """A number with its country code; whether it exists is for the carrier to say, whose it is."""
    try:
        return read_number(text)
    except SettingsError:
        raise Wrong("is not a number in international form", "Write it as in +15555550100.") from None


def region(text: str) -> str:
    """A country's two letters (ISO 3166)."""
    if not re.fullmatch("[A-Za-z]{2}", text) or not is_region(text.upper()):
        raise Wrong(f"is {_shown(text)}, which is no country's two letters", "Write them as in US, GB or DE.")
    return text.upper()


_TEXT_MAX = 32_000  # characters; the model's own limit for instructions is 16,384 tokens, which is more
_SHOWN_MAX = 12
TUNNELS = ("cloudflared", "ngrok", "none")
_YES = {"1", "true", "yes", "on"}
_NO = {"0", "false", "no", "off"}
_QUOTES = "\"'`\u2018\u2019\u201c\u201d"


class Wrong(Exception):
    """A value that will not do: what is the matter (it continues "NAME ..."), and what to write instead."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


def plain(text: str) -> str:
    """Refuse what a careless paste brings along: quotes, blanks inside, characters one cannot see."""
    if text[0] in _QUOTES or text[-1] in _QUOTES:
        raise Wrong("has quotation marks around it", "Remove the quotation marks.")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise Wrong("holds a blank or a character that cannot be seen", "Copy it again, without blanks around it.")
    return text


def _shown(text: str) -> str:
    """`text` in quotes, unless it is long enough to be a secret that went astray."""
    return repr(text) if len(text) <= _SHOWN_MAX else f"a text of {len(text)} characters"


def _url(text: str, secure: str, *, path: bool = False) -> str:
    """`text` as a base URL without its last slash; the open scheme only where nobody else can listen."""
    if fault := url_fault(plain(text) if "://" in text else text, secure, path=path):
        raise Wrong(*fault)
    return text.rstrip("/")


def https_url(text: str) -> str:
    """The base of a webhook's or of a REST interface's addresses: https, host and perhaps a port."""
    return _url(text, "https")


def socket_url(text: str) -> str:
    """Where the model's WebSocket lives."""
    return _url(text, "wss", path=True)


def port(text: str) -> int:
    """0 (any free one) to 65535."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65_535:
        raise Wrong(f"is {_shown(text)}, which is not a port", "Write a number from 0 to 65535; 0 takes any free port.")
    return int(text)


def duration(least: float, most: float) -> Callable[[str], float]:
    """A duration from `least` to `most` seconds, in seconds."""

    def shape(text: str) -> float:
        try:
            value = seconds_of(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            bounds = f"{as_duration(least)} to {as_duration(most)}"
            raise Wrong(f"is {_shown(text)}", f"Write {bounds}, such as {EXAMPLES}.")
        return value

    return shape


def whole(text: str) -> int:
    """A whole number, 0 or more."""
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise Wrong(f"is {_shown(text)}", "Write a whole number, 0 or more.")
    return int(text)


def name(text: str) -> str:
    """A name as the model's documentation writes it."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}", text):
        raise Wrong(f"is {_shown(text)}, which is not a name", "Write letters, digits, dots and dashes alone.")
    return text


def switch(text: str) -> bool:
    """on or off, as people write it."""
    if text.lower() in _YES | _NO:
        return text.lower() in _YES
    raise Wrong(f"is {_shown(text)}", "Write on or off.")


def policy(text: str) -> Policy:
    """Who may write the call's TwiML."""
    return Policy.GUARD if switch(text) else Policy.NAIVE


def tunnel(text: str) -> str:
    """A tunnel program that can be started, or none."""
    if text not in TUNNELS:
        raise Wrong(f"is {_shown(text)}", f"Write {', '.join(TUNNELS[:-1])} or {TUNNELS[-1]}.")
    return text


def prefixes(text: str) -> tuple[str, ...]:
    """Beginnings of numbers, parted by commas."""
    found = tuple(each.strip() for each in text.split(","))
    if not all(re.fullmatch(r"\+[1-9][0-9]{0,14}", each) for each in found):
        raise Wrong("is not a list of beginnings of numbers", "Write + and digits, parted by commas, as in +1,+49.")
    return found


def greet(text: str) -> Greet:
    """When the greeting is asked for."""
    if text not in set(Greet):
        *others, last = Greet
        raise Wrong(f"is {_shown(text)}", f"Write {', '.join(others)} or {last}.")
    return Greet(text)


def text_or_file(text: str) -> str:
    """The text itself; behind one @ the name of a file that holds it; behind two, a text that begins with @."""
    if text.startswith("@@"):
        text = text[1:]
    elif text.startswith("@"):
        text = _read(Path(text[1:]).expanduser())
    if len(text) > _TEXT_MAX:
        raise Wrong(f"has {len(text):,} characters", f"Write {_TEXT_MAX:,} at most.")
    return text


def _read(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig").strip()
    except UnicodeDecodeError:
        raise Wrong(f"names {path}, which is not UTF-8 text", "Save the file as UTF-8.") from None
    except OSError as error:
        raise Wrong(f"names {path}, which cannot be read: {error.strerror}", "Name a text file that exists.") from None
    if not text:
        raise Wrong(f"names {path}, which is empty", "Write the text into it, or give the text itself.")
    return text


def file(text: str) -> Path:
    """A file that exists."""
    path = Path(text).expanduser()
    if not path.is_file():
        raise Wrong(f"names {path}, which is {'a directory' if path.is_dir() else 'not there'}", "Name a file.")
    return path


def file_or_off(text: str) -> Path | Literal["off"]:
    """A file that exists; `off` for none at all, which is something else than nothing said."""
    return "off" if text.lower() == "off" else file(text)


def directory_or_off(text: str) -> Path | None:
    """A directory, made when the first call is written; `off` for none."""
    if text.lower() == "off":
        return None
    path = Path(text).expanduser()
    if path.exists() and not path.is_dir():
        raise Wrong(f"names {path}, which is a file", "Name a directory, or write off.")
    return path
