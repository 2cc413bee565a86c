"""Judges a finished call by what was expected of it: pure, so that the same call always gets the same verdicts.

A verdict is a sentence and the moment of the call that it speaks of.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from voicecall_core.patterns import compiled
from voicecall_core.rehearsal import expectations as x
from voicecall_core.rehearsal.finished_call import AGENT, CalleeTurn, FinishedCall, SpokenLine, ToolUse
from voicecall_core.words.exhaustive import assert_exhaustive
from voicecall_core.words.terms import Limits

# As short as that it is a word of agreement, which a greeting or a farewell is spoken over with.
INTERRUPTION_S = Limits().interruption_s
_SHOWN = 90  # characters of what was said, in a sentence
_NO_WORD = re.compile(r"[^\w]+")


class Judgement(StrEnum):
    """How an expectation fared. NOT_JUDGED: it needs a text model, and there was none to ask."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one expectation. `at`: the moment of the call that `what` speaks of, in seconds."""

    line: int
    expected: str
    judgement: Judgement
    what: str
    at: float | None = None

    @property
    def passed(self) -> bool:
        """It held."""
        return self.judgement is Judgement.PASSED


@dataclass(frozen=True, slots=True)
class _Finding:
    held: bool
    what: str
    at: float | None = None


def judge(expected: x.Expectation, call: FinishedCall) -> Verdict:
    """What becomes of an expectation in this call. What a text model has to be asked is not judged here."""
    words = in_words(expected)
    if isinstance(expected, x.JudgedYes):
        return Verdict(expected.line, words, Judgement.NOT_JUDGED, "No text model was asked")
    found = _JUDGES[type(expected)](expected, call)
    return Verdict(expected.line, words, Judgement.PASSED if found.held else Judgement.FAILED, found.what, found.at)


def in_words(expected: x.Expectation) -> str:
    """An expectation as it stands in its file, on one line."""
    return _WORDS[type(expected)](expected)


def folded(text: str) -> str:
    """Words alone: letters' case and punctuation do not matter."""
    text = unicodedata.normalize("NFC", text)
    return " ".join(_NO_WORD.sub(" ", text.casefold().replace("’", "'").replace("'", "")).split())


def has_words(words: str, text: str) -> bool:
    """Whether the words occur in the text: whole ones, "no" not being in "know".

    Scripts without capitals are taken as they come: some write no spaces between words, some join others to them.
    """
    wanted = folded(words)
    before = "" if _caseless(wanted[:1]) else r"(?<!\w)"
    behind = "" if _caseless(wanted[-1:]) else r"(?!\w)"
    return re.search(f"{before}{re.escape(wanted)}{behind}", folded(text)) is not None


def _caseless(letter: str) -> bool:
    return unicodedata.category(letter) == "Lo" if letter else True


def is_within(asked: Any, given: Any) -> bool:
    """Whether what was given has everything that was asked for. A text `/.../` is a pattern, whatever letters' case."""
    if isinstance(asked, Mapping):
        return isinstance(given, Mapping) and all(
            name in given and is_within(value, given[name]) for name, value in asked.items()
        )
    if isinstance(asked, list):
        alike = isinstance(given, list) and len(asked) == len(given)
        return alike and all(map(is_within, asked, given))
    if isinstance(asked, str) and len(asked) > 2 and asked[0] == asked[-1] == "/":
        return isinstance(given, str) and compiled(asked[1:-1]).search(given) is not None
    if isinstance(asked, bool) or isinstance(given, bool):
        return asked is given
    return bool(asked == given)


# --- what was said ------------------------------------------------------------------------------------------------


def _speeches(call: FinishedCall) -> list[SpokenLine]:
    """What the agent was heard saying, each as long as nobody else spoke."""
    found: list[SpokenLine] = []
    last = ""
    for line in call.said:
        if line.who == AGENT and last == AGENT:
            before = found[-1]
            found[-1] = SpokenLine(
                AGENT,
                before.at,
                f"{before.pii_heard} {line.pii_heard}".strip(),
                f"{before.pii_unheard} {line.pii_unheard}".strip(),
            )
        elif line.who == AGENT:
            found.append(line)
        last = line.who
    return found


def _said(expected: x.Said, call: FinishedCall) -> _Finding:
    return _heard(call, _quoted(expected.words), lambda text: has_words(expected.words, text))


def _matches(expected: x.Matches, call: FinishedCall) -> _Finding:
    return _heard(
        call, f"what matches {_short(expected.pattern.pattern)}", lambda text: bool(expected.pattern.search(text))
    )


def _heard(call: FinishedCall, wanted: str, fits: Callable[[str], bool]) -> _Finding:
    speeches = _speeches(call)
    for line in speeches:
        if fits(line.pii_heard):
            return _Finding(True, f"the agent was heard saying {_quoted(line.pii_heard)}", line.at)
    cut = next((line for line in speeches if fits(f"{line.pii_heard}{line.pii_unheard}")), None)
    if cut is not None:
        return _Finding(False, f"the agent said {wanted}, and the callee did not hear it to its end", cut.at)
    heard = [_quoted(line.pii_heard) for line in speeches if line.pii_heard.strip()]
    instead = f"; it was heard saying {_listed(heard[-3:])}" if heard else "; it was never heard at all"
    return _Finding(False, f"the agent was never heard saying {wanted}{instead}", call.ended)


