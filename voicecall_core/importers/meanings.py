"""What the numbers, codes and exceptions on a line mean, said to whoever owns the program that wrote it.

There is no table of codes in here: Twilio's numbers and statuses stand in carriers/twilio/errors.py, the model's codes
and those that close a socket in models/openai_realtime/meanings.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from voicecall_core.carriers.twilio.errors import PAGE, explain, known
from voicecall_core.models.openai_realtime.meanings import CLOSES, CODES, Meaning

_UNIT = r"(?!\s?(?:ms|s|sec\w*|bytes?|[kKmM]i?B|chars?|characters|tokens|samples|frames|Hz|ports?)\b)"
_NUMBER = re.compile(rf"(?<![\d.:/-])([1-6]\d{{4}})(?![\d.:/-]\d|\d){_UNIT}|(?<=errors/)(\d{{5}})\b")
_OF_TWILIO = re.compile(r"(?i)twilio|\balert\b|\btwiml\b")
_IS_CODE = re.compile(r"(?i)\berror|code|refus|reject|fail|<say")  # shortly before a number that is one
_NEAR = 32  # characters
_CODE = re.compile(r"\b(?:" + "|".join(sorted(CODES, key=len, reverse=True)) + r")\b")
_STATUS = re.compile(
    r"(?i)(?:\bHTTP(?:/[\d.]+)?\"?[ :=]+|\bstatus(?:[ _]?code)?[ :=]+|\bserver response: |\bstatusCode\W{1,4}|-> )"
    r"[\"']?([45]\d\d)\b(?!\.\d)"
)
_CLOSED = re.compile(
    r"(?i)(?:\bclose[ds]?\b|\bdisconnect\w*|\breceived|\bsent|\bcode)(?:[ _]?code)?[^\w\n]{0,4}(?:with |by )?"
    r"(?:code )?[=:( ]{0,3}(1\d{3}|3\d{3}|4\d{3})\b(?![\d.:-])"
)
_SOCKET = re.compile(r"(?i)socket|\bws\b|clos|disconnect|stream|connection")
_CARRIER = re.compile(r"(?i)api\.twilio\.com|/2010-04-01/|\(Twilio\)|Twilio\w*Exception|RestException")
_CARRIER_BY_NAME = re.compile(r"(?i)(?<![/\w.-])twilio\b")
_MODEL = re.compile(r"(?i)openai|\bmodel\b|realtime")
_WEBHOOK = re.compile(r"(?i)webhook|callback|\"(?:GET|POST) /|\b(?:GET|POST) /|\b(?:GET|POST) https?://")

_KEY_OF_MODEL = CODES["invalid_api_key"]
_OF_MODEL: Mapping[int, Meaning] = MappingProxyType(
    {
        401: _KEY_OF_MODEL,
        403: Meaning("the key may not use this model, or not from here", _KEY_OF_MODEL.fix),
        404: CODES["model_not_found"],
        413: Meaning("what was sent to the model was too large", "Send less at once."),
        429: Meaning(
            "the model's account reached its limit a minute, or has no credit left", CODES["rate_limit_exceeded"].fix
        ),
    }
)
_PARAMETER = "Read the answer's body: its `message` and `code` say which parameter it is about."
_OF_CARRIER: Mapping[int, Meaning] = MappingProxyType(
    {
        400: Meaning("the carrier did not accept a parameter of the request", _PARAMETER),
        413: Meaning("what was sent to the carrier was too large", "Send a shorter document, or a URL of it."),
    }
)
_OWN_LOG = "Look at what the program, or the tunnel before it, logged in that second."
_SIGNED = (
    "Check what its signature check is given: the account's auth token, and the public URL exactly as the carrier asked"
    " for it (scheme, host and query), which a proxy may have changed."
)
_OF_PROGRAM: Mapping[int, Meaning] = MappingProxyType(
    {
        401: Meaning("the program turned the carrier's webhook away", _SIGNED),
        403: Meaning("the program turned the carrier's webhook away", _SIGNED),
        404: Meaning("the program has nothing at this path", "Compare the path with the routes of the program."),
        405: Meaning("the program does not take this method at this path", "Set the webhook's method to the route's."),
        413: Meaning("the webhook was too large for the program, or for a proxy before it", "Raise that limit."),
        415: Meaning("the program does not take a form, which is what the carrier sends", "Read it as a form."),
        422: Meaning("the program did not find a field where it looks for it", "The carrier sends a form, not JSON."),
        429: Meaning("the program, or a proxy before it, limits requests", "Except the carrier's webhooks from it."),
    }
)


_UP = "See that the other program runs, and listens at that address and port."
_ADDRESS = "Check the host's name, and the DNS of the machine."
_CERTIFICATE = "Renew the certificate, or give the program the authority that signed it; check the machine's clock."
# Node's codes (errno(3), nodejs.org/api/errors.html) and Python's exceptions, by the word that stands on the line.
_WORDS: Mapping[str, Meaning] = MappingProxyType(
    {
        "ECONNREFUSED": Meaning("nobody listens at the other end", _UP),
        "ConnectionRefusedError": Meaning("nobody listens at the other end", _UP),
        "ECONNRESET": Meaning("the other end cut the connection", CLOSES[1006].fix),
        "ConnectionResetError": Meaning("the other end cut the connection", CLOSES[1006].fix),
        "EPIPE": Meaning("the other end was gone before all was written", CLOSES[1006].fix),
        "BrokenPipeError": Meaning("the other end was gone before all was written", CLOSES[1006].fix),
        "ENOTFOUND": Meaning("the host's name is not in the DNS", _ADDRESS),
        "EAI_AGAIN": Meaning("the DNS did not answer", _ADDRESS),
        "gaierror": Meaning("the host's name could not be looked up", _ADDRESS),
        "ETIMEDOUT": Meaning("the other end did not answer in time", CLOSES[1006].fix),
        "TimeoutError": Meaning("something was not answered in time", CLOSES[1006].fix),
        "ConnectTimeout": Meaning("no connection was made in time", CLOSES[1006].fix),
        "ReadTimeout": Meaning("the answer did not come in time", CLOSES[1006].fix),
        "EADDRINUSE": Meaning("another program has the port", "Stop that program, or take another port."),
        "EMFILE": Meaning("the program has too many files or sockets open", "Close what is done, or raise its limit."),
        "CERT_HAS_EXPIRED": Meaning("a certificate has expired", _CERTIFICATE),
        "CERTIFICATE_VERIFY_FAILED": Meaning("a certificate was not accepted", _CERTIFICATE),
        "SSLCertVerificationError": Meaning("a certificate was not accepted", _CERTIFICATE),
        "MemoryError": Meaning("the program ran out of memory", "Give it more, or look for what it keeps."),
        "ModuleNotFoundError": Meaning("a module is not installed", "Install what the line names."),
    }
)
_WORD = re.compile(r"\b(?:" + "|".join(_WORDS) + r")\b")
# What programs and libraries print in sentences, without a code; the first that fits.
_SENTENCES: tuple[tuple[re.Pattern[str], Meaning], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), meaning)
    for pattern, meaning in (
        (r"exceeded your current quota", CODES["insufficient_quota"]),
        (r"rate limit reached", CODES["rate_limit_exceeded"]),
        (r"already has an active response", CODES["conversation_already_has_active_response"]),
        (r"does not exist or you do not have access", CODES["model_not_found"]),
        (r"beta api is no longer supported", CODES["beta_api_shape_disabled"]),
        (r"incorrect api key", CODES["invalid_api_key"]),
        (
            r"signatur",
            Meaning("the signature is made with another auth token, or of another URL than is checked", _SIGNED),
        ),
        (r"keepalive ping timeout", Meaning("pings were not answered", CLOSES[1006].fix)),
        (
            r"websocket was closed before|closed before (?:the connection was )?established",
            Meaning(
                "the socket was closed while it was still being opened; that is what was left of it, not why",
                "Look at the lines before it: who closed the socket, or ended the call, and why.",
            ),
        ),
        (r"getaddrinfo|name or service not known", _WORDS["gaierror"]),
        (r"connection refused", _WORDS["ECONNREFUSED"]),
        (r"(?:timed? ?out|timeout).*handshake|handshake.*(?:timed? ?out|timeout)", _WORDS["ConnectTimeout"]),
        (r"no close frame received", CLOSES[1006]),
    )
)


def meaning_of(text: str) -> Meaning | None:
    """What a line that tells of a failure means; None if nothing on it is known. What is most exact goes first."""
    return next((found for read in _READERS for found in read(text)), None)


def _twilio(text: str) -> Iterator[Meaning]:
    for match in _NUMBER.finditer(text):
        code = int(match[1] or match[2])
        about = _OF_TWILIO.search(text) or _IS_CODE.search(text, max(0, match.start() - _NEAR), match.start())
        if about and code in known():
            found, page = explain(code), PAGE.format(code)
            yield Meaning(f"Twilio's {code}: {theirs(found.what)} ({page})", _fix(found.fix, f"Read {page}."))


_THEIRS = (("our", "the program's"), ("we", "the program"), ("us", "the program"))


def theirs(what: str) -> str:
    """A clause of our own table, said of another program."""
    for ours, instead in _THEIRS:
        what = re.sub(rf"\b{ours}\b", instead, what)
    return what


def _fix(fix: str, instead: str) -> str:
    """A remedy of our own table, unless it is about this program's settings and commands."""
    ours = re.search(r"--|voicecall|TWILIO_|HTTPS_PROXY|report it|this program", fix)
    return instead if ours else theirs(fix)


