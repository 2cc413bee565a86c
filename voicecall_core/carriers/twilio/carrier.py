"""Twilio as a carrier of this program: its REST interface, its webhooks, its media messages, put together."""

from __future__ import annotations

from collections.abc import Sequence

from voicecall_core.carriers.base import Carrier, DocumentUrls, Webhook
from voicecall_core.carriers.twilio import media, signature, twiml, webhooks
from voicecall_core.carriers.twilio.requests import TwilioRequests
from voicecall_core.carriers.twilio.rest import TwilioRest
from voicecall_core.words.events import Fetched, StatusReported, StreamReported
from voicecall_core.words.orders import Document

SIGNATURE = "x-twilio-signature"


class TwilioWebhooks:
    """Twilio's webhooks, signed with one of `tokens` (two while one is being rotated), and its TwiML."""

    document_type = "text/xml; charset=utf-8"

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tokens

    def signed(self, webhook: Webhook, url: str, *, upgrade: bool = False) -> bool:
        """Whether one of the tokens signed this request to `url`; an upgrade has no form."""
        params = [] if upgrade else webhook.form()
        return signature.valid(self._tokens, url, params, webhook.header(SIGNATURE), upgrade=upgrade)

    def fetched(self, webhook: Webhook, request: int, generation: int) -> Fetched:
        """A fetch of TwiML."""
        return webhooks.fetched(webhook.form(), request, generation)

    def status_reported(self, webhook: Webhook) -> StatusReported:
        """A status callback."""
        return webhooks.status_reported(webhook.form())

    def stream_reported(self, webhook: Webhook) -> StreamReported:
        """A `<Stream statusCallback>`."""
        return webhooks.stream_reported(webhook.form())

    def write(self, document: Document, urls: DocumentUrls) -> str:
        """A document as TwiML."""
        return twiml.write(document, urls)


def twilio(rest: TwilioRest, tokens: Sequence[str]) -> Carrier:
    """The account that `rest` acts for; its webhooks are signed with one of `tokens`."""
    return Carrier("Twilio", rest.account_sid, rest, TwilioWebhooks(tokens), TwilioRequests(tokens[0]), lambda: media)