def _not_said(expected: x.NotSaid, call: FinishedCall) -> _Finding:
    for line in _speeches(call):
        if has_words(expected.words, line.pii_heard):
            return _Finding(False, f"the agent was heard saying {_quoted(line.pii_heard)}", line.at)
    return _Finding(True, f"the agent was never heard saying {_quoted(expected.words)}")


# --- what was done ------------------------------------------------------------------------------------------------


def _tool(expected: x.ToolCalled, call: FinishedCall) -> _Finding:
    uses = [use for use in call.tools if use.name == expected.tool]
    fitting = [use for use in uses if is_within(expected.arguments, use.pii_arguments)]
    if expected.times is None and fitting:
        return _Finding(True, f"{_use(fitting[0])} was called", fitting[0].at)
    if expected.times is not None and len(fitting) == expected.times:
        return _Finding(
            True, f"{expected.tool} was called {_times(expected.times)}", fitting[0].at if fitting else None
        )
    if fitting:
        which = fitting[min(expected.times or 0, len(fitting) - 1)]
        asked = f"and {_times(expected.times or 0)} was asked" if expected.times else "and should not have been"
        return _Finding(False, f"{_use(which)} was called {_times(len(fitting))}, {asked}", which.at)
    if uses:
        asked = f"none of it with {_shown(expected.arguments)}"
        return _Finding(False, f"{_listed([_use(use) for use in uses[:3]])} was called, {asked}", uses[0].at)
    others = list(dict.fromkeys(use.name for use in call.tools))
    instead = f"; what was called is {_listed(others)}" if others else "; no tool was"
    return _Finding(False, f"{expected.tool} was never called{instead}", call.ended)


def _use(use: ToolUse) -> str:
    return f"{use.name}({_shown(use.pii_arguments)})"


def _shown(arguments: Mapping[str, Any]) -> str:
    return _short(", ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in arguments.items()))


def _times(count: int) -> str:
    return {0: "not once", 1: "once", 2: "twice"}.get(count, f"{count} times")


# --- when ---------------------------------------------------------------------------------------------------------


def _first_word(expected: x.FirstWordWithin, call: FinishedCall) -> _Finding:
    if call.answered is None:
        return _Finding(False, "nobody picked up, so that no word could be heard", call.ended)
    if call.first_word is None:
        return _Finding(False, "the agent was never heard at all", call.ended)
    took = call.first_word - call.answered
    what = f"the agent was first heard {_seconds(took)} after the answer"
    return _within(took, expected.ms, what, call.first_word)


def _reply(expected: x.ReplyWithin, call: FinishedCall) -> _Finding:
    turns = _asked_turns(expected.turn, call)
    if isinstance(turns, _Finding):
        return turns
    for number, turn in turns:
        left_s = turn.until - turn.ended
        if not turn.answered and left_s * 1000 > expected.ms:  # otherwise he left the agent no time for it
            return _Finding(False, f"{_turn(number, turn)} got no reply, for {_seconds(left_s)}", turn.ended)
    waits = [(turn.wait_s, number, turn) for number, turn in turns if turn.wait_s is not None]
    if waits:
        wait, number, turn = max(waits, key=lambda one: one[0])
        return _within(wait, expected.ms, f"the reply to {_turn(number, turn)} took {_seconds(wait)}", turn.ended)
    if any(turn.answered for _, turn in turns):
        return _Finding(True, "the callee did not wait: the agent spoke while he did", turns[0][1].ended)
    return _Finding(False, "the callee said nothing that left time for a reply", call.ended)


def _interrupted(expected: x.InterruptedWithin, call: FinishedCall) -> _Finding:
    turns = _asked_turns(expected.turn, call)
    if isinstance(turns, _Finding):
        return turns
    over = [(number, turn) for number, turn in turns if turn.spoke_over]
    if expected.turn is None:
        over = [(number, turn) for number, turn in over if turn.ended - turn.began >= INTERRUPTION_S]
    if not over:
        return _Finding(False, "the callee never spoke while the agent was heard", turns[0][1].began)
    took = {number: (turn.agent_silent or turn.began) - turn.began for number, turn in over}
    number, turn = max(over, key=lambda one: took[one[0]])
    talked = f"the agent went on for {_seconds(took[number])} when the callee spoke over it ({_turn(number, turn)})"
    return _within(took[number], expected.ms, talked, turn.began)


def _asked_turns(which: int | None, call: FinishedCall) -> Sequence[tuple[int, CalleeTurn]] | _Finding:
    """The callee's turns that are meant, numbered from 1; or why there is none."""
    turns = list(enumerate(call.turns, 1))
    if not turns:
        return _Finding(False, "the callee never said anything", call.ended)
    if which is None:
        return turns
    if which > len(turns):
        spoke = f"the callee spoke {_times(len(turns))}, so that there is no turn {which}"
        return _Finding(False, spoke, call.ended)
    return [turns[which - 1]]


def _no_silence(expected: x.NoSilenceOver, call: FinishedCall) -> _Finding:
    if call.answered is None:
        return _Finding(False, "nobody picked up, so that nothing could be heard", call.ended)
    began, ended = max(call.silences, key=lambda span: span[1] - span[0], default=(call.answered, call.answered))
    return _within(ended - began, expected.ms, f"nobody was heard for {_seconds(ended - began)}", began)


def _within(took_s: float, ms: int, what: str, at: float) -> _Finding:
    held = round(took_s * 1000) <= ms
    return _Finding(held, what if held else f"{what}; at most {_seconds(ms / 1000)} is allowed", at)


# --- how it ended -------------------------------------------------------------------------------------------------


def _outcome(expected: x.OutcomeIs, call: FinishedCall) -> _Finding:
    became = call.outcome or "not over"
    return _Finding(became == expected.outcome, f"the call was {became}", call.ended)


def _ended_by(expected: x.EndedBy, call: FinishedCall) -> _Finding:
    cause = call.cause or "nothing yet"
    return _Finding(cause == expected.cause, f"what ended the call: {cause}", call.ended)


def _laws(expected: x.LawsKept, call: FinishedCall) -> _Finding:
    if not call.broken:
        return _Finding(True, "every law was kept")
    first = call.broken[0]
    return _Finding(False, f"law {first.law} was broken: {first.text}", first.at)


def _cost(expected: x.CostUnder, call: FinishedCall) -> _Finding:
    if call.cost_usd is None:
        return _Finding(False, "what the model costs is not known", call.ended)
    held = call.cost_usd < expected.usd
    return _Finding(held, f"the model's tokens cost {call.cost_usd:.4f} USD", call.ended)


# --- in words -----------------------------------------------------------------------------------------------------


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1].rstrip()}…"