def _model(text: str) -> Iterator[Meaning]:
    """The finest code on the line: its type, `invalid_request_error`, stands before many."""
    codes = sorted(_CODE.findall(text), key=lambda code: code == "invalid_request_error")
    yield from (Meaning(f"{code}: {CODES[code].what}", CODES[code].fix) for code in codes)


def _words(text: str) -> Iterator[Meaning]:
    for match in _WORD.finditer(text):
        yield Meaning(f"{match[0]}: {_WORDS[match[0]].what}", _WORDS[match[0]].fix)


def _sentences(text: str) -> Iterator[Meaning]:
    yield from (meaning for pattern, meaning in _SENTENCES if pattern.search(text))


def _statuses(text: str) -> Iterator[Meaning]:
    """An HTTP status, by the side that it came from; one whose side the line does not tell stays unexplained."""
    for match in _STATUS.finditer(text):
        status = int(match[1])
        if (found := _status(text, status)) is not None:
            yield Meaning(f"HTTP {status}: {found.what}", found.fix)


def _status(text: str, status: int) -> Meaning | None:
    """A line that names several sides speaks of the one that it addresses."""
    if _CARRIER.search(text):
        return _of_carrier(status)
    if _WEBHOOK.search(text):
        what = "the program, or a tunnel or proxy before it, failed to answer the carrier's webhook"
        return Meaning(what, _OWN_LOG) if status >= 500 else _OF_PROGRAM.get(status)
    if _MODEL.search(text):
        return CODES["server_error"] if status >= 500 else _OF_MODEL.get(status)
    return _of_carrier(status) if _CARRIER_BY_NAME.search(text) else None


def _of_carrier(status: int) -> Meaning | None:
    if status in _OF_CARRIER:
        return _OF_CARRIER[status]
    if status < 500 and status not in (401, 403, 404, 429):
        return None
    found = explain(0, status)
    return Meaning(theirs(found.what), _fix(found.fix, _PARAMETER))


def _closes(text: str) -> Iterator[Meaning]:
    for match in _CLOSED.finditer(text) if _SOCKET.search(text) else ():
        code = int(match[1])
        if code in CLOSES:
            yield Meaning(f"closed with {code}: {CLOSES[code].what}", CLOSES[code].fix)


_READERS: tuple[Callable[[str], Iterator[Meaning]], ...] = (
    _twilio,
    _model,
    _words,
    _sentences,
    _statuses,
    _closes,
)
