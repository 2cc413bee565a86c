"""What is examined, as frozen facts. Knows nothing of where they stood; anybody who examines hands them in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from voicecall_core.words.numbers import PhoneNumber
from voicecall_core.words.terms import Brief, Policy


@dataclass(frozen=True, slots=True)
class Lacking:
    """A setting without which no call can be placed, and where to find its value."""

    env: str
    where: str


@dataclass(frozen=True, slots=True)
class Faulty:
    """A setting that cannot be used as it is written."""

    env: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class MachineSettings:
    """Facts about this machine. `dotenv` is the path of the .env that was read, empty if there is none.

    `open_to` says who besides its owner may read it, `proxies` which variables an HTTP client would obey,
    `memory_fault` why calls are not remembered across starts.
    """

    python: tuple[int, int, int]
    dotenv: str = ""
    open_to: str = ""
    lacking: tuple[Lacking, ...] = ()
    faulty: tuple[Faulty, ...] = ()
    misspelt: tuple[tuple[str, str], ...] = ()
    proxies: tuple[str, ...] = ()
    proxy_fault: str = ""
    memory_fault: str = ""


@dataclass(frozen=True, slots=True)
class CarrierSettings:
    """How to reach the carrier, with what login, and which number is to call; empty is not set."""

    url: str
    account_sid: str = ""
    auth_token: str = field(default="", repr=False)
    api_key: str = ""
    api_secret: str = field(default="", repr=False)
    number: PhoneNumber | None = None


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """How to reach the model, and what a call would tell it."""

    url: str
    brief: Brief
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CalleeSettings:
    """Whom a call would go to. `wrong` says why the number cannot be called, `country` is its ISO 3166 code."""

    number: PhoneNumber | None = None
    country: str = ""
    wrong: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class PathSettings:
    """The way there and back. Without a `public_url` the port itself is the address, if that is allowed.

    `tunnel` is the program that is to be started, with what is wrong with it if it cannot be.
    """

    port: int
    public_url: str = ""
    loopback_allowed: bool = False
    tunnel: str = ""
    tunnel_fault: str = ""
    tunnel_fix: str = ""


@dataclass(frozen=True, slots=True)
class SafetyLimits:
    """What keeps a call from harm. `allowed` are prefixes of numbers, none of them meaning any."""

    max_duration_s: float
    ring_timeout_s: float
    allowed: tuple[str, ...] = ()
    policy: Policy = Policy.GUARD
    log: str = ""
    log_fault: str = ""


@dataclass(frozen=True, slots=True)
class LeftUp:
    """A call of an earlier program that may still be up: what is known of it, and what to type."""

    found: str
    fix: str


@dataclass(frozen=True, slots=True)
class Subject:
    """Everything that is examined. `now` tells the date.

    `rehearsal` is what is typed so that carrier, model or both are the built-in ones, as here; empty if neither is.
    """

    machine: MachineSettings
    carrier: CarrierSettings
    model: ModelSettings
    callee: CalleeSettings
    way: PathSettings
    limits: SafetyLimits
    now: Callable[[], datetime]
    rehearsal: str = ""
