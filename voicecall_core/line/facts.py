"""What became of the calls of a run: facts alone, of which no number is in full. Judges nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voicecall_core.audio import BYTES_PER_MS
from voicecall_core.masking import masked
from voicecall_core.simulator.carrier.call import SimulatedCall
from voicecall_core.simulator.carrier.effects import Effect, What


@dataclass(frozen=True, slots=True)
class CallFacts:
    """One call. `documents` are those that ran, each with how it came; `heard_s` is what the other side heard."""

    sid: str
    inbound: bool
    to: str
    from_: str
    status: str
    seconds: int
    hung_up_by: str
    documents: tuple[str, ...]
    streams: int
    heard_s: float


def facts_of(call: SimulatedCall, log: Sequence[Effect]) -> CallFacts:
    """What is known of one call."""
    record = call.record
    mine = [effect for effect in log if effect.sid == record.sid]
    heard = sum(len(effect.audio) for effect in mine if effect.what is What.HEARD)
    ran = (f"{effect.detail or 'empty'} ({effect.source})" for effect in mine if effect.what is What.RAN)
    return CallFacts(
        sid=record.sid,
        inbound=record.direction == "inbound",
        to=masked(record.to),
        from_=masked(record.from_),
        status=record.status,
        seconds=record.seconds,
        hung_up_by=next((effect.detail for effect in mine if effect.what is What.HUNG_UP), ""),
        documents=tuple(ran),
        streams=sum(effect.what is What.STREAM_STARTED for effect in mine),
        heard_s=round(heard / BYTES_PER_MS / 1000, 1),
    )
