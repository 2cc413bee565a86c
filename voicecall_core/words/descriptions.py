"""Every event and every order in words: what the screen, the plain lines, the ladder and all proofs show of it.

There is no other wording, so that anybody who has read one of them can search the others for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.exhaustive import assert_exhaustive

CLOSES = "closing: "  # how the last of a call's lines begins: what became of it, as names and values


class Lane(IntEnum):
    """Who takes part in a call, from the carrier's side to the model's."""

    CARRIER = 0
    WEBHOOK = 1
    GUARD = 2
    BRIDGE = 3
    MODEL = 4


@dataclass(frozen=True, slots=True)
class Description:
    """What happened or was ordered, in words, and from which lane it led to which (the same twice: to nobody else).

    `short` is for where there is little room; `before` and `after` stand around it in the long form. `said` is what a
    person said, or a peer gave as a reason: kept apart, since a proof is shown to others and must not repeat it.
    """

    source: Lane
    target: Lane
    short: str
    before: str = ""
    after: str = ""
    said: str = ""

    @property
    def long(self) -> str:
        """Everything but what was said; contains `short`."""
        return f"{self.before}{self.short}{self.after}"

    @property
    def full(self) -> str:
        """The long form, and behind it what was said."""
        return f"{self.long}: {self.said}" if self.said else self.long


def describe(it: e.Event | o.Order) -> Description:
    """The one description of an event or an order."""
    return _ORDERS[type(it)](it) if isinstance(it, o.Order) else _EVENTS[type(it)](it)


_Describe = Callable[..., Description]


def _between(source: Lane, target: Lane) -> _Describe:
    """What makes a description that leads from `source` to `target`."""
    return lambda short, before="", after="", said="": Description(source, target, short, before, after, said.strip())


_ours = _between(Lane.GUARD, Lane.GUARD)
_rest_answer = _between(Lane.CARRIER, Lane.GUARD)
_webhook = _between(Lane.CARRIER, Lane.WEBHOOK)
_media = _between(Lane.CARRIER, Lane.BRIDGE)
_to_callee = _between(Lane.BRIDGE, Lane.CARRIER)
_from_model = _between(Lane.MODEL, Lane.GUARD)
_model_audio = _between(Lane.MODEL, Lane.BRIDGE)
_to_carrier = _between(Lane.GUARD, Lane.CARRIER)
_to_bridge = _between(Lane.GUARD, Lane.BRIDGE)
_to_model = _between(Lane.GUARD, Lane.MODEL)


def _code(event: Any) -> str:
    return f", {event.code}" if event.code else ""


def _looked_up(event: e.LookedUp) -> Description:
    return _rest_answer(f"{len(event.sids)} found" if event.reached else "no answer", "look-up: ")


def _status(event: e.StatusReported) -> Description:
    """The carrier's own word is only told where it is none that we know."""
    return _webhook(event.status.value, "status callback: ", said="" if event.said == event.status else event.said)


def _stream_report(event: e.StreamReported) -> Description:
    short = event.report.removeprefix("stream-")
    return _webhook(short, f"stream callback: {event.report.removesuffix(short)}", said=event.reason)


def _turned_away(event: e.TurnedAway) -> Description:
    times = f", for the {event.count:,}th time" if event.count > 1 else ""
    return _webhook(f"{event.what} turned away", after=f" with {event.status}: {event.fault}{times}")


def _upgrade(event: e.UpgradeAsked) -> Description:
    token = f", generation {event.generation}" if event.token_ok else ", wrong token"
    return _media(f"upgrade on socket {event.socket}", after=token)


def _replied(event: e.Replied) -> Description:
    if event.over:
        return _to_callee("spoke over the callee", "agent ")
    ours = "" if event.ours_ms is None else f", {event.ours_ms:,} ms of it ours"
    return _to_callee("reply heard", after=f" after {event.sounded_ms - event.spoke_ms:,} ms{ours}")


