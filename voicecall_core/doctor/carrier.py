"""Checks of the carrier's account: may it place this call? Knows nothing of the way back to us; places no call."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import httpx2

from voicecall_core.carriers.twilio.account import AccountState
from voicecall_core.carriers.twilio.errors import explain
from voicecall_core.carriers.twilio.trial import hindrances
from voicecall_core.doctor.context import Examination, aware
from voicecall_core.doctor.examination import Check
from voicecall_core.doctor.findings import Section, critical
from voicecall_core.errors import CarrierError
from voicecall_core.masking import last_four, short
from voicecall_core.words.checks import CheckResult, note, ok, skipped, warning

# Twilio: docs/global-infrastructure/understanding-edge-locations. A region's host has three labels before twilio.com;
# those with two stopped on 2026-04-28.
REGIONS = {
    "us1": "https://api.twilio.com",
    "ie1": "https://api.dublin.ie1.twilio.com",
    "au1": "https://api.sydney.au1.twilio.com",
}
RETIRED = ("ie1", "au1", "br1", "de1", "jp1", "sg1", "us2")
CONSOLE = "https://console.twilio.com"

# Codes that refuse an account whose keys are right.
_NOT_ACTIVE = {10001: "disabled", 20005: "not active", 20403: "suspended"}
_BAD_PAIR, _TEST_KEYS, _NO_ACCESS = 20003, 20008, (20006, 20403)
LOW_BALANCE = 1.0  # in the account's currency: some minutes to most countries
ALERTS_SINCE = timedelta(days=1)
_SHOWN_ALERTS = 3
_LOOK = "curl -sSI https://api.twilio.com/"


async def region(room: Examination) -> CheckResult:
    """Whether the REST host is one that Twilio still answers on."""
    url = room.subject.carrier.url
    host = (urlsplit(url).hostname or "").lower()
    expected = "api.twilio.com, or api.CITY.REGION.twilio.com"
    if not host.endswith(".twilio.com"):
        return ok(f"{host}: not Twilio's own, taken as it is", expected)
    labels = host.removesuffix(".twilio.com").split(".")
    if len(labels) == 2 and labels[1] in RETIRED:
        to = REGIONS.get(labels[1], REGIONS["us1"])
        return critical(f"{host}: retired on 2026-04-28", expected, fix=f"Set TWILIO_API_URL={to}")
    if labels[0] != "api" or (len(labels) > 1 and labels[-1] not in REGIONS):
        fix = f"Set TWILIO_API_URL={REGIONS['us1']}"
        return critical(f"{host}: no host that Twilio names", expected, fix=fix)
    return ok(f"{host} (region {labels[-1] if len(labels) > 1 else 'us1'})", expected)


async def reached(room: Examination) -> CheckResult:
    """Whether the REST host answers at all, and as Twilio does. No key is sent."""
    if not room.subject.carrier.account_sid:
        return skipped("TWILIO_ACCOUNT_SID is not set")
    host = urlsplit(room.subject.carrier.url).hostname or ""
    expected, fix = "an answer of Twilio's", _LOOK.replace("https://api.twilio.com", room.subject.carrier.url)
    try:
        answer = await room.ways.rest.get(f"{room.subject.carrier.url}/2010-04-01.json")
    except httpx2.HTTPError as error:
        return critical(str(error) or type(error).__name__, expected, fix=fix)
    if "html" in answer.headers.get("content-type", "") or answer.is_redirect:
        found = f"{host} is answered by something else (HTTP {answer.status_code}): a proxy or a login page"
        return critical(found, expected, fix=fix)
    return ok(f"{host} answers", expected)


async def auth_token(room: Examination) -> CheckResult:
    """Whether account SID and auth token belong together, and are not the test credentials."""
    carrier = room.subject.carrier
    if not carrier.auth_token:
        return skipped("TWILIO_AUTH_TOKEN is not set")
    pair = f"{short(carrier.account_sid)} with the token …{last_four(carrier.auth_token)}"
    expected = "live credentials that belong together"
    try:
        room.account = await room.rest().state()
    except CarrierError as error:
        if error.code in _NOT_ACTIVE:
            room.account = AccountState(_NOT_ACTIVE[error.code], "")
        elif error.code == _TEST_KEYS:
            found = f"{pair}: these are the test credentials, with which no phone rings"
            return critical(found, expected, error=_TEST_KEYS)
        elif error.code == _BAD_PAIR or error.status == 401:
            return critical(f"{pair}: refused", expected, error=_BAD_PAIR)
        else:
            return critical(error.message, expected, error=error.code, fix=error.fix)
    return ok(f"{pair}: accepted", expected)


async def api_key(room: Examination) -> CheckResult:
    """Whether the API key may be used for calls, if there is one."""
    carrier = room.subject.carrier
    expected = "none, or one of this account that may make calls"
    if not carrier.api_key:
        return ok("none; requests are made with the auth token", expected)
    pair = f"{short(carrier.api_key)} with the secret …{last_four(carrier.api_secret)}"
    try:
        await room.rest(key=True).try_login()
    except CarrierError as error:
        if error.code in _NO_ACCESS:
            fix = f"{CONSOLE} > Account > API keys & tokens: give the key the right to read and create calls."
            return warning(f"{pair}: may not list calls", expected, error=20006, fix=fix)
        if error.code in _NOT_ACTIVE:
            return ok(f"{pair}: known", expected)
        return critical(f"{pair}: refused", expected, error=error.code, fix=error.fix)
    return ok(f"{pair}: accepted; signatures need the auth token all the same", expected)


async def account(room: Examination) -> CheckResult:
    """Whether the account is active."""
    assert room.account is not None
    if room.account.status == "active":
        return ok("active", "active")
    code = next((code for code, name in _NOT_ACTIVE.items() if name == room.account.status), 20005)
    return critical(room.account.status, "active", error=code)


async def trial(room: Examination) -> CheckResult:
    """Whether it is a trial account: today's remove the stream from every document, so that nobody hears the agent."""
    assert room.account is not None
    if found := await hindrances(room.rest(), room.account, room.subject.callee.number):
        told = f"a trial account: {'; '.join(found)}"
        return critical(told, "an upgraded account", error=10002, fix=f"{CONSOLE} > Billing > Upgrade")
    return ok("not a trial account", "an upgraded account")


