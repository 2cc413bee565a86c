from __future__ import annotations

import re
from typing import Any

import pytest

from voicecall_core.call.endings import Cause, Outcome
from voicecall_core.call.state import LawBroken
from voicecall_core.rehearsal import expectations as x
from voicecall_core.rehearsal.finished_call import AGENT, CALLEE, CalleeTurn, FinishedCall, SpokenLine, ToolUse
from voicecall_core.rehearsal.judge import Judgement, Verdict, folded, in_words, is_within, judge


def call(**changes: Any) -> FinishedCall:
    """A caller books a table for two, interrupts once, and hangs up."""
    usual: dict[str, Any] = {
        "outcome": Outcome.COMPLETED,
        "cause": Cause.CALLEE,
        "ended": 20.0,
        "answered": 2.0,
        "first_word": 2.3,
        "said": (
            SpokenLine(AGENT, 2.3, "Hello, this is the pizzeria."),
            SpokenLine(CALLEE, 5.0, "A table for two."),
            SpokenLine(AGENT, 7.4, "For when"),
            SpokenLine(AGENT, 8.0, "shall it be?"),
            SpokenLine(CALLEE, 10.0, "Wait, for three!"),
            SpokenLine(AGENT, 13.0, "Three it is.", " Tonight at eight."),
        ),
        "tools": (ToolUse(12.0, "book_table", {"people": 3, "name": "Ada", "extras": {"window": True}}),),
        "turns": (
            CalleeTurn(5.0, 6.4, 10.0, wait_s=1.0, pii_words="A table for two."),
            CalleeTurn(10.0, 11.4, 19.0, wait_s=1.6, agent_silent=10.5, pii_words="Wait, for three!"),
            CalleeTurn(19.0, 19.9, 20.0, answered=False),
        ),
        "silences": ((6.4, 7.4), (11.4, 13.0)),
    }
    return FinishedCall(**{**usual, **changes})


def verdict(expected: x.Expectation, **changes: Any) -> Verdict:
    return judge(expected, call(**changes))


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        (x.Said("For WHEN, shall it be"), {}),  # across two items of one speech, whatever the case and punctuation
        (x.Said("pizzeria"), {}),
        (x.NotSaid("is the pizza"), {}),  # words are whole ones
        (x.NotSaid("for when shall i"), {}),
        (
            x.Said("\u4f60\u597d"),
            {"said": (SpokenLine(AGENT, 2.3, "\u65e9\uff0c\u4f60\u597d\u5417"),)},
        ),  # no spaces between words
        (
            x.Said("caf\u00e9"),
            {"said": (SpokenLine(AGENT, 2.3, "Cafe\u0301 Ada."),)},
        ),  # one letter, written in two ways
        (x.NotSaid("tonight"), {}),  # it was made, and cut off before it was heard
        (x.NotSaid("pizzeria for when"), {}),  # what another speech says is not joined to it
        (x.Matches(re.compile(r"(three|two) it is", re.I)), {}),
        (x.ToolCalled("book_table"), {}),
        (x.ToolCalled("book_table", {"people": 3}, times=1), {}),
        (x.ToolCalled("book_table", {"extras": {"window": True}}), {}),
        (x.ToolCalled("book_table", {"name": "/^ada$/"}), {}),
        (x.ToolCalled("book_table", {"people": 2}, times=0), {}),
        (x.ToolCalled("cancel_table", times=0), {}),
        (x.ReplyWithin(1600), {}),  # the last turn left no time for one
        (x.ReplyWithin(1000, turn=1), {}),
        (x.ReplyWithin(100), {"turns": (CalleeTurn(5.0, 6.4, 20.0),)}),  # the agent began while he spoke
        (x.InterruptedWithin(500), {}),
        (x.FirstWordWithin(300), {}),
        (x.NoSilenceOver(1600), {}),
        (x.OutcomeIs(Outcome.COMPLETED), {}),
        (x.EndedBy(Cause.CALLEE), {}),
        (x.LawsKept(), {}),
        (x.CostUnder(0.01), {}),
    ],
)
def test_what_holds(expected: x.Expectation, changes: dict[str, Any]) -> None:
    found = verdict(expected, **changes)
    assert found.passed, found.what


