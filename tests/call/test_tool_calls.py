"""Tools, told event by event: what is run, answered, said meanwhile and asked for afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.call.story import SID, TERMS, Story, fire, greeted, speaking
from voicecall_core.call.conversation import Floor, Owed
from voicecall_core.call.tool_lines import with_tools
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Terms, ToolTerms
from voicecall_core.words.values import CallStatus, ModelStage, Timer, ToolOutcome

WITH_TOOLS = Terms(
    TERMS.call_id,
    pii_greeting="Hello.",
    pii_filler="One moment.",
    tools=(ToolTerms("look_up"), ToolTerms("slow", 60.0)),
)


def called(*calls: str, name: str = "look_up", said: bool = False) -> Story:
    """The callee has asked, and the model's answer is that it calls a tool, by each of these names for the call."""
    story = greeted(WITH_TOOLS)
    story.tell(e.SpeechStarted(1, 5000), e.SpeechStopped(1, 6000), e.TurnCommitted(1, "u1"))
    if said:
        speaking(story)
    else:
        story.tell(e.ResponseBegan(1, "r2"))
    story.tell(*(e.ToolCalled(1, "r2", call, name, '{"day": 1}') for call in calls))
    return story


def ended(story: Story) -> Story:
    story.tell(e.ResponseEnded(1, "r2", "completed"))
    return story


def answered(call: str = "t1", session: int = 1) -> e.ToolAnswered:
    return e.ToolAnswered(session, call, "look_up", ToolOutcome.RETURNED, 3.0, '{"free": true}')


def waits(story: Story) -> list[float]:
    return [order.seconds for order in story.ordered(o.StartTimer) if order.timer is Timer.PATIENCE]


def test_a_tool_is_run_for_as_long_as_its_terms_say() -> None:
    assert called("t1").ordered(o.RunTool) == [o.RunTool(1, "t1", "look_up", 15.0, '{"day": 1}')]
    assert called("t1", name="slow").ordered(o.RunTool)[0].timeout_s == 60.0


def test_a_tool_that_there_is_not_is_answered_and_not_run() -> None:
    story = called("t1", name="nothing")
    assert story.orders == [o.AnswerTool(1, "t1", '{"error": "there is no such tool"}')]
    assert len(ended(story).ordered(o.AskResponse)) == 1


def test_a_call_that_is_told_twice_is_run_once() -> None:
    story = called("t1", "t1")
    assert len(story.ordered(o.RunTool)) == 1


def test_more_than_eight_at_once_are_not_run() -> None:
    story = called(*(f"t{n}" for n in range(9)))
    assert len(story.ordered(o.RunTool)) == 8
    assert [order.tool_call for order in story.ordered(o.AnswerTool)] == ["t8"]
    story.tell(answered("t0"), e.ToolCalled(1, "r2", "t9", "look_up"))
    assert len(story.ordered(o.RunTool)) == 1, "there is room again"


def test_its_answer_is_told_and_what_follows_asked_for_once_the_response_has_ended() -> None:
    story = called("t1")
    story.tell(answered())
    assert story.ordered(o.AnswerTool) == [o.AnswerTool(1, "t1", pii_output='{"free": true}')]
    assert not story.ordered(o.AskResponse), "the response that called it is under way"
    assert ended(story).ordered(o.AskResponse) == [o.AskResponse(1, "turn-1")]
    assert story.call.conversation.owed is Owed.BY_US


def test_an_answer_that_comes_twice_or_to_nothing_is_not_told() -> None:
    story = ended(called("t1"))
    story.tell(answered())
    story.tell(answered(), answered("t7"), answered("t1", session=3))
    assert story.orders == []


def test_what_follows_two_tools_of_one_response_is_asked_for_when_both_have_answered() -> None:
    story = ended(called("t1", "t2"))
    story.tell(answered("t2"))
    assert story.ordered(o.AnswerTool) and not story.ordered(o.AskResponse)
    story.tell(answered("t1"))
    assert len(story.ordered(o.AskResponse)) == 1


def test_if_it_takes_long_the_agent_says_so_and_says_it_again() -> None:
    story = ended(called("t1"))
    assert waits(story)[-1] == WITH_TOOLS.filler_after_s
    story.tell(fire(Timer.PATIENCE))
    assert story.ordered(o.AskResponse) == [o.AskResponse(1, "turn-1", "One moment.", filler=True)]
    story.tell(
        e.ResponseBegan(1, "r3", "turn-1"),
        e.AudioBegan(1, "r3", "i3"),
        e.AudioSent(1, "i3", "r3", 8000),
        e.AudioEnded(1, "r3", "i3", 900),
        e.ResponseEnded(1, "r3", "completed"),
        e.MarkReturned(1, "i3", "r3", 8900),
    )
    assert waits(story)[-1] == WITH_TOOLS.patience_s
    story.tell(fire(Timer.PATIENCE))
    assert [order.filler for order in story.ordered(o.AskResponse)] == [True]


