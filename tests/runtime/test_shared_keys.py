"""Webhooks that the carrier signs with a shared key, as a webhook rule can have it: verified, or told by their name."""

from __future__ import annotations

from urllib.parse import urlencode

import anyio
import pytest
from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, RequestValidator

from tests.placing import opened_dialer, outgoing
from voicecall_core.addresses import Addresses
from voicecall_core.carriers.twilio.carrier import TwilioWebhooks
from voicecall_core.net.http_server import Request, Response
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.switchboard import Switchboard
from voicecall_core.words.events import Event, TurnedAway
from voicecall_core.words.values import Fault, Knock

TOKEN, KEY = "t" * 32, "the shared key's secret"
FORM = {"CallSid": "CA" + "a" * 32, "CallStatus": "ringing", "ToCity": ""}


def posted(url: str, path: str, key: str, algorithm: str = HMAC_SHA256, *, said: str | None = None) -> Request:
    """A status callback as the carrier sends it when a rule names a shared key; `said`: what its header says."""
    settings = f"key=webhooks_sharedkey_01jz0000000000000000000000,algorithm={algorithm}" if said is None else said
    headers = [
        ("x-twilio-signature", RequestValidator(key).compute_signature(url + path, FORM, algorithm)),
        ("content-type", "application/x-www-form-urlencoded"),
    ]
    if settings:
        headers.append(("x-twilio-webhooks-signature-settings", settings))
    return Request("POST", path, tuple(headers), urlencode(FORM).encode())


async def answered(request: Request, *keys: str) -> Response:
    addresses = Addresses("https://voice.example.com", b"secret")
    return await Switchboard(addresses, TwilioWebhooks([TOKEN], keys)).answer(request)


URL, PATH = "https://voice.example.com", "/c-1/status"


@pytest.mark.parametrize("algorithm", [HMAC_SHA1, HMAC_SHA256])
async def test_a_shared_key_signs_by_the_algorithm_that_is_named(algorithm: str) -> None:
    assert (await answered(posted(URL, PATH, KEY, algorithm), KEY)).status == 204
    assert (await answered(posted(URL, PATH, KEY, algorithm), "old", KEY)).status == 204
    assert (await answered(posted(URL, PATH, KEY, algorithm), "another")).status == 403
    assert (await answered(posted(URL, PATH, TOKEN, algorithm), KEY)).status == 403


async def test_without_that_header_the_auth_token_signs_whatever_keys_there_are() -> None:
    assert (await answered(posted(URL, PATH, TOKEN, HMAC_SHA1, said=""), KEY)).status == 204
    assert (await answered(posted(URL, PATH, KEY, HMAC_SHA1, said=""), KEY)).status == 403
    assert (await answered(posted(URL, PATH, KEY, HMAC_SHA256, said=""), KEY)).status == 403


@pytest.mark.parametrize("said", ["algorithm=HMAC_SHA512", "algorithm=none", "algorithm=HMAC_SHA1", "key=x"])
async def test_the_header_chooses_among_what_is_safe_alone(said: str) -> None:
    assert (await answered(posted(URL, PATH, KEY, HMAC_SHA256, said=said), KEY)).status == 403
    assert (await answered(posted(URL, PATH, "", HMAC_SHA256, said=said))).status == 403


async def test_who_has_no_shared_key_is_told_that_one_has_signed() -> None:
    heard: list[Event] = []
    async with opened_dialer("no-answer", MemoryNetwork()) as dialer:
        session, switchboard = outgoing(dialer).session, dialer.switchboard
        async with anyio.create_task_group() as tasks, switchboard.line(session):
            tasks.start_soon(session.run)
            await anyio.sleep(1)
            session.tell = heard.append  # type: ignore[method-assign, assignment]
            url = switchboard.addresses.asked("")
            assert (await switchboard.answer(posted(url, "/c-5ca1e/status", KEY))).status == 403
            tasks.cancel_scope.cancel()
    assert heard == [TurnedAway(Knock.STATUS, 403, Fault.KEY)]
