"""One step in a few words, for the proof of a finding. Knows no rule, and says nothing that anybody said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from voicecall_core.words import events as e
from voicecall_core.words import orders as o

_EVENTS: Mapping[type[e.Event], Callable[[Any], str]] = {
    e.DialBegan: lambda event: "dialling",
    e.OperatorSpoke: lambda event: "the operator's sentence",
    e.OverwriteAsked: lambda event: f"overwrite ordered by {event.by}",
    e.HangUpAsked: lambda event: f"hang-up asked by {event.by}",
    e.TunnelLost: lambda event: "tunnel lost",
    e.TimerFired: lambda event: f"the wait {event.timer} ran out",
    e.Created: lambda event: "create answered",
    e.CreateRefused: lambda event: f"create refused, {event.code}",
    e.CreateLost: lambda event: "create's answer lost",
    e.LookedUp: lambda event: f"looked up, {len(event.sids)} found",
    e.UpdateAnswered: lambda event: f"write {event.number} {event.answer}{f', {event.code}' if event.code else ''}",
    e.Checked: lambda event: f"asked the carrier: {event.status or 'no answer'}",
    e.StatusReported: lambda event: f"callback {event.status}",
    e.Fetched: lambda event: f"fetch of document {event.generation}",
    e.StreamReported: lambda event: f"callback {event.report}",
    e.UpgradeAsked: lambda event: f"socket {event.socket} asks in{'' if event.token_ok else ', wrong token'}",
    e.StreamStarted: lambda event: f"start on socket {event.socket}",
    e.StreamStopped: lambda event: f"stop on socket {event.socket}",
    e.SocketClosed: lambda event: f"socket {event.socket} closed, {event.code}",
    e.DigitPressed: lambda event: "key pressed",
    e.AudioSent: lambda event: "first sound of an item left",
    e.MarkReturned: lambda event: "mark back",
    e.MediaStalled: lambda event: f"no media for {event.silent_ms / 1000:.0f} s",
    e.ModelReached: lambda event: f"model session {event.session} {event.stage}",
    e.ModelFailed: lambda event: f"model session {event.session} failed, {event.code}",
    e.ModelErred: lambda event: f"model error, {event.code}",
    e.ResponseBegan: lambda event: "response began",
    e.ResponseEnded: lambda event: f"response {event.status}",
    e.AudioBegan: lambda event: "first audio of an item",
    e.AudioEnded: lambda event: "last audio of an item",
    e.SpeechStarted: lambda event: "the callee speaks",
    e.SpeechStopped: lambda event: "the callee is quiet",
    e.TurnCommitted: lambda event: "the callee's turn",
    e.ToolCalled: lambda event: f"tool {event.name} called",
    e.Heard: lambda event: "the callee's words",
    e.Spoken: lambda event: "the agent's words",
}

# Of the orders only those that change something outside, so that a proof shows them and not the timers.
_ORDERS: Mapping[type[o.Order], Callable[[Any], str]] = {
    o.CreateCall: lambda order: "create the call",
    o.UpdateCall: lambda order: f"write {order.number}: {order.document.kind} over the document",
    o.HangUp: lambda order: f"write {order.number}: hang up",
    o.AnswerFetch: lambda order: f"answer with a {order.document.kind} document",
    o.OpenModel: lambda order: f"open model session {order.session}",
    o.CloseModel: lambda order: f"close model session {order.session}",
    o.ClearAudio: lambda order: "clear",
    o.TruncateItem: lambda order: f"truncate at {order.audio_end_ms} ms",
    o.AskGreeting: lambda order: "ask for the greeting",
    o.AskResponse: lambda order: "ask for a response",
    o.Conclude: lambda order: f"over: {order.outcome}",
}


def in_words(event: e.Event, orders: Sequence[o.Order]) -> str:
    """A step in a few words: what happened, and behind an arrow what was done about it."""
    done = [_ORDERS[type(order)](order) for order in orders if type(order) in _ORDERS]
    happened = _EVENTS[type(event)](event)
    return f"{happened} -> {', '.join(done)}" if done else happened
