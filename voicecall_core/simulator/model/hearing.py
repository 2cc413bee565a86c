"""What one model session hears: its input buffer, the turns in it, their transcripts, and a long silence."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from anyio.abc import TaskGroup

from voicecall_core.audio import BYTES_PER_MS
from voicecall_core.simulator.a_law import THROUGH
from voicecall_core.simulator.model.conversation import Conversation, Item
from voicecall_core.simulator.model.refusals import RequestRejected, buffer_too_small, invalid_value
from voicecall_core.simulator.model.responses import TURN, Responses
from voicecall_core.simulator.model.sender import EventSender
from voicecall_core.simulator.model.sound import InputDecoder
from voicecall_core.simulator.model.usage import audio_tokens, text_tokens
from voicecall_core.simulator.model.vad import Started, Stopped, Vad
from voicecall_core.simulator.voices import recognised


class IdleWatch:
    """Calls `on_idle` once for every silence that lasts too long."""

    def __init__(self, on_idle: Callable[[int], Awaitable[None]]) -> None:
        self._on_idle = on_idle
        self._idle_ms: int | None = None
        self._quiet_at: float | None = None
        self._change = anyio.Event()

    def quiet_from(self, at: float) -> None:
        """The model has had its say, which plays until `at`."""
        self._quiet_at = at
        self._changed()

    def disturbed(self) -> None:
        """Somebody speaks, or is about to."""
        self._quiet_at = None
        self._changed()

    def retune(self, terms: dict[str, Any]) -> None:
        """The session's settings have changed; a timeout that was off counts from now at the earliest."""
        before, wanted = self._idle_ms, terms["audio"]["input"]["turn_detection"]
        self._idle_ms = wanted.get("idle_timeout_ms") if wanted is not None else None
        if before is None and self._quiet_at is not None:
            self._quiet_at = max(self._quiet_at, anyio.current_time())
        self._changed()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            change = self._change
            if self._idle_ms is None or self._quiet_at is None:
                await change.wait()
                continue
            idle_ms = self._idle_ms
            with anyio.move_on_after(self._quiet_at + idle_ms / 1000 - anyio.current_time()):
                await change.wait()
            if not change.is_set():
                self._quiet_at = None
                await self._on_idle(idle_ms)

    def _changed(self) -> None:
        self._change.set()
        self._change = anyio.Event()


UNINTELLIGIBLE = "(unintelligible)"
APPEND_BYTES = 15 * 2**20  # OpenAI: input_audio_buffer.append; here also the most that waits for a commit by hand
TRANSCRIBED_MS = 300  # commit -> the first words; the recogniser runs beside the model
_COMMIT_MS = 100
# Semantic turn detection waits by meaning; the built-in model has no mind and waits a fixed time instead.
_EAGER_MS = {"high": 400, "auto": 600, "medium": 600, "low": 1_000}


