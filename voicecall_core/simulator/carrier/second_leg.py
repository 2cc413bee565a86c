"""`<Dial>`: the second leg of a call, whose callee does what the plan says (Twilio: docs/voice/twiml/dial)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import anyio

from voicecall_core.simulator.carrier.call_records import CallRequest, CallResource
from voicecall_core.simulator.carrier.callee import LOOK_S, Callee
from voicecall_core.simulator.carrier.context import CarrierContext
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.verbs import Dial


@dataclass(slots=True)
class Dialled:
    """How a second leg went: its SID, its DialCallStatus, and how long the two were joined."""

    sid: str
    status: str = "no-answer"
    seconds: int = 0

    def form(self) -> tuple[tuple[str, str], ...]:
        """What the action's request says of it, beside the call."""
        said = [("DialCallStatus", self.status), ("DialCallSid", self.sid)]
        if self.status == "completed":
            said += [("DialCallDuration", str(self.seconds)), ("DialBridged", "true")]
        return tuple(said)


async def dial(context: CarrierContext, first: CallResource, callee: Callee, verb: Dial) -> Dialled:
    """Call, join, and part again."""
    plan = context.plan
    caller = verb.caller_id or first.from_
    request = CallRequest(verb.number, caller, ring_s=verb.timeout_s, limit_s=verb.limit_s)
    leg = CallResource(context.new_sid("CA"), first.account_sid, request, context.epoch_now())
    leg.parent_sid, leg.direction = first.sid, "outbound-dial"
    context.legs[leg.sid] = leg
    found = Dialled(leg.sid)
    context.note(first.sid, What.DIALLED, leg.sid)
    leg.status = "ringing"
    try:
        if plan.dialled_ms is None or plan.dialled_ms > verb.timeout_s * 1_000:
            await anyio.sleep(verb.timeout_s)
            found = replace(found, status="no-answer")
        else:
            await anyio.sleep(plan.dialled_ms / 1_000)
            found = replace(found, status=plan.dialled_ends_as or "completed")
        if found.status == "completed":
            leg.status, leg.answered_at = "in-progress", context.epoch_now()
            context.note(first.sid, What.JOINED, leg.sid)
            await _talk(callee, min(plan.dialled_talks_ms / 1_000, verb.limit_s))
    finally:
        leg.ended_at = context.epoch_now()
        leg.status = found.status if found.status in ("busy", "no-answer", "failed") else "completed"
        found.seconds = leg.seconds
        context.note(first.sid, What.PARTED, found.status)
    return found


async def _talk(callee: Callee, seconds: float) -> None:
    """The first callee hears the second for as long as he stays on the line."""
    until = anyio.current_time() + seconds
    while anyio.current_time() < until:
        callee.ear.hear(True)
        await anyio.sleep(LOOK_S)
