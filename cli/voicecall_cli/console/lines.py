"""One readable line per event, where there is no screen.

What only fills the log is left out: the edges of audio, parts of a transcript, timers that led to nothing new.
"""

from __future__ import annotations

from rich.text import Text

from voicecall_cli.console import header, palette
from voicecall_cli.console.text import plain, stamp
from voicecall_cli.console.verdicts import new_alarms, ruling_word
from voicecall_core.call.guard import Verdict
from voicecall_core.call.phase import Phase
from voicecall_core.call.state import Call, Step
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.descriptions import describe
from voicecall_core.words.values import Timer

# Orders that reach the carrier or the model in a way one wants to see; all others follow from what is said anyway.
_SHOWN_ORDERS = (o.AnswerFetch, o.UpdateCall, o.HangUp, o.OpenModel, o.CloseModel, o.ClearAudio)
_INDENT = " " * 12
_QUIET_TIMERS = frozenset({Timer.SPEECH, Timer.LOOK_UP})


def lines(step: Step) -> list[Text]:
    """What one step has to say, often nothing: its event on a stamped line, and what came of it on indented ones.

    A line is as long as it has to be: print it with `soft_wrap=True`, so that it stays one line for `grep`.
    """
    words = plain(describe(step.event).full)
    alarms = new_alarms(step)
    told = [alarm for alarm in alarms if alarm.plain == words][:1]  # an event that is an alarm itself is told as one
    alarms = [alarm for alarm in alarms if alarm.plain != words]
    if not told and not _fills_the_log(step.event):
        told.append(Text(words))
    told += [verdict_words(verdict) for verdict in step.verdicts]
    told += [Text(plain(describe(order).full)) for order in step.orders if isinstance(order, _SHOWN_ORDERS)]
    told += alarms
    told += _phase_words(step.before, step.call)
    heads = [f"{stamp(step.event.at)}  ", *[_INDENT] * len(told)]
    return [Text.assemble((head, palette.FAINT), text) for head, text in zip(heads, told, strict=False)]


def verdict_words(verdict: Verdict) -> Text:
    """`guard: greeting fallback, reserved: refused by stream-owns-document: the call's document ...`."""
    return Text.assemble(
        ("guard: ", palette.FAINT),
        f"{verdict.asker}, {verdict.state}: ",
        (ruling_word(verdict), palette.of_verdict(verdict)),
        f" by {verdict.rule}: {verdict.reason}",
    )


def _fills_the_log(event: e.Event) -> bool:
    match event:
        case e.AudioSent() | e.MarkReturned() | e.AudioBegan() | e.AudioEnded() | e.ResponseBegan():
            return True
        case e.SpeechStarted() | e.SpeechStopped() | e.TurnCommitted():
            return True
        case e.ResponseEnded():
            return event.status == "completed"
        case e.TimerFired():
            return event.timer in _QUIET_TIMERS
        case e.Heard() | e.Spoken():
            return not event.final
    return False


def _phase_words(before: Call, after: Call) -> list[Text]:
    """That the call is ending or over; every phase before these follows from its event."""
    if after.phase is before.phase or after.phase not in (Phase.ENDING, Phase.OVER):
        return []
    if after.phase is Phase.ENDING:
        return [Text(f"ending: {header.cause(after)}")]
    words = f"{after.ending.outcome}: {header.cause(after)}"
    return [Text.assemble("over: ", (words, palette.of_outcome(after.ending.outcome)))]
