from __future__ import annotations

from typing import Any

import pytest

from voicecall_core.call.endings import Cause, Outcome
from voicecall_core.errors import SettingsError
from voicecall_core.lined_toml import read_table
from voicecall_core.rehearsal import expectations as x
from voicecall_core.rehearsal.expectations_file import READERS, read_expectation


def read(text: str) -> x.Expectation:
    table = read_table(f"\n[[expect]]\n{text}\n".encode(), "order.toml")
    return read_expectation(table.tables("expect")[0])


EXAMPLES: dict[str, x.Expectation] = {
    'said = "for when"': x.Said("for when", line=3),
    'not_said = "refund"': x.NotSaid("refund", line=3),
    'judged = "Was it polite?"': x.JudgedYes("Was it polite?", line=3),
    'tool = "book"': x.ToolCalled("book", {}, None, line=3),
    'tool = "book"\ntimes = 0\nwith = { people = 2, name = "/^a/" }': x.ToolCalled(
        "book", {"people": 2, "name": "/^a/"}, 0, line=3
    ),
    'interrupted_within = "500ms"': x.InterruptedWithin(500, line=3),
    'reply_within = "1.5s"': x.ReplyWithin(1500, line=3),
    'turn = 2\nreply_within = "1.5s"': x.ReplyWithin(1500, 2, line=4),
    "first_word_within = 1": x.FirstWordWithin(1000, line=3),
    'no_silence_over = "4s"': x.NoSilenceOver(4000, line=3),
    'outcome = "no-answer"': x.OutcomeIs(Outcome.NO_ANSWER, line=3),
    'ended_by = "agent"': x.EndedBy(Cause.AGENT, line=3),
    'laws = "kept"': x.LawsKept(line=3),
    "cost_under = 0.05": x.CostUnder(0.05, line=3),
}


@pytest.mark.parametrize(("text", "expected"), EXAMPLES.items())
def test_what_can_be_expected(text: str, expected: x.Expectation) -> None:
    assert read(text) == expected


def test_a_pattern_is_read_as_one_that_does_not_mind_case() -> None:
    expected = read('matches = "for (when|how many)"')
    assert isinstance(expected, x.Matches) and expected.pattern.search("And FOR HOW MANY?")


def test_a_pattern_that_a_later_python_may_read_otherwise_is_no_warning_of_ours() -> None:
    assert isinstance(read('matches = "[[a]"'), x.Matches)


def test_every_kind_can_be_written() -> None:
    written = {type(each) for each in EXAMPLES.values()} | {x.Matches}
    assert written == set(x.KINDS)
    assert len(READERS) == len(x.KINDS)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 2, "expects nothing"),
        ('sayd = "x"', 3, "Did you mean said?"),
        ('said = "x"\nlaws = "kept"', 4, "two expectations"),
        ('said = "..."', 3, "no word"),
        ("said = 5", 3, "a text"),
        ('said = "x"\nturn = 1', 4, "there is no 'turn' here"),
        ('matches = "("', 3, "no regular expression"),
        ('tool = ""', 3, "is empty"),
        ('tool = "x"\nwith = 5', 4, "a table"),
        ('matches = "a{99999999999}"', 3, "matches is no regular expression"),
        (f'matches = "{"(" * 499}{")" * 499}"', 3, "matches is no regular expression"),
        (f'matches = "{"a" * 1001}"', 3, "it has 1,001 characters"),
        (f'tool = "x"\nwith = {{ a = "/{"(" * 5000}{")" * 5000}/" }}', 4, "with.a is no regular expression"),
        ('tool = "x"\nwith = { a = [ { b = "/(/" } ] }', 4, "with.a[0].b is no regular expression"),
        ('tool = "x"\ntimes = -1', 4, "0 to 1000"),
        ('reply_within = "soon"', 3, "no duration"),
        ('reply_within = "0s"', 3, "Write 0.001s to 1h"),
        ('reply_within = "1s"\nturn = 0', 4, "1 or more"),
        ('outcome = "complete"', 3, "Did you mean completed?"),
        ('ended_by = "me"', 3, "There are callee"),
        ('laws = "broken"', 3, 'Write laws = "kept"'),
        ("cost_under = 0", 3, "cost_under is 0"),
    ],
)
def test_what_cannot_be_expected_is_told_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(SettingsError) as failed:
        read(text)
    told: Any = failed.value
    assert told.message.startswith(f"order.toml: line {line}: ")
    assert says in f"{told.message} {told.fix}"
