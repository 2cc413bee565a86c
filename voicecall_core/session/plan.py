"""One call as it was asked for, and the way to both endpoints. Knows nothing of what happens in it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from voicecall_core.addresses import Addresses
from voicecall_core.carriers.base import CallTerms, Carrier
from voicecall_core.models.base import Model
from voicecall_core.tools import NO_TOOLS, Tools
from voicecall_core.words.events import Event
from voicecall_core.words.numbers import PhoneNumber
from voicecall_core.words.terms import Brief, Terms

GRACE_S = 30  # the carrier ends the call by itself after this much more than our own cap


@dataclass(frozen=True, slots=True, repr=False)
class Endpoints:
    """The way to the carrier and to the model, and back. `model_named` tells this model's voice from others."""

    carrier: Carrier
    model: Model
    addresses: Addresses
    clips: Callable[[str], bytes]
    model_named: str = ""


@dataclass(frozen=True, slots=True)
class CallPlan:
    """One call as it was asked for; `kept` is the sound of the greeting that is kept for it, mu-law.

    `tools`: what the model may call, besides hanging up.
    """

    terms: Terms
    brief: Brief
    callee: PhoneNumber
    caller: PhoneNumber
    began: datetime
    kept: bytes = b""
    tools: Tools = NO_TOOLS


class Tell(Protocol):
    """How an errand reports what came of it."""

    def __call__(self, event: Event) -> None: ...


class Spawn(Protocol):
    """How something is done meanwhile, for as long as the call lives."""

    def __call__(self, job: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None: ...


def create_terms(plan: CallPlan, addresses: Addresses) -> CallTerms:
    """What is asked of the carrier when it is to dial."""
    terms = plan.terms
    document = addresses.twiml(terms.call_id, 1)
    return CallTerms(
        to=plan.callee.e164,
        from_number=plan.caller.e164,
        url=document,
        fallback_url=document,
        status_url=addresses.status(terms.call_id),
        ring_timeout_s=round(terms.ring_timeout_s),
        time_limit_s=round(terms.max_duration_s) + GRACE_S,
    )
