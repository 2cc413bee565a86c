from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from tests.cli.console import calls
from voicecall_cli.console import header
from voicecall_cli.console.header import HeaderLine
from voicecall_cli.console.summary import summary
from voicecall_core.call.conversation import GreetingState
from voicecall_core.call.endings import ENDINGS, Cause
from voicecall_core.call.step import Call, new_call, step
from voicecall_core.words import events as e
from voicecall_core.words.terms import Terms
from voicecall_core.words.values import ModelStage

FILE = Path("calls/2026-11-22 c-7f3a9b.jsonl")


def told(call: Call, call_file: Path | None = FILE, *, simulated: bool = False) -> str:
    console = Console(width=80, file=io.StringIO(), record=True)
    console.print(summary(call, header=HeaderLine("+49•••••123", "simulated: race", simulated), call_file=call_file))
    text = console.export_text(styles=False)
    assert all(cell_len(line) <= 80 for line in text.split("\n"))
    return text


def test_it_says_what_became_of_the_call() -> None:
    text = told(calls.over())
    for words in (
        "completed: the agent said goodbye and hung up",
        "+49•••••123, call c-7f3a9b, simulated: race",
        calls.SID,
        "rang 3.9 s, answered after 4.9 s, talked 10.0 s, 15.8 s in all",
        "11 ms after the stream's start, 241 ms after the answer",
        "heard to its end",
        "5 verdicts: 4 granted, 1 refused as expected",
        "gpt-realtime-2.1: 1,043 tokens in, 293 out, about $0.0211",
        "voicecall replay 'calls/2026-11-22 c-7f3a9b.jsonl'",
    ):
        assert words in text
    assert "hangup" not in text and "broken" not in text


def test_a_call_that_was_harmed_says_by_what() -> None:
    text = told(calls.raced())
    assert "failed: its stream was overwritten" in text
    assert "invariant 1 broken" in text and "invariant 2 broken" in text
    assert "none was sent" in text
    assert "1 let through unguarded" in text, "what harmed the call is not counted among the granted"


def test_a_call_that_may_still_be_up_says_what_to_type() -> None:
    text = told(calls.unconfirmed())
    assert "unconfirmed: you hung up" in text
    assert f"voicecall hangup {calls.SID}" in text
    assert f"voicecall hangup {calls.SID}" in told(calls.talking())
    for call in (calls.unconfirmed(), calls.talking()):
        assert "hangup" not in told(call, simulated=True), "nothing was placed: there is nothing to be hung up"
    assert "hangup" not in told(calls.fresh())


def test_a_say_call_has_no_model_and_no_greeting() -> None:
    text = told(calls.said(), None)
    assert "completed: the message was spoken" in text
    assert "up for " in text and "talked" not in text, "nobody could talk"
    for absent in ("model", "greeting", "call file", "replay"):
        assert absent not in text


@pytest.mark.parametrize("call", [calls.fresh(), calls.ringing(), calls.hostile(), calls.asked_often()])
def test_any_call_can_be_told(call: Call) -> None:
    assert "left before the call was over" in told(call)


def test_a_greeting_that_was_asked_for_and_lost_with_its_session_is_not_said_to_have_been_forgotten() -> None:
    call = new_call(Terms("c-1"))
    for event in (e.DialBegan(), e.ModelReached(1, ModelStage.READY), e.ModelFailed(1, "1006", "gone")):
        call = step(call, event).call
    assert call.conversation.greeting is GreetingState.NONE
    assert header.greeting(call) == "not heard: nothing of it was played"
    assert header.greeting(new_call(Terms("c-1"))) == "never asked for"


def test_every_cause_and_every_greeting_has_words() -> None:
    assert all(ENDINGS[cause].words for cause in Cause)
    assert set(header._GREETINGS) == set(GreetingState)
