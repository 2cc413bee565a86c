"""Checks of what keeps a call from harm: caps, who may be called, what it costs, what is written down."""

from __future__ import annotations

from voicecall_core.doctor.context import Examination
from voicecall_core.doctor.examination import Check
from voicecall_core.doctor.findings import Section, critical
from voicecall_core.models.openai_realtime.pricing import minute_usd
from voicecall_core.words.checks import CheckResult, note, ok, warning
from voicecall_core.words.terms import Policy

LONG_S = 3600.0  # the model's own sessions end after an hour


async def caps(room: Examination) -> CheckResult:
    """Whether a call has an end, however it goes."""
    limits = room.subject.limits
    found = f"{limits.max_duration_s:.0f} s a call, {limits.ring_timeout_s:.0f} s of ringing; the carrier is told both"
    expected = f"at most {LONG_S:.0f} s a call"
    if limits.max_duration_s > LONG_S:
        return warning(found, expected, fix="voicecall dial --max-duration 10m")
    return ok(found, expected)


async def allow_list(room: Examination) -> CheckResult:
    """Who may be called."""
    allowed, to = room.subject.limits.allowed, room.subject.callee.number
    expected = "the number to call is among those that may be called"
    if not allowed:
        return ok("no list: any ordinary number may be called", expected)
    shown = ", ".join(allowed)
    if to is not None and not to.e164.startswith(allowed):
        fix = f"VOICECALL_ALLOW={','.join(allowed)},{to.e164[:3]}"
        return critical(f"{to} begins with none of {shown}", expected, fix=fix)
    return ok(f"numbers that begin with {shown}", expected)


async def guard(room: Examination) -> CheckResult:
    """Whether the guard stands before the call's document."""
    expected = "on"
    if room.subject.limits.policy is Policy.NAIVE:
        found = "off: the last writer overwrites the stream"
        return warning(found, expected, error=31921, fix="Leave --guard off away, and VOICECALL_GUARD out of .env.")
    return ok("on", expected)


async def cost(room: Examination) -> CheckResult:
    """What a minute costs with this model, estimated; the carrier's minutes come on top."""
    model = room.subject.model.brief.model
    expected = "known before the call"
    usd = minute_usd(model)
    if usd is None:
        return note(f"{model}: no price known", expected, fix="Look at its vendor's price list.")
    return ok(f"about ${usd:.2f} a minute for {model}, the carrier's minutes on top", expected)


async def greeting(room: Examination) -> CheckResult:
    """Whether the first words say who speaks."""
    said = room.subject.model.brief.pii_greeting
    words = {word.strip(".,;:!?'\"()").lower() for word in said.replace("-", " ").split()}
    expected = "it says that an AI is speaking"
    if words & {"ai", "a.i", "ki", "ia", "artificial", "automated", "bot", "robot", "computer", "virtual", "digital"}:
        return ok("it says that an AI is speaking", expected)
    fix = "Say so in --greeting; many countries demand it."
    return note("it does not say that an AI is speaking", expected, fix=fix)


async def log(room: Examination) -> CheckResult:
    """What is written down of a call, and what of it is masked."""
    limits = room.subject.limits
    expected = "a place to write call files, numbers masked"
    if not limits.log:
        return ok("nothing is written", expected)
    if limits.log_fault:
        fix = f"mkdir -p {limits.log} && chmod u+w {limits.log}"
        return warning(f"{limits.log}: {limits.log_fault}", expected, fix=fix)
    return ok(f"{limits.log}/: numbers masked, words under pii_, no audio, no secret", expected)


_HERE = Section.LIMITS
CHECKS = (
    Check("caps", _HERE, caps, "a call has an end, however it goes"),
    Check("allow-list", _HERE, allow_list, "who may be called"),
    Check("guard", _HERE, guard, "the guard stands before the call's document"),
    Check("cost", _HERE, cost, "what a minute costs, estimated"),
    Check("greeting", _HERE, greeting, "the first words say who speaks"),
    Check("log", _HERE, log, "what is written down and what of it is masked"),
)