def _words_of(who: str, event: e.Heard | e.Spoken) -> Description:
    return _from_model(f"{who} said", after="" if event.final else ", in part", said=event.pii_text)


def _tool_answered(event: e.ToolAnswered) -> Description:
    return _ours(f"tool {event.outcome}", after=f", {event.name}, after {event.took_s:.1f} s", said=event.pii_output)


_EVENTS: Mapping[type[e.Event], Callable[[Any], Description]] = {
    e.DialBegan: lambda event: _ours("dialling"),
    e.OperatorSpoke: lambda event: _ours("operator said", said=event.pii_text),
    e.OverwriteAsked: lambda event: _ours("overwrite ordered", after=f" by name: {event.by}"),
    e.HangUpAsked: lambda event: _ours("hang-up asked for", after=f" by {event.by}"),
    e.TunnelLost: lambda event: _ours("tunnel lost", said=event.reason),
    e.OurFault: lambda event: _ours("a mistake of our own", after=f" in {event.where}", said=event.what),
    e.TimerFired: lambda event: _ours(f"{event.timer} timer fired"),
    e.Created: lambda event: _rest_answer("create answered", said=event.sid),
    e.CreateRefused: lambda event: _rest_answer("create refused", after=_code(event), said=event.reason),
    e.CreateLost: lambda event: _rest_answer("no answer to create", said=event.reason),
    e.LookedUp: _looked_up,
    e.UpdateAnswered: lambda event: _rest_answer(
        f"write {event.number} {event.answer}", after=_code(event), said=event.reason
    ),
    e.Checked: lambda event: _rest_answer(event.status or "no answer", "status check: "),
    e.StatusReported: _status,
    e.Fetched: lambda event: _webhook(f"fetch {event.generation}", "TwiML "),
    e.StreamReported: _stream_report,
    e.TurnedAway: _turned_away,
    e.UpgradeAsked: _upgrade,
    e.StreamStarted: lambda event: _media(f"start on socket {event.socket}"),
    e.StreamStopped: lambda event: _media(f"stop on socket {event.socket}"),
    e.SocketClosed: lambda event: _media(f"socket {event.socket} closed", after=_code(event), said=event.reason),
    e.DigitPressed: lambda event: _media("key pressed", said=event.digit),
    e.AudioSent: lambda event: _to_callee("first audio out"),
    e.MarkReturned: lambda event: _media("mark back"),
    e.AudioRanDry: lambda event: _media("audio ran dry", after=", and the model has not finished it"),
    e.VoiceBegan: lambda event: _media("voice began", "callee's "),
    e.VoiceEnded: lambda event: _media("voice ended", "callee's "),
    e.Replied: _replied,
    e.MediaStalled: lambda event: _media("no media", after=f" for {event.silent_ms / 1000:.0f} s"),
    e.ModelReached: lambda event: _from_model(f"session {event.session} {event.stage}", "model "),
    e.ModelFailed: lambda event: _from_model(
        f"session {event.session} failed", "model ", after=_code(event), said=event.reason
    ),
    e.ModelErred: lambda event: _from_model("model error", after=_code(event), said=event.reason),
    e.ResponseBegan: lambda event: _from_model("response began", after=f", {event.ref}" if event.ref else ""),
    e.ResponseEnded: lambda event: _from_model(f"response {event.status}", said=event.reason),
    e.AudioBegan: lambda event: _model_audio("audio began"),
    e.AudioEnded: lambda event: _model_audio("audio ended", after=f", {event.generated_ms:,} ms"),
    e.SpeechStarted: lambda event: _from_model("speech started", "callee's "),
    e.SpeechStopped: lambda event: _from_model("speech stopped", "callee's "),
    e.TurnCommitted: lambda event: _from_model("turn committed", "callee's "),
    e.ToolCalled: lambda event: _from_model("tool called", after=f", {event.name}", said=event.pii_arguments),
    e.ToolAnswered: _tool_answered,
    e.Heard: lambda event: _words_of("callee", event),
    e.Spoken: lambda event: _words_of("agent", event),
}
assert_exhaustive("the descriptions of events", _EVENTS, e.EVENTS.values())


