"""What a call goes through between its answer and its first document. Knows nothing of documents."""

from __future__ import annotations

import anyio

from voicecall_core.audio import BYTES_PER_MS
from voicecall_core.simulator.carrier.call_records import CallResource
from voicecall_core.simulator.carrier.callee import LOOK_S, Callee
from voicecall_core.simulator.carrier.context import CarrierContext
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.entries import Entries, Key
from voicecall_core.simulator.carrier.prompts import MS_A_CHARACTER, Prompts
from voicecall_core.simulator.carrier.recording import tell
from voicecall_core.simulator.carrier.recordings import Recording, RecordingWish

# assumption: the words; that there are some, and that a key is waited for, is told by many who had a trial account
TRIAL_MESSAGE = "You have a trial account. You can remove this message by upgrading. Press any key to go on."
TRIAL_KEY_S = 10.0  # assumption: how long the key is waited for
KEPT_BYTES = 600_000 * BYTES_PER_MS  # ten minutes of a call's recording are kept here, so that memory stays bounded


async def trial_message(context: CarrierContext, record: CallResource, prompts: Prompts, entries: Entries) -> bool:
    """Say the trial account's message and wait for any key; False if none came."""
    context.note(record.sid, What.SAY_BEGAN, source="trial", pii_text=TRIAL_MESSAGE)
    with entries, anyio.move_on_after(len(TRIAL_MESSAGE) * MS_A_CHARACTER / 1000 + TRIAL_KEY_S):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(prompts.sound, len(TRIAL_MESSAGE) * MS_A_CHARACTER / 1000)
            while not isinstance(await entries.next(), Key):
                pass
            tasks.cancel_scope.cancel()
        return True
    return False


async def record_call(
    context: CarrierContext, record: CallResource, callee: Callee, kept: Recording, wish: RecordingWish
) -> None:
    """Record a call from here until cancelled. assumption: of the two sides only the callee's is kept here."""
    url = context.api + kept.path
    record.recording_sid, record.recording_url = kept.sid, url
    if "in-progress" in wish.events:
        tell(context, kept, url, wish.callback, wish.callback_method)
    audio = bytearray()
    try:
        while True:
            await anyio.sleep(LOOK_S)
            if len(audio) < KEPT_BYTES:
                audio += callee.voice(anyio.current_time())
    finally:
        kept.audio, kept.status = bytes(audio), "completed"
        callback = wish.callback if kept.status in wish.events else ""
        tell(context, kept, url, callback, wish.callback_method)
