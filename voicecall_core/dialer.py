"""A place to call from: an open port that the carrier can reach, and the way to carrier and model."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
import httpx2

from voicecall_core import carriers, models
from voicecall_core.accounts import Accounts, CarrierAccount, ModelAccount
from voicecall_core.audio import BYTES_PER_MS
from voicecall_core.carriers.base import CallControl, Carrier
from voicecall_core.clips import APOLOGY, MOMENT, STAND_IN, STAND_IN_TEXT, is_english, read_clip, shipped
from voicecall_core.errors import SettingsError, errors_ungrouped
from voicecall_core.greetings import Greetings, KeptGreeting, name_of
from voicecall_core.guardian import Guardian
from voicecall_core.ledger import Ledger
from voicecall_core.models.base import Model
from voicecall_core.net.http_client import http_client
from voicecall_core.net.network import Network, TcpNetwork
from voicecall_core.net.urls import is_loopback, url_fault
from voicecall_core.numbering import callable_number
from voicecall_core.server import Tunnelling, open_server
from voicecall_core.session import CallPlan, Endpoints
from voicecall_core.simulation import Simulated, Simulator, utc_now
from voicecall_core.switchboard import Switchboard
from voicecall_core.words.numbers import PhoneNumber
from voicecall_core.words.terms import SIMULATED_MODEL, Kind, Limits, Policy


@dataclass(frozen=True, slots=True)
class Dialer:
    """A place to call from, for any number of calls at once. `caller` is the number that calls.

    `simulated` is there if the carrier, the model or both are the built-in ones; `now` tells the date at which a call
    begins. `moment` is the clip that asks the callee for a moment: the shipped one (True), none (False), or a file.
    """

    caller: PhoneNumber
    endpoints: Endpoints
    switchboard: Switchboard
    simulated: Simulated | None
    now: Callable[[], datetime]
    moment: Path | bool = True
    guardian: Guardian | None = None
    ledger: Ledger | None = None
    greetings: Greetings | None = None

    @property
    def simulator(self) -> Simulator | None:
        """The built-in carrier and model, if both are."""
        return self.simulated if isinstance(self.simulated, Simulator) else None

    @property
    def phone_rings(self) -> bool:
        """Whether the carrier is a real one."""
        return self.simulated is None or self.simulated.carrier_server is None

    @property
    def half(self) -> str:
        """What alone is built in, `carrier` or `model`; empty for both and for none."""
        if self.simulated is None or isinstance(self.simulated, Simulator):
            return ""
        return "model" if self.phone_rings else "carrier"

    @property
    def callee_model(self) -> str:
        """The model that plays the callee; empty if none does."""
        return "" if self.simulated is None else self.simulated.callee_model

    def asks_for_a_moment(self, words: str) -> bool:
        """Whether there is a clip for a call that begins with these words: the shipped one is only in English."""
        return is_english(words) if self.moment is True else bool(self.moment)

    def with_greeting(self, plan: CallPlan) -> CallPlan:
        """The plan with the greeting that is kept for it, if one is: the model is then asked for none.

        Where the built-in model speaks to a person it is always the clip that says so. Raises SettingsError if it could
        not be played.
        """
        if self.half == "model":
            return _standing_in(plan)
        conversation = plan.terms.kind is Kind.STREAM and plan.terms.policy is Policy.GUARD and plan.brief.pii_greeting
        if self.greetings is None or not conversation:
            return plan
        kept = self.greetings.find(name_of(self.endpoints.model_named, plan.brief))
        if kept is None:
            return plan
        return replace(plan, terms=replace(plan.terms, kept_ms=kept.ms, pii_kept=kept.pii_text), kept=kept.audio)

    def keep_greeting(self, plan: CallPlan, made: tuple[str, bytes] | None) -> None:
        """Keep the greeting that the model has made in a call, for the next one like it."""
        if self.greetings is not None and made is not None and self.half != "model":
            self.greetings.keep(name_of(self.endpoints.model_named, plan.brief), KeptGreeting(*made))

    @property
    def requests_refused(self) -> int:
        """How many requests were turned away because their signature did not fit the account's auth token."""
        return self.switchboard.refused

    @property
    def unauthenticated_refused(self) -> int:
        """How many requests were turned away that did not look like the carrier's at all: no path, no signature."""
        return self.switchboard.outsiders


