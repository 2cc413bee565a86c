"""One call being made: tells the judge what happened, writes it down, carries out what is ordered.

Knows nothing of HTTP: requests and sockets come in by number from the switchboard. It decides nothing; `tell` is a
plain function, so that nothing can slip in between an event's judgement and its orders.
"""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import TaskGroup

from voicecall_core.call.step import Step, new_call, step
from voicecall_core.callfile.writer import Journal
from voicecall_core.carriers.base import Start
from voicecall_core.errors import PeerError, ungrouped
from voicecall_core.masking import fit_to_show
from voicecall_core.media import Bridge, Recorder
from voicecall_core.net.reserve import RESERVE
from voicecall_core.net.websocket import WebSocket
from voicecall_core.session.carrier_commands import CarrierCommands
from voicecall_core.session.model_commands import TO_MODEL, ModelCommands
from voicecall_core.session.plan import CallPlan, Endpoints, Spawn
from voicecall_core.session.tool_commands import ToolCommands
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.exhaustive import assert_exhaustive
from voicecall_core.words.values import Timer


class Timers:
    """One wait of each name at a time; `fired` is called when one has run out."""

    def __init__(self, spawn: Spawn, fired: Callable[[Timer], None]) -> None:
        self._spawn, self._fired = spawn, fired
        self._running: dict[Timer, anyio.CancelScope] = {}

    def start(self, order: o.StartTimer) -> None:
        """Start a wait, or restart it."""
        self.stop(o.StopTimer(order.timer))
        scope = self._running[order.timer] = anyio.CancelScope()
        self._spawn(self._wait, order.timer, order.seconds, scope)

    async def _wait(self, timer: Timer, seconds: float, scope: anyio.CancelScope) -> None:
        with scope:
            await anyio.sleep(seconds)
            if self._running.get(timer) is scope:
                del self._running[timer]
                self._fired(timer)

    def stop(self, order: o.StopTimer) -> None:
        """Forget a wait."""
        if (scope := self._running.pop(order.timer, None)) is not None:
            scope.cancel()


UNDO_WITHIN_S = 2.0  # for closing sockets and sessions once a call is over
LATE_WITHIN_S = 12.0  # for the hang-up of a SID that is learnt after that: a little more than its answer may take
FAULTS_KEPT = 10

Watcher = Callable[[Step], None]


