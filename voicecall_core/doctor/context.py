"""What the checks of one examination have in common. Knows nothing of any single check."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2
from anyio.abc import TaskGroup

from voicecall_core.addresses import Addresses
from voicecall_core.carriers.twilio.account import AccountState, TwilioAccount
from voicecall_core.carriers.twilio.carrier import TwilioWebhooks
from voicecall_core.carriers.twilio.requests import TwilioRequests
from voicecall_core.doctor.session_trial import Trial
from voicecall_core.doctor.subject import LeftUp, Subject
from voicecall_core.net.network import Network
from voicecall_core.server import Tunnelling
from voicecall_core.tunnel.proof import Proof, Resolve


async def none_left(ask: bool) -> Sequence[LeftUp]:
    """Nothing is remembered of calls."""
    return ()


@dataclass(frozen=True, slots=True)
class OutsideAccess:
    """How the outside is reached. `rest` may go through a proxy, `http` and `network` go straight, as callers would.

    `resolve` gives a name's addresses and raises OSError. `tls` says whose certificates are believed. `tunnel` starts
    the tunnel program to a port. `left_up` names calls that may be up; told to `ask`, it leaves out what the carrier
    says has ended.
    """

    network: Network
    rest: httpx2.AsyncClient
    http: httpx2.AsyncClient
    resolve: Resolve
    tls: ssl.SSLContext | None = None
    tunnel: Tunnelling | None = None
    left_up: Callable[[bool], Awaitable[Sequence[LeftUp]]] = none_left


@dataclass(slots=True)
class Examination:
    """The subject, the ways out, and what one check leaves there for another. `tasks` end with the examination."""

    subject: Subject
    ways: OutsideAccess
    tasks: TaskGroup
    secret: bytes
    offline: bool = False
    account: AccountState | None = None
    model_found: bool | None = None
    trial: Trial | None = None
    skews: list[tuple[str, float]] = field(default_factory=list)
    proof: Proof = field(init=False)

    def __post_init__(self) -> None:
        way, ways = self.subject.way, self.ways
        self.proof = Proof(
            way.public_url.rstrip("/"),
            way.port,
            TwilioRequests(self.token),
            ways.http,
            ways.network,
            ways.tls,
            resolve=ways.resolve,
            now=self.subject.now,
            loopback_allowed=way.loopback_allowed,
        )

    @property
    def token(self) -> str:
        """What the proof's requests are signed with: the account's token, if there is one."""
        return self.subject.carrier.auth_token or self.nonce

    @property
    def nonce(self) -> str:
        """What this process knows its own requests by."""
        return Addresses("http://here", self.secret).token("doctor", 0)

    @property
    def addresses(self) -> Addresses:
        """The URLs under the public URL; those of no host at all while none is known."""
        return Addresses(self.proof.base or "http://unknown", self.secret)

    @property
    def webhooks(self) -> TwilioWebhooks:
        """Reads what is signed with the account's token; without one, with a key that nobody else has."""
        return TwilioWebhooks([self.subject.carrier.auth_token or self.nonce])

    def rest(self, *, key: bool = False) -> TwilioAccount:
        """The carrier's REST interface, with the account's own login or (`key`) with that of the API key."""
        carrier = self.subject.carrier
        login = (carrier.api_key, carrier.api_secret) if key else (carrier.account_sid, carrier.auth_token)
        return TwilioAccount(carrier.account_sid, *login, self.ways.rest, carrier.url, answer_within_s=5.0)

    def dated(self, who: str, date: str) -> None:
        """Compare our clock with the date of a peer's answer: its header, which may be missing or malformed."""
        try:
            theirs = parsedate_to_datetime(date).astimezone(UTC)
        except (ValueError, TypeError, OverflowError):
            return
        self.skews.append((who, (self.subject.now() - theirs).total_seconds()))

    def watch_dates(self) -> None:
        """From now on every answer to an HTTP request of ours is asked for its date."""

        async def look(response: httpx2.Response) -> None:
            self.dated(response.request.url.host, response.headers.get("date", ""))

        for client in {self.ways.rest, self.ways.http}:
            client.event_hooks = {"response": [look]}


def aware(moment: datetime) -> datetime:
    """`moment` with a zone: one without is taken for UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
