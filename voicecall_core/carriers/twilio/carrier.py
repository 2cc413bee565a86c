"""Twilio as a carrier of this program: its REST interface, its webhooks, its media messages, put together."""

from __future__ import annotations

import re
from collections.abc import Sequence

from voicecall_core.carriers.base import Carrier, DocumentUrls, Webhook
from voicecall_core.carriers.twilio import media, signature, twiml, webhooks
from voicecall_core.carriers.twilio.requests import TwilioRequests
from voicecall_core.carriers.twilio.rest import TwilioRest
from voicecall_core.words.events import Fetched, StatusReported, StreamReported
from voicecall_core.words.orders import Document

SIGNATURE = "x-twilio-signature"
SETTINGS = "x-twilio-webhooks-signature-settings"  # only where a shared key has signed
_SHAPE = re.compile(r"[A-Za-z0-9+/]{27}=|[A-Za-z0-9+/]{43}=")  # base64 of an HMAC: SHA-1's 20 bytes, SHA-256's 32


class TwilioWebhooks:
    """Twilio's webhooks, signed with one of `tokens` (two while one is being rotated), and its TwiML.

    `shared_keys` are the secrets of the keys with which a webhook rule may have it sign instead.
    """

    document_type = "text/xml; charset=utf-8"

    def __init__(self, tokens: Sequence[str], shared_keys: Sequence[str] = ()) -> None:
        self._tokens, self._shared_keys = tokens, shared_keys

    def bears_signature(self, webhook: Webhook) -> bool:
        """Whether its signature has the length and the letters of one."""
        return _SHAPE.fullmatch(webhook.header(SIGNATURE)) is not None

    def signed(self, webhook: Webhook, url: str, *, upgrade: bool = False) -> bool:
        """Whether one of the tokens, or the shared key that it names, signed this request to `url`.

        An upgrade has no form.
        """
        params = [] if upgrade else webhook.form()
        algorithm = signature.algorithm_of(webhook.header(SETTINGS))
        return signature.valid(
            self._shared_keys if algorithm else self._tokens,
            url,
            params,
            webhook.header(SIGNATURE),
            upgrade=upgrade,
            algorithm=algorithm or signature.SHA1,
        )

    def lacks_key(self, webhook: Webhook) -> bool:
        """Whether a shared key has signed it, by its own words, and none was given."""
        return not self._shared_keys and bool(signature.algorithm_of(webhook.header(SETTINGS)))

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


def twilio(rest: TwilioRest, tokens: Sequence[str], shared_keys: Sequence[str] = ()) -> Carrier:
    """The account that `rest` acts for; its webhooks are signed with one of `tokens`, or of `shared_keys`."""
    read = TwilioWebhooks(tokens, shared_keys)
    return Carrier("Twilio", rest.account_sid, rest, read, TwilioRequests(tokens[0]), lambda: media)