def _quoted(text: str) -> str:
    return f'"{_short(text.strip())}"'


def _turn(number: int, turn: CalleeTurn) -> str:
    return f"turn {number}" + (f", {_quoted(turn.pii_words)}" if turn.pii_words.strip() else "")


def _listed(texts: Iterable[str]) -> str:
    *first, last = texts
    return f"{', '.join(first)} and {last}" if first else last


def _ms(ms: int) -> str:
    return f'"{ms}ms"' if ms % 1000 else f'"{ms // 1000}s"'


def _of_turn(turn: int | None) -> str:
    return "" if turn is None else f", turn = {turn}"


def _tool_words(expected: x.ToolCalled) -> str:
    arguments = f", with = {{ {_shown(expected.arguments)} }}" if expected.arguments else ""
    times = "" if expected.times is None else f", times = {expected.times}"
    return f'tool = "{expected.tool}"{arguments}{times}'


_WORDS: dict[type[x.Expectation], Callable[[Any], str]] = {
    x.Said: lambda each: f"said = {_quoted(each.words)}",
    x.NotSaid: lambda each: f"not_said = {_quoted(each.words)}",
    x.Matches: lambda each: f"matches = {_quoted(each.pattern.pattern)}",
    x.JudgedYes: lambda each: f"judged = {_quoted(each.question)}",
    x.ToolCalled: _tool_words,
    x.InterruptedWithin: lambda each: f"interrupted_within = {_ms(each.ms)}{_of_turn(each.turn)}",
    x.ReplyWithin: lambda each: f"reply_within = {_ms(each.ms)}{_of_turn(each.turn)}",
    x.FirstWordWithin: lambda each: f"first_word_within = {_ms(each.ms)}",
    x.NoSilenceOver: lambda each: f"no_silence_over = {_ms(each.ms)}",
    x.OutcomeIs: lambda each: f'outcome = "{each.outcome}"',
    x.EndedBy: lambda each: f'ended_by = "{each.cause}"',
    x.LawsKept: lambda each: 'laws = "kept"',
    x.CostUnder: lambda each: f"cost_under = {each.usd:g}",
}

_JUDGES: dict[type[x.Expectation], Callable[[Any, FinishedCall], _Finding]] = {
    x.Said: _said,
    x.NotSaid: _not_said,
    x.Matches: _matches,
    x.ToolCalled: _tool,
    x.InterruptedWithin: _interrupted,
    x.ReplyWithin: _reply,
    x.FirstWordWithin: _first_word,
    x.NoSilenceOver: _no_silence,
    x.OutcomeIs: _outcome,
    x.EndedBy: _ended_by,
    x.LawsKept: _laws,
    x.CostUnder: _cost,
}

assert_exhaustive("how an expectation is said", _WORDS, x.KINDS)
assert_exhaustive("how an expectation is judged", _JUDGES, [kind for kind in x.KINDS if kind is not x.JudgedYes])
