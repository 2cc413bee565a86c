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
from voicecall_core.simulator.carrier.numbers import NumberSettings
from voicecall_core.simulator.carrier.rest_errors import BAD_CREDENTIALS, NOT_FOUND, TEST_CREDENTIALS, RestRefused
from voicecall_core.simulator.scenarios.scenario import AccountPlan

_UNDER_ACCOUNT = re.compile(
    r"/2010-04-01/Accounts/(?P<account>AC[0-9a-f]{32})(?P<what>|/Balance|/IncomingPhoneNumbers|/OutgoingCallerIds)\.json"
)
_COUNTRY = re.compile(r"/v1/DialingPermissions/Countries/(?P<country>[A-Z]{2})")
_ALERTS = "/v1/Alerts"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_asked(path: str) -> bool:
    """Whether a path is one of this desk's."""
    return path == _ALERTS or bool(_UNDER_ACCOUNT.fullmatch(path) or _COUNTRY.fullmatch(path))


def account_answer(
    plan: AccountPlan, account: Account, number: NumberSettings, user: str, target: str, now: float
) -> dict[str, object]:
    """The answer to a GET of `target` by `user`. Raises Refused."""
    path, _, query = target.partition("?")
    asked = dict(parse_qsl(query, keep_blank_values=True))
    if plan.test_credentials:
        raise RestRefused(TEST_CREDENTIALS)
    if path == _ALERTS:
        return _page("alerts", [_alert(plan, number, code, url, now) for number, (code, url) in enumerate(plan.alerts)])
    if found := _COUNTRY.fullmatch(path):
        return _country(plan, found["country"])
    found = _UNDER_ACCOUNT.fullmatch(path)
    if found is None or found["account"] != account.sid:
        raise RestRefused(NOT_FOUND)
    match found["what"]:
        case "/Balance":
            return {"account_sid": account.sid, "balance": plan.balance, "currency": "USD"}
        case "/IncomingPhoneNumbers":
            shown = number.json(account.sid, account.number, plan.number_speaks, now)
            owned = [shown] if plan.number == "owned" else []
            return _list("incoming_phone_numbers", owned, asked.get("PhoneNumber", ""))
        case "/OutgoingCallerIds":
            verified = [_number(plan, account, now)] if plan.number == "verified" else []
            return _list("outgoing_caller_ids", verified, asked.get("PhoneNumber", ""))
    if user != account.sid:
        # Twilio: docs/iam/api-keys: a standard key may do all but /Accounts and /Keys. The code is an assumption.
        raise RestRefused(BAD_CREDENTIALS)
    return _account(plan, account, now)


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
        "subresource_uris": {},
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


def _list(name: str, found: list[dict[str, object]], number: str) -> dict[str, object]:
    shown = [each for each in found if not number or each["phone_number"] == number]
    return {name: shown, "page": 0, "page_size": 50, "start": 0, "end": len(shown), "next_page_uri": None}


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
