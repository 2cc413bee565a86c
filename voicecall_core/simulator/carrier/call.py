"""The life of one call at the carrier, from the queue to its last callback. Knows nothing of REST requests.

Twilio: docs/voice/api/call-resource. One thing happens at a time to a line: `redirect`, `hang_up` and `cancel` are
plain functions that change what it does next, and `run` carries it out.
"""

from __future__ import annotations

from functools import partial

import anyio
from anyio.abc import TaskGroup

from voicecall_core.simulator.carrier import callbacks
from voicecall_core.simulator.carrier.after_answer import record_call, trial_message
from voicecall_core.simulator.carrier.call_records import CallResource
from voicecall_core.simulator.carrier.callee import Callee
from voicecall_core.simulator.carrier.context import CarrierContext
from voicecall_core.simulator.carrier.detection import detect, detect_beside
from voicecall_core.simulator.carrier.documents import Inline, Origin, Remote
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.heard import heard, heard_from_ms
from voicecall_core.simulator.carrier.interpreter import Interpreter
from voicecall_core.simulator.carrier.played_callee import PlayedCallee
from voicecall_core.simulator.carrier.players import Part
from voicecall_core.simulator.carrier.recordings import Recording, RecordingWish
from voicecall_core.simulator.carrier.verbs import Play, Stream, Verb
from voicecall_core.simulator.scenarios.scenario import TONE, CarrierPlan
from voicecall_core.simulator.voices import Clip

TIME_LIMIT = 32015
SIP_CODES = {"completed": 200, "busy": 486, "no-answer": 487, "canceled": 487, "failed": 404}  # 200: assumption


