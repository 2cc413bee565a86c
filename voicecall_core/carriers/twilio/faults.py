"""What a failed REST request means to the caller. Knows nothing of connections, only how far the request came."""

from __future__ import annotations

import json
from collections.abc import Iterable

from voicecall_core.carriers.twilio.codes import BUSY, explain
from voicecall_core.errors import CarrierError
from voicecall_core.masking import fit_to_show


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
