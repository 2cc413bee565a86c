"""How the carrier makes a signed HTTP request to the program's webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import anyio
import httpx2

from voicecall_core.simulator.carrier.context import CarrierContext
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.sent_webhooks import SentWebhook
from voicecall_core.simulator.carrier.web_urls import is_web_url, signing_text
from voicecall_core.simulator.carrier.whole_numbers import whole


def signed_url(url: str) -> str:
    """The URL as it enters the signature: no fragment, no user, and for https no port.

    Twilio: docs/usage/security. That wss loses its port as https does, and ws keeps it as http does, is an assumption.
    """
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    if parts.scheme in ("https", "wss") and parts.port is not None:
        place = place.rpartition(":")[0]
    return urlunsplit((parts.scheme, place, parts.path, parts.query, ""))


def signature(token: str, url: str, params: Iterable[tuple[str, str]] = ()) -> str:
    """X-Twilio-Signature: base64 of HMAC-SHA1 over the URL and each name and value, sorted, without separators.

    Empty values count: their name alone is appended (Twilio: docs/usage/security).
    """
    text = signed_url(url) + "".join(name + value for name, value in sorted(params))
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


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
class WebhookReply:
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


async def post(
    context: CarrierContext, sid: str, about: str, url: str, method: str, form: Iterable[tuple[str, str]]
) -> WebhookReply:
    """Send one webhook, signed, with its retries and redirects; never raises for what the other side does.

    `about` names it in the log. The answer is noted there, and a failure as a warning.
    """
    wanted, params, token = overrides(url), list(form), context.new_token()
    if context.plan.webhooks_lost:
        context.note(sid, What.WEBHOOK_LOST, about)
        return WebhookReply(error=NO_CONNECTION, fault="ct")
    number, sent = context.next_webhook(), context.now_ms()
    context.note(sid, What.WEBHOOK_SENT, about, request=number)
    reply = WebhookReply(error=HTTP_FAILURE, fault="rt")  # what stands if time runs out
    with anyio.move_on_after(wanted.total_s):
        for _ in range(1 + wanted.retries):
            reply = WebhookReply(error=HTTP_FAILURE, fault="rt")
            reply = await _follow(context, url, method, params, token, wanted)
            if not reply.error or not wanted.retry_on & {reply.fault, "all"}:
                break
    said = f"{reply.content_type.partition(';')[0].strip()[:60]} {len(reply.body)}".strip()
    took = context.now_ms() - sent
    context.note(sid, What.WEBHOOK_ANSWERED, about, source=said, code=reply.status, request=number, took_ms=took)
    told = (sid, method, url.partition("#")[0], tuple(params), reply.status, reply.content_type)
    context.webhooks.append(SentWebhook(*told, took, context.epoch_now()))
    return reply


async def forge(
    context: CarrierContext, url: str, method: str, form: Iterable[tuple[str, str]], signed: str
) -> WebhookReply:
    """Send what the carrier did not: `signed` is sent as its signature, none if it is empty. Not part of the log."""
    return await _ask(context, url.partition("#")[0], method, list(form), context.new_token(), overrides(url), signed)


async def _follow(
    context: CarrierContext, url: str, method: str, params: list[tuple[str, str]], token: str, wanted: Overrides
) -> WebhookReply:
    for _ in range(REDIRECTS + 1):
        if not is_web_url(url):
            return WebhookReply(error=BAD_URL)
        reply = await _ask(context, url.partition("#")[0], method, params, token, wanted)
        if not reply.location:
            return reply
        url = signing_text(url, reply.location)
        if reply.status not in (307, 308):
            method, params = "GET", []  # assumption: as browsers do; each hop is signed for its own URL
    return replace(reply, error=TOO_MANY_REDIRECTS)


async def _ask(
    context: CarrierContext,
    url: str,
    method: str,
    params: list[tuple[str, str]],
    token: str,
    wanted: Overrides,
    signed: str | None = None,
) -> WebhookReply:
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
        "X-Twilio-Signature": signature(context.account.token, url, params) if signed is None else signed,
    }
    headers = {name: value for name, value in headers.items() if value}
    if body:
        headers["Content-Type"] = FORM
    limits = httpx2.Timeout(wanted.read_s, connect=wanted.connect_s)
    try:
        headers |= context.routes.headers(url)
        asked = context.routes.reached(url)
        answer = await context.client.request(method, asked, content=body or None, headers=headers, timeout=limits)
    except (httpx2.ConnectError, httpx2.ConnectTimeout):
        return WebhookReply(error=NO_CONNECTION, fault="ct")
    except httpx2.TimeoutException:
        return WebhookReply(error=HTTP_FAILURE, fault="rt")
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, ValueError):
        return WebhookReply(error=BAD_URL)
    except httpx2.HTTPError:
        return WebhookReply(error=NO_CONNECTION, fault="ct")
    return _read(answer)


def _read(answer: httpx2.Response) -> WebhookReply:
    reply = WebhookReply(answer.status_code, answer.content, answer.headers.get("content-type", ""))
    if answer.is_redirect:
        return replace(reply, location=answer.headers.get("location", ""), error=HTTP_FAILURE)
    if answer.status_code >= 400:
        return replace(reply, error=HTTP_FAILURE, fault=f"{answer.status_code // 100}xx")
    if len(reply.body) > BODY_BYTES:
        return replace(reply, body=b"", error=TOO_LARGE)
    return reply
