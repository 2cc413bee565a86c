"""Answering machines: what the carrier finds, and when (Twilio: docs/voice/answering-machine-detection)."""

from __future__ import annotations

import anyio

from voicecall_core.simulator.carrier import webhook_client
from voicecall_core.simulator.carrier.call_records import CallResource
from voicecall_core.simulator.carrier.context import CarrierContext
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.webhook_forms import detection_form

TO_THE_END = "DetectMessageEnd"
MACHINE = {"Enable": "machine_start", TO_THE_END: "machine_end_beep"}


async def detect(context: CarrierContext, record: CallResource, beeped: anyio.Event) -> None:
    """Find out who has answered and write it into the record. `beeped`: the machine's tone has been heard to its end.

    Whoever wants to leave a message waits for that, and after the request's time-out learns no more than `unknown`.
    """
    began, plan, wish = anyio.current_time(), context.plan, record.wish
    found = "unknown"
    with anyio.move_on_after(wish.detection_s):
        await anyio.sleep(plan.detection_ms / 1000)
        if plan.answered_by == "machine":
            if wish.detection == TO_THE_END:
                await beeped.wait()
            found = MACHINE[wish.detection]
        else:
            found = plan.answered_by
    record.answered_by, record.detection_ms = found, round((anyio.current_time() - began) * 1000)
    context.note(record.sid, What.DETECTED, found)


async def detect_beside(context: CarrierContext, record: CallResource, beeped: anyio.Event) -> None:
    """The same beside the call's documents; the callback is told."""
    await detect(context, record, beeped)
    wish = record.wish
    if wish.detection_callback:
        form = [("CallSid", record.sid), ("AccountSid", record.account_sid), *detection_form(record)]
        url, method = wish.detection_callback, wish.detection_callback_method
        context.tasks.start_soon(webhook_client.post, context, record.sid, "detection", url, method, form)
