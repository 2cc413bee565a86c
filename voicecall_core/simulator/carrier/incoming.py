"""A call that comes in to the account's number: the program decides by its first document whether it is taken."""

from __future__ import annotations

import anyio

from voicecall_core.simulator.carrier.call import SimulatedCall
from voicecall_core.simulator.carrier.call_records import CallRequest, CallResource
from voicecall_core.simulator.carrier.context import CarrierContext
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.verbs import Reject, Verb

REJECTED = {"busy": "busy"}  # <Reject reason>: the call's final status; assumption: no-answer for any other reason


def incoming(context: CarrierContext, caller: str, url: str = "") -> IncomingCall:
    """A call by `caller`, a number in E.164; asks at `url`, at the number's own address unless it is given."""
    number = context.desk.number
    wish = CallRequest(
        to=context.account.number,
        from_=caller,
        url=url or number.voice_url,
        method="POST" if url else number.voice_method,
        fallback_url="" if url else number.voice_fallback_url,
        fallback_method=number.voice_fallback_method,
        callback=number.status_callback,
        callback_method=number.status_callback_method,
    )
    record = CallResource(context.new_sid("CA"), context.account.sid, wish, context.epoch_now())
    record.direction, record.status = "inbound", "ringing"
    return IncomingCall(context, record)


class IncomingCall(SimulatedCall):
    """One call from outside."""

    async def run(self) -> None:
        """The whole call. Its first document is asked for while it rings; whatever that does but reject it takes it."""
        self._note(What.PLACED)
        self._note(What.RINGING)
        with self._life:
            await anyio.sleep(self._context.plan.ring_ms / 1000)
            await self._talk()
        self._close()

    def _takes(self, first: Verb | None) -> bool:
        if isinstance(first, Reject):
            self._note(What.REJECTED, first.reason)
            self._end(REJECTED.get(first.reason, "no-answer"), "document")
            return False
        self.record.answered_at = self._context.epoch_now()
        self._move("in-progress", What.ANSWERED)
        self._lives()
        return True