def test_each_wait_for_tools_begins_with_the_shorter_time() -> None:
    story = ended(called("t1"))
    story.tell(fire(Timer.PATIENCE), e.ResponseBegan(1, "r3", "turn-1"), e.AudioBegan(1, "r3", "i3"))
    story.tell(
        e.AudioSent(1, "i3", "r3", 8000), e.AudioEnded(1, "r3", "i3", 900), e.ResponseEnded(1, "r3", "completed")
    )
    story.tell(e.MarkReturned(1, "i3", "r3", 8900), answered(), e.ResponseBegan(1, "r4", "turn-2"))
    story.tell(e.ToolCalled(1, "r4", "t2", "look_up"), e.ResponseEnded(1, "r4", "completed"))
    assert waits(story)[-1] == WITH_TOOLS.filler_after_s


@pytest.mark.parametrize(("response", "owed"), [("", Owed.NOTHING), ("r1", Owed.BY_MODEL)])
def test_a_turn_is_taken_over_by_a_call_of_its_own_answer_alone(response: str, owed: Owed) -> None:
    """Not every server says which response a call is of: it is then the one that runs."""
    story = called()
    story.tell(e.ToolCalled(1, response, "t1", "look_up"))
    assert story.call.conversation.owed is owed


def test_while_the_agent_still_speaks_nothing_is_said_on_top() -> None:
    story = ended(called("t1", said=True))
    assert Timer.PATIENCE not in story.call.timers
    story.tell(e.AudioEnded(1, "r2", "i2", 1000), e.MarkReturned(1, "i2", "r2", 5000))
    assert waits(story) == [WITH_TOOLS.filler_after_s]


def test_a_filler_that_does_not_come_is_a_model_that_does_not_speak() -> None:
    """It is asked for again, then another session is; the words of it are never among those that are wanted."""
    story = ended(called("t1"))
    remedies: list[str] = []
    for _ in range(5):
        story.tell(fire(Timer.PATIENCE))
        remedies += ["ask" for _ in story.ordered(o.AskResponse)] + ["open" for _ in story.ordered(o.OpenModel)]
        assert story.call.conversation.wanted == ()
    assert remedies[:2] == ["ask", "open"]


def test_a_callee_who_speaks_is_answered_by_the_model_which_knows_the_answer_by_then() -> None:
    story = ended(called("t1"))
    story.tell(e.SpeechStarted(1, 9000), answered())
    assert story.ordered(o.AnswerTool) and not story.ordered(o.AskResponse)
    story.tell(e.SpeechStopped(1, 9500), e.TurnCommitted(1, "u2"))
    assert not story.ordered(o.AskResponse)
    assert story.call.conversation.owed is Owed.BY_MODEL


def test_what_the_model_says_by_itself_meanwhile_does_not_take_the_place_of_what_follows() -> None:
    story = ended(called("t1"))
    story.tell(e.SpeechStarted(1, 9000), e.SpeechStopped(1, 9500), e.TurnCommitted(1, "u2"))
    story.tell(e.ResponseBegan(1, "r3"), answered())
    assert not story.ordered(o.AskResponse)
    story.tell(
        e.AudioBegan(1, "r3", "i3"),
        e.AudioSent(1, "i3", "r3", 9900),
        e.AudioEnded(1, "r3", "i3", 800),
        e.ResponseEnded(1, "r3", "completed"),
    )
    assert len(story.ordered(o.AskResponse)) == 1


@pytest.mark.parametrize("ready", [False, True])
def test_a_session_that_did_not_call_is_told_of_it_as_its_own(ready: bool) -> None:
    """Whether the answer comes before the next session is ready or after."""
    story = ended(called("t1"))
    story.tell(e.ModelFailed(1, "1006", "lost"))
    if ready:
        story.tell(e.ModelReached(2, ModelStage.READY))
        assert not story.ordered(o.AskResponse), "it waits for the tool"
    story.tell(answered())
    assert bool(story.ordered(o.TellTool)) == ready and not story.ordered(o.AnswerTool)
    if not ready:
        story.tell(e.ModelReached(2, ModelStage.READY))
    assert story.ordered(o.TellTool) == [o.TellTool(2, "t1", "look_up", '{"day": 1}', '{"free": true}')]
    assert [order.session for order in story.ordered(o.AskResponse)] == [2]


