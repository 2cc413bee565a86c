"""Numbers and secrets made unreadable, in a field of their own or in any text.

Texts of carriers, models, tunnels and logs quote what was sent to them: phone numbers in full, keys, and the stream's
URL, whose path holds a token.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache

MASK = "\u2022" * 5  # for a number's middle, or a secret's beginning; a fixed run, so that it hides the length
BLOT = "****"
LONGEST = 300  # characters; a peer's own messages are shorter, an HTML error page of a proxy is not
_TOO_LONG = 4_000  # characters of a longer text are not even looked at

_SHOWN_HEAD, _SHOWN_TAIL = 3, 3
_LAST = 4
_LONG_ENOUGH = 16  # four characters of a shorter secret would be too much of it


def masked(number: str) -> str:
    """`+493023125123` as `+49•••••123`: its head, a fixed run of dots that hides the length, its last three."""
    if len(number) <= _SHOWN_HEAD + _SHOWN_TAIL:
        return MASK
    return f"{number[:_SHOWN_HEAD]}{MASK}{number[-_SHOWN_TAIL:]}"


def last_four(secret: str) -> str:
    """The last four characters of a secret, none of a short one."""
    return secret[-_LAST:] if len(secret) >= _LONG_ENOUGH else ""


def short(sid: str) -> str:
    """A SID by its two letters and its last four; nothing of what is too short to be one."""
    return f"{sid[:2]}\u2026{sid[-_LAST:]}" if len(sid) > 2 * _LAST else "\u2026"


_SID = r"[A-Z]{2}[0-9a-fA-F]{32}"
# Accounts and keys, never calls. The letters stand first and the look back behind them: the search skips to them.
_OWN_SID = r"(?:AC(?<![0-9A-Za-z]AC)|SK(?<![0-9A-Za-z]SK))[0-9a-fA-F]{32}(?![0-9A-Za-z])"
_STREAM_URL = r"(?i)\bwss?:[^\s\"'<>]+"
# What stands in the first group is kept, so that one sees what was there. Before each stand texts in small letters, one
# of which is in whatever it fits: most texts hold none of them, and a search for a word is twenty times as fast.
_SECRETS: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("authorization",),
        r"(?i)(\bauthorization[\"']?\s*[=:]\s*[\"']?(?:(?:basic|bearer|digest)\s+)?)[^\s\"',}]+",
    ),
    (("basic", "bearer"), r"(?i)(\b(?:basic|bearer)\s+)(?=[\w.~+/=-]*[\d=])[\w.~+/=-]{16,}"),
    (
        ("token", "api", "password", "secret", "signature"),
        r"(?i)((?<![a-z])(?:auth[_-]?token|token|api[_-]?key|password|secret|signature)[\"']?\s*[=:]\s*[\"']?)"
        r"[^\s\"'&,}]+",
    ),
    (("sk-", "rk-", "ghp-"), r"(?i)(\b(?:sk|rk|ghp)-)[\w*-]+"),
    (('"websocket /',), r"(\"WebSocket /[\w-]{1,40}/)[^\s\"]+"),  # as servers log an upgrade
    (("/",), rf"((?<=\w)/)(?!{_SID})(?=[\w.~-]*\d|[\w.~-]{{24}})[\w~-]{{16,}}"),  # in a path
)
# Too long and too random to be a word: 32 hex digits, letters with digits, or all of both cases and digits.
_RANDOM = (
    rf"(?a)((?<![\w-]))(?=[\w-]{{30}})(?!{_SID}(?!\w)|(?:resp|item|event|msg|call|sess|conv|req)_)"
    r"(?:[0-9a-fA-F]{32}(?![\w-])|(?=[A-Za-z_]*\d)\w{30,}(?![\w-])"
    r"|(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{30,})"
)
# A run of at least seven digits, however it is grouped, unless it is a date. A run inside a word (a SID) is not a
# number; one after a plus sign, plain or percent-encoded, always is.
_NUMBER = (
    r"(?:\+|%2[Bb]|(?<![0-9A-Za-z])(?!(?:19|20)\d\d-[01]\d-[0-3]\d(?!\d)))"
    r"\(?[0-9](?:[ ().-]{0,2}[0-9]){6,}(?![0-9A-Za-z])"
)
# An address of the internet is no number; it is kept, so that one sees who came.
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_ADDRESS = rf"(?<![\w.+%-])(?:{_OCTET}\.){{3}}{_OCTET}(?![\w.-]|[ ()]\d)"
# Neither is a stamp in a field that says so, nor an access line's status and size.
_STAMP = r"(?:(?<=time\":)|(?<=stamp\":)|(?<=ts\":)|(?<=\bts=)|(?<=\btime=))1[5-9]\d{8}(?:\d{3})?(?![\d-])"
_STATUS_AND_SIZE = r"(?<=HTTP/1\.[01]\" )[1-5]\d\d \d{1,9}(?![\d ().-]*\d)"
_AS_ASCII = {0x17F: "s", 0x130: "i", 0x131: "i", 0x212A: "k"}  # the long s, two i's, the Kelvin sign
_NOT_PRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


_ALWAYS = ("",)
Instead = str | Callable[[re.Match[str]], str]


@cache
def _replaced() -> tuple[tuple[tuple[str, ...], re.Pattern[str], Instead], ...]:
    """What has to be there, each pattern, and what takes its place, in their order. Made when first needed."""
    kinds: list[tuple[tuple[str, ...], str, Instead]] = [
        (("ws:", "wss:"), _STREAM_URL, "(stream URL)"),
        (("ac", "sk"), _OWN_SID, lambda found: short(found[0])),
        *((hints, secret, rf"\g<1>{BLOT}") for hints, secret in _SECRETS),
        (_ALWAYS, _RANDOM, rf"\g<1>{BLOT}"),
        (_ALWAYS, rf"(?=[0-9+%(])(?:(?P<kept>{_ADDRESS}|{_STAMP}|{_STATUS_AND_SIZE})|{_NUMBER})", _mask),
    ]
    return tuple((hints, re.compile(pattern), instead) for hints, pattern, instead in kinds)


def blotted(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` with numbers masked, account SIDs shortened; keys, tokens, stream URLs and `secrets` blotted out."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, BLOT)
    low = _folded(text)
    for hints, pattern, instead in _replaced():
        for hint in hints:  # a loop: `any` of a generator takes twice as long
            if hint in low:
                text = pattern.sub(instead, text)
                break
    return text


def _folded(text: str) -> str:
    """A text in small letters, with ASCII's for those that a search regardless of case takes for ASCII's."""
    return (text if text.isascii() else text.translate(_AS_ASCII)).lower()


def fit_to_show(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` blotted, on one line, at most `LONGEST` characters."""
    text = text[:_TOO_LONG]
    if "  " in text or not text.isprintable():
        text = _NOT_PRINTABLE.sub(" ", text)
    text = blotted(text, secrets).strip()
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "\u2026"


def _mask(match: re.Match[str]) -> str:
    text = match.group()
    if match["kept"]:
        return text
    digits = re.sub(r"[^0-9]", "", text.removeprefix("%2B").removeprefix("%2b"))
    return masked(("+" if text[0] in "+%" else "") + digits)
