"""The carrier's desk for questions about the account, as the official SDK sees it and as the wire shows it."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email.utils import parsedate_to_datetime

import httpx2
import pytest

from voicecall_core.net.http_client import http_client
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.simulator.carrier.server import EPOCH, SimulatedCarrier, open_carrier
from voicecall_core.simulator.scenarios.catalogue import SCENARIOS
from voicecall_core.simulator.scenarios.scenario import AccountPlan


@asynccontextmanager
async def desk(plan: AccountPlan | None = None) -> AsyncIterator[tuple[SimulatedCarrier, httpx2.AsyncClient]]:
    ordinary = SCENARIOS["ordinary"]
    scenario = replace(ordinary, carrier=replace(ordinary.carrier, account=plan or AccountPlan()))
    network = MemoryNetwork()
    async with open_carrier(network, scenario) as carrier, http_client(network) as http:
        yield carrier, http


async def asked(
    carrier: SimulatedCarrier, http: httpx2.AsyncClient, path: str, *, key: bool = False
) -> httpx2.Response:
    pair = (carrier.api_key, carrier.api_secret) if key else (carrier.account_sid, carrier.auth_token)
    coded = base64.b64encode(":".join(pair).encode()).decode()
    url = carrier.url + path.replace("SID", carrier.account_sid)
    return await http.get(url, headers={"Authorization": f"Basic {coded}"})


async def test_the_account_says_how_it_stands_and_of_which_kind_it_is() -> None:
    async with desk(AccountPlan(status="suspended", kind="Trial")) as (carrier, http):
        shown = (await asked(carrier, http, "/2010-04-01/Accounts/SID.json")).json()
    assert (shown["sid"], shown["status"], shown["type"]) == (carrier.account_sid, "suspended", "Trial")


async def test_an_api_key_may_do_all_but_see_the_account() -> None:
    async with desk() as (carrier, http):
        refused = await asked(carrier, http, "/2010-04-01/Accounts/SID.json", key=True)
        assert (refused.status_code, refused.json()["code"]) == (401, 20003)
        for path in ("/2010-04-01/Accounts/SID/Balance.json", "/2010-04-01/Accounts/SID/Calls.json"):
            assert (await asked(carrier, http, path, key=True)).status_code == 200


async def test_test_credentials_may_see_nothing() -> None:
    async with desk(AccountPlan(test_credentials=True)) as (carrier, http):
        refused = await asked(carrier, http, "/2010-04-01/Accounts/SID.json")
        assert (refused.status_code, refused.json()["code"]) == (403, 20008)


@pytest.mark.parametrize(("number", "owned", "verified"), [("owned", 1, 0), ("verified", 0, 1), ("foreign", 0, 0)])
async def test_a_number_is_owned_verified_or_neither(number: str, owned: int, verified: int) -> None:
    async with desk(AccountPlan(number=number)) as (carrier, http):
        query = f"PhoneNumber={carrier.number.replace('+', '%2B')}"
        base = "/2010-04-01/Accounts/SID"
        mine = (await asked(carrier, http, f"{base}/IncomingPhoneNumbers.json?{query}")).json()
        known = (await asked(carrier, http, f"{base}/OutgoingCallerIds.json?{query}")).json()
        other = (await asked(carrier, http, f"{base}/IncomingPhoneNumbers.json?PhoneNumber=%2B49301")).json()
    assert len(mine["incoming_phone_numbers"]) == owned
    assert len(known["outgoing_caller_ids"]) == verified
    assert other["incoming_phone_numbers"] == []


async def test_countries_are_open_unless_the_plan_closes_them() -> None:
    async with desk(AccountPlan(closed_countries=frozenset({"LV"}))) as (carrier, http):
        for country, is_open in (("US", True), ("LV", False)):
            shown = (await asked(carrier, http, f"/v1/DialingPermissions/Countries/{country}")).json()
            assert (shown["iso_code"], shown["low_risk_numbers_enabled"]) == (country, is_open)


async def test_alerts_are_a_page_of_the_newer_form() -> None:
    async with desk(AccountPlan(alerts=((11200, "https://x.example/a"),))) as (carrier, http):
        shown = (await asked(carrier, http, "/v1/Alerts?PageSize=50")).json()
    assert shown["meta"]["key"] == "alerts"
    assert [(each["error_code"], each["request_url"]) for each in shown["alerts"]] == [("11200", "https://x.example/a")]


async def test_every_answer_has_the_carriers_date() -> None:
    async with desk() as (carrier, http):
        answer = await http.get(carrier.url)
    assert answer.status_code == 401
    assert parsedate_to_datetime(answer.headers["date"]).timestamp() == EPOCH


async def test_the_account_of_somebody_else_is_not_shown() -> None:
    async with desk() as (carrier, http):
        answer = await asked(carrier, http, f"/2010-04-01/Accounts/AC{'0' * 32}.json")
    assert (answer.status_code, json.loads(answer.text)["code"]) == (404, 20404)
