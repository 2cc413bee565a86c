"""One call from dial to its last line: tells the judge what happened, writes it down, carries out what is ordered.

Knows nothing of HTTP: requests and sockets come in by number from the switchboard. It decides nothing; `tell` is a
plain function, so that nothing can slip in between an event's judgement and its orders.
"""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

import anyio
from anyio.abc import TaskGroup

from voicecall_core.addresses import Addresses
from voicecall_core.bridge import Bridge
from voicecall_core.errors import CarrierError
from voicecall_core.journal import Journal
from voicecall_core.judgement.call import Call, Step, minted, step
from voicecall_core.realtime import writing
from voicecall_core.realtime.client import ModelLine
from voicecall_core.twilio.rest import TwilioRest
from voicecall_core.twilio.terms import CallTerms
from voicecall_core.twilio.twiml import write
from voicecall_core.wire.network import Network
from voicecall_core.wire.websocket import WebSocket
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.numbers import PhoneNumber
from voicecall_core.words.terms import Brief, Terms

UNDO_WITHIN_S = 2.0  # for closing sockets and sessions once a call is over or cancelled
# Twilio ends the call by itself after this much more than our own cap, at least a minute in all (its minimum).
GRACE_S, SHORTEST_S = 30, 60


@dataclass(frozen=True, slots=True)
class Strangers:
    """The way to the carrier and to the model. `key` is a secret; its field does not show."""

    rest: TwilioRest
    account_sid: str
    network: Network
    model_url: str
    key: str
    addresses: Addresses
    clips: Callable[[str], bytes]
    tls: ssl.SSLContext | None = None
    user_agent: str = "voicecall"

    def __repr__(self) -> str:
        return "<Strangers>"


@dataclass(frozen=True, slots=True)
class Plan:
    """One call as it was asked for."""

    terms: Terms
    brief: Brief
    callee: PhoneNumber
    caller: PhoneNumber
    began: datetime


def create_terms(plan: Plan, addresses: Addresses) -> CallTerms:
    """What is asked of the carrier when it is to dial."""
    terms = plan.terms
    document = addresses.twiml(terms.call_id, 1)
    return CallTerms(
        to=plan.callee.e164,
        from_number=plan.caller.e164,
        url=document,
        fallback_url=document,
        status_url=addresses.status(terms.call_id),
        ring_timeout_s=round(terms.ring_timeout_s),
        time_limit_s=max(SHORTEST_S, round(terms.max_duration_s) + GRACE_S),
    )


Watcher = Callable[[Call, e.Event, Step], None]