async def balance(room: Examination) -> CheckResult:
    """Whether there is money left."""
    expected = f"more than {LOW_BALANCE:.2f}"
    try:
        left = await room.rest().balance()
    except CarrierError as error:
        return note(f"cannot be read: {error.message}", expected)
    found = f"{left.amount:.2f} {left.currency}"
    fix = f"{CONSOLE} > Billing > Add funds"
    if left.amount <= 0:
        return critical(found, expected, error=10001, fix=fix)
    if left.amount < LOW_BALANCE:
        return warning(found, expected, error=10001, fix=fix)
    return ok(found, expected)


async def caller_id(room: Examination) -> CheckResult:
    """Whether the number that calls is the account's own, or verified, and can make calls."""
    number = room.subject.carrier.number
    if number is None:
        return skipped("TWILIO_PHONE_NUMBER is not set")
    expected = "a number of this account that can make calls, or a verified one"
    try:
        found = await room.rest().caller_id(number.e164)
    except CarrierError as error:
        return critical(error.message, expected, error=error.code, fix=error.fix)
    if found.owned and not found.voice:
        fix = f"{CONSOLE} > Phone Numbers > Manage > Buy a number: one with Voice; then --from with it."
        return critical(f"{number} is owned, but cannot make calls", expected, error=21212, fix=fix)
    if not found.owned and not found.verified:
        fix = f"{CONSOLE} > Phone Numbers > Manage > Verified Caller IDs: add it; or --from with a number of yours."
        return critical(f"{number} is neither owned nor verified", expected, error=21210, fix=fix)
    return ok(f"{number} is {'owned, and can make calls' if found.owned else 'verified'}", expected)


async def callee(room: Examination) -> CheckResult:
    """Whether the number to call is one that can be called. It is not called."""
    to = room.subject.callee
    expected = "a number in international form that may be called"
    if to.wrong:
        return critical(to.wrong.rstrip("."), expected, error=21211, fix=to.fix)
    if to.number is None:
        return skipped("--to NUMBER was not given")
    if to.number == room.subject.carrier.number:
        return critical(f"{to.number} is the calling number itself", expected, error=21217)
    return ok(f"{to.number} ({to.country or 'no country'})", expected)


async def country(room: Examination) -> CheckResult:
    """Whether the account may call the callee's country."""
    to = room.subject.callee
    expected = "the callee's country allowed"
    if not to.country:
        return skipped("the number belongs to no country")
    try:
        allowed = await room.rest().may_call(to.country)
    except CarrierError as error:
        return note(f"cannot be read: {error.message}", expected)
    if not allowed:
        fix = f"{CONSOLE}/us1/develop/voice/settings/geo-permissions: allow {to.country}."
        return critical(f"{to.country} is not allowed", expected, error=21215, fix=fix)
    return ok(f"{to.country} is allowed", expected)


async def alerts(room: Examination) -> CheckResult:
    """What the debugger says of this number and this URL since yesterday."""
    expected = "none about this number or URL since yesterday"
    number = room.subject.carrier.number
    digits = number.e164.lstrip("+") if number else ""
    try:
        found = await room.rest().alerts(aware(room.subject.now()) - ALERTS_SINCE)
    except CarrierError as error:
        return note(f"cannot be read: {error.message}", expected)
    ours = [a for a in found if any(word and word in f"{a.about} {a.text}" for word in (room.proof.host, digits))]
    if not ours:
        return ok("none", expected)
    codes = list(dict.fromkeys(alert.code for alert in ours))
    shown = "; ".join(
        f"{sum(alert.code == code for alert in ours)} x {code}: {explain(code).what}" for code in codes[:_SHOWN_ALERTS]
    )
    return note(shown, expected, error=codes[0], fix=explain(codes[0]).fix)


_HERE = Section.TWILIO
_KEYS = ("auth-token",)
CHECKS = (
    Check("region", _HERE, region, "a REST host that is in service"),
    Check("reached", _HERE, reached, "the REST host answers", ("region",), network=True, fix=_LOOK),
    Check("auth-token", _HERE, auth_token, "account SID and auth token are accepted", ("reached",), network=True),
    Check("api-key", _HERE, api_key, "the API key is accepted, if there is one", ("reached",), network=True),
    Check("account", _HERE, account, "the account is active", _KEYS, network=True),
    Check("trial", _HERE, trial, "the account is no trial, which strips the stream", _KEYS, network=True),
    Check("balance", _HERE, balance, "there is money left", _KEYS, network=True),
    Check("caller-id", _HERE, caller_id, "the calling number is owned or verified, and can call", _KEYS, network=True),
    Check("callee", _HERE, callee, "the number to call may be called"),
    Check("country", _HERE, country, "the account may call that country", ("callee", *_KEYS), network=True),
    Check("alerts", _HERE, alerts, "what the debugger says of this number and URL", _KEYS, ("port",), network=True),
)  # fmt: skip
