"""What an account may do, read through the SDK from answers of every kind."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from voicecall_core.carriers.twilio.account import AccountState, Alert, Balance, CallerId, TwilioAccount, sibling
from voicecall_core.carriers.twilio.trial import A_MESSAGE, NO_STREAM, hindrances
from voicecall_core.errors import CarrierError
from voicecall_core.words.numbers import PhoneNumber

SID, TOKEN, NUMBER = "AC" + "0" * 32, "f" * 32, "+15005550006"


class Twilio:
    """Answers by path, and remembers what was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[httpx2.URL] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request.url)
        last = request.url.path.removesuffix(".json").rpartition("/")[2]
        status, body = self.answers.get(last, (404, {"code": 20404, "message": "not found", "status": 404}))
        return httpx2.Response(status, content=json.dumps(body))

    def account(self, base_url: str = "https://api.twilio.com") -> TwilioAccount:
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(self))
        return TwilioAccount(SID, SID, TOKEN, http, base_url)


async def test_the_account_is_read() -> None:
    twilio = Twilio(**{SID: (200, {"status": "active", "type": "Trial"})})
    assert await twilio.account().state() == AccountState("active", "Trial")
    assert str(twilio.asked[0]) == f"https://api.twilio.com/2010-04-01/Accounts/{SID}.json"


async def test_an_account_without_a_status_is_no_account() -> None:
    with pytest.raises(CarrierError, match="no usable answer"):
        await Twilio(**{SID: (200, {"type": "Full"})}).account().state()


async def test_a_refusal_keeps_its_code() -> None:
    refused = (403, {"code": 20008, "message": "test credentials", "status": 403})
    with pytest.raises(CarrierError) as caught:
        await Twilio(**{SID: refused}).account().state()
    assert (caught.value.code, caught.value.status) == (20008, 403)


async def test_a_balance_is_a_number() -> None:
    assert await Twilio(Balance=(200, {"balance": "-0.13", "currency": "EUR"})).account().balance() == Balance(
        -0.13, "EUR"
    )
    with pytest.raises(CarrierError):
        await Twilio(Balance=(200, {"balance": "much", "currency": "EUR"})).account().balance()


@pytest.mark.parametrize(
    ("owned", "verified", "found"),
    [
        ([{"phone_number": NUMBER, "capabilities": {"voice": True}}], [], CallerId(True, False, True)),
        ([{"phone_number": NUMBER, "capabilities": {"voice": False}}], [], CallerId(True, False, False)),
        ([{"phone_number": NUMBER, "capabilities": None}], [], CallerId(True, False, False)),
        ([{"phone_number": NUMBER + "1", "capabilities": {"voice": True}}], [], CallerId(False, False, False)),
        ([], [{"phone_number": NUMBER}], CallerId(False, True, True)),
        ([], [], CallerId(False, False, False)),
    ],
)
async def test_a_caller_id_is_owned_or_verified(owned: list[Any], verified: list[Any], found: CallerId) -> None:
    twilio = Twilio(
        IncomingPhoneNumbers=(200, {"incoming_phone_numbers": owned}),
        OutgoingCallerIds=(200, {"outgoing_caller_ids": verified}),
    )
    assert await twilio.account().caller_id(NUMBER) == found


@pytest.mark.parametrize(
    ("kind", "verified", "streams", "found"),
    [
        ("Full", [], True, []),
        ("Trial", [{"phone_number": NUMBER}], True, [NO_STREAM, A_MESSAGE]),
        ("Trial", [], True, [NO_STREAM, "+15•••••006 is not verified, and will not be called (21219)", A_MESSAGE]),
        ("Trial", [{"phone_number": NUMBER}], False, [A_MESSAGE]),
        ("Trial", None, False, [A_MESSAGE]),
    ],
)
async def test_what_a_trial_account_will_not_do(kind: str, verified: Any, streams: bool, found: list[str]) -> None:
    answers: dict[str, Any] = {"IncomingPhoneNumbers": (200, {"incoming_phone_numbers": []})}
    if verified is not None:  # None: the list is refused, and nothing is said of the number
        answers["OutgoingCallerIds"] = (200, {"outgoing_caller_ids": verified})
    account = Twilio(**answers).account()
    told = await hindrances(account, AccountState("active", kind), PhoneNumber(NUMBER), streams=streams)
    assert list(told) == found


async def test_permissions_and_alerts_are_on_hosts_of_their_own() -> None:
    alert = {
        "error_code": "11200", "date_created": "2026-11-22T11:00:00Z", "request_url": "https://x/", "alert_text": "Msg",
    }  # fmt: skip
    twilio = Twilio(
        US=(200, {"iso_code": "US", "low_risk_numbers_enabled": True}),
        Alerts=(200, {"alerts": [alert, {"error_code": None}], "meta": {"key": "alerts"}}),
    )
    account = twilio.account()
    assert await account.may_call("US")
    at = datetime(2026, 11, 22, 11, tzinfo=UTC)
    assert await account.alerts(at) == (Alert(11200, at, "https://x/", "Msg"),)
    assert [url.host for url in twilio.asked] == ["voice.twilio.com", "monitor.twilio.com"]


@pytest.mark.parametrize(
    ("base", "voice"),
    [
        ("https://api.twilio.com", "https://voice.twilio.com"),
        ("https://api.dublin.ie1.twilio.com", "https://voice.dublin.ie1.twilio.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://api.example.com", "https://api.example.com"),
    ],
)
def test_another_products_host_is_beside_the_first(base: str, voice: str) -> None:
    assert sibling(base, "voice") == voice