class Session:
    """A call being made. `call` is its state now; `run` makes it; `tell` may be called from any task meanwhile."""

    def __init__(
        self, plan: Plan, strangers: Strangers, *, journal: Journal | None = None, watch: Watcher | None = None
    ) -> None:
        self.plan = plan
        self.call = minted(plan.terms)
        self.over = anyio.Event()
        self.afterlife: TaskGroup | None = None
        self._strangers = strangers
        self._journal = journal
        self._watch = watch
        self._began = anyio.current_time()
        self._told: deque[e.Event] = deque()
        self._telling = False
        self._tasks: TaskGroup | None = None
        self._timers: dict[e.Timer, anyio.CancelScope] = {}
        self._lines: dict[int, ModelLine] = {}
        self._answers: dict[int, o.Document] = {}
        self._admitted: dict[int, bool] = {}
        self._count = 0
        self.bridge = Bridge(self.tell, clips=strangers.clips, limits=plan.terms.limits)

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
        before = self.call
        event = replace(event, at=round(anyio.current_time() - self._began, 6))
        stepped = step(before, event)
        self.call = stepped.call
        if self._journal is not None:
            self._journal.step(event, stepped.verdicts, stepped.orders)
        if self._watch is not None:
            self._watch(before, event, stepped)
        for order in stepped.orders:
            _DOORS[type(order)](self, order)
        if isinstance(event, e.ModelReached) and event.stage is e.ModelStage.READY:
            self.bridge.model_ready()

    # --- what the switchboard asks ---

    def next_number(self) -> int:
        """A number for a request or a socket."""
        self._count += 1
        return self._count

    def answer(self, event: e.Fetched) -> str:
        """Tell of a fetch and return the document that answers it, as XML."""
        self.tell(event)
        document = self._answers.pop(event.request)
        return self._document(document)

    def admits(self, event: e.UpgradeAsked) -> bool:
        """Tell of an upgrade and return whether the socket is let in."""
        self.tell(event)
        return self._admitted.pop(event.socket)

    async def carry(self, socket: int, ws: WebSocket) -> None:
        """Carry an accepted media socket to its end."""
        await self.bridge.carry(socket, ws, account_sid=self._strangers.account_sid)

    # --- the call ---

    async def run(self) -> None:
        """Make the call; returns when it is over and nothing of it is left."""
        try:
            async with anyio.create_task_group() as tasks:
                self._tasks = tasks
                self.tell(e.DialBegan())
                await self.over.wait()
                await self._let_go()
                tasks.cancel_scope.cancel()
        finally:
            self._tasks = None
            if self._journal is not None:
                self._journal.close()

    async def _let_go(self) -> None:
        """Give what is being closed a named time to close."""
        with anyio.move_on_after(UNDO_WITHIN_S):
            async with anyio.create_task_group() as closing:
                for line in self._lines.values():
                    closing.start_soon(line.close)

    def _spawn(self, job: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        """Do something meanwhile; after the call what is still due (a late SID's hang-up) is done by `afterlife`."""
        tasks = self._tasks or self.afterlife
        if tasks is not None:
            tasks.start_soon(job, *args)

    # --- orders to the carrier ---

    def create_call(self, order: o.CreateCall) -> None:
        self._spawn(self._create)

    async def _create(self) -> None:
        try:
            sid = await self._strangers.rest.create(**create_terms(self.plan, self._strangers.addresses))
        except CarrierError as error:
            if error.lost:
                self.tell(e.CreateLost(error.message))
            else:
                self.tell(e.CreateRefused(error.code, error.message, error.retryable))
        else:
            self.tell(e.Created(sid))

    def look_up(self, order: o.LookUp) -> None:
        self._spawn(self._look_up)

    async def _look_up(self) -> None:
        plan = self.plan
        try:
            sids = await self._strangers.rest.look_up(
                to=plan.callee.e164, from_number=plan.caller.e164, placed_after=plan.began
            )
        except CarrierError:
            self.tell(e.LookedUp((), reached=False))
        else:
            self.tell(e.LookedUp(sids))

    def update_call(self, order: o.UpdateCall) -> None:
        self._spawn(self._write, order.number, self._strangers.rest.update, order.sid, self._document(order.document))

    def hang_up(self, order: o.HangUp) -> None:
        self._spawn(self._write, order.number, self._strangers.rest.hang_up, order.sid)

    async def _write(self, number: int, ask: Callable[..., Awaitable[None]], *args: str) -> None:
        try:
            await ask(*args)
        except CarrierError as error:
            answer = e.RestAnswer.LOST if error.lost else e.RestAnswer.REFUSED
            self.tell(e.UpdateAnswered(number, answer, error.code, error.message))
        else:
            self.tell(e.UpdateAnswered(number, e.RestAnswer.ACCEPTED))

    def check_call(self, order: o.CheckCall) -> None:
        self._spawn(self._check, order.sid)

    async def _check(self, sid: str) -> None:
        try:
            self.tell(e.Checked(await self._strangers.rest.fetch(sid)))
        except CarrierError:
            self.tell(e.Checked(None))

    def _document(self, document: o.Document) -> str:
        return write(document, self._strangers.addresses.document(self.plan.terms.call_id, document.generation))

    def answer_fetch(self, order: o.AnswerFetch) -> None:
        self._answers[order.request] = order.document

    # --- orders to the media sockets ---

    def accept_socket(self, order: o.AcceptSocket) -> None:
        self._admitted[order.socket] = True

    def refuse_socket(self, order: o.RefuseSocket) -> None:
        self._admitted[order.socket] = False

    def close_socket(self, order: o.CloseSocket) -> None:
        self._spawn(self.bridge.close, order.socket, order.code, order.reason)

    def open_audio(self, order: o.OpenAudio) -> None:
        self.bridge.open_audio(order.socket)

    def clear_audio(self, order: o.ClearAudio) -> None:
        self.bridge.clear(order.socket)

    def mute_response(self, order: o.MuteResponse) -> None:
        self.bridge.mute(order.response)

    def play_clip(self, order: o.PlayClip) -> None:
        self.bridge.play_clip(order.socket, order.clip)

    # --- orders to the model ---

    def open_model(self, order: o.OpenModel) -> None:
        strangers = self._strangers
        line = ModelLine(
            order.session,
            strangers.network,
            _naming(strangers.model_url, self.plan.brief.model),
            strangers.key,
            self.plan.brief,
            held=order.held,
            tell=self.bridge.model_said,
            audio=self.bridge.model_spoke,
            tls=strangers.tls,
            user_agent=strangers.user_agent,
        )
        self._lines[order.session] = line
        self.bridge.attach(line)
        self._spawn(line.run)

    def close_model(self, order: o.CloseModel) -> None:
        if order.session in self._lines:
            self._spawn(self._lines[order.session].close)

    def say_to_model(self, order: Any) -> None:
        line = self._lines.get(order.session)
        if line is None:
            return
        for message in _messages(order, self.plan.brief, f"vc-{self.next_number()}"):
            line.send(message)

    # --- time ---

    def start_timer(self, order: o.StartTimer) -> None:
        self.stop_timer(o.StopTimer(order.timer))
        scope = self._timers[order.timer] = anyio.CancelScope()
        self._spawn(self._wait, order.timer, order.seconds, scope)

    async def _wait(self, timer: e.Timer, seconds: float, scope: anyio.CancelScope) -> None:
        with scope:
            await anyio.sleep(seconds)
            if self._timers.get(timer) is scope:
                del self._timers[timer]
            stream_ms, playing = self.bridge.playing() if timer is e.Timer.SPEECH else (0, ())
            self.tell(e.TimerFired(timer, stream_ms, playing))

    def stop_timer(self, order: o.StopTimer) -> None:
        if (scope := self._timers.pop(order.timer, None)) is not None:
            scope.cancel()

    def conclude(self, order: o.Conclude) -> None:
        self.over.set()


def _naming(url: str, model: str) -> str:
    """The model's URL with its name in the query, unless it names one (or a deployment) already."""
    if "model=" in url or "deployment=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}model={quote(model)}"


def _messages(order: o.Order, brief: Brief, event_id: str) -> list[str]:
    """What an order to the model is in the model's own words."""
    match order:
        case o.AskGreeting():
            return [writing.greeting(brief, order.ref)]
        case o.AskResponse():
            return [writing.respond(brief, order.ref, order.pii_text)]
        case o.HoldTurns():
            return [writing.turns(held=True, event_id=event_id)]
        case o.RestoreTurns():
            return [writing.turns(held=False, event_id=event_id)]
        case o.CancelResponse():
            return [writing.cancel(order.response, event_id)]
        case o.TruncateItem():
            return [writing.truncate(order.item, order.audio_end_ms, event_id)]
        case o.DeleteItem():
            return [writing.delete(order.item, event_id)]
        case o.AnswerTool():
            return [writing.tool_output(order.tool_call, order.output, event_id)]
        case o.TellHistory():
            return writing.history(order.pii_lines, event_id)
    raise AssertionError(f"{order} is not said to the model")


_TO_MODEL = (
    o.AskGreeting,
    o.AskResponse,
    o.HoldTurns,
    o.RestoreTurns,
    o.CancelResponse,
    o.TruncateItem,
    o.DeleteItem,
    o.AnswerTool,
    o.TellHistory,
)

_DOORS: Mapping[type[o.Order], Callable[[Session, Any], None]] = {
    o.CreateCall: Session.create_call,
    o.LookUp: Session.look_up,
    o.UpdateCall: Session.update_call,
    o.HangUp: Session.hang_up,
    o.CheckCall: Session.check_call,
    o.AnswerFetch: Session.answer_fetch,
    o.AcceptSocket: Session.accept_socket,
    o.RefuseSocket: Session.refuse_socket,
    o.CloseSocket: Session.close_socket,
    o.OpenAudio: Session.open_audio,
    o.ClearAudio: Session.clear_audio,
    o.MuteResponse: Session.mute_response,
    o.PlayClip: Session.play_clip,
    o.OpenModel: Session.open_model,
    o.CloseModel: Session.close_model,
    o.StartTimer: Session.start_timer,
    o.StopTimer: Session.stop_timer,
    o.Conclude: Session.conclude,
    **dict.fromkeys(_TO_MODEL, Session.say_to_model),
}
