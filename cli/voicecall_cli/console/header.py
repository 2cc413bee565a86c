"""Who is called, how far it is, and how it ended: the first line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.text import clock, cropped, plain
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


@dataclass(frozen=True, slots=True)
class HeaderLine:
    """What the call's state does not know. `callee`: its number, masked. `way`: as in "simulated: race", "replayed"."""

    callee: str
    way: str = ""


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


def header_line(call: Call, title: HeaderLine, *, width: int, now: float) -> Text:
    """One line of exactly `width` cells: the call and its phase at the left, its terms at the right, as room allows."""
    left = Text.assemble(
        " ",
        (plain(title.callee), palette.STRONG),
        _GAP,
        (cropped(plain(call.terms.call_id), max(8, width // 4)), palette.FAINT),
        _GAP,
        (f" {call.phase} ", f"{_phase_style(call)} {palette.CHOSEN}"),
        f" {clock(in_phase(call, now))}",
    )
    ending = _ending(call)
    if ending:
        left.append(_GAP).append_text(ending)
    left.truncate(width, overflow="ellipsis")
    right = _terms(call, title, width - left.cell_len - 2)
    return Text.assemble(left, " " * (width - left.cell_len - right.cell_len), right)


def _phase_style(call: Call) -> str:
    over = call.phase is Phase.OVER
    return palette.of_outcome(call.ending.outcome) if over else palette.of_phase(call.phase)


def _ending(call: Call) -> Text:
    """The outcome, once there is one, with its cause."""
    outcome, why = call.ending.outcome, cause(call)
    if outcome is None:
        return Text(why, style=palette.CARE)
    return Text.assemble((str(outcome), f"bold {palette.of_outcome(outcome)}"), f": {why}" if why else "")


def _terms(call: Call, title: HeaderLine, room: int) -> Text:
    """Guard, way and model, as many of them as there is room for."""
    terms = call.terms
    parts = [Text(f"guard {terms.policy}", style=palette.of_policy(terms.policy))]
    model = terms.model if terms.kind is Kind.STREAM else "say call"
    parts += [Text(plain(each), style=palette.FAINT) for each in (title.way, model) if each]
    line = Text()
    for part in parts:
        if line.cell_len + part.cell_len + cell_len(_GAP) + 1 > room:
            break
        line.append(_GAP if line else "").append_text(part)
    return line.append(" ") if line else line
