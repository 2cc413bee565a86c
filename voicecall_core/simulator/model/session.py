"""One session of the built-in realtime model: its client's events in their order. Knows nothing of HTTP."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from anyio.abc import ByteStream, TaskGroup

from voicecall_core.net.network import drop
from voicecall_core.net.websocket import SocketEnded, WebSocket
from voicecall_core.simulator.model.conversation import Conversation
from voicecall_core.simulator.model.grammar import check
from voicecall_core.simulator.model.hearing import Hearing, IdleWatch
from voicecall_core.simulator.model.record import ModelLog
from voicecall_core.simulator.model.refusals import (
    RequestRejected,
    beta_disabled,
    invalid_type,
    invalid_value,
    session_expired,
)
from voicecall_core.simulator.model.responses import CLIENT, IDLE, Responses
from voicecall_core.simulator.model.sender import EventSender
from voicecall_core.simulator.model.settings import first_terms, other_terms, updated_terms

_FATAL = 4000  # OpenAI's close code for a client error that ends the session; its reason is `<type>.<code>`
_QUOTA_S = 0.2  # from a response that failed for want of money to the end of the socket
_UPDATES = 100  # that wait to be confirmed; a client that sends more has to wait

Verb = Callable[[dict[str, Any]], Awaitable[None]]


class RealtimeSession:
    """Made for an accepted socket; `run` returns when it is done with."""

    def __init__(self, record: ModelLog, number: int, model: str, socket: WebSocket, stream: ByteStream) -> None:
        self._record = record
        self._socket = socket
        self._stream = stream
        self._line = EventSender(record, number, socket, self._gone)
        self._terms = first_terms(model)
        self._conversation = Conversation()
        self._how: tuple[str, int, str] | None = None
        self._receiving = anyio.CancelScope()
        self._expires_at = round(record.now + record.plan.lasts_ms / 1000)
        self._confirm, self._confirmed = anyio.create_memory_object_stream[dict[str, Any]](_UPDATES)
        self._id = self._line.names.new("sess")

    async def run(self, *, beta: bool = False) -> None:
        """Talk until either side has had enough."""
        self._line.note("opened", model=self._terms["model"])
        try:
            async with self._confirm, self._confirmed, anyio.create_task_group() as tasks:
                self._tasks = tasks
                self._record.open.add(self._drop)
                if beta:
                    await self._line.complain(beta_disabled())
                    return await self._close(_FATAL, "invalid_request_error.beta_api_shape_disabled")
                if self._record.plan.close_code:
                    return await self._close(self._record.plan.close_code, "")
                await anyio.sleep(self._record.plan.created_ms / 1000)
                self._furnish(tasks)
                if not self._record.is_stuck(self._line.session, "created"):
                    await self._line.tell("session.created", session=self._view())
                await self._read()
                if self._line.frozen:
                    await anyio.sleep_forever()
        finally:
            self._record.open.discard(self._drop)
            by, code, reason = self._how or ("server", 1006, "")
            self._line.note("closed", by=by, code=code, reason=reason)

    def _furnish(self, tasks: TaskGroup) -> None:
        self._idle = IdleWatch(self._prompted)
        self._responses = Responses(self._line, self._conversation, tasks, self._idle.quiet_from, self._broke)
        self._hearing = Hearing(self._line, self._conversation, self._responses, tasks, self._idle.disturbed)
        for watch in (self._idle.run, self._expire, self._confirm_updates):
            tasks.start_soon(watch)

    async def _read(self) -> None:
        verbs = self._verbs()
        while self._how is None and not self._line.frozen:
            message = await self._next()
            if message is None:
                return
            event: dict[str, Any] = {}
            try:
                event = _parsed(message)
                self._line.note("received", **event)
                await verbs[check(event)](event)
            except RequestRejected as refused:
                await self._line.complain(refused, event)
                if refused.fatal:
                    await self._close(_FATAL, f"{refused.kind}.{refused.code}")

    async def _next(self) -> str | bytes | None:
        """The client's next message; None once it is gone, or nothing is read any more."""
        with anyio.CancelScope() as self._receiving:
            try:
                return await self._socket.receive()
            except SocketEnded as end:
                self._gone(end)
        return None

    def _verbs(self) -> dict[str, Verb]:
        return {
            "session.update": self._update,
            "input_audio_buffer.append": lambda event: self._hearing.append(event["audio"], self._terms),
            "input_audio_buffer.commit": lambda event: self._hearing.commit(self._terms),
            "input_audio_buffer.clear": lambda event: self._hearing.clear(),
            "conversation.item.create": self._create_item,
            "conversation.item.delete": self._delete_item,
            "conversation.item.retrieve": self._retrieve_item,
            "conversation.item.truncate": self._truncate_item,
            "response.create": self._respond,
            "response.cancel": self._cancel,
        }

    async def _update(self, event: dict[str, Any]) -> None:
        if self._record.plan.refuse_set_up:
            raise RequestRejected(self._record.plan.refuse_set_up, "The built-in model was told to refuse this.")
        self._terms = updated_terms(self._terms, event["session"], has_spoken=self._responses.spoke)
        if what := self._record.sets_up_other(self._line.session):
            self._terms = other_terms(self._terms, what)
        self._line.note("updated", **self._terms)
        self._hearing.retune(self._terms)
        self._idle.retune(self._terms)
        await self._confirm.send(self._view())

    async def _create_item(self, event: dict[str, Any]) -> None:
        name = event["item"].get("id") or self._line.names.new("item")
        item, before = self._conversation.inject(event["item"], name, event.get("previous_item_id"))
        if item.role == "assistant":
            self._responses.script.resume(item.text)
        await self._line.tell("conversation.item.added", previous_item_id=before, item=item.seen)
        await self._line.tell("conversation.item.done", previous_item_id=before, item=item.seen)

    async def _delete_item(self, event: dict[str, Any]) -> None:
        self._conversation.delete(event["item_id"])
        self._line.note("deleted", item=event["item_id"])
        await self._line.tell("conversation.item.deleted", item_id=event["item_id"])

    async def _retrieve_item(self, event: dict[str, Any]) -> None:
        item = self._conversation.find("retrieve", event["item_id"])
        await self._line.tell("conversation.item.retrieved", item=item.seen)

    async def _truncate_item(self, event: dict[str, Any]) -> None:
        here = {key: event[key] for key in ("item_id", "content_index", "audio_end_ms")}
        self._conversation.truncate(here["item_id"], here["audio_end_ms"])
        self._line.note("truncated", item=here["item_id"], ms=here["audio_end_ms"])
        await self._line.tell("conversation.item.truncated", **here)

    async def _respond(self, event: dict[str, Any]) -> None:
        self._responses.begin(self._terms, event.get("response", {}), CLIENT)
        self._idle.disturbed()

    async def _cancel(self, event: dict[str, Any]) -> None:
        self._responses.stop("client_cancelled", event.get("response_id"))

    async def _confirm_updates(self) -> None:
        """`session.updated`, in order, each after its delay; the first one starts the clock of a planned end."""
        if self._record.is_stuck(self._line.session, "updated"):
            return
        first = True
        async for effective in self._confirmed:
            await anyio.sleep(self._record.plan.updated_ms / 1000)
            await self._line.tell("session.updated", session=effective)
            if first:
                first = False
                self._tasks.start_soon(self._drop_later)
                self._tasks.start_soon(self._freeze_later)

    async def _drop_later(self) -> None:
        plan = self._record.plan
        if plan.drop_after_ms is not None and self._record.dropped < plan.drops:
            self._record.dropped += 1
            await anyio.sleep(plan.drop_after_ms / 1000)
            await (self._close(plan.drop_code, "") if plan.drop_code else self._drop())

    async def _freeze_later(self) -> None:
        """Stop as a process does that hangs: its socket stays open, and the client's bytes pile up."""
        plan = self._record.plan
        if plan.freeze_after_ms is not None and self._record.frozen < plan.freezes:
            self._record.frozen += 1
            await anyio.sleep(plan.freeze_after_ms / 1000)
            self._line.frozen = True
            self._receiving.cancel()

    async def _broke(self) -> None:
        await anyio.sleep(_QUOTA_S)
        await self._drop()

    async def _drop(self) -> None:
        """End as a network does: without a close frame."""
        self._how = self._how or ("drop", 1006, "")
        await drop(self._stream)
        self._tasks.cancel_scope.cancel()

    async def _prompted(self, idle_ms: int) -> None:
        """Nobody spoke for so long: the silence becomes a turn, and the model answers it."""
        if self._responses.running is not None:
            return
        end = self._hearing.heard_ms
        span = {"audio_start_ms": max(0, end - idle_ms), "audio_end_ms": end}
        turn = self._hearing.name_turn()
        await self._line.tell("input_audio_buffer.timeout_triggered", item_id=turn, **span)
        await self._hearing.commit_turn(b"", self._terms)
        if self._responses.running is None:
            self._responses.begin(self._terms, {}, IDLE)

    async def _expire(self) -> None:
        await anyio.sleep(self._record.plan.lasts_ms / 1000)
        expired = session_expired()
        await self._line.complain(expired)
        await self._close(1001, expired.message)

    async def _close(self, code: int, reason: str) -> None:
        self._how = self._how or ("server", code, reason)
        await self._socket.close(code, reason)
        self._tasks.cancel_scope.cancel()

    def _gone(self, end: SocketEnded) -> None:
        self._how = self._how or ("client", end.code, end.reason)
        self._tasks.cancel_scope.cancel()

    def _view(self) -> dict[str, Any]:
        head = {"id": self._id, "object": "realtime.session", "expires_at": self._expires_at}
        return {**head, **self._terms}


def _parsed(message: str | bytes) -> dict[str, Any]:
    """The JSON object of a text message; raises Refused for anything else."""
    if isinstance(message, bytes):
        raise invalid_value("type", "Binary messages are not understood; send JSON text.")
    try:
        event = json.loads(message)
    except (ValueError, RecursionError) as wrong:
        raise RequestRejected("invalid_json", "We could not parse the JSON body of your message.") from wrong
    if not isinstance(event, dict):
        raise invalid_type("", "an object")
    return event
