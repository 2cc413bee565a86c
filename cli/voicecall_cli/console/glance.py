"""A call at a glance: who speaks and since when, whether all is well or what is wrong, and whether it is right again.

Each is said in words; a colour only doubles them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rich.text import Text

from voicecall_cli.console import header, palette
from voicecall_cli.console.gauges import ConsoleGauges
from voicecall_cli.console.text import clock, counted, cropped, lasted, plain, span
from voicecall_core.call.conversation import Remedy
from voicecall_core.call.floor import CLIP
from voicecall_core.call.guard import Writing
from voicecall_core.call.health import Spell, Trouble
from voicecall_core.call.hearing import Fate
from voicecall_core.call.phase import BEFORE_ANSWER, Phase
from voicecall_core.call.replies import reply_times
from voicecall_core.call.state import Call, Create
from voicecall_core.call.timing import Moment
from voicecall_core.call.troubles import lasting
from voicecall_core.words.exhaustive import assert_exhaustive
from voicecall_core.words.terms import Kind
from voicecall_core.words.values import Timer

WELL, CARE, WRONG = "✓", "!", "✗"
_STYLES = {WELL: palette.GOOD, CARE: palette.CARE, WRONG: palette.BAD}
_STALL_S = 0.5  # without a frame of the carrier, which sends fifty a second
RECOVERED_S = 8.0  # for so long a trouble that is over is still spoken of
_STORM = 3  # sentences in a row that were not finished, as the diagnosis counts them
_METER = 6
_FLOOR_DB = -60.0  # below this nobody hears anything on a telephone


# --- who speaks, and since when ------------------------------------------------------------------------------------


def talking_line(call: Call, gauges: ConsoleGauges | None, *, width: int, now: float) -> Text:
    """Who speaks, and since when; at the right how loud each side is."""
    stall = _stall_s(call, gauges)
    deaf = stall >= _STALL_S and call.heard.sounding is None
    line = Text(" ").append_text(_no_audio(now, stall) if deaf else talking(call, now))
    levels = _levels(call, gauges)
    if levels and line.cell_len + levels.cell_len + 3 <= width:
        line.append(" " * (width - line.cell_len - levels.cell_len - 1)).append_text(levels)
    line.truncate(width, overflow="ellipsis")
    return line


def _stall_s(call: Call, gauges: ConsoleGauges | None) -> float:
    """How long the carrier has sent nothing on the live stream, in seconds."""
    going_on = call.guard.live and call.ending.cause is None
    return gauges.audio.silent_ms / 1000 if going_on and gauges is not None and gauges.audio is not None else 0.0


def _no_audio(now: float, stall: float) -> Text:
    """Whether the callee speaks is not known."""
    return _since(("NO AUDIO", palette.BAD), "comes from the carrier ", now - stall, now)


def talking(call: Call, now: float) -> Text:
    """Who speaks, and since when."""
    heard, sounding = call.heard, call.heard.sounding
    if Timer.GREETING_FIRST in call.timers:
        return Text.assemble(("nobody is called yet", palette.STRONG), ", the greeting is being made")
    if call.phase in BEFORE_ANSWER:
        return Text.assemble(("nobody has answered yet", palette.STRONG), f", {_phase_for(call, now)}")
    if call.phase is Phase.OVER:
        return _closed(call)
    if call.terms.kind is Kind.SAY:
        return Text("the carrier says the message", style=palette.STRONG)
    if (deaf := _no_stream_line(call, now)) is not None:
        return deaf
    agent = sounding.since if sounding is not None else None
    if agent is not None and heard.speaking is not None:
        return _since(("BOTH", palette.CARE), "speak at once ", max(agent, heard.speaking), now)
    if agent is not None and sounding is not None:
        if sounding.response == CLIP:
            return _since(("RECORDED CLIP", palette.AGENT), f'"{plain(sounding.item)}" plays ', agent, now)
        return _since(("AGENT", palette.AGENT), "speaks ", agent, now)
    if heard.speaking is not None:
        return _since(("CALLEE", palette.CALLEE), "speaks ", heard.speaking, now)
    return _silence(call, now)


def _no_stream_line(call: Call, now: float) -> Text | None:
    """The stream was lost or cut: what the callee hears does not come from here."""
    lost = [spell for spell in lasting(call) if spell.trouble in (Trouble.OVERWRITTEN, Trouble.STREAM_LOST)]
    if not lost or call.guard.live:
        return None
    line = _since(("NO STREAM", palette.BAD), "", min(spell.begin for spell in lost), now)
    cut = call.guard.overwritten is not None
    return line.append(": the callee hears what the REST write says" if cut else ": nobody is heard")


def _closed(call: Call) -> Text:
    """How long it was, and how much of that somebody was on the line."""
    first = call.timing.first
    over, answered = first.get(Moment.OVER, call.at), first.get(Moment.ANSWERED)
    talked = "nobody has answered" if answered is None else f"answered for {lasted(over - answered)}"
    return Text.assemble(("the line is closed", palette.STRONG), f", after {lasted(over)}; {talked}")


def _phase_for(call: Call, now: float) -> str:
    return f"{call.phase} for {lasted(max(0.0, header.in_phase(call, now)))}"


def _since(who: tuple[str, str], verb: str, begin: float, now: float) -> Text:
    name, style = who
    lasts = max(0.0, round(now - begin, 3))  # binary fractions would show 1.35 s as 1.3 here and as 1.4 elsewhere
    return Text.assemble((name, f"bold {style}"), f" {verb}since {clock(begin)} ({lasted(lasts)})")


def _silence(call: Call, now: float) -> Text:
    """Nobody speaks: since when, and who is waited for."""
    waiting = call.heard.waiting
    ends = [each.end for each in call.heard.stretches]
    begin = max([call.timing.first.get(Moment.ANSWERED, now), *ends[-2:]])
    style = palette.STRONG if waiting is None else palette.of_wait(now - waiting)
    line = _since(("SILENCE", style), "", begin, now)
    if waiting is None:
        return line
    word = palette.wait_word(now - waiting)
    return line.append(f", the callee waits{': ' + word if word else ''}", style=style)


def _levels(call: Call, gauges: ConsoleGauges | None) -> Text:
    if gauges is None or gauges.audio is None or not call.answered or call.phase is Phase.OVER:
        return Text()
    audio = gauges.audio
    return Text.assemble(
        "callee ", meter(audio.callee_db, palette.CALLEE), "  agent ", meter(audio.agent_db, palette.AGENT)
    )


def meter(db: float, style: str, cells: int = _METER) -> Text:
    """A level as a bar: empty at -60 dB, full at full scale."""
    full = round(max(0.0, min(1.0, 1 - db / _FLOOR_DB)) * cells)
    return Text.assemble(("━" * full, style), ("─" * (cells - full), palette.FAINT))


# --- is it well ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Health:
    """What is to be said of how the call fares. `mark`: all is well, something is slow, or something is wrong."""

    mark: str
    words: str


def health_line(call: Call, gauges: ConsoleGauges | None, *, width: int, now: float) -> Text:
    """How the call fares, and behind it how long the callee waited for words of the agent, as room allows."""
    found = health(call, gauges, now)
    line = Text.assemble((f" {found.mark} {cropped(plain(found.words), max(1, width - 4))}", _STYLES[found.mark]))
    for waits in _waits(call):
        if line.cell_len + waits.cell_len + 3 <= width:
            return line.append(" " * (width - line.cell_len - waits.cell_len - 1)).append_text(waits)
    return line


def alarm_style(call: Call, gauges: ConsoleGauges | None, now: float) -> str:
    """What a call that is not well is coloured, so that it does not look like one that is; empty if all is well."""
    mark = health(call, gauges, now).mark
    return "" if mark == WELL else _STYLES[mark]


def health(call: Call, gauges: ConsoleGauges | None, now: float) -> Health:
    """What is wrong now, the worst of it; else what has come right just now; else that all is well."""
    if call.phase is Phase.OVER or call.ending.cause is not None:
        return _ended(call)
    if (stall := _stall_s(call, gauges)) >= _STALL_S:
        limit = call.terms.limits.media_stalled_s
        return Health(
            WRONG, f"the stream stalls: no audio of the carrier for {stall:.1f} s (given up after {limit:g} s)"
        )
    wrong = [spell for spell in lasting(call) if spell.lasts(now) >= _COUNTS_FROM_S[spell.trouble]]
    if wrong:
        return _WORDS[wrong[0].trouble](call, wrong[0], now)
    if any(palette.is_harm(verdict) for _, verdict in call.verdicts):
        return Health(WRONG, "a REST <Say> was let through: it replaces <Connect><Stream> and cuts the audio")
    if call.broken:
        return Health(WRONG, f"{counted(call.broken.total, 'invariant')} broken")
    return _slow_going(call) or _well(call, now)


def _slow_going(call: Call) -> Health | None:
    """What is not right, and neither a trouble of an answered call nor something that ends it."""
    if call.create is Create.LOST:
        return Health(CARE, "the answer to create never came: the carrier is asked whether there is a call")
    if call.phase in BEFORE_ANSWER and call.model.losses and not call.model.ready:
        losses = counted(len(call.model.losses), "session")
        return Health(CARE, f"{losses} of the model failed while the phone rings: another is tried")
    ends = [each.fate for each in call.heard.speeches if each.began is not None and each.response != CLIP]
    if len(ends) >= _STORM and all(fate in (Fate.CUT, Fate.DROPPED) for fate in ends[-_STORM:]):
        return Health(CARE, f"the agent was cut off {_STORM} times in a row: noise or an echo may pass for speech")
    return None


def _well(call: Call, now: float) -> Health:
    over = [s for s in call.troubles if s.end is not None and s.lasts(now) >= _COUNTS_FROM_S[s.trouble]]
    recent = [spell for spell in over if spell.end is not None and now - spell.end < RECOVERED_S]
    if recent:
        worst = min(recent, key=lambda spell: list(Trouble).index(spell.trouble))
        return Health(
            WELL, f"recovered: {_BRIEF[worst.trouble]} at {clock(worst.begin)} for {lasted(worst.lasts(now))}"
        )
    if over:
        return Health(
            WELL, f"healthy again; {counted(len(over), 'trouble')} before, the last at {clock(over[-1].begin)}"
        )
    return Health(WELL, f"healthy{_preparing(call)}")


def _preparing(call: Call) -> str:
    """How far the model is while the phone rings."""
    if call.phase not in BEFORE_ANSWER or call.terms.kind is Kind.SAY or not call.model.open:
        return ""
    if not call.model.ready:
        return ": the model's session is being opened"
    if call.terms.keeps_greeting:
        return ": the model is ready, and so is the greeting of an earlier call"
    made = any(each.made_ms for each in call.heard.speeches)
    return f": the model is ready, the greeting is {'made and waits' if made else 'being made'}"


def _ended(call: Call) -> Health:
    outcome, why = call.ending.outcome, plain(header.cause(call))
    if outcome is None:
        return Health(CARE, f"ending: {why}")
    style = palette.of_outcome(outcome)
    mark = WELL if style == palette.GOOD else CARE if style == palette.CARE else WRONG
    return Health(mark, f"{outcome}: {why}" if why else str(outcome))


def _overwritten(call: Call, spell: Spell, now: float) -> Health:
    what = "REST write" if call.guard.overwritten is Writing.OVERWRITE else "REST <Say>"
    return Health(WRONG, f"CUT: a {what} has replaced <Connect><Stream>; the agent is not heard")


def _model_gone(call: Call, spell: Spell, now: float) -> Health:
    return Health(WRONG, "the model is given up: the callee is told so, and the call is hung up")


def _stream_lost(call: Call, spell: Spell, now: float) -> Health:
    return Health(WRONG, f"the stream is gone for {lasted(spell.lasts(now))}: waiting for the carrier to open another")


def _model_lost(call: Call, spell: Spell, now: float) -> Health:
    losses, limit = len(call.model.losses), call.terms.limits.session_losses
    tries = f" (loss {losses}; given up with {limit + 1})" if losses else ""
    return Health(WRONG, f"model session lost {lasted(spell.lasts(now))} ago: opening another{tries}")


def _no_stream(call: Call, spell: Spell, now: float) -> Health:
    return Health(CARE, f"answered {lasted(spell.lasts(now))} ago, and no stream yet")


def _no_model(call: Call, spell: Spell, now: float) -> Health:
    return Health(CARE, f"answered {lasted(spell.lasts(now))} ago, and the model is not ready yet")


def _mid_word(call: Call, spell: Spell, now: float) -> Health:
    return Health(
        WRONG, f"the agent stopped in mid-word {lasted(spell.lasts(now))} ago: no more audio of the model comes"
    )


def _waiting(call: Call, spell: Spell, now: float) -> Health:
    tried = tuple(Remedy)[: call.conversation.remedy]
    done = f"; tried: {', '.join(tried)}" if tried else ""
    words = f"the callee has waited {lasted(spell.lasts(now))} for the agent{done}"
    return Health(WRONG if spell.lasts(now) >= call.terms.patience_s else CARE, words)


_WORDS: Mapping[Trouble, Callable[[Call, Spell, float], Health]] = {
    Trouble.OVERWRITTEN: _overwritten,
    Trouble.MODEL_GONE: _model_gone,
    Trouble.STREAM_LOST: _stream_lost,
    Trouble.MODEL_LOST: _model_lost,
    Trouble.NO_STREAM: _no_stream,
    Trouble.NO_MODEL: _no_model,
    Trouble.MID_WORD: _mid_word,
    Trouble.WAITING: _waiting,
}
assert_exhaustive("a trouble in words", _WORDS, Trouble)

_BRIEF: Mapping[Trouble, str] = {
    Trouble.OVERWRITTEN: "the stream was cut",
    Trouble.MODEL_GONE: "the model was given up",
    Trouble.STREAM_LOST: "the stream was gone",
    Trouble.MODEL_LOST: "the model's session was lost",
    Trouble.NO_STREAM: "there was no stream",
    Trouble.NO_MODEL: "the model was not ready",
    Trouble.MID_WORD: "the agent had stopped in mid-word",
    Trouble.WAITING: "the callee waited",
}
assert_exhaustive("a trouble that is over", _BRIEF, Trouble)

# What is shorter belongs to every healthy call: the hop from answer to stream, an answer being made.
_COUNTS_FROM_S: Mapping[Trouble, float] = {
    Trouble.OVERWRITTEN: 0.0,
    Trouble.MODEL_GONE: 0.0,
    Trouble.STREAM_LOST: 0.5,
    Trouble.MODEL_LOST: 0.0,
    Trouble.NO_STREAM: 1.0,
    Trouble.NO_MODEL: 1.0,
    Trouble.MID_WORD: 0.3,
    Trouble.WAITING: palette.TOO_LONG_S,
}
assert_exhaustive("from when on a trouble counts", _COUNTS_FROM_S, Trouble)


def _waits(call: Call) -> list[Text]:
    """How long he waited for the first word and for replies: half of them, the last. Where there is less room, less."""
    first, times = call.timing.answer_to_first_audio, reply_times(call.heard.replies)
    words = [] if first is None else [_waited("first word", first)]
    if times.p50_s is None or times.last_s is None:
        return words
    half, last = _waited("replies p50", times.p50_s), _waited("last", times.last_s)
    gap = Text("  ")
    return [gap.join([*words, half, last]), gap.join([half, last]), _waited("last reply", times.last_s)]


def _waited(name: str, seconds: float) -> Text:
    word = palette.wait_word(seconds)
    return Text.assemble((f"{name} ", palette.FAINT), (f"{span(seconds)} {word}".strip(), palette.of_wait(seconds)))
