"""One readable line per event, where there is no screen. Knows nothing of how a step is judged.

What only fills the log is left out: the edges of audio, parts of a transcript, timers that led to nothing new.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.text import Text

from cli.console import endings, palette
from cli.console.alarms import law_words
from cli.console.figures import stamp
from cli.console.plain import plain
from cli.console.verdicts import ruling_word
from voicecall_core.judgement.books import Call
from voicecall_core.judgement.guard import Verdict
from voicecall_core.judgement.phase import Phase
from voicecall_core.words import events as e
from voicecall_core.words import orders as o


def _code(event: Any) -> str:
    return f" {event.code}" if event.code else ""


# What is said of each event; an empty text is left out.
SAYS: Mapping[type[e.Event], Callable[[Any], str]] = {
    e.DialBegan: lambda event: "dialling",
    e.OperatorSpoke: lambda event: f"you want said: {event.pii_text}",
    e.OverwriteAsked: lambda event: f"a message over the stream is ordered ({event.by})",
    e.HangUpAsked: lambda event: f"hanging up is wanted ({event.by})",
    e.TunnelLost: lambda event: "",  # the note says it
    e.TimerFired: lambda event: f"the wait named {event.timer} ran out",
    e.Created: lambda event: f"the carrier took the call: {event.sid}",
    e.CreateRefused: lambda event: f"create was refused:{_code(event)} {event.reason}",
    e.CreateLost: lambda event: f"create was not answered: {event.reason}",
    e.LookedUp: lambda event: f"looked the call up: {len(event.sids)} found" if event.reached else "look-up failed",
    e.UpdateAnswered: lambda event: f"write {event.number} was {event.answer}{_code(event)} {event.reason}".rstrip(),
    e.Checked: lambda event: f"the carrier says, when asked: {event.status or 'nothing'}",
    e.StatusReported: lambda event: f"status callback: {event.said or event.status}",
    e.Fetched: lambda event: f"document {event.generation} is fetched",
    e.StreamReported: lambda event: f"stream callback: {event.report} {event.reason}".rstrip(),
    e.UpgradeAsked: lambda event: f"media socket {event.socket} asks to be let in",
    e.StreamStarted: lambda event: f"the stream starts on socket {event.socket}",
    e.StreamStopped: lambda event: f"the stream on socket {event.socket} stops",
    e.SocketClosed: lambda event: f"media socket {event.socket} is closed: {event.code} {event.reason}".rstrip(),
    e.DigitPressed: lambda event: "",  # the note says it
    e.AudioSent: lambda event: "",
    e.MarkReturned: lambda event: "",
    e.MediaStalled: lambda event: f"nothing was heard on the stream for {event.silent_ms / 1000:.0f} s",
    e.ModelReached: lambda event: f"model session {event.session}: {event.stage}",
    e.ModelFailed: lambda event: f"model session {event.session}: failed ({event.code})",
    e.ModelErred: lambda event: "",  # the note says it
    e.ResponseBegan: lambda event: "",
    e.ResponseEnded: lambda event: "" if event.status == "completed" else f"response {event.status}: {event.reason}",
    e.AudioBegan: lambda event: "",
    e.AudioEnded: lambda event: "",
    e.SpeechStarted: lambda event: "",
    e.SpeechStopped: lambda event: "",
    e.TurnCommitted: lambda event: "",
    e.ToolCalled: lambda event: f"the agent calls {event.name}",
    e.Heard: lambda event: f"callee: {event.pii_text}" if event.final else "",
    e.Spoken: lambda event: f"agent: {event.pii_text}" if event.final else "",
}

# Orders that reach the carrier or the model in a way one wants to see; all others follow from what is said anyway.
_DOES: Mapping[type[o.Order], Callable[[Any], str]] = {
    o.UpdateCall: lambda order: f"write {order.number}: a {order.document.kind} document over the live call",
    o.HangUp: lambda order: f"write {order.number}: hang up",
    o.OpenModel: lambda order: f"model session {order.session} is opened",
    o.CloseModel: lambda order: f"model session {order.session} is closed",
    o.ClearAudio: lambda order: "the agent is interrupted",
}
_INDENT = " " * 12
_QUIET_TIMERS = frozenset({e.Timer.SPEECH, e.Timer.LOOK_UP})


def lines(
    before: Call, after: Call, event: e.Event, verdicts: Sequence[Verdict], orders: Sequence[o.Order]
) -> list[Text]:
    """What one step has to say, often nothing: its event on a stamped line, and what came of it on indented ones.

    A line is as long as it has to be: print it with `soft_wrap=True`, so that it stays one line for `grep`.
    """
    told = [Text(plain(text)) for text in [_event_words(event)] if text]
    told += [verdict_words(verdict) for verdict in verdicts]
    told += [Text(_DOES[type(order)](order)) for order in orders if type(order) in _DOES]
    told += [Text(plain(note.text), style=palette.CARE) for note in after.notes[len(before.notes) :]]
    told += [Text(law_words(law), style=palette.BAD) for law in after.broken[len(before.broken) :]]
    told += _phase_words(before, after)
    heads = [f"{stamp(event.at)}  ", *[_INDENT] * len(told)]
    return [Text.assemble((head, palette.FAINT), text) for head, text in zip(heads, told, strict=False)]


def verdict_words(verdict: Verdict) -> Text:
    """`guard: greeting fallback, reserved: refused by document-is-the-streams: the call's document ...`."""
    return Text.assemble(
        ("guard: ", palette.FAINT),
        f"{verdict.asker}, {verdict.state}: ",
        (ruling_word(verdict), palette.of_verdict(verdict)),
        f" by {verdict.rule}: {verdict.reason}",
    )


def _event_words(event: e.Event) -> str:
    if isinstance(event, e.TimerFired) and event.timer in _QUIET_TIMERS:
        return ""
    return SAYS[type(event)](event)


def _phase_words(before: Call, after: Call) -> list[Text]:
    """That the call is ending or over; every phase before these follows from its event."""
    if after.phase is before.phase or after.phase not in (Phase.ENDING, Phase.OVER):
        return []
    if after.phase is Phase.ENDING:
        return [Text(f"ending: {endings.cause(after)}")]
    words = f"{after.ending.outcome}: {endings.cause(after)}"
    return [Text.assemble("over: ", (words, palette.of_outcome(after.ending.outcome)))]
