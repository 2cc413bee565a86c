"""`<Record>`: the callee's voice until he is silent or presses a key (Twilio: docs/voice/twiml/record)."""

from __future__ import annotations

from dataclasses import dataclass

import anyio

from voicecall_core.audio import BYTES_PER_MS, FRAME_MS
from voicecall_core.simulator.carrier import webhook_client
from voicecall_core.simulator.carrier.callee import LOOK_S, Callee, voiced
from voicecall_core.simulator.carrier.context import CarrierContext
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.entries import Entries, Key
from voicecall_core.simulator.carrier.recordings import Recording
from voicecall_core.simulator.carrier.verbs import Record
from voicecall_core.simulator.carrier.webhook_forms import recording_form

HANG_UP = "hangup"  # what Digits says if the callee hung up meanwhile


@dataclass(slots=True)
class Recorder:
    """Records one `<Record>`: what came of it is in `recording` and `digits`, also if the call ends meanwhile."""

    context: CarrierContext
    callee: Callee
    recording: Recording
    digits: str = HANG_UP
    spoken: bool = False

    async def run(self, verb: Record, entries: Entries) -> None:
        """Until the callee is silent for the verb's time, presses one of its keys, or it is long enough."""
        until, silent_ms, audio = verb.longest_s * 1_000, 0, bytearray()
        try:
            with entries:
                while silent_ms < verb.timeout_s * 1_000 and len(audio) < until * BYTES_PER_MS:
                    await anyio.sleep(LOOK_S)
                    frame = self.callee.voice(anyio.current_time())
                    audio += frame
                    silent_ms = 0 if voiced(frame) else silent_ms + FRAME_MS
                    self.spoken = self.spoken or not silent_ms
                    for entry in entries.taken():
                        if isinstance(entry, Key) and entry.digit in verb.finish_on:
                            self.digits = entry.digit
                            return
            self.digits = ""
        finally:
            self.recording.audio = bytes(audio)
            self.recording.status = "completed" if self.spoken else "absent"

    def form(self, url: str) -> tuple[tuple[str, str], ...]:
        """What the action's request says of it, beside the call."""
        return (
            ("RecordingUrl", url),
            ("RecordingSid", self.recording.sid),
            ("RecordingDuration", str(self.recording.seconds)),
            ("Digits", self.digits),
        )


def tell(context: CarrierContext, recording: Recording, url: str, callback: str, method: str) -> None:
    """Send a recording's status callback."""
    context.note(recording.call_sid, What.RECORDED, recording.status, code=recording.seconds)
    if callback:
        about = f"recording:{recording.status}"
        form = recording_form(recording, url)
        context.tasks.start_soon(webhook_client.post, context, recording.call_sid, about, callback, method, form)