class Session:
    """A call being made. `call` is its state now; `run` makes it; `tell` may be called from any task meanwhile.

    `watch` sees every step, after it was written down and before it is acted on. `afterlife` does what is due once
    the call is over (a SID learnt late is hung up). `others` tells the SIDs of everybody else's calls.
    """

    def __init__(
        self,
        plan: CallPlan,
        endpoints: Endpoints,
        *,
        journal: Journal | None = None,
        watch: Watcher | None = None,
        recorder: Recorder | None = None,
        others: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        self.plan = plan
        self.call = new_call(plan.terms)
        self.over = anyio.Event()
        self.afterlife: TaskGroup | None = None
        self.faults: list[BaseException] = []  # mistakes of our own that came to light in this call
        self._account_sid, self._media_stream = endpoints.carrier.account_sid, endpoints.carrier.media_stream
        self._journal = journal
        self._watch = watch
        self._began = anyio.current_time()
        self._told: deque[e.Event] = deque()
        self._telling = False
        self.unjudged = False  # a mistake kept the judge from bringing the call to its end
        self._tasks: TaskGroup | None = None
        self._late: TaskGroup | None = None  # for what is due after the call's end and before that of `run`
        self._answers: dict[int, o.Document] = {}
        self._admitted: set[int] = set()
        self._count = 0
        self.bridge = Bridge(
            self.tell,
            media_stream=endpoints.carrier.media_stream,
            clips=endpoints.clips,
            limits=plan.terms.limits,
            recorder=recorder,
            greeting=plan.kept,
        )
        self.others = others
        self._commands = CarrierCommands(plan, endpoints, self.tell, self._spawn, lambda: self.others())
        self._model = ModelCommands(plan.brief, endpoints.model, self.bridge, self._spawn, self.next_number)
        self._waits = Timers(self._spawn, self._fired)
        self._doors = self._who_does_what()

    # --- what happened ---

    def tell(self, event: e.Event) -> None:
        """Judge one event, write it down, carry out what is ordered.

        Plain on purpose: an await here would be the race we guard against. An event that is told while another is
        being carried out waits for its turn.
        """
        self._told.append(event)
        if self._telling:
            return
        self._telling = True
        try:
            while self._told:
                self._judge(self._told.popleft())
        finally:
            self._telling = False

    def _judge(self, event: e.Event) -> None:
        event = replace(event, at=round(anyio.current_time() - self._began, 6))
        try:
            stepped = step(self.call, event)
        except Exception as error:
            self._lost_its_judge(error, event)
            return
        self.call = stepped.call
        self._written_down(stepped)
        for order in stepped.orders:
            try:
                self._doors[type(order)](order)
            except Exception as error:
                self.fault(f"the order {type(order).__name__}", error)

    def _written_down(self, stepped: Step) -> None:
        """Into the call file, and before the watcher."""
        try:
            if self._journal is not None:
                self._journal.step(stepped)
        except Exception as error:
            self._journal = None
            self.fault("the call file", error)
        try:
            if self._watch is not None:
                self._watch(stepped)
        except Exception as error:
            self._watch = None
            self.fault("what is remembered of the call", error)

    def fault(self, where: str, error: Exception) -> None:
        """A mistake of our own came to light in a part of this call: it is ended in order, and no other one is."""
        RESERVE.give_for(error)  # to end a call in order takes memory too
        if len(self.faults) < FAULTS_KEPT:
            self.faults.append(ungrouped(error))
        if len(self.faults) == 1:
            self.tell(e.OurFault(where, _named(ungrouped(error))))

    def _lost_its_judge(self, error: Exception, event: e.Event) -> None:
        """The mistake is the judge's. If it cannot even judge that, the call is hung up unjudged, and is over."""
        self.unjudged = self.unjudged or bool(self.faults)
        self.fault(f"the judge of {type(event).__name__}", error)
        if self.unjudged and not self.over.is_set():
            self._spawn(self._hang_up_unjudged)

    async def _hang_up_unjudged(self) -> None:
        with anyio.move_on_after(LATE_WITHIN_S):
            if self.call.sid:
                await self._commands.hang_up_unasked(self.call.sid)
        self._conclude()

    def _fired(self, timer: Timer) -> None:
        stream_ms, playing = self.bridge.playing() if timer is Timer.SPEECH else (0, ())
        self.tell(e.TimerFired(timer, stream_ms, playing))

    # --- what the switchboard asks ---

    def next_number(self) -> int:
        """A number for a request or a socket."""
        self._count += 1
        return self._count

    def answer(self, event: e.Fetched) -> str:
        """Tell of a fetch and return the document that answers it."""
        self.tell(event)
        return self._commands.document(self._answers.pop(event.request))

    def admits(self, event: e.UpgradeAsked) -> bool:
        """Tell of an upgrade and return whether the socket is accepted."""
        self.tell(event)
        admitted = event.socket in self._admitted
        self._admitted.discard(event.socket)
        return admitted

    def is_begun_by(self, message: str | bytes) -> bool:
        """Whether a media message begins this call's stream: nobody but the carrier knows how to write it."""
        try:
            start = self._media_stream().read(message)
        except PeerError:
            return False
        if not isinstance(start, Start) or start.account_sid not in ("", self._account_sid):
            return False
        return start.sid == self.call.sid if self.call.sid else bool(start.account_sid)

    async def carry(self, socket: int, ws: WebSocket) -> None:
        """Carry an accepted media socket to its end."""
        try:
            await self.bridge.carry(socket, ws, account_sid=self._account_sid)
        except Exception as error:
            self.fault("the call's audio", error)

    @property
    def greeting(self) -> tuple[str, bytes] | None:
        """The greeting as the model has made it, its words and its mu-law; None if it made none to its end."""
        return self._model.greeting.whole

    # --- the call ---

    async def run(self) -> None:
        """Make the call; returns when it is over and nothing of it is left."""
        try:
            async with anyio.create_task_group() as self._late:
                async with anyio.create_task_group() as tasks:
                    self._tasks = tasks
                    self.tell(e.DialBegan())
                    await self.over.wait()
                    with anyio.move_on_after(UNDO_WITHIN_S):
                        await self._contained(self._model.close_all)
                    tasks.cancel_scope.cancel()
                self._late.cancel_scope.deadline = anyio.current_time() + LATE_WITHIN_S
        finally:
            self._tasks = self._late = None
            self.bridge.forget()

    def _conclude(self) -> None:
        """The call is over: what it still does ends soon, and what becomes due from here on outlives that."""
        self._tasks = None
        self.over.set()

    def _spawn(self, job: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        """Do something meanwhile; after the call, `afterlife` does."""
        tasks = self._tasks or self._late or self.afterlife
        if tasks is not None:
            tasks.start_soon(self._contained, job, *args)

    async def _contained(self, job: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        """Do one of the call's errands: a mistake in it ends this call, not the program."""
        try:
            await job(*args)
        except Exception as error:
            self.fault(getattr(job, "__qualname__", "an errand").replace("_", " ").strip(), error)

    # --- orders ---

    def _who_does_what(self) -> dict[type[o.Order], Callable[[Any], None]]:
        """Every order and who carries it out; what is said to the model has one door."""
        bridge, commands, model, waits = self.bridge, self._commands, self._model, self._waits
        doors: dict[type[o.Order], Callable[[Any], None]] = {
            o.CreateCall: commands.create_call,
            o.LookUp: commands.look_up,
            o.UpdateCall: commands.update_call,
            o.HangUp: commands.hang_up,
            o.CheckCall: commands.check_call,
            o.AnswerFetch: lambda order: self._answers.update({order.request: order.document}),
            o.AcceptSocket: lambda order: self._admitted.add(order.socket),
            o.RefuseSocket: lambda order: None,  # not admitted is refused
            o.CloseSocket: lambda order: self._spawn(bridge.close, order.socket, order.code, order.reason),
            o.ForwardAudio: lambda order: bridge.forward_audio(order.session, again=order.again),
            o.OpenAudio: lambda order: bridge.open_audio(order.socket),
            o.ClearAudio: lambda order: bridge.clear(order.socket),
            o.MuteResponse: lambda order: bridge.mute(order.response),
            o.PlayClip: lambda order: bridge.play_clip(order.socket, order.clip),
            o.PlayGreeting: lambda order: bridge.play_greeting(),
            o.OpenModel: model.open_model,
            o.CloseModel: model.close_model,
            **dict.fromkeys(TO_MODEL, model.say),
            o.RunTool: ToolCommands(self.plan.tools, self.tell, self._spawn).run_tool,
            o.StartTimer: waits.start,
            o.StopTimer: waits.stop,
            o.Conclude: lambda order: self._conclude(),
        }
        assert_exhaustive("who carries out an order", doors, o.ORDERS.values())
        return doors


def _named(error: BaseException) -> str:
    """A mistake in words: its kind, what it says, and where it was."""
    where = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(where[-1].filename).name}, line {where[-1].lineno})" if where else ""
    return fit_to_show(f"{type(error).__name__}: {error}{place}")