def test_a_session_that_is_lost_while_its_call_is_under_way_does_not_make_the_next_one_ask_before_the_answer() -> None:
    story = called("t1")
    story.tell(e.ModelFailed(1, "1006", "lost"), e.ModelReached(2, ModelStage.READY))
    assert not story.ordered(o.AskResponse)
    story.tell(fire(Timer.PATIENCE))
    assert [order.filler for order in story.ordered(o.AskResponse)] == [True], "it can say that it takes a moment"
    story.tell(answered())
    assert story.ordered(o.TellTool)
    assert not story.ordered(o.AskResponse), "one thing at a time"
    story.tell(e.ResponseBegan(2, "r3", "turn-1"), e.AudioBegan(2, "r3", "i3"), e.ResponseEnded(2, "r3", "completed"))
    assert story.ordered(o.AskResponse)


def test_a_turn_that_has_no_answer_yet_is_answered_in_the_next_session_while_the_tool_runs() -> None:
    story = ended(called("t1"))
    story.tell(e.SpeechStarted(1, 9000), e.SpeechStopped(1, 9500), e.TurnCommitted(1, "u2"))
    story.tell(e.Heard(1, "u2", "And on Sunday?"), e.ModelFailed(1, "1006", "lost"))
    story.tell(e.ModelReached(2, ModelStage.READY))
    assert [(order.session, order.filler) for order in story.ordered(o.AskResponse)] == [(2, False)]


def test_what_could_not_be_asked_for_before_has_half_of_the_patience_at_least() -> None:
    """However long the callee has waited by then: the model cannot have been slow with it."""
    story = ended(called("t1"))
    story.call = replace(story.call, at=story.call.at + 30)
    story.tell(fire(Timer.PATIENCE))
    assert story.ordered(o.AskResponse)[0].filler and waits(story) == [WITH_TOOLS.patience_s / 2]
    story = ended(called("t1"))
    story.call = replace(story.call, at=story.call.at + 30)
    story.tell(answered())
    assert story.ordered(o.AskResponse) and waits(story) == [WITH_TOOLS.patience_s / 2]
    story.tell(fire(Timer.PATIENCE), fire(Timer.PATIENCE))
    assert waits(story)[-1] != WITH_TOOLS.patience_s / 2, "that is asked for again as anything else"


def test_each_session_is_told_once_of_what_the_ones_before_it_did() -> None:
    story = ended(called("t1"))
    story.tell(answered())
    story.tell(e.ModelFailed(1, "1006", "lost"), e.ModelReached(2, ModelStage.READY))
    assert [order.session for order in story.ordered(o.TellTool)] == [2]
    story.tell(e.ModelErred(2, "odd", "an error that is survived"))
    assert not story.ordered(o.TellTool)


def test_of_very_many_answers_a_later_session_is_told_the_latest() -> None:
    story = ended(called("t0"))
    story.tell(answered("t0"))
    for n in range(1, 20):
        story.tell(e.ToolCalled(1, "", f"t{n}", "look_up"), answered(f"t{n}"))
    story.tell(e.ModelFailed(1, "1006", "lost"), e.ModelReached(2, ModelStage.READY))
    assert [order.tool_call for order in story.ordered(o.TellTool)] == [f"t{n}" for n in range(4, 20)]


def test_in_a_farewell_it_is_run_and_nothing_is_asked_for_any_more() -> None:
    story = called("t1", said=True)
    story.tell(e.ToolCalled(1, "r2", "t2", "end_call"), e.ToolCalled(1, "r2", "t3", "look_up"))
    assert story.call.conversation.floor is Floor.FAREWELL
    assert [order.tool_call for order in story.ordered(o.RunTool)] == ["t3"]
    story.tell(answered(), e.AudioEnded(1, "r2", "i2", 1000), e.ResponseEnded(1, "r2", "completed"))
    story.tell(e.MarkReturned(1, "i2", "r2", 5000))
    assert story.ordered(o.HangUp) and not story.ordered(o.AskResponse), "it does not wait for the other one"


def test_an_answer_to_a_call_that_is_over_says_nothing() -> None:
    story = ended(called("t1"))
    story.tell(e.StatusReported(CallStatus.COMPLETED, SID))
    story.tell(answered())
    assert story.orders == []


def test_a_tool_stands_among_what_was_said() -> None:
    story = ended(called("t1"))
    (line,) = with_tools(story.call, [])
    assert (line.who, line.pii_heard, line.final) == ("tool", 'look_up({"day": 1})', False)
    story.tell(e.ToolAnswered(1, "t1", "look_up", ToolOutcome.RETURNED, 3.0, "x" * 400))
    (line,) = with_tools(story.call, [])
    assert line.pii_heard == f'look_up({{"day": 1}}) returned after 3.0 s: {"x" * 300}…' and line.final
