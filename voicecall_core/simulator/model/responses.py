"""The responses of one model session: at most one at a time, from created to done. Knows nothing of the callee."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from anyio.abc import TaskGroup

from voicecall_core.simulator.model.conversation import Conversation
from voicecall_core.simulator.model.refusals import nothing_to_cancel, response_running
from voicecall_core.simulator.model.sender import EventSender
from voicecall_core.simulator.model.settings import merged
from voicecall_core.simulator.model.speech import Reply, SpeechScript
from voicecall_core.simulator.model.usage import Meter, usage
from voicecall_core.simulator.model.utterance import ItemStream, Run

CLIENT, TURN, IDLE, ITSELF = "client", "turn", "idle", "itself"
QUOTA = "insufficient_quota"  # the one failure after which the vendor drops the socket (livekit/agents 6352)
_TOKENS_A_MINUTE = 40_000
_NOTHING = usage((0, 0, 0, 0), "", 0)


class Responses:
    """Begins, stops and ends them.

    `on_end(quiet_at)` is called after each, with the time at which its audio has played if it plays from its first
    delta on. `on_quota` is awaited after one that failed for want of money.
    """

    def __init__(
        self,
        line: EventSender,
        conversation: Conversation,
        tasks: TaskGroup,
        on_end: Callable[[float], None],
        on_quota: Callable[[], Awaitable[None]],
    ) -> None:
        self.script = SpeechScript(line.record.plan, line.record.voice)
        self.running: Run | None = None
        self.spoke = False  # audio has left: the voice is fixed
        self._line = line
        self._conversation = conversation
        self._tasks = tasks
        self._meter = Meter()
        self._on_end = on_end
        self._on_quota = on_quota
        self._name = line.names.new("conv")

    def begin(self, terms: dict[str, Any], asked: dict[str, Any], by: str) -> None:
        """Start a response in its own task. Raises Refused while one is running."""
        if self.running is not None:
            raise response_running(self.running.id)
        saying = self.script.still_there() if by == IDLE else self.script.next(asked, terms, self._conversation)
        self._begin(terms, asked, by, saying)

    def _begin(self, terms: dict[str, Any], asked: dict[str, Any], by: str, saying: Reply) -> None:
        whole = {key: value for key, value in asked.items() if value is not None and key in terms}
        name, number = self._line.names.new("resp"), self._line.record.next_response()
        self.running = Run(name, number, by, asked, merged(terms, whole), saying)
        texts = [piece.text for piece in saying.pieces]
        self._line.note("response-began", id=name, by=by, metadata=asked.get("metadata"), texts=texts)
        self._tasks.start_soon(self._run, self.running)

    def stop(self, reason: str, response: str | None = None) -> None:
        """Cancel the running response. Raises Refused if there is none, or not the one that is meant."""
        run = self.running
        if run is None or run.reason or response not in (None, run.id):
            raise nothing_to_cancel()
        run.reason = reason
        run.halt.set()

    async def _run(self, run: Run) -> None:
        plan = self._line.record.plan
        await self._line.tell("response.created", response=self._view(run, "in_progress", None, None))
        await self._line.tell("rate_limits.updated", rate_limits=[self._tokens_left()])
        if self._is_faulty(run, plan.hang_response):
            await run.halt.wait()
        await run.pause(plan.first_audio_ms / 1000)
        if self._is_faulty(run, plan.fail_response) and not run.reason:
            return await self._fail(run, plan.fail_code)
        if not self._is_faulty(run, plan.mute_response):
            await self._say(run, run.saying, plan.speed)
        if run.saying.calls and plan.end_call_fails and not run.reason:
            return await self._fail(run, plan.fail_code)
        status = "cancelled" if run.reason else "completed"
        details = {"type": status, "reason": run.reason} if run.reason else None
        said = " ".join(item.text for item in run.outputs)
        read = self._meter.reading(run.terms["instructions"], self._conversation)
        await self._finish(run, status, details, usage(read, said, run.spoken_ms))
        if run.saying.then is not None and status == "completed" and self.running is None:
            self._begin(run.terms, {}, ITSELF, run.saying.then)

    def _is_faulty(self, run: Run, first: int) -> bool:
        return self._line.record.is_faulty(run.number, first)

    async def _say(self, run: Run, saying: Reply, speed: float) -> None:
        voice = run.terms["output_modalities"] == ["audio"]
        plan = self._line.record.plan
        stall_ms = plan.stall_after_ms if self._is_faulty(run, plan.stall_response) else None
        utterance = ItemStream(self._line, self._conversation, run, speed, stall_ms)
        for piece in saying.pieces:
            if run.reason:
                return
            self.spoke = self.spoke or voice
            await (utterance.speak(piece) if voice else utterance.write(piece))
        for call in saying.calls:
            if not run.reason:
                await utterance.call(call)

    async def _fail(self, run: Run, code: str) -> None:
        kind = code if code in (QUOTA, "server_error") else "invalid_request_error"
        error = {"type": kind, "code": code, "message": f"The built-in model was told to fail: {code}."}
        await self._finish(run, "failed", {"type": "failed", "error": error}, _NOTHING)
        if code == QUOTA:
            await self._on_quota()

    async def _finish(self, run: Run, status: str, details: dict[str, Any] | None, cost: dict[str, Any]) -> None:
        items = [(item.id, round(item.audio_ms), item.text) for item in run.outputs]
        tool = ", ".join(call.tool for call in run.saying.calls) if status == "completed" else ""
        self._line.note("response-ended", id=run.id, status=status, reason=run.reason, items=items, tool=tool)
        self.running = None
        now = anyio.current_time()
        self._on_end(max(now, (run.first_audio_at or now) + run.spoken_ms / 1000))
        await self._line.tell("response.done", response=self._view(run, status, details, cost))

    def _view(
        self, run: Run, status: str, details: dict[str, Any] | None, cost: dict[str, Any] | None
    ) -> dict[str, Any]:
        output = run.terms["audio"]["output"]
        return {
            "object": "realtime.response",
            "id": run.id,
            "status": status,
            "status_details": details,
            "output": [item.seen for item in run.outputs],
            "conversation_id": None if run.aside else self._name,
            "output_modalities": run.terms["output_modalities"],
            "max_output_tokens": run.terms["max_output_tokens"],
            "audio": {"output": {"format": output["format"], "voice": output["voice"]}},
            "usage": cost,
            "metadata": None if self._line.record.plan.metadata_lost else run.asked.get("metadata"),
        }

    def _tokens_left(self) -> dict[str, Any]:
        left = max(0, _TOKENS_A_MINUTE - 500 * self._line.record.responses)
        return {"name": "tokens", "limit": _TOKENS_A_MINUTE, "remaining": left, "reset_seconds": 0.75}
