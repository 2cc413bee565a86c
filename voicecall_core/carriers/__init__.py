"""The carriers that can place a call; each has a package of its own behind the same Protocol.

What stands here is the one that is used: where it is reached, and what its account is called in the settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicecall_core.carriers.twilio import ACCOUNT_SETTING, API_URL, URL_SETTING

if TYPE_CHECKING:  # imported when a carrier is asked for: `--help` needs the address alone
    import httpx2

    from voicecall_core.carriers.base import Carrier


__all__ = ["ACCOUNT_SETTING", "API_URL", "URL_SETTING", "connect", "warm"]


def warm() -> None:
    """Import what a carrier's client needs (0.25 s), which it would otherwise do in a thread of its own."""
    import twilio.rest  # noqa: F401


def connect(
    account_sid: str,
    login: tuple[str, str],
    auth_token: str,
    http: httpx2.AsyncClient,
    url: str = API_URL,
    answer_within_s: float = 10.0,
    shared_key: str = "",
) -> Carrier:
    """The carrier at `url`, asked by `login` for this account.

    Its webhooks are signed with `auth_token`, or where it was told so with `shared_key`. Raises SettingsError if the
    URL will not do.
    """
    from voicecall_core.carriers.twilio.carrier import twilio
    from voicecall_core.carriers.twilio.rest import TwilioRest

    rest = TwilioRest(account_sid, *login, http, url, answer_within_s)
    return twilio(rest, [auth_token], [shared_key] if shared_key else [])
