"""Everything that is known to go wrong, each with the one check that must say so. docs/doctor.md is made of this table.

Every fault is put in from outside of the checks: into the outsiders' plans, into the tunnel, into the facts handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio

from tests.doctor.meddler import LAST_DAY, Meddling
from tests.doctor.patient import BRIEF, PORT, Illness
from tests.doctor.surroundings import Deaf, busy, login_page, taken
from voicecall_core.doctor.dns import RESOLVE_WITHIN_S
from voicecall_core.doctor.subject import Faulty, Lacking, LeftUp, Subject
from voicecall_core.errors import SettingsError
from voicecall_core.simulator.scenarios.scenario import AccountPlan, ModelPlan
from voicecall_core.tunnel import Tunnel
from voicecall_core.words.checks import Status
from voicecall_core.words.terms import Policy

NOTE, WARNING, CRITICAL = Status.NOTE, Status.WARNING, Status.CRITICAL
HTML = (("content-type", "text/html"),)


@dataclass(frozen=True)
class Fault:
    """What is wrong, which check says so and how; `fix` is a part of what it says to do."""

    about: str
    check: str
    status: Status
    error: int | str
    fix: str
    ill: Illness


def facts(**changed: Any) -> Illness:
    """Other facts about this machine."""
    return Illness(subject=lambda subject: replace(subject, machine=replace(subject.machine, **changed)))


def carrier(**changed: Any) -> Illness:
    """Another way to the carrier."""
    return Illness(subject=lambda subject: replace(subject, carrier=replace(subject.carrier, **changed)))


def callee(**changed: Any) -> Illness:
    return Illness(subject=lambda subject: replace(subject, callee=replace(subject.callee, **changed)))


def limits(**changed: Any) -> Illness:
    return Illness(subject=lambda subject: replace(subject, limits=replace(subject.limits, **changed)))


def way(**changed: Any) -> Illness:
    return Illness(subject=lambda subject: replace(subject, way=replace(subject.way, **changed)))


def model(**changed: Any) -> Illness:
    return Illness(subject=lambda subject: replace(subject, model=replace(subject.model, **changed)))


def account(**changed: Any) -> Illness:
    return Illness(account=AccountPlan(**changed))


def speech(**changed: Any) -> Illness:
    return Illness(model=ModelPlan(**changed))


def tunnel(**changed: Any) -> Illness:
    return Illness(tunnel=Meddling(**changed))


def page(status: int, body: str = "", headers: tuple[tuple[str, str], ...] = HTML) -> Illness:
    return tunnel(page=(status, body.encode(), headers))


async def unknown(host: str) -> list[str]:
    raise OSError(f"{host} is not in the DNS")


async def silent(host: str) -> list[str]:
    await anyio.sleep(RESOLVE_WITHIN_S)
    raise TimeoutError(f"the DNS gave no answer for {host} within {RESOLVE_WITHIN_S:.0f} s")


async def private(host: str) -> list[str]:
    return ["192.168.1.20"]


def off_by(seconds: float) -> Illness:
    """Our own clock goes wrong; the peers agree with each other."""

    def change(subject: Subject) -> Subject:
        return replace(subject, now=lambda: subject.now() + timedelta(seconds=seconds))

    return Illness(subject=change)


def own_number(subject: Subject) -> Subject:
    return replace(subject, callee=replace(subject.callee, number=subject.carrier.number))


def lying_program(port: int) -> AbstractAsyncContextManager[Tunnel]:
    @asynccontextmanager
    async def opening() -> Any:
        raise SettingsError("cloudflared ended by itself (exit status 1).", fix="cloudflared tunnel login")
        yield

    return opening()


def deaf_to(where: Callable[[Subject], str]) -> Illness:
    """Connections to one stranger hang, as its name does where the DNS hangs; all else goes on."""
    return Illness(network=Deaf, subject=lambda subject: _renamed(subject, where(subject)))


def _renamed(subject: Subject, url: str) -> Subject:
    carrier, model = subject.carrier, subject.model
    return replace(
        subject,
        carrier=replace(
            carrier, url=carrier.url.replace("127.0.0.1", Deaf.NAME) if url == carrier.url else carrier.url
        ),
        model=replace(model, url=model.url.replace("127.0.0.1", Deaf.NAME) if url == model.url else model.url),
    )


MACHINE = (
    Fault("an interpreter that is too old", "python", CRITICAL, 0, "pipx reinstall", facts(python=(3, 10, 14))),
    Fault("`.env` that everybody may read", "env-file", WARNING, 0, "chmod 600 .env", facts(open_to="everybody")),
    Fault(
        "settings that are not there", "settings", CRITICAL, 0, "Write them into .env",
        facts(lacking=(Lacking("OPENAI_API_KEY", "platform.openai.com"),)),
    ),
    Fault(
        "a setting of the wrong form", "settings", CRITICAL, 0, "Write a number",
        facts(faulty=(Faulty("VOICECALL_PORT", "VOICECALL_PORT is 'x', which is not a port.", "Write a number."),)),
    ),
    Fault(
        "a misspelt name", "names", WARNING, 0, "Rename OPENAI_KEY to OPENAI_API_KEY",
        facts(misspelt=(("OPENAI_KEY", "OPENAI_API_KEY"),)),
    ),
    Fault("a proxy variable", "proxies", NOTE, 0, "unset HTTPS_PROXY", facts(proxies=("HTTPS_PROXY",))),
    Fault(
        "a proxy that cannot be used", "proxies", CRITICAL, 0, "unset ALL_PROXY",
        facts(proxies=("ALL_PROXY",), proxy_fault="not an http:// or https:// URL"),
    ),
    Fault(
        "a call of an earlier program that may be up", "calls", WARNING, 0, "voicecall hangup CA1",
        Illness(left_up=(LeftUp("A call may still be up.", "To end it: voicecall hangup CA1"),)),
    ),
    Fault(
        "a folder in which no call can be remembered", "calls", WARNING, 0, "VOICECALL_STATE",
        facts(memory_fault="/ cannot be written to"),
    ),
    Fault("the port taken", "port", CRITICAL, 11200, f"lsof -nP -iTCP:{PORT}", Illness(beside=taken)),
    Fault("a busy machine", "loop-lag", WARNING, 31930, "top", Illness(beside=busy)),
    Fault("the clock 10 minutes slow", "clock", WARNING, 0, "set-ntp true", off_by(-600.0)),
    Fault("the clock 10 minutes fast", "clock", WARNING, 0, "set-ntp true", off_by(600.0)),
)  # fmt: skip

TWILIO = (
    Fault(
        "a host of a region that was retired", "region", CRITICAL, 0, "TWILIO_API_URL=https://api.dublin.ie1.twilio.com",
        carrier(url="https://api.ie1.twilio.com"),
    ),
    Fault(
        "a login page in front of Twilio", "reached", CRITICAL, 0, "curl",
        Illness(subject=login_page.seen, beside=login_page),
    ),
    Fault("the DNS hangs for Twilio", "reached", CRITICAL, 0, "curl", deaf_to(lambda subject: subject.carrier.url)),
    Fault("a wrong auth token", "auth-token", CRITICAL, 20003, "TWILIO_AUTH_TOKEN", carrier(auth_token="f" * 32)),
    Fault("test credentials", "auth-token", CRITICAL, 20008, "not the test ones", account(test_credentials=True)),
    Fault("a wrong API key's secret", "api-key", CRITICAL, 20003, "API key", carrier(api_secret="f" * 32)),
    Fault("a suspended account", "account", CRITICAL, 20403, "Billing", account(status="suspended")),
    Fault("a closed account", "account", CRITICAL, 20005, "Account Dashboard", account(status="closed")),
    Fault("a trial account", "trial", CRITICAL, 10002, "Billing > Upgrade", account(kind="Trial")),
    Fault("no money left", "balance", CRITICAL, 10001, "Add funds", account(balance="-0.13")),
    Fault("little money left", "balance", WARNING, 10001, "Add funds", account(balance="0.40")),
    Fault(
        "a caller id of somebody else", "caller-id", CRITICAL, 21210, "Verified Caller IDs",
        account(number="foreign"),
    ),
    Fault("a caller id that cannot speak", "caller-id", CRITICAL, 21212, "Buy a number", account(number_speaks=False)),
    Fault(
        "a number that nobody has", "callee", CRITICAL, 21211, "Check it",
        callee(number=None, wrong="+49•••••1 is too short.", fix="Check it."),
    ),
    Fault("the calling number itself", "callee", CRITICAL, 21217, "E.164", Illness(subject=own_number)),
    Fault(
        "a country that is not allowed", "country", CRITICAL, 21215, "allow US",
        account(closed_countries=frozenset({"US"})),
    ),
    Fault(
        "alerts about this URL", "alerts", NOTE, 11200, "voicecall doctor",
        account(alerts=((11200, "https://call.example.com/c-1/twiml/0"), (31920, "https://other.example/"))),
    ),
)  # fmt: skip

MODEL = (
    Fault(
        "nobody at the model's address", "model-host", CRITICAL, "unreachable", "curl",
        model(url="ws://127.0.0.1:9/v1/realtime"),
    ),
    Fault(
        "the DNS hangs for the model", "model-host", CRITICAL, "unreachable", "doctor",
        deaf_to(lambda subject: subject.model.url),
    ),
    Fault("a key that is refused", "model-key", CRITICAL, "invalid_api_key", "api-keys", speech(refuse_key=True)),
    Fault("no such model for this key", "model-name", CRITICAL, "model_not_found", "--model", speech(unlisted=True)),
    Fault(
        "a session that never gets ready", "model-session", CRITICAL, "not_ready", "status.openai.com",
        speech(stuck_at="updated"),
    ),
    Fault(
        "a session that is slow to open", "model-session", WARNING, 0, "doctor --only model",
        speech(handshake_ms=5_000),
    ),
    Fault(
        "the quota used up", "model-speaks", CRITICAL, "insufficient_quota", "billing",
        speech(fail_response=1, fail_code="insufficient_quota"),
    ),
    Fault(
        "a model that ends soon", "model-lifetime", WARNING, 0, "gpt-transcribe",
        model(brief=replace(BRIEF, transcription="whisper-1")),
    ),
)  # fmt: skip

TUNNEL = (
    Fault(
        "a tunnel program that ends", "tunnel-program", CRITICAL, 11205, "cloudflared tunnel login",
        replace(way(tunnel="cloudflared"), program=lying_program),
    ),
    Fault("a URL of this machine", "url", CRITICAL, 21205, "cloudflared tunnel", way(public_url="https://127.0.0.1")),
    Fault(
        "a URL that is not https", "url", CRITICAL, 21205, "--public-url https://",
        way(public_url="http://call.example.com"),
    ),
    Fault(
        "a host name with an underscore", "url", CRITICAL, 21205, "dash",
        way(public_url="https://my_call.example.com"),
    ),
    Fault("a name that is not in the DNS", "dns", CRITICAL, 11210, "cloudflared tunnel", Illness(resolve=unknown)),
    Fault("the DNS hangs for the public URL", "dns", CRITICAL, 11210, "", Illness(resolve=silent)),
    Fault("a name with a private address", "dns", CRITICAL, 11205, "dig", Illness(resolve=private)),
    Fault("nobody at the public address", "connection", CRITICAL, 11205, "cloudflared tunnel", tunnel(leads=False)),
    Fault("a certificate that has expired", "tls", CRITICAL, 11236, "Renew", tunnel(not_after=datetime(2020, 1, 1))),
    Fault("a certificate of another host", "tls", CRITICAL, 11235, "exactly this host", tunnel(named="other.example")),
    Fault("a certificate of no known authority", "tls", CRITICAL, 11237, "public authorities", tunnel(known=False)),
    Fault("no TLS at all", "tls", CRITICAL, 11220, "port on which it does", tunnel(encrypted=False)),
    Fault(
        "a certificate that ends soon", "tls", WARNING, 11236, "Renew",
        Illness(now=LAST_DAY.replace(tzinfo=UTC) - timedelta(days=5)),
    ),
    Fault("a tunnel with nobody behind it", "webhook", CRITICAL, 11200, f"port {PORT}", page(502)),
    Fault("a tunnel that is dead", "webhook", CRITICAL, 11200, "ngrok http", page(404, "ERR_NGROK_3200")),
    Fault(
        "a browser-warning page", "webhook", CRITICAL, 12100, "cloudflared",
        page(200, "<p>ngrok-skip-browser-warning</p>"),
    ),
    Fault("another program behind the URL", "webhook", CRITICAL, 11200, "--port", page(404, "Not found")),
    Fault("a password before the URL", "webhook", CRITICAL, 11200, "signed", page(401)),
    Fault(
        "another voicecall behind the URL", "webhook", CRITICAL, 11200, "End the other one",
        page(404, "This is not the nonce of this process."),
    ),
    Fault(
        "a URL that redirects", "webhook", CRITICAL, 11215, "--public-url",
        page(301, "", (("location", "https://www.example.com/"),)),
    ),
    Fault("paths rewritten", "path", CRITICAL, 11200, "proxy_pass", tunnel(prefix="/app")),
    Fault("blank values dropped", "form", CRITICAL, 11200, "blank values", tunnel(drops_blanks=True)),
    Fault("forms encoded again", "form", NOTE, 0, "", tunnel(encodes_anew=True)),
    Fault("Host changed", "host", NOTE, 0, "proxy_set_header Host", tunnel(host="127.0.0.1:5050")),
    Fault(
        "signatures not passed on", "signature", CRITICAL, 11200, "X-Twilio-Signature",
        tunnel(strips="x-twilio-signature"),
    ),
    Fault(
        "our answer replaced", "answer", CRITICAL, 12100, "cloudflared",
        tunnel(answer=b"<p>bypass-tunnel-reminder</p>"),
    ),
    Fault("a slow way", "webhook-time", WARNING, 11200, "near you", tunnel(delay_s=2.2)),
    Fault("404 on upgrades", "upgrade", CRITICAL, 31920, "proxy_set_header Upgrade", tunnel(upgrade_status=404)),
    Fault(
        "signatures not passed on with upgrades", "upgrade-signature", CRITICAL, 31920, "upgrades",
        tunnel(strips_on_upgrade="x-twilio-signature"),
    ),
    Fault("frames held back", "frames", WARNING, 31930, "proxy_buffering off", tunnel(holds_s=0.5)),
    Fault("frames altered", "frames", CRITICAL, 31951, "", tunnel(alters=True)),
    Fault(
        "a socket that is closed in mid-stream", "frames", CRITICAL, 31921, "proxy_read_timeout",
        tunnel(ends_after=20),
    ),
)  # fmt: skip

BELTS = (
    Fault("calls without an end", "caps", WARNING, 0, "--max-duration", limits(max_duration_s=7200.0)),
    Fault("a number that is not on the list", "allow-list", CRITICAL, 0, "VOICECALL_ALLOW", limits(allowed=("+49",))),
    Fault("the guard off", "guard", WARNING, 31921, "--guard off", limits(policy=Policy.NAIVE)),
    Fault("a model without a price", "cost", NOTE, 0, "price list", model(brief=replace(BRIEF, model="gpt-own"))),
    Fault(
        "a greeting that hides who speaks", "greeting", NOTE, 0, "--greeting",
        model(brief=replace(BRIEF, pii_greeting="Hello, this is Anna.")),
    ),
    Fault(
        "a directory that cannot be written to", "log", WARNING, 0, "mkdir -p",
        limits(log_fault="calls cannot be written to"),
    ),
)  # fmt: skip

FAULTS = (*MACHINE, *TWILIO, *MODEL, *TUNNEL, *BELTS)
