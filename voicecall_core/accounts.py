"""With whom calls are made: an account with the carrier, one with the model, the network that leads to both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from voicecall_core import carriers, models
from voicecall_core.words.numbers import PhoneNumber

if TYPE_CHECKING:
    from voicecall_core.net.network import Network


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierAccount:
    """An account with the carrier, and the `number` of it that calls. What is empty is not known.

    The carrier signs its webhooks with `auth_token`; requests to `url` are made with it too, or with the API key.
    `shared_key` is the secret that it signs with instead where it was told so.
    """

    account_sid: str = ""
    auth_token: str = field(default="", repr=False)
    number: PhoneNumber | None = None
    api_key: str = ""
    api_secret: str = field(default="", repr=False)
    shared_key: str = field(default="", repr=False)
    url: str = carriers.API_URL

    @property
    def login(self) -> tuple[str, str]:
        """User name and password for the REST interface: the API key's, or else the account's own."""
        if self.api_key and self.api_secret:
            return self.api_key, self.api_secret
        return self.account_sid, self.auth_token


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAccount:
    """An account with the realtime model: its key, and the WebSocket address at which it is asked for."""

    key: str = field(default="", repr=False)
    url: str = models.URL


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """With whom calls are made. Without a `model` only announcements (`CallOptions.say`) can be placed.

    Without a `network` it is this machine's own, with the proxies that the environment names for REST requests.
    """

    carrier: CarrierAccount
    model: ModelAccount | None = None
    network: Network | None = None