def _standing_in(plan: CallPlan) -> CallPlan:
    """The plan of a call in which the built-in model speaks to a person, who is told so first."""
    if plan.terms.kind is not Kind.STREAM:
        return plan
    if plan.terms.policy is not Policy.GUARD:
        raise SettingsError(
            "Nobody would be told that the model is simulated: without the guard no greeting is played for it.",
            setting="VOICECALL_GUARD",
            fix="Leave the guard on, or simulate the carrier too.",
        )
    audio = shipped(STAND_IN)
    ms = len(audio) // BYTES_PER_MS
    terms = replace(plan.terms, pii_greeting=STAND_IN_TEXT, pii_kept=STAND_IN_TEXT, kept_ms=ms, model=SIMULATED_MODEL)
    return replace(plan, terms=terms, brief=replace(plan.brief, pii_greeting=STAND_IN_TEXT), kept=audio)


@asynccontextmanager
async def open_dialer(
    accounts: Accounts,
    *,
    public_url: str | None = None,
    port: int = 0,
    tunnel: Tunnelling | None = None,
    tls: ssl.SSLContext | None = None,
    apology: Path | None = None,
    moment: Path | bool = True,
    secret: bytes | None = None,
    now: Callable[[], datetime] = utc_now,
    guardian: Guardian | None = None,
    ledger: Ledger | None = None,
    greetings: Greetings | None = None,
    model_ahead: str = "",
) -> AsyncIterator[Dialer]:
    """Open a place to call from until the block is left, and see that the carrier's requests will arrive there.

    They come to `public_url`, which has to lead to `port` of this machine (0: any free one), or through a `tunnel`
    that is started for it. A carrier on this machine, as the built-in one, needs neither. `tls` says whose certificates
    are believed (the usual ones unless given), `apology` names the clip that is played if the model is lost for good,
    `moment` the one that is played if the callee has to wait (True: the shipped one, in calls with an English greeting;
    False: none), `secret` makes the tokens of the media streams (by chance unless given). `guardian` and `ledger` see
    to it that no call is forgotten if this process dies. `greetings` keeps those that the model has made. `model_ahead`
    names the model of the first call, to which a socket is opened beside all this; empty: when the call is placed.

    Raises SettingsError if an account lacks something, a URL will not do, the port is taken, the tunnel does not come
    up, or the public URL does not lead here.
    """
    caller = _demand_usable(accounts, public_url, tunnel)
    tls = tls or _usual_certificates(accounts, public_url, tunnel)
    simulated = accounts if isinstance(accounts, Simulated) else None
    with errors_ungrouped():
        ahead = "" if simulated is not None and simulated.scenario.dial.get("say") else model_ahead
        way = _endpoints(accounts, _clips(apology, moment), tls, public_url, port, tunnel, secret, ahead)
        async with way as (endpoints, switchboard):
            yield Dialer(caller, endpoints, switchboard, simulated, now, moment, guardian, ledger, greetings)


@asynccontextmanager
async def _endpoints(
    accounts: Accounts,
    clips: Mapping[str, bytes],
    tls: ssl.SSLContext | None,
    public_url: str | None,
    port: int,
    tunnel: Tunnelling | None,
    secret: bytes | None,
    ahead: str,
) -> AsyncIterator[tuple[Endpoints, Switchboard]]:
    """The way to carrier and model, and the switchboard by which the carrier comes back."""
    network = accounts.network or TcpNetwork()
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(http_client(accounts.network, verify=tls or True))
        carrier = carrier_at(accounts.carrier, http)
        model = model_at(accounts.model, network, tls)
        if ahead and model.usable:
            await stack.enter_async_context(model.opened_ahead(ahead))
        warm = await stack.enter_async_context(_warming(carrier.control))
        secret = secret or secrets.token_bytes(32)
        way = open_server(
            network, http, carrier, port=port, public_url=public_url, secret=secret, tls=tls, tunnel=tunnel
        )
        switchboard = await stack.enter_async_context(way)
        await warm.wait()
        named = _model_named(accounts)
        yield Endpoints(carrier, model, switchboard.addresses, clips.__getitem__, named), switchboard