@pytest.mark.parametrize(
    ("expected", "changes", "at", "what"),
    [
        (x.Said("tonight at eight"), {}, 13.0, "did not hear it to its end"),
        (x.Said("goodbye"), {}, 20.0, 'never heard saying "goodbye"; it was heard saying "Hello, this is'),
        (x.Said("hello"), {"said": ()}, 20.0, "never heard at all"),
        (x.NotSaid("THREE it is"), {}, 13.0, 'heard saying "Three it is."'),
        (x.Matches(re.compile("four")), {}, 20.0, "what matches four"),
        (x.ToolCalled("cancel_table"), {}, 20.0, "cancel_table was never called; what was called is book_table"),
        (x.ToolCalled("book_table"), {"tools": ()}, 20.0, "never called; no tool was"),
        (x.ToolCalled("book_table", {"people": 2}), {}, 12.0, "book_table(people = 3, name"),
        (x.ToolCalled("book_table", {"people": "3"}), {}, 12.0, 'none of it with people = "3"'),
        (x.ToolCalled("book_table", times=2), {}, 12.0, "was called once, and twice was asked"),
        (x.ToolCalled("book_table", times=0), {}, 12.0, "was called once, and should not have been"),
        (x.ReplyWithin(1500), {}, 11.4, 'turn 2, "Wait, for three!" took 1.60 s; at most 1.50 s is allowed'),
        (x.ReplyWithin(900, turn=1), {}, 6.4, "turn 1"),
        (x.ReplyWithin(50), {}, 19.9, "turn 3 got no reply, for 0.10 s"),
        (x.ReplyWithin(900, turn=3), {}, 20.0, "nothing that left time"),
        (x.ReplyWithin(900, turn=4), {}, 20.0, "there is no turn 4"),
        (x.ReplyWithin(900), {"turns": ()}, 20.0, "never said anything"),
        (x.InterruptedWithin(400), {}, 10.0, "went on for 0.50 s"),
        (x.InterruptedWithin(400, turn=1), {}, 5.0, "never spoke while the agent was heard"),
        (x.FirstWordWithin(299), {}, 2.3, "0.30 s after the answer"),
        (x.FirstWordWithin(299), {"first_word": None}, 20.0, "never heard at all"),
        (x.FirstWordWithin(299), {"answered": None}, 20.0, "nobody picked up"),
        (x.NoSilenceOver(1599), {}, 11.4, "nobody was heard for 1.60 s"),
        (x.NoSilenceOver(1599), {"answered": None}, 20.0, "nobody picked up"),
        (x.OutcomeIs(Outcome.BUSY), {}, 20.0, "the call was completed"),
        (x.EndedBy(Cause.AGENT), {}, 20.0, "what ended the call: callee"),
        (x.LawsKept(), {"broken": (LawBroken(6, 3.5, "asked twice"),)}, 3.5, "law 6 was broken: asked twice"),
        (x.CostUnder(0.01), {"cost_usd": 0.02}, 20.0, "cost 0.0200 USD"),
        (x.CostUnder(0.01), {"cost_usd": None}, 20.0, "not known"),
    ],
)
def test_what_does_not_hold_names_the_moment(
    expected: x.Expectation, changes: dict[str, Any], at: float, what: str
) -> None:
    found = verdict(expected, **changes)
    assert found.judgement is Judgement.FAILED
    assert found.at == at
    assert what in found.what


def test_a_short_word_over_the_agent_is_no_interruption_unless_the_turn_is_named() -> None:
    short = (CalleeTurn(10.0, 10.4, 19.0, wait_s=2.6, agent_silent=12.0),)
    assert "never spoke while" in verdict(x.InterruptedWithin(500), turns=short).what
    assert "went on for 2.00 s" in verdict(x.InterruptedWithin(500, turn=1), turns=short).what


def test_what_needs_a_text_model_is_not_judged_and_has_not_passed() -> None:
    found = verdict(x.JudgedYes("Was it polite?", line=7))
    assert (found.judgement, found.passed, found.line) == (Judgement.NOT_JUDGED, False, 7)


@pytest.mark.parametrize(
    ("asked", "given", "fits"),
    [
        ({}, {"a": 1}, True),
        ({"a": 1}, {"a": 1.0, "b": 2}, True),
        ({"a": 1}, {"a": True}, False),
        ({"a": [1, {"b": "/x/"}]}, {"a": [1, {"b": "maXimum", "c": 0}]}, True),
        ({"a": [1]}, {"a": [1, 2]}, False),
        ({"a": {"b": 1}}, {"a": 1}, False),
        ({"a": "Ada"}, {"a": "ada"}, False),
        ({"a": "/ada/"}, {"a": 5}, False),
    ],
)
def test_arguments_may_be_more_than_was_asked_for(asked: Any, given: Any, fits: bool) -> None:
    assert is_within(asked, given) is fits


def test_words_are_compared_without_case_and_punctuation() -> None:
    assert folded("Don’t STOP -- it's (now)!") == folded("dont stop its now")
    assert folded("Straße 5") == folded("STRASSE, 5")


def test_an_expectation_is_shown_as_its_file_has_it() -> None:
    assert in_words(x.ToolCalled("book", {"people": 2}, times=1)) == 'tool = "book", with = { people = 2 }, times = 1'
    assert in_words(x.ReplyWithin(1500, turn=2)) == 'reply_within = "1500ms", turn = 2'
    assert in_words(x.NoSilenceOver(4000)) == 'no_silence_over = "4s"'
