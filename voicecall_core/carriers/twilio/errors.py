"""What Twilio's error codes mean, what to do about each, and what a failed REST request means to the caller."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from voicecall_core.errors import CarrierError
from voicecall_core.masking import fit_to_show
from voicecall_core.words.values import Refusal

PAGE = "https://www.twilio.com/docs/api/errors/{}"

NOT_IN_PROGRESS = 21220
NOT_FOUND = 20404
BUSY = 20429

_KEYS = (
    "Compare TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN with Console > Account Dashboard > Account Info: the live ones,"
    " not the test ones. An API key must belong to this account and to the region of TWILIO_API_URL."
)
_ACCOUNT = "Look at Console > Account Dashboard for the account's state, then at Console > Billing."
_FROM = "Give --from a number of yours: Console > Phone Numbers > Manage > Active numbers, or > Verified Caller IDs."
_TO = "Write the number in E.164 form: + , country code, number, no spaces, such as +493023125000."
_GEO = "Allow the country in Console > Voice > Settings > Geo permissions."
_URL = "Check --public-url: it must begin with https:// and be reachable from the internet; run `voicecall doctor`."
_DOCTOR = "Run `voicecall doctor`: it walks the public path as Twilio does and says where it ends."
_TUNNEL = "Check that the tunnel is up and leads to this program's --port; `voicecall doctor` tries it."
_TLS = "The public URL needs a certificate from a public authority for exactly this host name, with its whole chain."
_UPGRADE = "Upgrade the account: Console > Billing > Upgrade."
_OURS = "This should not happen: please report it, with the call file."
_LATER = "Wait a moment, look at https://status.twilio.com, and try again."
_VERIFY = "Verify the number first: Console > Phone Numbers > Manage > Verified Caller IDs; or upgrade the account."
_PROFILE = (
    "Nothing helps against the list itself; for +1 numbers submit a Business profile: Console > Trust Hub > Customer"
    " profiles (an Individual one approved after October 2025 does not count)."
)
_LOG = "Open the call in Console > Monitor > Logs > Errors to see what Twilio received."

_TABLE: Mapping[int, tuple[str, str]] = {
    # the account and the request as such
    10001: ("the account is disabled", _ACCOUNT),
    10002: ("trial accounts cannot do this", _UPGRADE),
    10004: ("the account has too many calls at once", "Wait for one to end; Console > Trust Hub raises the limit."),
    20003: ("the account SID and the token or key do not belong together", _KEYS),
    20005: ("the account is not active", _ACCOUNT),
    20006: ("access was denied", "Give the API key the right to make calls: Console > Account > API keys & tokens."),
    20008: ("test credentials cannot do this", _KEYS),
    20403: ("the account is suspended, or may not do this", _ACCOUNT),
    NOT_FOUND: (
        "there is no such thing under this account",
        "Check TWILIO_ACCOUNT_SID, TWILIO_API_URL and the call's SID.",
    ),
    20422: ("a parameter is not valid", _OURS),
    BUSY: ("too many requests at once; this one was not processed", _LATER),
    20500: ("Twilio had an error of its own", _LATER),
    20503: ("Twilio's service was not available", _LATER),
    # placing and changing calls
    21201: ("the number to call is missing", "Type it: voicecall dial +493023125000."),
    21202: ("the number to call is a premium number", "Call another number; Twilio does not call this one."),
    21203: ("international calls are not allowed for this account", _GEO),
    21205: ("the URL of our document is not valid", _URL),
    21206: ("the digits to send are not valid", _OURS),
    21208: ("the ring time-out is not valid", "Give --ring-timeout a number of seconds from 1 to 600."),
    21209: ("the method is not valid", _OURS),
    21210: ("the calling number is neither owned nor verified", _FROM),
    21211: ("the number to call is not valid", _TO),
    21212: ("the calling number is not valid, or may not make calls", _FROM),
    21213: ("the calling number is missing", _FROM),
    21214: ("the number to call cannot be reached", "Check the number; if it is right, try again later."),
    21215: ("the account may not call this country", _GEO),
    21216: ("Twilio does not call this number", _PROFILE),
    21217: ("the number to call is not valid, or it is the calling number itself", _TO),
    21218: ("the application is not valid", _OURS),
    21219: ("a trial account calls verified numbers only, and this one is not", _VERIFY),
    NOT_IN_PROGRESS: (
        "the call is not in progress, so it cannot be redirected",
        "Nothing to do: it rings, or it ended.",
    ),
    **dict.fromkeys(range(21221, 21226), ("the SIP user name or password is not valid", _OURS)),
    21262: ("answering machine detection has no callback", _OURS),
    21263: ("a parameter of answering machine detection is not valid", _OURS),
    13223: ("the number to dial is not in E.164 form", _TO),
    13224: ("the number to dial does not exist or is not supported", _TO),
    13225: ("Twilio does not call this number", _PROFILE),
    13227: ("the account may not call this country", _GEO),
    13520: ("a <Say> has no text", "Give --say a text."),
    32014: (
        "no audio arrived",
        "Call again; if it stays silent, look at the call in Console > Monitor > Logs > Calls.",
    ),
    32015: ("the call reached its longest duration", "Raise --max-duration."),
    32016: ("the callee's network did not answer within 60 s", "Try again later."),
    32017: ("the callee's carrier blocked the calling number", _FROM),
    32018: ("the document is longer than 4000 characters", "Shorten the text given to --say."),
    32019: ("both a URL and a document were given", _OURS),
    # fetching our document, and our callbacks
    11100: ("our URL is malformed", _URL),
    11200: ("our answer to a webhook was an error or did not come within 15 s", _DOCTOR),
    11205: ("no connection to our webhook", _TUNNEL),
    11206: ("our answer to a webhook was not proper HTTP", _DOCTOR),
    11210: ("the host name of our public URL is not in the DNS", _URL),
    11215: ("our webhook redirected too often", _URL),
    11220: ("no TLS connection to our webhook", _TLS),
    11235: ("the certificate of our public URL is not valid", _TLS),
    11236: ("the certificate of our public URL has expired or is not valid yet", _TLS),
    11237: ("the certificate of our public URL is not from a known authority", _TLS),
    11750: ("our document is larger than 64 kB", "Shorten the text given to --say."),
    11770: ("our document is empty", _DOCTOR),
    12100: ("our document is not XML; often a tunnel's own page came instead", _DOCTOR),
    12200: ("our document has something in it that TwiML does not know", _LOG),
    12300: ("our document has the wrong content type; often a tunnel's own page came instead", _DOCTOR),
    15002: ("a status callback waited too long", _TUNNEL),
    15003: ("a status callback was answered with an error", _DOCTOR),
    15004: ("a relative URL stands in an updated document", _OURS),
    # the media stream
    31900: ("the media stream failed for a reason unknown to Twilio", _DOCTOR),
    31901: ("nobody answered the media stream's connection", _TUNNEL),
    31902: ("the media stream's connection was refused", _TUNNEL),
    31903: ("the media stream's connection broke", "A tunnel or proxy closed it: use one without an idle time-out."),
    31904: ("the media stream's host cannot be reached", _TUNNEL),
    31910: ("no TLS connection for the media stream", _TLS),
    31920: ("the media stream's upgrade was not answered with 101", _DOCTOR),
    31921: (
        "our side closed the media stream",
        "Look at what happened just before: `voicecall replay` on the call file.",
    ),
    31922: ("the media stream's URL does not begin with wss", "Give --public-url with https://."),
    31923: ("the media stream's URL is malformed", _URL),
    31924: ("the media stream's WebSocket protocol was violated, often by a proxy", "Try another tunnel or no proxy."),
    31930: (
        "Twilio could not send us all of the audio",
        "The line to this machine is too slow or the machine too busy.",
    ),
    31931: ("more than 10 minutes of audio wait to be played", _OURS),
    31940: ("the stream's connector is not valid", _OURS),
    31941: ("the stream's track is not valid", _OURS),
    31942: ("the stream's connector failed", _OURS),
    31950: ("we sent a media message that cannot be decoded", _OURS),
    31951: ("we sent a media message that is not as Twilio wants it", _OURS),
    31952: ("the media stream's extension failed", _LATER),
    31960: ("the account's quota of media streams is used up", _UPGRADE),
    32100: ("trial accounts cannot make SIP calls", _UPGRADE),
    32203: ("Twilio does not call this number", _PROFILE),
    32205: ("the account may not call this country", _GEO),
}

_BY_STATUS: Mapping[int, tuple[str, str]] = {
    401: _TABLE[20003],
    403: _TABLE[20403],
    404: _TABLE[NOT_FOUND],
    407: ("a proxy on the way wants credentials", "Put them into HTTPS_PROXY, or unset it."),
    422: ("the request was not processed", _LATER),
    429: _TABLE[BUSY],
}
_NOT_TWILIO = "Check TWILIO_API_URL, and whether a proxy or a login page of the network stands between."


@dataclass(frozen=True, slots=True)
class Meaning:
    """An error in words: `what` is a clause without a full stop, `fix` a sentence that says what to do."""

    what: str
    fix: str


def explain(code: int, status: int = 0) -> Meaning:
    """The meaning of Twilio's error `code` (0: none was given), else of the HTTP `status`; never fails."""
    if code in _TABLE:
        return Meaning(*_TABLE[code])
    if code:
        return Meaning("Twilio reported an error which this program does not know", f"Read {PAGE.format(code)}.")
    if status in _BY_STATUS:
        return Meaning(*_BY_STATUS[status])
    if status >= 500:
        return Meaning("Twilio, or something on the way to it, had an error of its own", _LATER)
    return Meaning("the answer is not one of Twilio's", _NOT_TWILIO)


