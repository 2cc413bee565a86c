"""Who is called, how far it is, and how it ended: the first line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.text import clock, plain
from voicecall_core.call.conversation import GreetingState
from voicecall_core.call.endings import ENDINGS
from voicecall_core.call.phase import Phase
from voicecall_core.call.state import Call
from voicecall_core.call.timing import Moment
from voicecall_core.words.exhaustive import assert_exhaustive
from voicecall_core.words.terms import Kind

_GREETINGS: Mapping[GreetingState, str] = {
    GreetingState.NONE: "never asked for",
    GreetingState.ASKED: "not heard: nothing of it was played",
    GreetingState.PLAYING: "not heard to its end",
    GreetingState.PLAYED: "heard to its end",
    GreetingState.CUT: "heard, until the callee spoke",
    GreetingState.UNPROVEN: "played, but its end was never confirmed",
    GreetingState.BROKEN: "heard in part: the model's session was lost in the midst of it",
}
assert_exhaustive("the greeting in words", _GREETINGS, GreetingState)


def cause(call: Call) -> str:
    """Why the call ended, or is ending; empty while nothing ends it."""
    return ENDINGS[call.ending.cause].words if call.ending.cause is not None else ""


def greeting(call: Call) -> str:
    """How much of the greeting the callee heard; empty for a call that speaks without a model."""
    if call.terms.kind is Kind.SAY:
        return ""
    said = call.conversation.greeting
    if said is GreetingState.NONE and Moment.GREETING_ASKED in call.timing.first:  # its session was lost with it
        said = GreetingState.ASKED
    return _GREETINGS[said]


_GAP = "  "
_LEAST_TERM = 16  # cells: what is cropped to less says nothing


@dataclass(frozen=True, slots=True)
class HeaderLine:
    """What the call's state does not know.

    `callee`: its number, masked. `way`: as in "simulated: race", "replayed". `simulated`: no phone can be left ringing.
    """

    callee: str
    way: str = ""
    simulated: bool = False


# A phase's clock begins with the moment that led to it.
_BEGAN: Mapping[Phase, Moment] = {
    Phase.DIALLING: Moment.DIALLED,
    Phase.QUEUED: Moment.CREATED,
    Phase.CALLING: Moment.INITIATED,
    Phase.RINGING: Moment.RANG,
    Phase.ANSWERED: Moment.ANSWERED,
    Phase.TALKING: Moment.STARTED,
    Phase.ENDING: Moment.ENDING,
}


def in_phase(call: Call, now: float) -> float:
    """Seconds since the call's phase began; for a call that is over, how long it was."""
    first = call.timing.first
    if call.phase is Phase.OVER:
        return first.get(Moment.OVER, call.at) - first.get(Moment.DIALLED, 0.0)
    return now - first.get(_BEGAN.get(call.phase, Moment.DIALLED), now)


def header_line(call: Call, title: HeaderLine, *, width: int, now: float, style: str = "") -> Text:
    """One line of exactly `width` cells: the call, its phase and its clock at the left, its terms at the right.

    The clock is the one of the conversation below: seconds since the call was dialled. `style`: what the phase is
    coloured if something is wrong with the call.
    """
    left = Text.assemble(
        " ",
        (plain(title.callee), palette.STRONG),
        _GAP,
        (f" {call.phase} ", f"{style or _phase_style(call)} {palette.CHOSEN}"),
        f" {clock(_elapsed(call, now))}",
    )
    answered = call.timing.first.get(Moment.ANSWERED)
    if answered is not None:
        left.append(f"{_GAP}picked up {clock(answered)}", style=palette.FAINT)
    left.truncate(width, overflow="ellipsis")
    right = _terms(call, title, width - left.cell_len - 2)
    return Text.assemble(left, " " * (width - left.cell_len - right.cell_len), right)


def _elapsed(call: Call, now: float) -> float:
    """On the clock of the conversation; it stops when the call is over."""
    return call.timing.first.get(Moment.OVER, now)


def _phase_style(call: Call) -> str:
    over = call.phase is Phase.OVER
    return palette.of_outcome(call.ending.outcome) if over else palette.of_phase(call.phase)


def _terms(call: Call, title: HeaderLine, room: int) -> Text:
    """Guard, way, model and the call's id, as many of them as there is room for."""
    terms = call.terms
    parts = [Text(f"guard {terms.policy}", style=palette.of_policy(terms.policy))]
    model = terms.model if terms.kind is Kind.STREAM else "say call"
    parts += [Text(plain(each), style=palette.FAINT) for each in (title.way, model, terms.call_id) if each]
    line = Text()
    for part in parts:
        left = room - line.cell_len - cell_len(_GAP) - 1
        if left < min(part.cell_len, _LEAST_TERM):
            break
        part.truncate(left, overflow="ellipsis")
        line.append(_GAP if line else "").append_text(part)
    return line.append(" ") if line else line
