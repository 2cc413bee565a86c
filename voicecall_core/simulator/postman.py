"""How the carrier makes an HTTP request to the program's webhooks. Knows nothing of what they are about.

Twilio: docs/usage/webhooks/webhooks-connection-overrides. At most 15 s for all attempts; one retry by default, and only
where no connection came about; a fragment such as `#rc=2&rp=ct,rt,5xx&ct=1000` overrides that and is not signed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import anyio
import httpx2

from voicecall_core.simulator.exchange import Exchange
from voicecall_core.simulator.log import What
from voicecall_core.simulator.signing import signature
from voicecall_core.simulator.whole import whole

CAP_S = 15.0
REDIRECTS = 10
BODY_BYTES = 64 * 1024
FORM = "application/x-www-form-urlencoded"

HTTP_FAILURE, NO_CONNECTION, TOO_MANY_REDIRECTS, BAD_URL, TOO_LARGE = 11200, 11205, 11215, 11100, 11750


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a webhook's URL fragment asks for; times in seconds."""

    retries: int = 1
    retry_on: frozenset[str] = frozenset({"ct"})
    connect_s: float = 5.0
    read_s: float = 15.0
    total_s: float = CAP_S


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: `error` is the carrier's code, 0 for a 2xx; `fault` is what a retry policy calls it."""

    status: int = 0
    body: bytes = b""
    content_type: str = ""
    location: str = ""
    error: int = 0
    fault: str = ""


def overrides(url: str) -> Overrides:
    """The overrides in a URL's fragment; what is unknown is ignored, what is out of bounds is brought into them."""
    found = Overrides()
    for name, value in parse_qsl(url.partition("#")[2]):
        count = whole(value, -1)
        if name == "rp":
            found = replace(found, retry_on=frozenset(value.split(",")))
        elif name == "rc" and count >= 0:
            found = replace(found, retries=min(count, 5))
        elif name == "ct" and count >= 0:
            found = replace(found, connect_s=min(max(count, 100), 10_000) / 1000)
        elif name == "rt" and count >= 0:
            found = replace(found, read_s=min(max(count, 100), 15_000) / 1000)
        elif name == "tt" and count >= 0:
            found = replace(found, total_s=min(max(count, 100), 15_000) / 1000)
    return found


def joined(base: str, address: str) -> str:
    """An address as seen from another; empty if it is none."""
    try:
        return urljoin(base, address)
    except ValueError:
        return ""


def _sound(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


async def post(
    exchange: Exchange, sid: str, about: str, url: str, method: str, form: Iterable[tuple[str, str]]
) -> Reply:
    """Send one webhook, signed, with its retries and redirects; never raises for what the other side does.

    `about` names it in the log. The answer is noted there, and a failure as a warning.
    """
    wanted, params, token = overrides(url), list(form), exchange.new_token()
    if exchange.plan.webhooks_lost:
        exchange.note(sid, What.WEBHOOK_LOST, about)
        return Reply(error=NO_CONNECTION, fault="ct")
    exchange.note(sid, What.WEBHOOK_SENT, about)
    reply = Reply(error=HTTP_FAILURE, fault="rt")  # what stands if time runs out
    with anyio.move_on_after(wanted.total_s):
        for _ in range(1 + wanted.retries):
            reply = Reply(error=HTTP_FAILURE, fault="rt")
            reply = await _follow(exchange, url, method, params, token, wanted)
            if not reply.error or not wanted.retry_on & {reply.fault, "all"}:
                break
    exchange.note(sid, What.WEBHOOK_ANSWERED, about, code=reply.status)
    return reply


async def _follow(
    exchange: Exchange, url: str, method: str, params: list[tuple[str, str]], token: str, wanted: Overrides
) -> Reply:
    for _ in range(REDIRECTS + 1):
        if not _sound(url):
            return Reply(error=BAD_URL)
        reply = await _ask(exchange, url.partition("#")[0], method, params, token, wanted)
        if not reply.location:
            return reply
        url = joined(url, reply.location)
        if reply.status not in (307, 308):
            method, params = "GET", []  # assumption: as browsers do; each hop is signed for its own URL
    return replace(reply, error=TOO_MANY_REDIRECTS)


async def _ask(
    exchange: Exchange, url: str, method: str, params: list[tuple[str, str]], token: str, wanted: Overrides
) -> Reply:
    body = ""
    if method == "GET":
        url += ("&" if "?" in url else "?") * bool(params) + urlencode(params)
        params = []
    else:
        body = urlencode(params)
    headers = {
        "Accept": "*/*",
        "User-Agent": "TwilioProxy/1.1",
        "I-Twilio-Idempotency-Token": token,
        "X-Twilio-Signature": signature(exchange.account.token, url, params),
    }
    if body:
        headers["Content-Type"] = FORM
    limits = httpx2.Timeout(wanted.read_s, connect=wanted.connect_s)
    try:
        answer = await exchange.client.request(method, url, content=body or None, headers=headers, timeout=limits)
    except (httpx2.ConnectError, httpx2.ConnectTimeout):
        return Reply(error=NO_CONNECTION, fault="ct")
    except httpx2.TimeoutException:
        return Reply(error=HTTP_FAILURE, fault="rt")
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol):
        return Reply(error=BAD_URL)
    except httpx2.HTTPError:
        return Reply(error=NO_CONNECTION, fault="ct")
    return _read(answer)


def _read(answer: httpx2.Response) -> Reply:
    reply = Reply(answer.status_code, answer.content, answer.headers.get("content-type", ""))
    if answer.is_redirect:
        return replace(reply, location=answer.headers.get("location", ""), error=HTTP_FAILURE)
    if answer.status_code >= 400:
        return replace(reply, error=HTTP_FAILURE, fault=f"{answer.status_code // 100}xx")
    if len(reply.body) > BODY_BYTES:
        return replace(reply, body=b"", error=TOO_LARGE)
    return reply
