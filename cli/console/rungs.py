"""What each event and order is on a ladder: from which column to which, and in what words.

Knows nothing of how a ladder is drawn. A rung that goes nowhere is a remark at its column. `None`: left out, because
it only fills the page (parts of a transcript, timers that are set).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from cli.console.plain import plain
from voicecall_core.words import events as e
from voicecall_core.words import orders as o


class Lane(IntEnum):
    """The columns, from the carrier's side to the model's."""

    CARRIER = 0
    WEBHOOK = 1
    GUARD = 2
    BRIDGE = 3
    MODEL = 4


@dataclass(frozen=True, slots=True)
class Rung:
    """An arrow from `source` to `target`, or (the same twice) a remark. `words`: the longest that fits is used."""

    source: Lane
    target: Lane
    words: tuple[str, ...]


def _arrow(source: Lane, target: Lane, *words: str) -> Rung:
    return Rung(source, target, tuple(plain(each).strip() for each in words))


def _rest(*words: str) -> Rung:
    return _arrow(Lane.CARRIER, Lane.GUARD, *words)


def _hook(*words: str) -> Rung:
    return _arrow(Lane.CARRIER, Lane.WEBHOOK, *words)


def _media(*words: str) -> Rung:
    return _arrow(Lane.CARRIER, Lane.BRIDGE, *words)


def _model(*words: str) -> Rung:
    return _arrow(Lane.MODEL, Lane.GUARD, *words)


def _sound(*words: str) -> Rung:
    return _arrow(Lane.MODEL, Lane.BRIDGE, *words)


def _remark(*words: str) -> Rung:
    return _arrow(Lane.GUARD, Lane.GUARD, *words)


def _code(event: Any) -> str:
    return f" {event.code}" if event.code else ""


def _said(who: str, event: Any) -> Rung | None:
    return _model(f"{who}: {event.pii_text}") if event.final else None


EVENTS: Mapping[type[e.Event], Callable[[Any], Rung | None]] = {
    e.DialBegan: lambda event: _remark("dial"),
    e.OperatorSpoke: lambda event: _remark(f"operator: {event.pii_text}"),
    e.OverwriteAsked: lambda event: _remark(f"overwrite ordered by name: {event.by}"),
    e.HangUpAsked: lambda event: _remark(f"hang-up wanted: {event.by}"),
    e.TunnelLost: lambda event: _remark("the tunnel is lost"),
    e.TimerFired: lambda event: _remark(f"time is up: {event.timer}"),
    e.Created: lambda event: _rest(f"created: {event.sid}", "created"),
    e.CreateRefused: lambda event: _rest(f"create refused:{_code(event)} {event.reason}", f"refused{_code(event)}"),
    e.CreateLost: lambda event: _rest("no answer to create", "no answer"),
    e.LookedUp: lambda event: _rest(f"looked up: {len(event.sids)} found" if event.reached else "look-up failed"),
    e.UpdateAnswered: lambda event: _rest(f"write {event.number} {event.answer}{_code(event)}"),
    e.Checked: lambda event: _rest(f"status: {event.status or 'no answer'}"),
    e.StatusReported: lambda event: _hook(f"status: {event.said or event.status}", event.said or event.status),
    e.Fetched: lambda event: _hook(f"fetch of document {event.generation}", f"fetch {event.generation}"),
    e.StreamReported: lambda event: _hook(event.report, event.report.removeprefix("stream-")),
    e.UpgradeAsked: lambda event: _media(
        f"socket {event.socket} asks to be let in"
        + (f", generation {event.generation}" if event.token_ok else ", wrong token"),
        f"upgrade, socket {event.socket}",
    ),
    e.StreamStarted: lambda event: _media(f"start on socket {event.socket}"),
    e.StreamStopped: lambda event: _media(f"stop on socket {event.socket}"),
    e.SocketClosed: lambda event: _media(f"socket {event.socket} closed {event.code}"),
    e.DigitPressed: lambda event: _media(f"key {event.digit}"),
    e.AudioSent: lambda event: _arrow(Lane.BRIDGE, Lane.CARRIER, "first audio"),
    e.MarkReturned: lambda event: _media("mark"),
    e.MediaStalled: lambda event: _media(f"no media for {event.silent_ms / 1000:.0f} s"),
    e.ModelReached: lambda event: _model(f"session {event.session} {event.stage}", event.stage),
    e.ModelFailed: lambda event: _model(f"session {event.session} failed: {event.code}", "session failed"),
    e.ModelErred: lambda event: _model(f"error: {event.code}", "error"),
    e.ResponseBegan: lambda event: _model(
        f"response begins: {event.ref}" if event.ref else "response begins", "response begins"
    ),
    e.ResponseEnded: lambda event: _model(f"response {event.status} {event.reason}", f"response {event.status}"),
    e.AudioBegan: lambda event: _sound("audio begins", "audio"),
    e.AudioEnded: lambda event: _sound(f"audio ends at {event.generated_ms:,} ms", "audio ends"),
    e.SpeechStarted: lambda event: _model("callee speaks"),
    e.SpeechStopped: lambda event: _model("callee is quiet"),
    e.TurnCommitted: lambda event: _model("turn committed"),
    e.ToolCalled: lambda event: _model(f"calls {event.name}"),
    e.Heard: lambda event: _said("callee", event),
    e.Spoken: lambda event: _said("agent", event),
}


def _ask(*words: str) -> Rung:
    return _arrow(Lane.GUARD, Lane.CARRIER, *words)


def _tell(*words: str) -> Rung:
    return _arrow(Lane.GUARD, Lane.MODEL, *words)


def _play(*words: str) -> Rung:
    return _arrow(Lane.BRIDGE, Lane.CARRIER, *words)


_DOCUMENTS = {
    o.DocumentKind.STREAM: "<Connect><Stream>",
    o.DocumentKind.SAY: "<Say>",
    o.DocumentKind.HANGUP: "<Hangup/>",
}


def _document(document: o.Document) -> str:
    number = f" {document.generation}" if document.kind is o.DocumentKind.STREAM else ""
    return f"{_DOCUMENTS[document.kind]}{number}"


ORDERS: Mapping[type[o.Order], Callable[[Any], Rung | None]] = {
    o.CreateCall: lambda order: _ask("create" if order.attempt == 1 else f"create, try {order.attempt}"),
    o.LookUp: lambda order: _ask("look the call up"),
    o.UpdateCall: lambda order: _ask(f"write {order.number}: {_document(order.document)}"),
    o.HangUp: lambda order: _ask(f"write {order.number}: hang up"),
    o.CheckCall: lambda order: _ask("ask for its status"),
    o.AnswerFetch: lambda order: _ask(_document(order.document)),
    o.AcceptSocket: lambda order: _play(f"101, socket {order.socket}"),
    o.RefuseSocket: lambda order: _play(f"{order.status}, socket {order.socket}"),
    o.CloseSocket: lambda order: _play(
        f"close {order.code}, socket {order.socket}: {order.reason}", f"close {order.code}"
    ),
    o.OpenModel: lambda order: _tell(f"open session {order.session}"),
    o.CloseModel: lambda order: _tell(f"close session {order.session}"),
    o.TellHistory: lambda order: _tell("what was said so far"),
    o.AskGreeting: lambda order: _tell("ask for the greeting"),
    o.AskResponse: lambda order: _tell(f"ask for {order.ref}: {order.pii_text}", f"ask for {order.ref}"),
    o.HoldTurns: lambda order: _tell("hold turns"),
    o.RestoreTurns: lambda order: _tell("turns are free"),
    o.CancelResponse: lambda order: _tell("cancel the response"),
    o.TruncateItem: lambda order: _tell(
        f"truncate: {order.audio_end_ms:,} ms were heard", f"truncate {order.audio_end_ms}"
    ),
    o.DeleteItem: lambda order: _tell("delete: nothing was heard", "delete"),
    o.AnswerTool: lambda order: _tell("answer to the tool call", "tool answer"),
    o.OpenAudio: lambda order: _arrow(Lane.GUARD, Lane.BRIDGE, "let audio out", "audio out"),
    o.ClearAudio: lambda order: _play("clear"),
    o.MuteResponse: lambda order: _arrow(Lane.GUARD, Lane.BRIDGE, "mute response", "mute"),
    o.PlayClip: lambda order: _play(f"clip: {order.clip}"),
    o.StartTimer: lambda order: None,
    o.StopTimer: lambda order: None,
    o.Conclude: lambda order: _remark(f"over: {order.outcome}"),
}
