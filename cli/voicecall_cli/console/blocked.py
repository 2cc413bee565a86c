"""What the guard kept from a call and what that saved, in plain words; what the program itself asked for is quiet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.text import clock, counted, wrapped
from voicecall_core.call.guard import Verdict
from voicecall_core.call.guard_table import Asker, Ruling, State
from voicecall_core.call.state import Call
from voicecall_core.words.exhaustive import assert_exhaustive
from voicecall_core.words.terms import Kind, Policy

_CUTS = "would have replaced <Connect><Stream> and cut the audio"
_IN_NAIVE = "it replaces <Connect><Stream> and cuts the audio"


@dataclass(frozen=True, slots=True)
class Harm:
    """`what` was asked for, and what it `would` have done."""

    what: str
    would: str


# Each asker that can be kept out; what is asked in order to end the call never is.
_HARM: Mapping[Asker, Harm] = {
    Asker.FETCH_FIRST: Harm("a TwiML document", "it would have kept up a call that is being ended"),
    Asker.FETCH_AGAIN: Harm("a repeated TwiML document", "it would have kept up a call that is being ended"),
    Asker.FETCH_NEXT: Harm("a further TwiML document", "it would have kept up a call that is being ended"),
    Asker.FETCH_SORRY: Harm("a further TwiML document", "it would have kept up a call that is being ended"),
    Asker.FETCH_BEYOND: Harm("a TwiML document that is not due", "it would have opened a stream that nobody waits for"),
    Asker.FALLBACK: Harm("a REST <Say> of the greeting", f"it {_CUTS}"),
    Asker.SAY: Harm("a REST <Say> of the operator's sentence", f"it {_CUTS}"),
    Asker.APOLOGY: Harm("an apology", "there is nobody to hear it"),
    Asker.OVERWRITE: Harm("a REST <Say> that was ordered", f"it {_CUTS}"),
    Asker.UPGRADE: Harm("another media socket", "two sockets would have carried one call"),
    Asker.UPGRADE_WRONG: Harm("a media socket with a wrong token", "somebody else could have listened and spoken"),
    Asker.START: Harm("a stream that is not due", "it would have taken the place of the call's own"),
    Asker.START_WRONG: Harm("a stream of another call, account or format", "its sound is not this call's"),
    Asker.HANG_UP: Harm("a hang-up", ""),
    Asker.HANG_UP_BLIND: Harm("a hang-up", ""),
    Asker.HANG_UP_TWICE: Harm("a second hang-up", ""),
    Asker.WRITE_TWICE: Harm("a second REST write", f"the first is still under way, and the two {_CUTS}"),
    Asker.UPDATE_LOST: Harm("another REST write", ""),
}
assert_exhaustive("what is kept out", _HARM, Asker)

_VERBS: Mapping[Ruling, str] = {
    Ruling.REFUSED: "BLOCKED",
    Ruling.TURNED_AWAY: "TURNED AWAY (403)",
    Ruling.CLOSED: "CLOSED (1008)",
    Ruling.HUNG_UP: "ANSWERED WITH <Hangup/>",
}
_FETCHES = frozenset({Asker.FETCH_FIRST, Asker.FETCH_AGAIN, Asker.FETCH_NEXT, Asker.FETCH_SORRY, Asker.FETCH_BEYOND})
_ENDING = frozenset({State.HANGING, State.OVER})


def is_expected(verdict: Verdict) -> bool:
    """A refusal that every healthy call meets, as the program asked for it itself; or that ends it in order."""
    own = verdict.asker in (Asker.FALLBACK, Asker.APOLOGY)
    return verdict.refused and (own or (verdict.asker in _FETCHES and verdict.state in _ENDING))


def is_loud(verdict: Verdict) -> bool:
    """What must not be overlooked: something was kept out that nobody here had asked for, or let through unguarded."""
    return (verdict.refused and not is_expected(verdict)) or palette.is_harm(verdict)


def kept_out(verdict: Verdict) -> str:
    """What was done about it and what that saved: `BLOCKED a REST <Say> ...: it would have ...`."""
    harm = _HARM[verdict.asker]
    if palette.is_harm(verdict):
        return f"LET THROUGH {harm.what}, as there is no guard: {_IN_NAIVE}"
    if verdict.asker is Asker.SAY and verdict.state in _ENDING:
        return "NOT SAID: the operator's sentence, as the call is being ended"
    verb = _VERBS.get(verdict.ruling, str(verdict.ruling).upper())
    return f"{verb} {harm.what}: {harm.would}" if harm.would else f"{verb} {harm.what}"


def guard_count(call: Call) -> Text:
    """How many decisions there were, and of which kind; a refusal is only red if it was not expected."""
    verdicts = [verdict for _, verdict in call.verdicts]
    loud = sum(is_loud(verdict) and not palette.is_harm(verdict) for verdict in verdicts)
    expected, harm = sum(map(is_expected, verdicts)), sum(map(palette.is_harm, verdicts))
    parts = [Text(counted(len(verdicts), "decision"))]
    if loud:
        parts.append(Text(f"{loud:,} blocked", style=palette.BAD))
    if harm:
        parts.append(Text(f"{harm:,} let through unguarded", style=palette.BAD))
    if expected:
        parts.append(Text(counted(expected, "expected refusal"), style=palette.FAINT))
    return Text(", ").join(parts)


def guard_lines(call: Call, *, width: int, height: int) -> list[Text]:
    """At most `height` lines: what must not be overlooked, the newest last; then what was kept out as expected."""
    loud = [(at, verdict) for at, verdict in call.verdicts if is_loud(verdict)]
    quiet = _quiet(call, width, height)
    room = max(1 if loud else 0, height - len(quiet))
    shown: list[Text] = []
    for at, verdict in reversed(loud):
        lines = _entry(clock(at), kept_out(verdict), width, palette.BAD)
        if shown and len(shown) + len(lines) > room:
            break
        shown = [*lines, *shown]
    return [*shown[:height], *quiet[: max(0, height - len(shown))]]


def _quiet(call: Call, width: int, height: int) -> list[Text]:
    """What the guard led through the stream, and what it kept out that the program itself asks for on every call."""
    lines: list[Text] = []
    led = [(at, verdict) for at, verdict in call.verdicts if _is_led(verdict)]
    if led:
        at, verdict = led[-1]
        how = "LED through the stream" if verdict.ruling is Ruling.REROUTED else "HELD until there is a stream"
        lines += _entry(clock(at), f"{how}: the operator's sentence; a REST <Say> {_CUTS}", width, palette.CARE)
    expected = [(at, verdict) for at, verdict in call.verdicts if is_expected(verdict)]
    own = next(((at, verdict) for at, verdict in expected if verdict.asker is Asker.FALLBACK), None)
    if own is not None:
        harm = _HARM[Asker.FALLBACK]
        words = f"kept out as on every call: the program's own REST <Say> of the greeting; {harm.would}"
        full = _entry(clock(own[0]), words, width, palette.FAINT)
        brief = "kept out as on every call: a REST <Say> that would have cut the audio"
        fits = len(lines) + len(full) <= height
        lines += full if fits else _entry(clock(own[0]), brief, width, palette.FAINT)
    if not lines and not any(is_loud(verdict) for _, verdict in call.verdicts):
        lines.append(Text(f" {_nothing(call)}", style=palette.FAINT))
    return lines


def _is_led(verdict: Verdict) -> bool:
    return verdict.asker is Asker.SAY and verdict.ruling in (Ruling.REROUTED, Ruling.HELD)


def _nothing(call: Call) -> str:
    if call.terms.policy is Policy.NAIVE:
        return "the guard is off: nothing is blocked"
    document = "message" if call.terms.kind is Kind.SAY else "stream"
    return f"nothing has been blocked; no write but the {document}'s own may reach this call"


def _entry(when: str, words: str, width: int, style: str) -> list[Text]:
    indent = 8
    first, *rest = wrapped(words, max(8, width - indent - 1))
    head = Text.assemble((f" {when:>5}  ", palette.FAINT), (first, style))
    lines = [head, *(Text(" " * indent + row, style=style) for row in rest)]
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return lines
