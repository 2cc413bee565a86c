from __future__ import annotations

import pytest

from tests.cli.console import calls
from voicecall_cli.console.blocked import guard_count, guard_lines, is_expected, is_loud, kept_out
from voicecall_core.call.guard import Guard, Verdict, rule
from voicecall_core.call.guard_table import NAIVE, TABLE, Asker, State
from voicecall_core.call.step import Call
from voicecall_core.words import events as e
from voicecall_core.words.terms import Policy


def verdict(asker: Asker, state: State) -> Verdict:
    return rule(Guard(state=state), asker, TABLE)


def shown(call: Call, height: int = 6, width: int = 80) -> list[str]:
    lines = guard_lines(call, width=width, height=height)
    assert len(lines) <= height and all(line.cell_len <= width for line in lines)
    return [line.plain.strip() for line in lines]


def test_a_healthy_call_has_its_one_expected_refusal_and_no_alarm() -> None:
    assert guard_count(calls.talking()).plain == "4 decisions, 1 expected refusal"
    assert " ".join(shown(calls.talking())) == (
        "0:04  kept out as on every call: the program's own REST <Say> of the greeting; it would have replaced "
        "<Connect><Stream> and cut the audio"
    )
    assert all(
        str(span.style) != "bold red"
        for line in guard_lines(calls.talking(), width=80, height=4)
        for span in line.spans
    )


def test_what_is_real_is_loud_and_says_what_it_saved() -> None:
    assert kept_out(verdict(Asker.OVERWRITE, State.SERVED)) == (
        "BLOCKED a REST <Say> that was ordered: it would have replaced <Connect><Stream> and cut the audio"
    )
    assert kept_out(verdict(Asker.UPGRADE_WRONG, State.LIVE)).startswith("TURNED AWAY (403) a media socket")
    call = calls.asked_often()
    assert guard_count(call).plain == "204 decisions, 100 blocked, 1 expected refusal"
    assert "TURNED AWAY (403)" in " ".join(shown(call))


def test_a_sentence_led_through_the_stream_says_why() -> None:
    call = calls.played(calls.talking(), [(12.5, e.OperatorSpoke("say this"))])
    assert " ".join(shown(call)).startswith(
        "0:12  LED through the stream: the operator's sentence; a REST <Say> would have replaced <Connect><Stream>"
    )


def test_what_is_let_through_without_a_guard_is_loud() -> None:
    assert "LET THROUGH a REST <Say> of the greeting" in " ".join(shown(calls.raced()))
    assert guard_count(calls.raced()).plain == "4 decisions, 1 let through unguarded"
    assert shown(calls.fresh(Policy.NAIVE)) == ["the guard is off: nothing is blocked"]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("asker", Asker)
def test_every_refusal_of_the_table_is_expected_or_loud_and_has_words(asker: Asker, state: State) -> None:
    found = verdict(asker, state)
    assert not (is_expected(found) and is_loud(found))
    assert (is_expected(found) or is_loud(found)) is found.refused
    if found.refused:
        assert kept_out(found)[0].isupper() and not kept_out(found).endswith(": ")


def test_only_what_a_guard_would_have_kept_out_counts_as_let_through() -> None:
    assert is_loud(rule(Guard(), Asker.FALLBACK, NAIVE)) and not is_loud(rule(Guard(), Asker.FETCH_FIRST, NAIVE))


def test_where_there_is_little_room_it_is_said_in_brief() -> None:
    assert shown(calls.talking(), height=1) == [
        "0:04  kept out as on every call: a REST <Say> that would have cut the audio"
    ]