def refusal(code: int) -> Refusal:
    """What a write's refusal with this code says of the call."""
    return {NOT_IN_PROGRESS: Refusal.NOT_IN_PROGRESS, NOT_FOUND: Refusal.NOT_FOUND}.get(code, Refusal.OTHER)


def known() -> frozenset[int]:
    """Every code in the table."""
    return frozenset(_TABLE)


class RestFault(Exception):
    """A request that did not end well, as the connection saw it.

    `sent`: some of it may have reached Twilio. `status`: the HTTP status of the answer, 0 if none came.
    """

    def __init__(self, reason: str = "", *, sent: bool = True, status: int = 0, body: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.status = status
        self.body = body


def carrier_error(doing: str, fault: RestFault, secrets: Iterable[str] = ()) -> CarrierError:
    """The error for a request that was to do `doing` ("place the call"); neither `secrets` nor numbers appear in it."""
    secrets = tuple(secrets)
    if not fault.sent:
        return CarrierError(
            f"Twilio could not be reached to {doing}: {fit_to_show(fault.reason, secrets)}.",
            retryable=True,
            fix="Check the network, HTTPS_PROXY and TWILIO_API_URL.",
        )
    if fault.status == 0 or 200 <= fault.status < 300:
        return CarrierError(
            f"Asked to {doing}, Twilio gave no usable answer: {fit_to_show(fault.reason, secrets)}.",
            status=fault.status,
            lost=True,
            fix="Look at Console > Monitor > Logs > Calls to see whether the call exists and how it stands.",
        )
    return _refused(doing, fault, secrets)


def _refused(doing: str, fault: RestFault, secrets: tuple[str, ...]) -> CarrierError:
    code, said = _read(fault.body)
    meaning = explain(code, fault.status)
    number = f"error {code}, HTTP {fault.status}" if code else f"HTTP {fault.status}"
    quote = f' Twilio said: "{fit_to_show(said, secrets)}"' if said else ""
    # 429 and 422 are never processed (docs/api/errors/20429). A 5xx says nothing about it: the call may exist.
    return CarrierError(
        f"Twilio did not {doing}: {meaning.what} ({number}).{quote}",
        code=code,
        status=fault.status,
        retryable=fault.status in (422, 429) or code == BUSY,
        lost=fault.status >= 500,
        fix=meaning.fix,
    )


def _read(body: str) -> tuple[int, str]:
    """Code and text of an error body: Twilio's own form, or that of RFC 9457 which its newer services use."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return 0, ""
    if not isinstance(answer, dict):
        return 0, ""
    code = answer.get("code")
    text = answer.get("message") or answer.get("detail") or answer.get("title")
    return (
        code if isinstance(code, int) and not isinstance(code, bool) and code > 0 else 0,
        text if isinstance(text, str) else "",
    )
