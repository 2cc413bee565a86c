"""One item of a response, event by event: speech, text or a tool call. Knows nothing of what comes before or after.

The order of events is that of OpenAI's GA interface. Audio leaves in bursts, faster than it plays, in deltas whose
sizes are no multiple of a telephone frame; the words run a little ahead of it.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import anyio

from voicecall_core.audio import BYTES_PER_MS
from voicecall_core.simulator.model.conversation import Conversation, Item
from voicecall_core.simulator.model.sender import EventSender
from voicecall_core.simulator.model.sound import spoken
from voicecall_core.simulator.model.speech import Piece, Reply
from voicecall_core.simulator.scenarios.scenario import ToolCall

LATE_DELTAS = 2  # that were on their way when the response was cancelled
_SIZES = (1_200, 2_600, 1_930, 3_200, 2_345)  # bytes of mu-law in a delta, in turn; none is whole frames but 3,200

_ARGUMENTS = 16  # letters of a tool's arguments in a delta


@dataclass(slots=True)
class Run:
    """A response under way."""

    id: str
    number: int
    by: str
    asked: dict[str, Any]
    terms: dict[str, Any]
    saying: Reply
    outputs: list[Item] = field(default_factory=list)
    reason: str = ""  # why it was stopped
    first_audio_at: float | None = None
    halt: anyio.Event = field(default_factory=anyio.Event)

    @property
    def aside(self) -> bool:
        """Whether it stays out of the conversation."""
        return self.asked.get("conversation") == "none"

    @property
    def spoken_ms(self) -> float:
        """How much audio was generated."""
        return sum(item.audio_ms for item in self.outputs)

    async def pause(self, seconds: float) -> None:
        """Wait, but no longer than until the response is stopped."""
        with anyio.move_on_after(seconds):
            await self.halt.wait()


class ItemStream:
    """Emits the items of one run; its sound stops for good after `stall_ms` of it, until the run is stopped."""

    def __init__(
        self, line: EventSender, conversation: Conversation, run: Run, speed: float, stall_ms: int | None = None
    ) -> None:
        self._line = line
        self._conversation = conversation
        self._run = run
        self._speed = speed
        self._stall_ms = stall_ms

    async def speak(self, piece: Piece) -> None:
        """One message of audio and its transcript; incomplete if the run is stopped meanwhile."""
        part: dict[str, Any] = {"type": "output_audio", "transcript": ""}
        item = await self._begin({"type": "message", "role": "assistant", "content": []})
        await self._tell("response.content_part.added", item, part={"type": "audio", "transcript": ""})
        item.seen["content"].append(part)
        await self._deltas(item, part, piece)
        said = part.get("transcript", "")  # it is gone if the client has truncated the item meanwhile
        await self._tell("response.output_audio.done", item)
        await self._tell("response.output_audio_transcript.done", item, transcript=said)
        await self._tell("response.content_part.done", item, part={"type": "audio", "transcript": said})
        await self._end(item)

    async def write(self, piece: Piece) -> None:
        """One message of text, for a response that has no voice."""
        item = await self._begin({"type": "message", "role": "assistant", "content": []})
        await self._tell("response.content_part.added", item, part={"type": "text", "text": ""})
        item.seen["content"].append({"type": "output_text", "text": piece.text})
        for number, word in enumerate(piece.text.split()):
            await self._tell("response.output_text.delta", item, delta=f" {word}" if number else word)
        await self._tell("response.output_text.done", item, text=piece.text)
        await self._tell("response.content_part.done", item, part={"type": "text", "text": piece.text})
        await self._end(item)

    async def call(self, wanted: ToolCall) -> None:
        """One call of a tool; its arguments come in pieces, and break off if the run is stopped meanwhile."""
        call = self._line.names.new("call")
        item = await self._begin({"type": "function_call", "name": wanted.tool, "call_id": call, "arguments": ""})
        kind, here = "response.function_call_arguments", {"call_id": call}
        for at in range(0, len(wanted.arguments), _ARGUMENTS):
            if self._run.reason:
                break
            delta = wanted.arguments[at : at + _ARGUMENTS]
            item.seen["arguments"] += delta
            await self._tell(f"{kind}.delta", item, content=False, delta=delta, **here)
        said = {"arguments": item.seen["arguments"], "name": wanted.tool}
        await self._tell(f"{kind}.done", item, content=False, **said, **here)
        await self._end(item)

    async def _deltas(self, item: Item, part: dict[str, Any], piece: Piece) -> None:
        words, told, at, late = piece.text.split(), 0, 0, 0
        turn = self._run.number + len(self._run.outputs)
        while at < len(piece.audio):
            if self._run.reason:
                late += 1
                if late > LATE_DELTAS:
                    return
            elif self._stall_ms is not None and self._run.spoken_ms >= self._stall_ms:
                return await self._run.halt.wait()
            end = min(len(piece.audio), at + _SIZES[turn % len(_SIZES)])
            due = -(-len(words) * end // len(piece.audio))
            if due > told:
                delta = (" " if told else "") + " ".join(words[told:due])
                told = due
                if "transcript" in part:
                    part["transcript"] += delta
                await self._tell("response.output_audio_transcript.delta", item, delta=delta)
            await self._sound(item, piece.audio[at:end], before=piece.audio[:at])
            await self._run.pause((end - at) / BYTES_PER_MS / 1000 / self._speed)
            at, turn = end, turn + 1

    async def _sound(self, item: Item, audio: bytes, before: bytes) -> None:
        if self._run.first_audio_at is None:
            self._run.first_audio_at = anyio.current_time()
            self._line.note("sounded", id=self._run.id)
        item.audio_ms += len(audio) / BYTES_PER_MS
        sound = spoken(audio, self._run.terms["audio"]["output"]["format"], before)
        await self._tell("response.output_audio.delta", item, delta=base64.b64encode(sound).decode())

    async def _begin(self, seen: dict[str, Any]) -> Item:
        item = Item({"id": self._line.names.new("item"), "object": "realtime.item", "status": "in_progress", **seen})
        self._run.outputs.append(item)
        place = len(self._run.outputs) - 1
        before = None if self._run.aside else self._conversation.add(item)
        await self._line.tell(
            "response.output_item.added", response_id=self._run.id, output_index=place, item=item.seen
        )
        if not self._run.aside:
            await self._line.tell("conversation.item.added", previous_item_id=before, item=item.seen)
        return item

    async def _end(self, item: Item) -> None:
        item.seen["status"] = "incomplete" if self._run.reason else "completed"
        if not self._run.aside:
            before = self._conversation.before(item)
            await self._line.tell("conversation.item.done", previous_item_id=before, item=item.seen)
        place = self._run.outputs.index(item)
        await self._line.tell("response.output_item.done", response_id=self._run.id, output_index=place, item=item.seen)

    async def _tell(self, kind: str, item: Item, *, content: bool = True, **fields: Any) -> None:
        where = {"content_index": 0} if content else {}
        place = self._run.outputs.index(item)
        await self._line.tell(kind, response_id=self._run.id, item_id=item.id, output_index=place, **where, **fields)