class SimulatedCall:
    """One call."""

    def __init__(self, context: CarrierContext, record: CallResource) -> None:
        self.record = record
        self._context = context
        self._sequence = 0
        self._life = anyio.CancelScope()
        self._ending: tuple[str, str] | None = None  # final status, who hung up
        callee = self._callee = self._picks_up()
        self._beeped = anyio.Event()
        self._tasks: TaskGroup | None = None  # while it is in progress
        self._recorded: dict[str, anyio.CancelScope] = {}
        self._performance = Interpreter(context, record, callee, self._takes)

    def _picks_up(self) -> Callee:
        """The callee as the scenario has him: by his script, or played."""
        context, leave = self._context, partial(self.hang_up, "callee")
        utterances, played_by = context.utterances, context.scenario.played_by
        speaks, said = self._speaks, self._said
        if played_by is None or context.players is None:
            acts = context.scenario.callee
            return Callee(acts, utterances=utterances, press=self._press, speaks=speaks, said=said, hang_up=leave)
        note, player = partial(self._note, What.WARNING), context.players(played_by)
        return PlayedCallee(
            played_by, player, utterances=utterances, speaks=speaks, said=said, hang_up=leave, note=note
        )

    @property
    def part(self) -> Part | None:
        """How the callee was played; None if he acts by a script."""
        return self._callee.part if isinstance(self._callee, PlayedCallee) else None

    @property
    def heard(self) -> bytes:
        """All mu-law bytes that the callee heard, without the silence between them."""
        return heard(self._context.log, self.record.sid)

    @property
    def heard_from_ms(self) -> int | None:
        """When the first of it began to play, in ms after the stream's `start`."""
        return heard_from_ms(self._context.log, self.record.sid)

    @property
    def plan(self) -> CarrierPlan:
        """How the carrier behaves in this call."""
        return self._context.plan

    def redirect(self, origin: Origin) -> bool:
        """Replace the running document at once. False if the call is not in progress."""
        if self.record.status != "in-progress" or self._ending is not None:
            return False
        self._performance.replace(origin)
        return True

    def hang_up(self, by: str) -> bool:
        """End the call, whatever it does. False if it is over already."""
        if self.record.over or self._ending is not None:
            return False
        # assumption: a call that is ended before it was answered ends as canceled
        self._end("canceled" if self.record.answered_at is None else "completed", by)
        return True

    def cancel(self) -> bool:
        """End the call unless it was answered; one that was is left alone. False if it is over already."""
        if self.record.over:
            return False
        return self.record.answered_at is not None or self.hang_up("api")

    async def run(self) -> None:
        """The whole call. Returns when it is over and its last callback is on its way."""
        self._note(What.PLACED)
        with self._life:
            await self._ring()
            if self._ending is None:
                await self._talk()
        self._close()

    def _close(self) -> None:
        """It is over: the record says so, and its owner is told."""
        status, by = self._ending or ("completed", "document")
        silent = self.record.status == "queued"  # a call cancelled while queued fires no callbacks (docs/voice/twiml)
        self.record.ended_at = self._context.epoch_now()
        self.record.sip_code = SIP_CODES[status]
        if by:
            self._note(What.HUNG_UP, by)
        self._move(status, What.ENDED, detail=status, silent=silent)

    async def _ring(self) -> None:
        plan, record = self._context.plan, self.record
        self._note(What.QUEUED)
        record.queue_ms = plan.queue_ms + self._context.turn_ms()
        await anyio.sleep(record.queue_ms / 1000)
        self._move("initiated", What.INITIATED)
        await anyio.sleep(plan.ring_ms / 1000)
        if plan.ends_as == "failed":  # assumption: a number that cannot be reached never rings
            return self._end("failed", "")
        self._move("ringing", What.RINGING)
        if plan.ends_as == "no-answer" or plan.answer_ms is None or plan.answer_ms > record.wish.ring_s * 1000:
            await anyio.sleep(record.wish.ring_s)
            return self._end("no-answer", "")
        await anyio.sleep(plan.answer_ms / 1000)
        if plan.ends_as:
            return self._end(plan.ends_as, "")
        record.answered_at = self._context.epoch_now()
        self._move("in-progress", What.ANSWERED)

    async def _talk(self) -> None:
        wish = self.record.wish
        first: Origin = Inline(wish.twiml, "create") if wish.twiml else Remote(wish.url, wish.method)
        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            if self.record.answered_at is not None:
                self._lives()
            if await self._begins(tasks):
                await self._performance.run(first, tasks, lambda: self._ending is not None)
            self.hang_up("document")
            self._tasks = None
            tasks.cancel_scope.cancel()

    def _lives(self) -> None:
        """It was answered: the other side does what he does, and the limit runs."""
        if self._tasks is None:
            return
        self._tasks.start_soon(self._callee.live)
        self._tasks.start_soon(self._limit, self.record.wish.limit_s)
        if self.record.wish.record is not None:
            self.start_recording(self.record.wish.record)

    def start_recording(self, wish: RecordingWish) -> Recording | None:
        """Record the call from here on; None if it is not in progress."""
        if self._tasks is None:
            return None
        context = self._context
        kept = Recording(
            context.new_sid("RE"), self.record.account_sid, self.record.sid, context.epoch_now(), wish.source
        )
        context.keep(kept)
        scope = self._recorded[kept.sid] = anyio.CancelScope()

        async def run() -> None:
            with scope:
                await record_call(context, self.record, self._callee, kept, wish)

        self._tasks.start_soon(run)
        return kept

    def stop_recording(self, sid: str) -> None:
        """End a recording that runs."""
        if (scope := self._recorded.pop(sid, None)) is not None:
            scope.cancel()

    def start_fork(self, stream: Stream) -> str:
        """Begin a listening stream; its SID, empty if the call is not in progress."""
        return "" if self._tasks is None else self._performance.forks.start(stream, self._tasks)

    def stop_fork(self, sid: str) -> bool:
        """End a listening stream by its SID; False if there is none."""
        return self._performance.forks.stop(sid)

    async def _begins(self, tasks: TaskGroup) -> bool:
        """What comes before the first document; False if it is never come to."""
        wish, prompts = self.record.wish, self._performance.prompts
        if wish.detection and not wish.detection_async:
            await detect(self._context, self.record, self._beeped)
        elif wish.detection:
            tasks.start_soon(detect_beside, self._context, self.record, self._beeped)
        if wish.send_digits:
            await prompts.play(Play(digits=wish.send_digits), "create", "")
        if self._context.plan.trial == "key-press":
            return await trial_message(self._context, self.record, prompts, self._performance.entries)
        return True

    def _takes(self, first: Verb | None) -> bool:
        """An outgoing call was answered long before its first document is run."""
        return True

    async def _limit(self, seconds: int) -> None:
        await anyio.sleep(seconds)
        self._context.note(self.record.sid, What.WARNING, "the call's time limit is reached", code=TIME_LIMIT)
        self.hang_up("time-limit")

    def _end(self, status: str, by: str) -> None:
        self._ending = (status, by)
        self._performance.call_ends()
        self._life.cancel()

    def _move(self, status: str, what: What, *, detail: str = "", silent: bool = False) -> None:
        self.record.status = status
        self.record.updated_at = self._context.epoch_now()
        self._note(what, detail)
        sequence, self._sequence = self._sequence, self._sequence + 1  # events nobody asked for count too
        if not silent:
            callbacks.report(self._context, self.record, status, sequence)

    def _speaks(self, words: Clip) -> None:
        self._context.note(self.record.sid, What.SPOKE, words.name, pii_text=words.text)
        self._performance.speaks()

    def _said(self, words: Clip) -> None:
        self._context.note(self.record.sid, What.SAID, words.name, pii_text=words.text)
        self._performance.said(words.text)
        if words.name == TONE:
            self._beeped.set()

    def _press(self, digit: str) -> None:
        self._note(What.DIGIT, digit)
        self._performance.press(digit)

    def _note(self, what: What, detail: str = "") -> None:
        self._context.note(self.record.sid, what, detail)


Lines = dict[str, SimulatedCall]