def _model_named(accounts: Accounts) -> str:
    """Who speaks, for a greeting that is kept: the built-in model's voice is no other's, and is scripted."""
    if isinstance(accounts, Simulated) and accounts.model_server is not None:
        return f"the built-in model in {accounts.scenario.name}"
    return accounts.model.url if accounts.model is not None else ""


def _usual_certificates(accounts: Accounts, public_url: str | None, tunnel: Tunnelling | None) -> ssl.SSLContext | None:
    """Those that are believed unless others are given; none where nobody is asked outside of this program."""
    model_is_real = isinstance(accounts, Simulated) and accounts.model_server is None
    outside = accounts.network is None or public_url or tunnel or model_is_real
    return ssl.create_default_context() if outside else None


def _clips(apology: Path | None, moment: Path | bool) -> dict[str, bytes]:
    """What may be played to the callee, by name."""
    return {
        APOLOGY: read_clip(apology) if apology else shipped(APOLOGY),
        MOMENT: read_clip(moment) if isinstance(moment, Path) else shipped(MOMENT),
    }


def carrier_at(account: CarrierAccount, http: httpx2.AsyncClient) -> Carrier:
    """The carrier, asked with this account. Raises SettingsError if its URL will not do."""
    return carriers.connect(
        account.account_sid,
        account.login,
        account.auth_token,
        http,
        account.url,
        Limits().rest_answer_s,
        account.shared_key,
    )


def model_at(account: ModelAccount | None, network: Network, tls: ssl.SSLContext | None) -> Model:
    """The model, asked with this account; none is a model that cannot be asked."""
    url, key = (account.url, account.key) if account is not None else ("", "")
    return models.connect(network, url, key, tls, program_version().replace(" ", "/"))


def _demand_usable(accounts: Accounts, public_url: str | None, tunnel: Tunnelling | None) -> PhoneNumber:
    """The number that calls. Raises SettingsError unless calls can be placed with these accounts."""
    carrier, model = accounts.carrier, accounts.model
    if not (carrier.account_sid and carrier.auth_token and carrier.number):
        raise SettingsError(
            "The carrier's account lacks its SID, its auth token or a number that calls.",
            setting=carriers.ACCOUNT_SETTING,
            fix="Give account_sid, auth_token and number.",
        )
    _demand_url(carrier.url, "https", carriers.URL_SETTING)
    if model is not None:
        _demand_url(model.url, "wss", models.URL_SETTING, path=True)
    if public_url is not None:
        _demand_url(public_url, "https", "VOICECALL_PUBLIC_URL")
    elif tunnel is None and not is_loopback(urlsplit(carrier.url).hostname or ""):
        raise SettingsError(
            "The carrier has to reach this program, and no public URL is set.",
            setting="VOICECALL_PUBLIC_URL",
            fix="Give the https address of a tunnel or proxy that leads to the port, or a tunnel to start.",
        )
    return callable_number(carrier.number.e164, rehearsal=True)


def _demand_url(url: str, secure: str, setting: str, *, path: bool = False) -> None:
    if fault := url_fault(url, secure, path=path):
        what, fix = fault
        raise SettingsError(f"{setting} {what}.", setting=setting, fix=fix)


@asynccontextmanager
async def _warming(rest: CallControl) -> AsyncIterator[anyio.Event]:
    """Get the REST client ready, in a thread where its SDK has yet to be imported (0.1 s); the event says when it is.

    Meanwhile the port is opened and the public URL is proven.
    """
    done = anyio.Event()

    async def warm() -> None:
        await anyio.to_thread.run_sync(rest.warm)
        done.set()

    async with anyio.create_task_group() as tasks:
        if rest.cold:
            tasks.start_soon(warm)
        else:
            rest.warm()
            done.set()
        yield done


@cache
def program_version() -> str:
    """This program and its version, as the call file's header and the model are told."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"voicecall {version('voicecall')}"
    except PackageNotFoundError:
        return "voicecall unknown"
