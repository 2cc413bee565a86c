"""The carrier's desk for questions about the account: its state, money, numbers and permissions. Knows no calls.

Twilio: OpenAPI api_v2010 (Accounts, Balance, IncomingPhoneNumbers, OutgoingCallerIds), voice_v1
(DialingPermissions), monitor_v1 (Alerts). The latter two live on hosts of their own there, and here beside the rest.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from urllib.parse import parse_qsl

from voicecall_core.simulator.carrier.context import Account
from voicecall_core.simulator.carrier.lists import Query, paged
from voicecall_core.simulator.carrier.numbers import NumberSettings
from voicecall_core.simulator.carrier.rest_errors import BAD_CREDENTIALS, NOT_FOUND, TEST_CREDENTIALS, RestRefused
from voicecall_core.simulator.scenarios.scenario import AccountPlan

ACCOUNT = re.compile(r"/2010-04-01/Accounts(?:/AC[0-9a-f]{32})?\.json")
# What lies below an account at the carrier and is not here.
ELSEWHERE = {
    "Addresses": "addresses",
    "Applications": "applications",
    "AuthorizedConnectApps": "authorized_connect_apps",
    "AvailablePhoneNumbers": "available_phone_numbers",
    "Conferences": "conferences",
    "ConnectApps": "connect_apps",
    "Keys": "keys",
    "Messages": "messages",
    "Queues": "queues",
    "SIP": "sip",
    "SMS": "sms",
    "ShortCodes": "short_codes",
    "SigningKeys": "signing_keys",
    "Usage": "usage",
}
_HERE = {
    "Balance": "balance",
    "Calls": "calls",
    "IncomingPhoneNumbers": "incoming_phone_numbers",
    "Notifications": "notifications",
    "OutgoingCallerIds": "outgoing_caller_ids",
    "Recordings": "recordings",
    "Transcriptions": "transcriptions",
}
_UNDER_ACCOUNT = re.compile(
    r"/2010-04-01/Accounts/(?P<account>AC[0-9a-f]{32})(?P<what>|/Balance|/IncomingPhoneNumbers|/OutgoingCallerIds)\.json"
)
_COUNTRY = re.compile(r"/v1/DialingPermissions/Countries/(?P<country>[A-Z]{2})")
_ALERTS, _ACCOUNTS = "/v1/Alerts", "/2010-04-01/Accounts.json"
_FIELDS = {"PhoneNumber": "phone_number", "FriendlyName": "friendly_name", "Status": "status"}  # that lists filter by
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_asked(path: str) -> bool:
    """Whether a path is one of this desk's."""
    return path in (_ALERTS, _ACCOUNTS) or bool(_UNDER_ACCOUNT.fullmatch(path) or _COUNTRY.fullmatch(path))


def account_answer(
    plan: AccountPlan, account: Account, number: NumberSettings, user: str, target: str, now: float
) -> dict[str, object]:
    """The answer to a GET of `target` by `user`. Raises Refused."""
    path, _, query = target.partition("?")
    asked = parse_qsl(query, keep_blank_values=True)
    if plan.test_credentials:
        raise RestRefused(TEST_CREDENTIALS)
    if path == _ALERTS:
        return _page("alerts", [_alert(plan, number, code, url, now) for number, (code, url) in enumerate(plan.alerts)])
    if found := _COUNTRY.fullmatch(path):
        return _country(plan, found["country"])
    found = _UNDER_ACCOUNT.fullmatch(path)
    if path != _ACCOUNTS and (found is None or found["account"] != account.sid):
        raise RestRefused(NOT_FOUND)
    match found["what"] if found is not None else "":
        case "/Balance":
            return {"account_sid": account.sid, "balance": plan.balance, "currency": "USD"}
        case "/IncomingPhoneNumbers":
            shown = number.json(account.sid, account.number, plan.number_speaks, now)
            owned = [shown] if plan.number == "owned" else []
            return _list("incoming_phone_numbers", owned, asked, path)
        case "/OutgoingCallerIds":
            verified = [_number(plan, account, now)] if plan.number == "verified" else []
            return _list("outgoing_caller_ids", verified, asked, path)
    if user != account.sid:
        # Twilio: docs/iam/api-keys: a standard key may do all but /Accounts and /Keys. The code is an assumption.
        raise RestRefused(BAD_CREDENTIALS)
    shown = _account(plan, account, now)
    return shown if path != _ACCOUNTS else _list("accounts", [shown], asked, path)


def _account(plan: AccountPlan, account: Account, now: float) -> dict[str, object]:
    return {
        "sid": account.sid,
        "friendly_name": "The built-in carrier's account",
        "status": plan.status,
        "type": plan.kind,
        "owner_account_sid": account.sid,
        "auth_token": None,  # the real answer repeats it; nobody needs it twice
        "date_created": formatdate(now - 86_400.0, usegmt=True).replace("GMT", "+0000"),
        "date_updated": formatdate(now - 3_600.0, usegmt=True).replace("GMT", "+0000"),
        "uri": f"/2010-04-01/Accounts/{account.sid}.json",
        "subresource_uris": {
            key: f"/2010-04-01/Accounts/{account.sid}/{name}.json" for name, key in {**_HERE, **ELSEWHERE}.items()
        },
    }


def _number(plan: AccountPlan, account: Account, now: float) -> dict[str, object]:
    return {
        "sid": "PN" + account.sid[2:],
        "account_sid": account.sid,
        "phone_number": account.number,
        "friendly_name": account.number,
        "capabilities": {"voice": plan.number_speaks, "sms": True, "mms": False, "fax": False},
        "status": "in-use",
        "date_created": formatdate(now - 86_400.0, usegmt=True).replace("GMT", "+0000"),
    }


def _list(name: str, found: list[dict[str, object]], query: Query, path: str) -> dict[str, object]:
    wanted = [(_FIELDS[key], value) for key, value in query if key in _FIELDS and value]
    return paged(name, [each for each in found if all(each.get(key) == value for key, value in wanted)], query, path)


def _page(name: str, shown: list[dict[str, object]]) -> dict[str, object]:
    """A page in the form of Twilio's newer services."""
    meta = {"page": 0, "page_size": 50, "key": name, "next_page_url": None, "previous_page_url": None}
    return {name: shown, "meta": meta}


def _country(plan: AccountPlan, country: str) -> dict[str, object]:
    return {
        "iso_code": country,
        "name": country,
        "continent": None,
        "country_codes": [],
        "low_risk_numbers_enabled": country not in plan.closed_countries,
        "high_risk_special_numbers_enabled": False,
        "high_risk_tollfraud_numbers_enabled": False,
        "url": f"/v1/DialingPermissions/Countries/{country}",
        "links": {},
    }


def _alert(plan: AccountPlan, number: int, code: int, url: str, now: float) -> dict[str, object]:
    at = (_EPOCH + timedelta(seconds=int(now) - 600 * (number + 1))).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "sid": f"NO{number:032x}",
        "error_code": str(code),
        "log_level": "error",
        "alert_text": f"Msg&sourceComponent=12000&ErrorCode={code}&httpResponse=502&url={url}",
        "date_created": at,
        "date_generated": at,
        "request_method": "POST",
        "request_url": url,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "resource_sid": f"CA{number:032x}",
    }