class Hearing:
    """Takes the client's audio. `on_voice` is called when speech begins."""

    def __init__(
        self,
        line: EventSender,
        conversation: Conversation,
        responses: Responses,
        tasks: TaskGroup,
        on_voice: Callable[[], None],
    ) -> None:
        self._line = line
        self._conversation = conversation
        self._responses = responses
        self._tasks = tasks
        self._on_voice = on_voice
        self._vad = Vad()
        self._ear = InputDecoder()
        self._buffer = bytearray()  # what waits for a commit by hand
        self._turns = 0
        self._turn = ""  # the name of the item that is being spoken

    @property
    def heard_ms(self) -> int:
        """How much audio has come since the session began."""
        return self._vad.heard_ms

    def retune(self, terms: dict[str, Any]) -> None:
        """The session's settings have changed."""
        wanted = terms["audio"]["input"]["turn_detection"]
        if wanted is None:
            self._vad.forget()
        elif wanted["type"] == "server_vad":
            fields = ("threshold", "prefix_padding_ms", "silence_duration_ms")
            self._vad.tune(**{name: wanted[name] for name in fields if name in wanted})
        else:
            self._vad.tune(silence_duration_ms=_EAGER_MS[wanted.get("eagerness", "auto")])

    async def append(self, encoded: str, terms: dict[str, Any]) -> None:
        """Hear some audio. Raises Refused if it is not base64, or too much."""
        try:
            audio = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError) as wrong:
            raise invalid_value("audio", "Invalid 'audio': expected base64-encoded audio bytes.") from wrong
        if len(audio) + len(self._buffer) > APPEND_BYTES:
            raise invalid_value("audio", "The input audio buffer holds at most 15 MiB.")
        sound = self._ear.heard(audio, terms["audio"]["input"]["format"])
        told = self._vad.hear(sound)
        if terms["audio"]["input"]["turn_detection"] is None:
            self._vad.forget()
            self._buffer += sound
            return
        for one in told:
            await (self._started(one, terms) if isinstance(one, Started) else self._stopped(one, terms))

    async def commit(self, terms: dict[str, Any]) -> None:
        """Make an item of what waits, by hand. Raises Refused below 100 ms."""
        audio = bytes(self._buffer) or self._vad.take()
        if len(audio) < _COMMIT_MS * BYTES_PER_MS:
            raise buffer_too_small(len(audio) / BYTES_PER_MS)
        self._buffer.clear()
        await self.commit_turn(audio, terms)

    async def clear(self) -> None:
        """Forget what waits."""
        self._buffer.clear()
        self._vad.forget()
        self._turn = ""
        await self._line.tell("input_audio_buffer.cleared")

    async def commit_turn(self, audio: bytes, terms: dict[str, Any]) -> None:
        """Make a user's item of `audio`, and have it transcribed if the session wants that."""
        name, self._turn = self._turn or self._line.names.new("item"), ""
        part = {"type": "input_audio", "transcript": None}
        head = {"id": name, "object": "realtime.item", "type": "message", "status": "completed"}
        written = self._line.record.board.clips
        through = THROUGH if terms["audio"]["input"]["format"]["type"] == "audio/pcma" else b""
        heard = recognised(audio, written, through=through)
        text = (" ".join(known.text for known in heard) or UNINTELLIGIBLE) if audio else ""
        item = Item({**head, "role": "user", "content": [part]}, len(audio) / BYTES_PER_MS, understood=text)
        before = self._conversation.add(item)
        self._line.note("heard", item=name, ms=round(item.audio_ms), text=text)
        await self._line.tell("input_audio_buffer.committed", previous_item_id=before, item_id=name)
        await self._line.tell("conversation.item.added", previous_item_id=before, item=item.seen)
        await self._line.tell("conversation.item.done", previous_item_id=before, item=item.seen)
        wanted = terms["audio"]["input"]["transcription"] is not None and self._line.record.plan.transcribes
        if text and wanted:
            self._tasks.start_soon(self._transcribe, item, text)

    def name_turn(self) -> str:
        """The name of the item that will be committed next."""
        self._turn = self._turn or self._line.names.new("item")
        return self._turn

    async def _started(self, one: Started, terms: dict[str, Any]) -> None:
        self._on_voice()
        turn, plan = self.name_turn(), self._line.record.plan
        self._vad.endless = 0 < plan.endless_turn <= self._turns + 1
        if plan.always_yields or terms["audio"]["input"]["turn_detection"].get("interrupt_response", True):
            run = self._responses.running
            if run is not None and not run.reason and not run.aside:
                self._responses.stop("turn_detected")
        await self._line.tell("input_audio_buffer.speech_started", audio_start_ms=one.at_ms, item_id=turn)

    async def _stopped(self, one: Stopped, terms: dict[str, Any]) -> None:
        turn = self.name_turn()
        await self._line.tell("input_audio_buffer.speech_stopped", audio_end_ms=one.at_ms, item_id=turn)
        await self.commit_turn(one.audio, terms)
        self._turns += 1
        plan = self._line.record.plan
        wanted = plan.always_answers or terms["audio"]["input"]["turn_detection"].get("create_response", True)
        if wanted and self._turns != plan.ignore_turn:
            try:
                self._responses.begin(terms, {}, TURN)
            except (
                RequestRejected
            ) as refused:  # a turn that ends while the model still speaks may get no response of its own
                await self._line.complain(refused)

    async def _transcribe(self, item: Item, text: str) -> None:
        await anyio.sleep(TRANSCRIBED_MS / 1000)
        kind = "conversation.item.input_audio_transcription"
        here = {"item_id": item.id, "content_index": 0}
        if self._line.record.plan.transcription_fails:
            error = {"type": "server_error", "code": "audio_unintelligible", "message": "No words.", "param": None}
            await self._line.tell(f"{kind}.failed", **here, error=error)
            return
        words = text.split()
        half = -(-len(words) // 2)
        for delta in (" ".join(words[:half]), "".join(f" {word}" for word in words[half:])):
            if delta:
                await self._line.tell(f"{kind}.delta", **here, delta=delta)
        item.seen["content"][0]["transcript"] = text
        heard, written = audio_tokens(item.audio_ms, "user"), text_tokens(text)
        usage = {
            "type": "tokens",
            "total_tokens": heard + written,
            "input_tokens": heard,
            "output_tokens": written,
            "input_token_details": {"text_tokens": 0, "audio_tokens": heard},
        }
        await self._line.tell(f"{kind}.completed", **here, transcript=text, usage=usage)
