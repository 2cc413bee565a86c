"""Where a call's next document comes from, up to the carrier's own error message. Knows nothing of running it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from voicecall_core.simulator.carrier import twiml, web_urls, webhook_client
from voicecall_core.simulator.carrier.call_records import CallResource
from voicecall_core.simulator.carrier.context import CarrierContext
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.webhook_forms import fetch_form

BAD_TYPE = 12300
XML_TYPES = frozenset({"text/xml", "application/xml", "text/html"})  # Twilio: docs/voice/twiml
TRIES_BY_TYPE = frozenset({"", "text/plain"})  # run if it is valid TwiML


@dataclass(frozen=True, slots=True)
class Inline:
    """A document that came with a REST request; `source` is create or update."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Remote:
    """A document to be asked for; `source` is fetch (the call's first), redirect or update-url."""

    url: str
    method: str = "POST"
    source: str = "fetch"
    extra: tuple[tuple[str, str], ...] = ()  # what the request says beside the call


Origin = Inline | Remote


@dataclass(frozen=True, slots=True)
class ServedDocument:
    """A document in hand: where relative addresses in it start from, or the error that ends the call."""

    script: twiml.TwimlScript
    source: str
    base: str = ""
    error: int = 0


async def obtain(context: CarrierContext, record: CallResource, origin: Origin) -> ServedDocument:
    """The document of `origin`, or the fallback's if that fails, or one with `error`. Never raises."""
    if isinstance(origin, Inline):
        script = twiml.read(origin.text.encode())
        first, url = ServedDocument(script, origin.source, error=script.error), ""
    else:
        first, url = await _fetch(context, record, origin, origin.source, dict(origin.extra)), origin.url
    fallback = record.wish.fallback_url
    if not first.error or not fallback:
        return first
    context.note(record.sid, What.WARNING, "the document failed, the fallback is asked", code=first.error)
    extra = {"ErrorCode": str(first.error), "ErrorUrl": url.partition("#")[0]}
    wish = Remote(fallback, record.wish.fallback_method, "fallback")
    return await _fetch(context, record, wish, "fallback", extra)


def redirected(url: str, method: str, base: str) -> Remote:
    """Where a `<Redirect>` leads; a relative address starts from the document it stands in."""
    return Remote(web_urls.signing_text(base.partition("#")[0], url), method, "redirect")


def acted(source: str, action: str, method: str, base: str, extra: tuple[tuple[str, str], ...]) -> Remote | None:
    """What a verb's action asks for; without one the document it stands in again. None if that came without address."""
    url = web_urls.signing_text(base.partition("#")[0], action) if action else base
    return Remote(url, method, source, extra) if url else None


async def _fetch(
    context: CarrierContext, record: CallResource, origin: Remote, about: str, extra: Mapping[str, str] | None = None
) -> ServedDocument:
    form = fetch_form(record, context.plan.direction, extra)
    reply = await webhook_client.post(context, record.sid, about, origin.url, origin.method, form)
    script = _read(reply)
    return ServedDocument(script, origin.source, origin.url, script.error)


def _read(reply: webhook_client.WebhookReply) -> twiml.TwimlScript:
    if reply.error:
        return twiml.TwimlScript(error=reply.error)
    kind = reply.content_type.partition(";")[0].strip().lower()
    if kind not in XML_TYPES | TRIES_BY_TYPE and reply.body.strip():
        return twiml.TwimlScript(error=BAD_TYPE)
    return twiml.read(reply.body)