def _document(document: o.Document) -> str:
    generation = f" {document.generation}" if document.kind is o.DocumentKind.STREAM else ""
    return f"{document.kind.twiml}{generation}"


_ORDERS: Mapping[type[o.Order], Callable[[Any], Description]] = {
    o.CreateCall: lambda order: _to_carrier("create", after=f", try {order.attempt}" if order.attempt > 1 else ""),
    o.LookUp: lambda order: _to_carrier("look-up"),
    o.UpdateCall: lambda order: _to_carrier(
        f"write {order.number}: {_document(order.document)}", after=" over the live call"
    ),
    o.HangUp: lambda order: _to_carrier(f"write {order.number}: hang up"),
    o.CheckCall: lambda order: _to_carrier("status check"),
    o.AnswerFetch: lambda order: _to_carrier(_document(order.document), "answer the fetch with "),
    o.AcceptSocket: lambda order: _to_callee(f"101, socket {order.socket}", "answer the upgrade with "),
    o.RefuseSocket: lambda order: _to_callee(f"{order.status}, socket {order.socket}", "answer the upgrade with "),
    o.CloseSocket: lambda order: _to_callee(f"close socket {order.socket}", after=_code(order), said=order.reason),
    o.OpenModel: lambda order: _to_model(f"open model session {order.session}"),
    o.CloseModel: lambda order: _to_model(f"close model session {order.session}"),
    o.TellHistory: lambda order: _to_model("history", "send the conversation's "),
    o.TellGreeting: lambda order: _to_model("tell the greeting", after=f", {order.item}", said=order.pii_text),
    o.AskGreeting: lambda order: _to_model("ask for the greeting"),
    o.AskResponse: lambda order: _to_model(
        "ask for a response", after=f", {order.ref}{', while a tool runs' * order.filler}", said=order.pii_text
    ),
    o.HoldTurns: lambda order: _to_model("hold turns"),
    o.RestoreTurns: lambda order: _to_model("restore turns"),
    o.CommitTurn: lambda order: _to_model("commit the turn", after=" by hand"),
    o.CancelResponse: lambda order: _to_model("cancel the response"),
    o.TruncateItem: lambda order: _to_model(f"truncate at {order.audio_end_ms:,} ms"),
    o.DeleteItem: lambda order: _to_model("delete the item", after=", nothing was heard"),
    o.RunTool: lambda order: _ours("run a tool", after=f", {order.name}, {order.timeout_s:g} s at most"),
    o.AnswerTool: lambda order: _to_model("answer the tool call"),
    o.TellTool: lambda order: _to_model("tell of a tool call", after=f" of an earlier session, {order.name}"),
    o.ForwardAudio: lambda order: _to_bridge(
        "forward audio", after=f" of the callee to session {order.session}{', the last turn again' * order.again}"
    ),
    o.OpenAudio: lambda order: _to_bridge("audio out", "let "),
    o.ClearAudio: lambda order: _to_callee("clear", after=" the queued audio"),
    o.MuteResponse: lambda order: _to_bridge("mute", after=" the response"),
    o.PlayClip: lambda order: _to_callee("play a clip", after=f", {order.clip}"),
    o.PlayGreeting: lambda order: _to_callee("play the kept greeting"),
    o.StartTimer: lambda order: _ours(f"start the {order.timer} timer", after=f", {order.seconds:g} s"),
    o.StopTimer: lambda order: _ours(f"stop the {order.timer} timer"),
    o.Conclude: lambda order: _ours("over", after=f": {order.outcome}"),
}
assert_exhaustive("the descriptions of orders", _ORDERS, o.ORDERS.values())
