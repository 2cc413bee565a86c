"""What an account may do, read through Twilio's REST interface. Knows no way to place or change a call.

Its reads are those that say, before a call, whether Twilio would place it. Sources: Twilio's OpenAPI
(api_v2010 for account, balance, numbers; voice_v1 for dialing permissions; monitor_v1 for alerts).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from voicecall_core.carriers.twilio.errors import RestFault
from voicecall_core.carriers.twilio.rest import TwilioRest

ALERTS = 50  # the newest; one page, which is Twilio's default


@dataclass(frozen=True, slots=True)
class AccountState:
    """`status` is active, suspended or closed; `kind` is Trial or Full."""

    status: str
    kind: str


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left, in the account's own currency."""

    amount: float
    currency: str


@dataclass(frozen=True, slots=True)
class CallerId:
    """What a number is to the account; `voice` is false for a number that is owned and cannot make calls."""

    owned: bool
    verified: bool
    voice: bool


@dataclass(frozen=True, slots=True)
class Alert:
    """An entry of the debugger. `about` is the URL that was asked, empty if it was no webhook; `text` what was said."""

    code: int
    at: datetime | None
    about: str
    text: str


class TwilioAccount(TwilioRest):
    """Reads what Twilio's console shows. Its methods raise CarrierError as those of TwilioRest do.

    Permissions and alerts are on hosts of their own, unless `base_url` is not one of Twilio's: then they are there.
    """

    def warm(self) -> None:
        """Imports the SDK and builds its client now."""
        built = self._client is not None
        super().warm()
        if not built and self._base_url is not None:
            self._client.voice.base_url = sibling(self._base_url, "voice")
            self._client.monitor.base_url = sibling(self._base_url, "monitor")

    async def state(self) -> AccountState:
        """Whether the account is active, and of which kind. An API key that is not a main one may not ask this."""
        return await self._ask(
            "show the account",
            lambda _: self._client.api.v2010.account.fetch_async(),
            lambda account: AccountState(_text(account.status), _text(account.type)),
        )

    async def try_login(self) -> None:
        """Makes the smallest request that a login for calls must be allowed to make."""
        await self._ask("list the calls", lambda calls: calls.list_async(limit=1, page_size=1), lambda found: None)

    async def balance(self) -> Balance:
        """How much is left; raises CarrierError also for an account that is billed by invoice and has none."""
        return await self._ask("show the balance", lambda _: self._client.balance.fetch_async(), _balance_of)

    async def caller_id(self, number: str) -> CallerId:
        """What `number` (E.164) is to this account."""
        owned = await self._ask(
            "list the account's numbers",
            lambda _: self._client.incoming_phone_numbers.list_async(phone_number=number, limit=1),
            lambda found: [_can_speak(each.capabilities) for each in found if each.phone_number == number],
        )
        if owned:
            return CallerId(owned=True, verified=False, voice=owned[0])
        verified = await self._ask(
            "list the verified caller ids",
            lambda _: self._client.outgoing_caller_ids.list_async(phone_number=number, limit=1),
            lambda found: any(each.phone_number == number for each in found),
        )
        return CallerId(owned=False, verified=verified, voice=verified)

    async def may_call(self, country: str) -> bool:
        """Whether ordinary numbers of a country (ISO 3166, two letters) may be called."""
        return await self._ask(
            "show the dialing permissions",
            lambda _: self._client.voice.v1.dialing_permissions.countries(country).fetch_async(),
            lambda found: found.low_risk_numbers_enabled is True,
        )

    async def alerts(self, since: datetime) -> tuple[Alert, ...]:
        """The debugger's newest entries since then (an aware datetime, at most 30 days ago), newest first."""
        return await self._ask(
            "list the alerts",
            lambda _: self._client.monitor.v1.alerts.list_async(
                start_date=since.astimezone(UTC), limit=ALERTS, page_size=ALERTS
            ),
            _alerts_of,
        )


def sibling(base_url: str, product: str) -> str:
    """The base URL of another product beside `base_url`'s: another host at Twilio, the same place anywhere else.

    That a region's hosts follow the same pattern (voice.dublin.ie1.twilio.com) is an assumption.
    """
    host = urlsplit(base_url).hostname or ""
    if host.startswith("api.") and host.endswith(".twilio.com"):
        return base_url.replace("//api.", f"//{product}.", 1)
    return base_url


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise RestFault("a field is missing", status=200)
    return value


def _balance_of(found: Any) -> Balance:
    try:
        return Balance(float(_text(found.balance)), _text(found.currency))
    except ValueError:
        raise RestFault("the balance is not a number", status=200) from None


def _can_speak(capabilities: object) -> bool:
    return isinstance(capabilities, Mapping) and capabilities.get("voice") is True


def _alerts_of(found: Iterable[Any]) -> tuple[Alert, ...]:
    return tuple(
        Alert(int(code), each.date_created, str(each.request_url or ""), str(each.alert_text or ""))
        for each in found
        if (code := str(each.error_code or "")).isdigit()
    )
