"""Which callbacks a call's owner gets, when, how often. Knows nothing of what else the call does.

Twilio: docs/voice/api/call-resource. Callbacks are sent independently of one another; their order of arrival is not
promised, which is what the plan's delays make use of.
"""

from __future__ import annotations

import anyio

from voicecall_core.simulator.carrier import webhook_client
from voicecall_core.simulator.carrier.call_records import TERMINAL, CallResource
from voicecall_core.simulator.carrier.context import CarrierContext
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.verbs import Stream
from voicecall_core.simulator.carrier.webhook_forms import Params, status_form, stream_form

SHUFFLE_MS = 1_500  # how far a shuffled callback may fall behind: past the stream's start, before most calls' end
NOT_ACCEPTED = 15003


def event_of(status: str) -> str:
    """The event to subscribe to for hearing of a status."""
    if status in TERMINAL:
        return "completed"
    return "answered" if status == "in-progress" else status


def report(context: CarrierContext, record: CallResource, status: str, sequence: int) -> None:
    """Send the status callback, if it was asked for: late, twice or never, as the plan says."""
    wish, plan = record.wish, context.plan
    if not wish.callback or event_of(status) not in wish.events:
        return
    about = f"status:{status}"
    if status in plan.callbacks_lost:
        context.note(record.sid, What.WEBHOOK_LOST, about)
        return
    if status in plan.callbacks_also:
        word = plan.callbacks_also[status]
        also = status_form(record, plan.direction, word, sequence, context.epoch_now())
        context.tasks.start_soon(
            _send, context, record.sid, f"status:{word}", wish.callback, wish.callback_method, also, 5
        )
    form = status_form(record, plan.direction, status, sequence, context.epoch_now())
    for _ in range(2 if status in plan.callbacks_doubled else 1):
        delay = plan.callback_ms.get(status, 0)
        if plan.callbacks_shuffled:
            delay += context.chance.randrange(SHUFFLE_MS)
        context.tasks.start_soon(_send, context, record.sid, about, wish.callback, wish.callback_method, form, delay)


def report_stream(
    context: CarrierContext, record: CallResource, stream_sid: str, stream: Stream, event: str, error: str = ""
) -> None:
    """Send a `<Stream statusCallback>`, if it has one."""
    if stream.callback:
        form = stream_form(record, stream_sid, stream.name, event, error, context.epoch_now())
        context.tasks.start_soon(_send, context, record.sid, event, stream.callback, stream.callback_method, form, 0)


async def _send(
    context: CarrierContext, sid: str, about: str, url: str, method: str, form: Params, delay_ms: int
) -> None:
    await anyio.sleep(delay_ms / 1000)
    reply = await webhook_client.post(context, sid, about, url, method, form)
    if reply.error:
        context.note(sid, What.WARNING, f"{about} was not accepted", code=NOT_ACCEPTED if reply.status else reply.error)
